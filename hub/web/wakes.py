"""One Redis subscription per web process: hears which organization has news."""

import asyncio
from collections.abc import Callable

import redis.asyncio
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from hub.log import get_logger
from hub.queue import NOTICES

_QUIET_SECONDS = 15.0
_RETRY_SECONDS = 1.0

log = get_logger(__name__)


class WakeListener:
    """Calls `heard(organization_id, content)` for each publication and `changed()` when Redis comes or goes.

    Both are called in the event loop. After `changed()` something may have been missed: look at the database.
    """

    def __init__(self, url: str, heard: Callable[[str, str], None], changed: Callable[[], None]) -> None:
        self._url = url
        self._heard = heard
        self._changed = changed
        self.connected = False

    async def listen(self) -> None:
        """Listen until cancelled; reconnect for ever."""
        client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=2.0)
        try:
            while True:
                try:
                    async with client.pubsub() as pubsub:
                        await self._hear(pubsub)
                except (RedisError, OSError) as error:
                    self._note_outage(error)
                    await asyncio.sleep(_RETRY_SECONDS)
        finally:
            await client.aclose()

    async def _hear(self, pubsub: PubSub) -> None:
        await pubsub.psubscribe(f"{NOTICES}*")
        while True:
            message = await pubsub.get_message(timeout=_QUIET_SECONDS)
            if message is None:
                # a connection that died silently shows itself only when something is written to it
                await pubsub.ping()
            elif message["type"] == "psubscribe":
                self.connected = True
                self._changed()
            elif message["type"] == "pmessage":
                self._heard(message["channel"].decode().removeprefix(NOTICES), message["data"].decode())

    def _note_outage(self, error: Exception) -> None:
        if self.connected:
            log.warning("live.queue_unreachable", error=type(error).__name__)
            self.connected = False
            self._changed()
