"""Calls of the Graph API of Meta with somebody's token. The token travels in the Authorization header, never in a URL.

One exception, because Meta knows no other form: `debug_token` and the sign-in take what they are about as a parameter.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from hub.channels.http import HttpFactory
from hub.channels.quoting import quoted
from hub.types import JsonObject, OutboundFile, Secret

_SERVER_ERROR = 500
_USAGE_HEADER = "x-business-use-case-usage"
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
"""Seconds; the sender of a message bounds the whole call by a time-out of its own."""


_KEPT: ContextVar[tuple[HttpFactory, httpx.AsyncClient] | None] = ContextVar("graph_connections", default=None)
"""A client of one event loop, kept open over several calls of the Graph API that its factory belongs to."""


class GraphError(Exception):
    """The Graph API, or something on the way to it, answered with an error.

    code, subcode  Meta's own, None when the body is not Meta's error object
    retry_after    seconds, where the answer says so
    late           it answered a send with the tag for people's own answers, outside the free window
    said           Meta's words, `quoted`; no part of the error's text
    """

    said = ""

    def __init__(self, status: int, code: int | None, subcode: int | None, retry_after: float | None) -> None:
        super().__init__(f"the Graph API answered {status}, code {code}, subcode {subcode}")
        self.status = status
        self.code = code
        self.subcode = subcode
        self.retry_after = retry_after
        self.late = False


class Graph:
    """The Graph API of one app. `root` is its URL with the version, `app_secret` makes the proof of every call."""

    def __init__(self, root: str, app_secret: str, http: HttpFactory) -> None:
        self._root = root
        self._app_secret = app_secret
        self._http = http

    @asynccontextmanager
    async def keep(self) -> AsyncIterator[None]:
        """Keep connections open for every call within, also of tasks started there."""
        async with self._http.client() as client:
            token = _KEPT.set((self._http, client))
            try:
                yield
            finally:
                _KEPT.reset(token)

    async def get(self, path: str, token: Secret, query: Mapping[str, str]) -> JsonObject:
        """Raises GraphError, httpx.HTTPError."""
        async with self._client() as client:
            params = {**query, **self._proof(token)}
            return _understood(await client.get(f"{self._root}/{path}", params=params, headers=_bearer(token)))

    async def post(self, path: str, token: Secret, body: JsonObject) -> JsonObject:
        """Raises GraphError, httpx.HTTPError."""
        async with self._client() as client:
            json_body = {**body, **self._proof(token)}
            return _understood(await client.post(f"{self._root}/{path}", json=json_body, headers=_bearer(token)))

    async def post_file(self, path: str, token: Secret, body: JsonObject, file: OutboundFile) -> JsonObject:
        """Post a file as bytes beside the fields of the call. Raises GraphError, httpx.HTTPError."""
        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        async with self._client() as client:
            response = await client.post(
                f"{self._root}/{path}",
                data={**fields, **self._proof(token)},
                files={"filedata": (file.name, file.body, file.content_type)},
                headers=_bearer(token),
                timeout=_UPLOAD_TIMEOUT,
            )
        return _understood(response)

    async def get_openly(self, path: str, query: Mapping[str, str]) -> JsonObject:
        """Ask without a token: the sign-in, which proves itself by what it carries. Raises GraphError, HTTPError."""
        async with self._client() as client:
            return _understood(await client.get(f"{self._root}/{path}", params=dict(query)))

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        kept = _KEPT.get()
        if kept is not None and kept[0] is self._http:
            yield kept[1]
            return
        async with self._http.client() as client:
            yield client

    def _proof(self, token: Secret) -> dict[str, str]:
        proof = hmac.new(self._app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return {"appsecret_proof": proof}


def _bearer(token: Secret) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _understood(response: httpx.Response) -> JsonObject:
    answer = _json_object(response.content)
    if response.is_success and answer is not None and "error" not in answer:
        return answer
    error = (answer or {}).get("error")
    told = error if isinstance(error, dict) else {}
    refused = GraphError(
        response.status_code, _int(told.get("code")), _int(told.get("error_subcode")), _retry_after(response.headers)
    )
    refused.said = quoted(told.get("message"))
    raise refused


def _json_object(body: bytes) -> JsonObject | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _int(value: Any) -> int | None:
    return value if type(value) is int else None


def _retry_after(headers: httpx.Headers) -> float | None:
    seconds = headers.get("retry-after", "")
    if seconds.isascii() and seconds.isdigit():
        return float(seconds)
    usage = _json_object(headers.get(_USAGE_HEADER, "").encode()) or {}
    rows = [row for rows in usage.values() if isinstance(rows, list) for row in rows if isinstance(row, dict)]
    # minutes (providers.md B4)
    minutes = [_int(row.get("estimated_time_to_regain_access")) or 0 for row in rows]
    return max(minutes, default=0) * 60.0 or None


def rows_of(answer: JsonObject) -> list[JsonObject]:
    """Return the objects of a list answer (`data`); what is no object is left out."""
    data = answer.get("data")
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def retrying() -> AsyncRetrying:
    """Return the retry policy of idempotent calls: three attempts, within a second."""
    return AsyncRetrying(
        retry=retry_if_exception(_passes),
        stop=stop_after_attempt(3),
        wait=wait_exponential(multiplier=0.1, max=0.5),
        reraise=True,
    )


def _passes(error: BaseException) -> bool:
    return isinstance(error, httpx.TransportError) or (isinstance(error, GraphError) and error.status >= _SERVER_ERROR)
