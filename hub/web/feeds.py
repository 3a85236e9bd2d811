"""One organization's notices, read once for all of its open streams."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hub.db import notices
from hub.db.notices import NoticeView
from hub.errors import Unavailable
from hub.log import get_logger
from hub.web.threads import run
from hub.wiring import Services

_LOOK_SECONDS = 15.0
_POLL_SECONDS = 1.0
_BATCH = 500
_RECENT = 1000

log = get_logger(__name__)


@dataclass(eq=False)
class Subscriber:
    """One open stream. `woken` when there is something to send; `passing` is what carries no number."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    passing: deque[str] = field(default_factory=lambda: deque(maxlen=_RECENT))


class Feed:
    """Reads an organization's notices as they come, every second while `is_woken` says that nobody wakes it."""

    def __init__(self, services: Services, organization_id: str, is_woken: Callable[[], bool]) -> None:
        self._services = services
        self._organization_id = organization_id
        self._is_woken = is_woken
        self._wanted = asyncio.Event()
        self._recent: deque[NoticeView] = deque(maxlen=_RECENT)
        self._number: int | None = None
        self._task = asyncio.create_task(self._follow())
        self.subscribers: set[Subscriber] = set()

    def look(self) -> None:
        """Read soon: there may be something new."""
        self._wanted.set()

    def tell(self, text: str) -> None:
        """Pass on what carries no number to whoever listens now."""
        for subscriber in self.subscribers:
            subscriber.passing.append(text)
        self.wake_all()

    def wake_all(self) -> None:
        for subscriber in self.subscribers:
            subscriber.woken.set()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def after(self, number: int) -> list[NoticeView]:
        """Return the notices behind `number`: from memory when they are all there, else from the database."""
        if self._number is None or number >= self._number:
            return []
        if self._recent and self._recent[0].number <= number + 1:
            return [notice for notice in self._recent if notice.number > number]
        try:
            return await run(self._read, number)
        except Unavailable:
            # the database is away: whoever listens stays, and looks again in a moment
            asyncio.get_running_loop().call_later(_POLL_SECONDS, self.wake_all)
            return []

    async def _follow(self) -> None:
        while True:
            try:
                await self._refill()
            except Exception as error:  # noqa: BLE001 - a reader that died would leave its streams silent
                # the database is away: the streams stay open and catch up when it is back
                log.warning("live.read_failed", error=type(error).__name__)
                await asyncio.sleep(_POLL_SECONDS)
                continue
            await wait(self._wanted, _LOOK_SECONDS if self._is_woken() else _POLL_SECONDS)
            self._wanted.clear()

    async def _refill(self) -> None:
        if self._number is None:
            self._number = await run(self._newest)
            self.wake_all()
        while found := await run(self._read, self._number):
            self._recent.extend(found)
            self._number = found[-1].number
            self.wake_all()

    def _read(self, number: int) -> list[NoticeView]:
        with self._services.db.reading(self._organization_id) as tx:
            return notices.list_after(tx, number, _BATCH)

    def _newest(self) -> int:
        with self._services.db.reading(self._organization_id) as tx:
            return notices.newest(tx)


async def wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, at most so long; tell whether it came."""
    try:
        async with asyncio.timeout(max(seconds, 0)):
            await event.wait()
    except TimeoutError:
        return False
    return True
