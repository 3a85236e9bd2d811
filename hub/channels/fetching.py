"""Fetching a provider's file: bounded in bytes and time, credentials to the first origin only.

FetchError
├── TooLarge        it is larger than the limit
├── Gone            the provider has it no more
├── FetchRefused    the provider, or the hub's own egress rule, does not let us have it
└── FetchFailed     it did not work this time; it may be tried again

None of them says the address: the addresses of files are secrets of their own.
"""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Final, Protocol

import httpx

from hub.channels.egress import EgressRefused
from hub.channels.http import HttpFactory
from hub.errors import HubError
from hub.file_names import plain_name

MAX_REDIRECTS: Final = 3

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_REFUSED: Final = frozenset({401, 403})
_MAX_HEADER: Final = 4_000
"""Characters of Content-Disposition that are looked at; Python reads no number of more than 4,300 digits."""

_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""zlib's word for each content encoding that is read although none was asked for (RFC 9110, section 8.4.1)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's bytes; `content_type` and `name` as the provider gives them, "" where it says nothing."""

    body: bytes = field(repr=False)
    content_type: str = ""
    name: str = ""


class FetchError(HubError):
    """Base of what a fetch raises."""


class TooLarge(FetchError):  # noqa: N818
    """The file is larger than the limit."""


class Gone(FetchError):  # noqa: N818
    """The provider has it no more."""


class FetchRefused(FetchError):  # noqa: N818
    """The provider, or the hub's own egress rule, does not let us have it."""


class FetchFailed(FetchError):  # noqa: N818
    """It did not work this time; it may be tried again."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for next; without credentials once the first origin was left."""

    url: httpx.URL
    headers: Mapping[str, str] = field(repr=False)
    auth: tuple[str, str] | None = field(repr=False)


class _Decoder(Protocol):
    def decode(self, piece: bytes) -> bytes:
        """Return decoded bytes. Raises TooLarge as soon as there are more than the limit."""

    def end(self) -> None:
        """Raises FetchFailed when the encoded bytes stopped in the middle."""


async def fetch(
    http: HttpFactory,
    url: str,
    *,
    limit: int,
    seconds: float,
    auth: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Get a file of at most `limit` decoded bytes within `seconds`, through at most MAX_REDIRECTS redirects.

    `auth` (user, password) and `headers` go to the origin of `url` (scheme, host and port) and nowhere else. Raises the
    errors of this module.
    """
    try:
        async with asyncio.timeout(seconds), http.client() as client:
            return await _follow(client, _Request(httpx.URL(url), headers or {}, auth), limit)
    except EgressRefused:
        raise FetchRefused("the file lies at an address that the hub does not connect to") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise FetchRefused("the provider gave no usable address for the file") from None
    except (httpx.HTTPError, TimeoutError, zlib.error):
        raise FetchFailed("the file could not be fetched: the connection failed or took too long") from None


async def _follow(client: httpx.AsyncClient, request: _Request, limit: int) -> Fetched:
    for _ in range(MAX_REDIRECTS + 1):
        asked = client.build_request("GET", request.url, headers={"Accept-Encoding": "identity", **request.headers})
        response = await client.send(asked, auth=request.auth, stream=True, follow_redirects=False)
        try:
            if response.status_code not in _REDIRECTS:
                _check(response, limit)
                return Fetched(await _read(response, limit), _content_type(response), _name(response))
            request = _redirected(request, response)
        finally:
            await response.aclose()
    raise FetchFailed(f"the provider sent the hub on more than {MAX_REDIRECTS} times for one file")


def _redirected(request: _Request, response: httpx.Response) -> _Request:
    """Raises FetchFailed without a Location, httpx.InvalidURL for one that is none."""
    location = response.headers.get("Location", "")
    if not location:
        raise FetchFailed("the provider sent the hub on without saying where to")
    target = request.url.join(location).copy_with(userinfo=b"", fragment=None)
    if _origin(target) == _origin(request.url):
        return replace(request, url=target)
    return _Request(target, {}, None)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _check(response: httpx.Response, limit: int) -> None:
    if response.status_code in _GONE:
        raise Gone("the provider has the file no more")
    if response.status_code in _REFUSED:
        raise FetchRefused("the provider does not give the hub the file")
    if response.status_code != httpx.codes.OK:
        raise FetchFailed(f"the provider answered {response.status_code} when it was asked for the file")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)


async def _read(response: httpx.Response, limit: int) -> bytes:
    """Read until the end or the limit, whatever Content-Length says."""
    decoder = _decoder(response, limit)
    body = bytearray()
    async for piece in response.aiter_raw():
        body += decoder.decode(piece)
    decoder.end()
    return bytes(body)


def _decoder(response: httpx.Response, limit: int) -> _Decoder:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return _Plain(limit)
    if encoding not in _WINDOW_BITS:
        raise FetchFailed("the provider sends the file in an encoding that was not asked for")
    return _Compressed(limit, _WINDOW_BITS[encoding])


class _Plain:
    """Bytes as they are."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen = 0

    def decode(self, piece: bytes) -> bytes:
        self._seen += len(piece)
        if self._seen > self._limit:
            raise _too_large(self._limit)
        return piece

    def end(self) -> None:
        """HTTP's own framing has seen to it."""


class _Compressed:
    """gzip and deflate, never unpacked further than one byte over the limit."""

    def __init__(self, limit: int, window_bits: int) -> None:
        self._encoded = _Plain(limit + 1024)
        self._decoded = _Plain(limit)
        self._left = limit
        self._unpacker = zlib.decompressobj(window_bits)

    def decode(self, piece: bytes) -> bytes:
        self._encoded.decode(piece)
        body = self._decoded.decode(self._unpacker.decompress(piece, self._left + 1))
        self._left -= len(body)
        return body

    def end(self) -> None:
        if not self._unpacker.eof:
            raise FetchFailed("the file could not be fetched: it ended too early")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the file is larger than {limit // 1_000_000 or 1} MB", limit=limit)


def _content_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()[:100]


def _name(response: httpx.Response) -> str:
    """Read Content-Disposition; the address is never looked at, ids of the provider lie in it."""
    try:
        return plain_name(_file_name(response.headers.get("Content-Disposition", "")[:_MAX_HEADER]))
    except (TypeError, ValueError):
        # Python's parser and codecs, on parts of a name with and without a number, and on some charsets
        return ""


def _file_name(disposition: str) -> str:
    """RFC 6266: `filename*` before `filename`; the parser puts what is encoded by RFC 2231 last."""
    message = Message()
    message["Content-Disposition"] = disposition
    parameters = message.get_params([], "Content-Disposition")
    given = [value for name, value in parameters if name.lower() == "filename"]
    return collapse_rfc2231_value(given[-1]) if given else ""
