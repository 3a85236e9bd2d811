"""Calls of the Graph API with a page's token. The token travels in the Authorization header, never in a URL."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from hub.channels.http import HttpFactory
from hub.types import JsonObject, Secret

_SERVER_ERROR = 500
_USAGE_HEADER = "x-business-use-case-usage"


class GraphError(Exception):
    """The Graph API, or something on the way to it, answered with an error.

    code, subcode  Meta's own, None when the body is not Meta's error object
    retry_after    seconds, where the answer says so
    """

    def __init__(self, status: int, code: int | None, subcode: int | None, retry_after: float | None) -> None:
        super().__init__(f"the Graph API answered {status}, code {code}, subcode {subcode}")
        self.status = status
        self.code = code
        self.subcode = subcode
        self.retry_after = retry_after


class Graph:
    """The Graph API of one app. `root` is its URL with the version, `app_secret` makes the proof of every call."""

    def __init__(self, root: str, app_secret: str, http: HttpFactory) -> None:
        self._root = root
        self._app_secret = app_secret
        self._http = http

    async def get(self, path: str, token: Secret, query: Mapping[str, str]) -> JsonObject:
        """Raises GraphError, httpx.HTTPError."""
        return await self._call("GET", path, token, params={**query, **self._proof(token)})

    async def post(self, path: str, token: Secret, body: JsonObject) -> JsonObject:
        """Raises GraphError, httpx.HTTPError."""
        return await self._call("POST", path, token, body={**body, **self._proof(token)})

    async def _call(
        self,
        method: str,
        path: str,
        token: Secret,
        params: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
    ) -> JsonObject:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.client() as client:
            url = f"{self._root}/{path}"
            response = await client.request(method, url, params=params, json=body, headers=headers)
        return _understood(response)

    def _proof(self, token: Secret) -> dict[str, str]:
        proof = hmac.new(self._app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return {"appsecret_proof": proof}


def _understood(response: httpx.Response) -> JsonObject:
    answer = _json_object(response.content)
    if response.is_success and answer is not None and "error" not in answer:
        return answer
    error = (answer or {}).get("error")
    told = error if isinstance(error, dict) else {}
    raise GraphError(
        response.status_code, _int(told.get("code")), _int(told.get("error_subcode")), _retry_after(response.headers)
    )


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
