"""Delivering what is queued for one sender: mark, send with no transaction open, record the outcome.

Several sends are under way at once, as many as the kind allows; of one conversation never more than one. A process that
dies between mark and record leaves a lease for each of them; the sweep turns an expired one into `uncertain`, because
the message may have been sent. Nothing is ever sent twice to make sure.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.db import holds, pacing, senders
from hub.db.refusals import StatementRefused
from hub.db.session import PlatformWork
from hub.errors import Unavailable
from hub.outbound import sending
from hub.outbound.jobs import DELIVER_JOB
from hub.outbound.marking import Outgoing, mark
from hub.outbound.pacing import Grant, Pace
from hub.outbound.recording import Outcome, record
from hub.types import Sender, SendFailure
from hub.wiring import Services

_TURN_SECONDS = 2.0
"""After this long a sender lets the next one have the worker, if there is one."""
_LONGEST_TURN = 60.0
"""Far below `hub.queue.JOB_TIMEOUT`: what is under way must end within the job."""
_LOOK_AGAIN = 0.25
"""Seconds after which a sender with sends under way looks whether more came."""
_BEGIN_PAUSE = 0.05
"""Seconds between two beginnings: what may begin in them is marked in one transaction. Half of what a pace forgives."""
_IDLE = 0.1
"""Seconds a turn waits with nothing under way; whoever has to wait longer lets others have the worker."""
_SOON = 2.0
"""Seconds the sweep takes: what is due later is woken by it."""
_GATHER = 0.04
"""Seconds an outcome waits for others: they share a transaction."""
_RECORD_TRIES = 5
_RECORD_PAUSE = 0.5


def drain(services: Services, sender_id: str) -> None:
    """Send all that is due for a sender; after its turn the rest waits for the next wake-up."""
    services.queue.clear(DELIVER_JOB, sender_id)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
    if found is None or found.sender.suspended:
        return
    if not asyncio.run(_send_due(services, found.open(services.vault))):
        services.queue.wake("delivery", DELIVER_JOB, sender_id)


async def _send_due(services: Services, sender: Sender) -> bool:
    """Send as fast as the provider allows one sender; return whether all is done."""
    adapter = services.adapters[sender.kind]
    turn = _Turn(
        services,
        sender,
        parallel=max(adapter.capabilities.parallel_sends, 1),
        pace=Pace(services.queue, sender.id, adapter.capabilities.sends_per_second),
    )
    async with adapter.open():
        try:
            return await turn.work()
        finally:
            # whatever became of the turn, what is under way ends and is recorded
            await turn.finish()


@dataclass
class _Turn:
    """One turn of a sender: the sends that are under way, and since when it has the worker.

    While outcomes are recorded, further sends begin; never are more of them without a recorded outcome than may be
    under way at once. What breaks (`broken`) ends the turn, and nothing else of it: the others end and are recorded.
    """

    services: Services
    sender: Sender
    parallel: int
    pace: Pace
    under_way: set[asyncio.Task[Outcome]] = field(default_factory=set)
    recording: asyncio.Task[None] | None = None
    being_recorded: Sequence[Outcome] = ()
    broken: BaseException | None = None
    began: float = field(default_factory=time.monotonic)
    last_beginning: float = 0.0

    async def work(self) -> bool:
        """Begin, wait, record, until nothing is due (True) or the turn is over (False)."""
        while self.broken is None and not self._is_over():
            wait = await self._begin()
            if self.under_way or self.recording:
                await self._settle(wait)
                continue
            wait = wait or await asyncio.to_thread(self._seconds_until_next)
            if wait is None:
                return True
            await asyncio.sleep(min(wait, _IDLE))
            if wait > _IDLE:
                return False
        return False

    def _is_over(self) -> bool:
        """Whether others wait: ending a turn costs the time of the calls under way."""
        lasted = time.monotonic() - self.began
        return lasted > _TURN_SECONDS and (lasted > _LONGEST_TURN or self.services.queue.is_waiting("delivery"))

    async def finish(self) -> None:
        """Wait for what is under way and record it. Raises what broke the turn."""
        while self.under_way or self.recording:
            await self._settle(None)
        if self.broken is not None:
            raise self.broken

    async def _begin(self) -> float | None:
        """Begin what may begin now; return in how many seconds more may, None when there is nothing more for now."""
        room = self.parallel - len(self.under_way) - len(self.being_recorded)
        if room <= 0 or self._is_warned():
            return _LOOK_AGAIN
        if self.under_way:
            await asyncio.sleep(self.last_beginning + _BEGIN_PAUSE - time.monotonic())
        self.last_beginning = time.monotonic()
        grant, marked = await asyncio.to_thread(self._mark, room)
        for outgoing in marked:
            self.under_way.add(asyncio.create_task(sending.send(self.services, self.sender, outgoing)))
        if len(marked) < grant.count:
            return _LOOK_AGAIN if self.under_way or self.recording else None
        return max(grant.wait, _BEGIN_PAUSE)

    def _mark(self, room: int) -> tuple[Grant, Sequence[Outgoing]]:
        grant = self.pace.take(room)
        if not grant.count:
            return grant, ()
        marked: Sequence[Outgoing] = ()
        try:
            marked = mark(self.services, self.sender, grant.count)
        finally:
            self.pace.give_back(grant.count - len(marked))
        return grant, marked

    def _is_warned(self) -> bool:
        """Whether a send failed and is not recorded yet: it may say that this sender has to stop."""
        ended = [task.result() for task in self.under_way if task.done() and task.exception() is None]
        return any(isinstance(each.result, SendFailure) for each in (*ended, *self.being_recorded))

    async def _settle(self, seconds: float | None) -> None:
        """Wait so many seconds (None: however long), or until something is recorded; record what ends meanwhile."""
        until = None if seconds is None else time.monotonic() + seconds
        while self.under_way or self.recording:
            if self.recording is None and any(task.done() for task in self.under_way):
                self.recording = asyncio.create_task(self._record_ended())
            running: set[asyncio.Task[Any]] = {task for task in self.under_way if not task.done()}
            running |= {self.recording} if self.recording else set()
            left = None if until is None else max(until - time.monotonic(), 0.0)
            ended, _ = await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if self.recording in ended:
                recorded, self.recording = self.recording, None
                return recorded.result()
            if not ended:
                return None
        return None

    async def _record_ended(self) -> None:
        """Record what ended, and what ends in the next moment with it."""
        if not self._is_warned() and not all(task.done() for task in self.under_way):
            await asyncio.sleep(_GATHER)
        ended = [task for task in self.under_way if task.done()]
        self.under_way -= set(ended)
        self.being_recorded = [task.result() for task in ended if task.exception() is None]
        self._break(*(task.exception() for task in ended))
        await self._record(self.being_recorded)
        self.being_recorded = ()

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes down; one that the database refuses takes no other with it."""
        try:
            await self._insist(outcomes)
        except StatementRefused as refused:
            if len(outcomes) == 1:
                return self._break(refused)
            for outcome in outcomes:
                await self._record([outcome])
        except Unavailable as away:
            self._break(away)

    async def _insist(self, outcomes: Sequence[Outcome]) -> None:
        """Try again while the database is away: an outcome that is not written down leaves its message uncertain."""
        for _ in range(_RECORD_TRIES - 1):
            try:
                return await asyncio.to_thread(record, self.services, self.sender, outcomes)
            except Unavailable:
                await asyncio.sleep(_RECORD_PAUSE)
        return await asyncio.to_thread(record, self.services, self.sender, outcomes)

    def _break(self, *causes: BaseException | None) -> None:
        self.broken = self.broken or next((each for each in causes if each), None)

    def _seconds_until_next(self) -> float | None:
        """Return in how many seconds a waiting message is due or the sender may go on; None when that is not soon."""
        now = self.services.clock()
        with self.services.db.reading(self.sender.organization_id) as tx:
            at = holds.held_until(tx, self.sender.id, now) or pacing.next_due(tx, self.sender.id, now)
        seconds = (at - now).total_seconds() if at else None
        return seconds if seconds is not None and seconds < _SOON else None
