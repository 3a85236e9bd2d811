"""Twilio's own REST client over the hub's HTTP factory: its time-outs, its egress rule, and the configured roots."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

import httpx
from twilio.base.exceptions import TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from hub.channels.egress import EgressRefused
from hub.channels.http import HttpFactory
from hub.channels.quoting import quoted
from hub.settings import Settings
from hub.types import ProviderAccount

AUTH_TOKEN = "auth_token"  # noqa: S105 - the name under which an account's credentials hold the token
_NO_EDGE = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
"""The library would read these from our environment and change its hosts by them."""


class Refused(TwilioRestException):
    """Twilio answered, but not with success.

    Raised in place of the library's own errors: those have two unrelated families, lose the Retry-After header, and
    the one for lists shows the whole answer in its text. `retry_after` in seconds; `said`: Twilio's words, `quoted`,
    no part of the error's text.
    """

    said = ""

    def __init__(self, status: int, code: int | None, retry_after: float | None) -> None:
        super().__init__(status, "", f"Twilio refused with the code {code or status}", code)
        self.retry_after = retry_after


class RootedHttpClient(AsyncHttpClient):
    """Sends the library's requests through an httpx client, to the roots that the settings name."""

    def __init__(self, http: httpx.AsyncClient, roots: Mapping[str, str]) -> None:
        super().__init__(logging.getLogger("twilio"), True, None)
        self._http = http
        self._roots = roots

    async def request(  # type: ignore[override] # as in the library: its async client overrides the sync one
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the library's signature; the factory sets time-outs
        allow_redirects: bool = False,  # noqa: ARG002 - never followed
    ) -> Response:
        """Make one request. Raises Refused for every answer but success, and httpx's errors."""
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        answer = await self._http.request(
            method, self._rooted(uri) + query, content=_body(data, headers or {}), headers=headers, auth=auth
        )
        if not answer.is_success:
            raise _refused(answer)
        return Response(answer.status_code, answer.text, answer.headers)

    def _rooted(self, uri: str) -> str:
        """Put the configured root in place of the official one. Next pages' addresses come from answers: check them."""
        parts = urlsplit(uri)
        origin = f"{parts.scheme}://{parts.netloc}"
        root = self._roots.get(origin) or (origin if origin in self._roots.values() else None)
        if root is None:
            raise EgressRefused(f"refused to send Twilio's credentials to {parts.hostname}")
        return root + uri.removeprefix(origin)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An HTTP client that stays open over several calls, and the clients made over it by their accounts."""

    factory: HttpFactory
    http: httpx.AsyncClient
    clients: dict[tuple[str, str], Client] = field(default_factory=dict, repr=False)


_KEPT: ContextVar[_Kept | None] = ContextVar("twilio_connections", default=None)
"""A context of one event loop only: an httpx client cannot outlive the loop it was first used in."""


class Connector:
    """Opens clients for provider accounts."""

    def __init__(self, http: HttpFactory, settings: Settings) -> None:
        self._http = http
        self._roots = {
            "https://api.twilio.com": settings.twilio_api_url,
            "https://messaging.twilio.com": settings.twilio_messaging_url,
            "https://numbers.twilio.com": settings.twilio_numbers_url,
            "https://content.twilio.com": settings.twilio_content_url,
        }

    @asynccontextmanager
    async def keep(self) -> AsyncIterator[None]:
        """Keep connections open for every `open` within, also of tasks started there."""
        async with self._http.client() as http:
            token = _KEPT.set(_Kept(self._http, http))
            try:
                yield
            finally:
                _KEPT.reset(token)

    @asynccontextmanager
    async def open(self, account: ProviderAccount) -> AsyncIterator[Client]:
        """Open a client that acts as `account`; outside of `keep` its connections close with it."""
        kept = _KEPT.get()
        if kept is not None and kept.factory is self._http:
            who = (account.external_id, str(account.credentials.get(AUTH_TOKEN, "")))
            if who not in kept.clients:
                kept.clients[who] = self._client(kept.http, *who)
            yield kept.clients[who]
            return
        async with self._http.client() as http:
            yield self._client(http, account.external_id, str(account.credentials.get(AUTH_TOKEN, "")))

    def _client(self, http: httpx.AsyncClient, account_sid: str, token: str) -> Client:
        return Client(  # type: ignore[no-untyped-call]
            account_sid, token, http_client=RootedHttpClient(http, self._roots), environment=dict(_NO_EDGE)
        )


def _body(data: Mapping[str, object] | None, headers: Mapping[str, str]) -> bytes | None:
    if data is None:
        return None
    if headers.get("Content-Type") == "application/json":
        return json.dumps(data).encode()
    return urlencode(data, doseq=True).encode()


def _refused(answer: httpx.Response) -> Refused:
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        found = None
    told = found if isinstance(found, dict) else {}
    code = told.get("code")
    refused = Refused(answer.status_code, code if isinstance(code, int) else None, _retry_after(answer))
    refused.said = quoted(told.get("message") or told.get("detail"))
    return refused


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date; None without one that can be read."""
    value = answer.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())
