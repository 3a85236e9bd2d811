"""The live stream: one listener per process, one reader per organization, server-sent events for every browser.

Redis only wakes; what is sent are the numbered notices of the database, so nothing is skipped when Redis was away.
A notice published with content (presence) carries no number: it is told to whoever listens now and never replayed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from hub.db import notices
from hub.db.notices import NoticeView
from hub.errors import HubError
from hub.web.feeds import Feed, Subscriber, wait
from hub.web.threads import run
from hub.web.wakes import WakeListener
from hub.wiring import Services

HEARTBEAT_SECONDS = 15.0
REPLAY = timedelta(hours=24)
"""How far back `Last-Event-ID` may reach; older ones get one `reset`."""


class Live:
    """The streams of this process. `start` and `stop` belong to the app's lifespan."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feeds: dict[str, Feed] = {}
        self._listener: asyncio.Task[None] | None = None
        self._wakes = WakeListener(services.queue.url, self._pass_on, self._look_again)
        self._closing = False

    @property
    def is_listening(self) -> bool:
        """Whether Redis wakes the streams; without it they look every second."""
        return self._wakes.connected

    @property
    def open_streams(self) -> int:
        """How many streams this process serves now."""
        return sum(len(feed.subscribers) for feed in self._feeds.values())

    def start(self) -> None:
        """Begin to listen; call it inside the event loop."""
        self._closing = False
        self._listener = asyncio.create_task(self._wakes.listen())

    def close_streams(self) -> None:
        """End every open stream now; browsers reconnect to whoever serves next."""
        self._closing = True
        for feed in self._feeds.values():
            feed.wake_all()

    async def stop(self) -> None:
        """End the streams and the listener."""
        self.close_streams()
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        for feed in list(self._feeds.values()):
            await feed.stop()
        self._feeds.clear()

    async def events(
        self, organization_id: str, last: int | None, still_welcome: Callable[[], object]
    ) -> AsyncIterator[str]:
        """Yield the text of server-sent events from behind notice `last`, None: from now on.

        `still_welcome` is called in the thread pool at each heartbeat; the stream ends when it raises a HubError.
        """
        subscriber = Subscriber()
        feed = self._join(organization_id, subscriber)
        try:
            number, opening = await run(self._opening, organization_id, last)
            yield opening
            async for text in self._follow(feed, subscriber, number, still_welcome):
                yield text
        except HubError:
            # no longer welcome, or the database is away: the browser asks again with the last id it saw
            return
        finally:
            await self._leave(organization_id, feed, subscriber)

    async def _follow(
        self, feed: Feed, subscriber: Subscriber, number: int, still_welcome: Callable[[], object]
    ) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        beat_at = loop.time() + HEARTBEAT_SECONDS
        # what came between the id the browser knew and the moment it joined the feed
        subscriber.woken.set()
        while not self._closing:
            await wait(subscriber.woken, beat_at - loop.time())
            subscriber.woken.clear()
            while found := await feed.after(number):
                number = found[-1].number
                yield "".join(_numbered(notice) for notice in found)
            while subscriber.passing:
                yield subscriber.passing.popleft()
            if loop.time() >= beat_at:
                await run(still_welcome)
                beat_at = loop.time() + HEARTBEAT_SECONDS
                yield ": still here\n\n"

    def _opening(self, organization_id: str, last: int | None) -> tuple[int, str]:
        with self._services.db.reading(organization_id) as tx:
            newest = notices.newest(tx)
            following = notices.list_after(tx, last, 1) if last is not None else []
        if last is None or last == newest:
            return newest, f"retry: 1000\nid: {newest}\n\n"
        if following and following[0].number == last + 1 and self._is_recent(following[0]):
            return last, f"retry: 1000\nid: {last}\n\n"
        return newest, f"retry: 1000\nid: {newest}\nevent: reset\ndata: {{}}\n\n"

    def _is_recent(self, notice: NoticeView) -> bool:
        return notice.created_at > self._services.clock() - REPLAY

    def _join(self, organization_id: str, subscriber: Subscriber) -> Feed:
        feed = self._feeds.get(organization_id)
        if feed is None:
            feed = self._feeds[organization_id] = Feed(self._services, organization_id, lambda: self.is_listening)
        feed.subscribers.add(subscriber)
        feed.look()
        return feed

    async def _leave(self, organization_id: str, feed: Feed, subscriber: Subscriber) -> None:
        feed.subscribers.discard(subscriber)
        if not feed.subscribers and self._feeds.get(organization_id) is feed:
            del self._feeds[organization_id]
            await feed.stop()

    def _pass_on(self, organization_id: str, content: str) -> None:
        feed = self._feeds.get(organization_id)
        if feed is None:
            return
        if content:
            notice = json.loads(content)
            feed.tell(_unnumbered(str(notice["kind"]), notice["data"]))
        else:
            feed.look()

    def _look_again(self) -> None:
        for feed in self._feeds.values():
            feed.look()


def _numbered(notice: NoticeView) -> str:
    return f"id: {notice.number}\n" + _unnumbered(notice.kind, notice.data)


def _unnumbered(kind: str, data: object) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
