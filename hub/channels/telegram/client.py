"""The Bot API through python-telegram-bot, over the hub's own HTTP transport."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode

import httpx
from telegram import Bot
from telegram.error import BadRequest, NetworkError
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from hub.channels.http import TIMEOUT, HttpFactory
from hub.types import JsonObject, Secret

Timeout = Any
"""python-telegram-bot's private type of a time-out argument."""

# the request certainly did not reach Telegram
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


_BLURRED = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.REQUEST_ENTITY_TOO_LARGE})


class BotApiError(NetworkError):
    """An answer that python-telegram-bot would blur: 413, 429, 5xx, or a body that is not the Bot API's.

    own          the body is the Bot API's own JSON, so Telegram itself refused
    retry_after  seconds, where the answer says so
    """

    def __init__(self, status: int, own: bool, retry_after: float | None) -> None:
        super().__init__(
            f"the Bot API answered {status}" if own else f"something else than the Bot API answered {status}"
        )
        self.status = status
        self.own = own
        self.retry_after = retry_after


class _Request(HTTPXRequest):
    """Tells Telegram's own refusals from those of a proxy on the way, and knows 429 without parameters."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: Timeout = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Answer status and body. Raises BotApiError, NetworkError, TimedOut."""
        status, body = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        answer = _bot_api_answer(body)
        if answer is None or status in _BLURRED or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise BotApiError(status, answer is not None, _retry_after(answer))
        return status, body


def _bot_api_answer(body: bytes) -> JsonObject | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None


def _retry_after(answer: JsonObject | None) -> float | None:
    parameters = (answer or {}).get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else None


_OPEN: ContextVar[_Request | None] = ContextVar("telegram_request", default=None)


class BotApi:
    """Opens bots at the configured Bot API. `root` is its URL without path."""

    def __init__(self, root: str, http: HttpFactory) -> None:
        self._root = root
        self._http = http

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep connections for all calls within, those of tasks started there too."""
        request = self._request()
        before = _OPEN.set(request)
        try:
            yield
        finally:
            _OPEN.reset(before)
            await request.shutdown()

    @asynccontextmanager
    async def bot(self, token: Secret) -> AsyncIterator[Bot]:
        """Open a bot for the calls of one block; unlike `async with Bot` it costs no getMe."""
        shared = _OPEN.get()
        request = shared or self._request()
        # plain strs: the library formats the token into URLs
        addresses = f"{self._root}/bot", f"{self._root}/file/bot"
        try:
            yield Bot(str(token), *addresses, request=request, get_updates_request=request)
        finally:
            if shared is None:
                await request.shutdown()

    def _request(self) -> _Request:
        return _Request(
            read_timeout=TIMEOUT.read,
            write_timeout=TIMEOUT.write,
            connect_timeout=TIMEOUT.connect,
            pool_timeout=TIMEOUT.pool,
            httpx_kwargs={"transport": self._http.transport()},
        )


async def waiting_updates(bot: Bot, offset: str, limit: int) -> list[JsonObject]:
    """Return what getUpdates holds from `offset` on, as Telegram wrote it (`Bot.get_updates` would re-shape it)."""
    query = {"timeout": 0, "limit": limit} | ({"offset": int(offset)} if offset else {})
    found = await bot.request.post(f"{bot.base_url}/getUpdates?{urlencode(query)}")
    return list(found) if isinstance(found, list) else []


def retrying() -> AsyncRetrying:
    """Return the retry policy of idempotent calls: three attempts, within a second."""
    return AsyncRetrying(
        retry=retry_if_exception(_passes),
        stop=stop_after_attempt(3),
        wait=wait_exponential(multiplier=0.1, max=0.5),
        reraise=True,
    )


def _passes(error: BaseException) -> bool:
    # BadRequest is a NetworkError too, and permanent
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
