"""Files in an S3-compatible store, path-style: <HUB_MEDIA_S3_URL>/<bucket>/<key>.

The library only signs (AWS Signature Version 4, in the query). Its own client would follow redirects and use the
proxies of the environment, past the egress rule; so each request goes through the hub's HTTP factory like every other.
"""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
import obstore
from obstore.store import S3Store

from hub.channels.egress import EgressRefused
from hub.channels.http import HttpFactory
from hub.errors import NotFound, Unavailable
from hub.log import get_logger
from hub.settings import Settings

if TYPE_CHECKING:
    from obstore import HTTP_METHOD
    from obstore.store import S3Credential

_SECONDS: Final = 60.0
"""What one request may take; the signature of one is valid as long."""

_NO_BUCKET: Final = b"<Code>NoSuchBucket</Code>"

_KEY_REFUSED: Final = "the store of files refuses the hub's key: check HUB_MEDIA_S3_ACCESS_KEY and …_SECRET_KEY"
_BUCKET_MISSING: Final = "the store of files has no such bucket: check HUB_MEDIA_S3_BUCKET"
_SILENT: Final = "the store of files does not answer: check that it runs, and HUB_MEDIA_S3_URL"
_NOT_ACTIVATED: Final = (
    "the store of files is not activated; read docs/providers.md, then run `hub providers activate object-storage`"
)
_WRONG_ANSWER: Final = "the store of files does not answer as it should: check it, and the settings HUB_MEDIA_S3_…"

log = get_logger(__name__)


class S3Storage:
    """One request for each call, by an event loop of its own: not to be called from inside one."""

    def __init__(self, settings: Settings, http: HttpFactory) -> None:
        self._http = http
        self._signer = _signer(settings)

    def put(self, key: str, body: bytes) -> None:
        """A store shows an object only when it has all of it."""
        answer = self._ask("PUT", key, body)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise _unavailable(answer, _BUCKET_MISSING)

    def get(self, key: str) -> bytes:
        """Raises NotFound."""
        answer = self._ask("GET", key)
        if answer.status_code != httpx.codes.NOT_FOUND:
            return answer.content
        if _NO_BUCKET in answer.content:
            raise _unavailable(answer, _BUCKET_MISSING)
        raise NotFound("the file is not in the store any more")

    def delete(self, key: str) -> None:
        """Some stores answer 404 for what is not there, others 204."""
        self._ask("DELETE", key)

    def exists(self, key: str) -> bool:
        """Ask for the object's head only."""
        return self._ask("HEAD", key).status_code != httpx.codes.NOT_FOUND

    def _ask(self, method: "HTTP_METHOD", key: str, body: bytes = b"") -> httpx.Response:
        """Return an answer of success, or 404. Raises Unavailable for every other one and for none."""
        url = obstore.sign(self._signer, method, key, timedelta(seconds=_SECONDS))
        try:
            answer = asyncio.run(self._request(method, url, body))
        except EgressRefused:
            raise Unavailable(_NOT_ACTIVATED) from None
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("media.store_failed", error=type(error).__name__)
            raise Unavailable(_SILENT) from None
        if answer.is_success or answer.status_code == httpx.codes.NOT_FOUND:
            return answer
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise _unavailable(answer, _KEY_REFUSED)
        raise _unavailable(answer, _WRONG_ANSWER)

    async def _request(self, method: str, url: str, body: bytes) -> httpx.Response:
        async with asyncio.timeout(_SECONDS), self._http.client() as client:
            return await client.request(method, url, content=body or None)


def _signer(settings: Settings) -> S3Store:
    """All that the library would otherwise take from AWS_… of the environment is said here."""
    url = str(settings.media_s3_url)
    credential: S3Credential = {
        "access_key_id": settings.media_s3_access_key,
        "secret_access_key": settings.media_s3_secret_key.get_secret_value(),
        "expires_at": None,
    }
    return S3Store(
        settings.media_s3_bucket,
        endpoint=url,
        region=settings.media_s3_region,
        credential_provider=lambda: credential,
        virtual_hosted_style_request=False,
        client_options={"allow_http": urlsplit(url).scheme == "http"},
    )


def _unavailable(answer: httpx.Response, detail: str) -> Unavailable:
    """The answer's own text names key and bucket, and is not for logs."""
    log.warning("media.store_failed", status=answer.status_code)
    return Unavailable(detail)
