"""The one thread of a web process that commits what webhooks brought: concurrent requests share a commit.

Durable and still fast: one fsync serves every request that waits for it. A group that fails is retried row by row, so
that one request cannot spoil another's.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from hub.db import journal, letters, pool, quarantine
from hub.db.journal import NewEvent
from hub.db.letters import Fate
from hub.db.pool import Heard, NewPoolMessage
from hub.db.quarantine import NewQuarantine
from hub.db.session import Tx
from hub.errors import HubError, Unavailable
from hub.failpoints import reach
from hub.ids import new_id
from hub.log import get_logger, trace_of
from hub.wiring import Services

DRAIN_JOB = "workers.intake.drain"
CATCH_UP_ALL_JOB = "workers.upkeep.catch_up"
_GROUP = 128

log = get_logger(__name__)


class QuarantineFull(Unavailable):
    """A genuine request finds no room; other requests of the same commit are not to blame."""


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one request brought; it is committed whole or not at all."""

    events: Sequence[NewEvent] = ()
    pool: Sequence[NewPoolMessage] = ()
    held: Sequence[NewQuarantine] = ()
    keep_duplicates: bool = True
    heard: Sequence[Heard] = ()
    letters: Sequence[Fate] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A batch and the request that waits for it; `done` belongs to the event loop, which alone may settle it."""

    batch: Batch
    done: "asyncio.Future[None]"

    def settle(self, error: Exception | None) -> None:
        """Wake the request; it may have been cancelled meanwhile."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Intake:
    """Commits batches. `start` and `stop` belong to the process that owns it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._to_wake: SimpleQueue[set[str] | None] = SimpleQueue()
        self._was_away = True
        self._threads = (
            threading.Thread(target=self._commit_loop, name="intake-commit", daemon=True),
            threading.Thread(target=self._wake_loop, name="intake-wake", daemon=True),
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Commit what waits, then end."""
        self._waiting.put(None)
        self._threads[0].join()
        self._to_wake.put(None)
        self._threads[1].join()

    async def commit(self, batch: Batch) -> None:
        """Return once the batch is on disk. Raises Unavailable when it is not; nothing of it is kept then."""
        waiting = _Waiting(batch, asyncio.get_running_loop().create_future())
        self._waiting.put(waiting)
        await waiting.done

    def _commit_loop(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, ended = self._gather(first)
            self._commit_group(group)
            if ended:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        group = [first]
        while len(group) < _GROUP:
            try:
                following = self._waiting.get_nowait()
            except Empty:
                return group, False
            if following is None:
                return group, True
            group.append(following)
        return group, False

    def _commit_group(self, group: Sequence[_Waiting]) -> None:
        try:
            write(self._services, [waiting.batch for waiting in group])
        except Exception as error:  # noqa: BLE001 - the boundary of the commit thread: every request gets its own answer
            # a database that is down would let each of them wait in turn
            self._was_away = self._was_away or not isinstance(error, QuarantineFull)
            if len(group) == 1 or (isinstance(error, Unavailable) and not isinstance(error, QuarantineFull)):
                _settle(group, _answer_of(error))
                return
            for waiting in group:
                self._commit_group([waiting])
            return
        _settle(group, None)
        self._to_wake.put(senders_of([waiting.batch for waiting in group]))

    def _wake_loop(self) -> None:
        # not every outage ends with an event; with the first one it is known that the way here is open again
        self._catch_up()
        while (senders := self._to_wake.get()) is not None:
            while not self._to_wake.empty():
                more = self._to_wake.get()
                if more is None:
                    self._wake(senders)
                    return
                senders |= more
            self._wake(senders)

    def _wake(self, senders: set[str]) -> None:
        reach("intake.before_wake")
        if senders:
            self._services.queue.wake_many("intake", DRAIN_JOB, sorted(senders))
        if self._was_away:
            self._was_away = not self._catch_up()

    def _catch_up(self) -> bool:
        """Have fetched what providers could not deliver meanwhile; some of them try once only."""
        return self._services.queue.wake("upkeep", CATCH_UP_ALL_JOB, "all")


def _settle(group: Sequence[_Waiting], error: Exception | None) -> None:
    """Tell the waiting requests. One call into their loop for the group: one for each costs more than its row."""

    def settle_all() -> None:
        for waiting in group:
            waiting.settle(error)

    # a loop that has ended waits for nothing
    with contextlib.suppress(RuntimeError):
        group[0].done.get_loop().call_soon_threadsafe(settle_all)


def write(services: Services, batches: Sequence[Batch]) -> None:
    """Write batches in one transaction."""
    reach("intake.before_insert")
    with services.db.intake_transaction() as tx:
        whole = Batch(
            events=[event for batch in batches for event in batch.events],
            pool=[each for batch in batches for each in batch.pool],
            held=[request for batch in batches for request in batch.held],
            heard=[each for batch in batches for each in batch.heard],
            letters=[each for batch in batches for each in batch.letters],
        )
        write_events(services, tx, whole)
        reach("intake.before_commit")
    reach("intake.after_commit")


def write_events(services: Services, tx: Tx, batch: Batch) -> None:
    """Write one batch. Raises Unavailable when the quarantine has no room for a genuine request."""
    reused = journal.insert(tx, batch.events, keep_duplicates=batch.keep_duplicates) if batch.events else []
    pool.keep(tx, batch.pool)
    pool.hear(tx, batch.heard)
    letters.hear(tx, batch.letters)
    _hold(tx, [*batch.held, *(_reused_token(services, event) for event in reused)])


def senders_of(batches: Sequence[Batch]) -> set[str]:
    """Return the senders that have something new to be drained."""
    return {event.sender_id for batch in batches for event in batch.events}


def _reused_token(services: Services, event: NewEvent) -> NewQuarantine:
    body = services.vault.of(event.organization_id).open(event.body.sealed, journal.SEALED)
    about = {"headers": dict(event.headers), "sender_id": event.sender_id}
    return NewQuarantine(
        id=new_id(),
        kind="",
        route="",
        request=quarantine.seal(services.vault.platform(), about, body),
        reason="its one-time token was used before with another body",
        genuine=False,
        received_at=event.received_at,
        organization_id=event.organization_id,
    )


def _hold(tx: Tx, held: Sequence[NewQuarantine]) -> None:
    """Keep requests while there is room. A genuine one that finds none must not be acknowledged."""
    for genuine in (True, False):
        requests = [request for request in held if request.genuine is genuine]
        if not requests:
            continue
        kept = quarantine.fitting(tx, requests, genuine=genuine)
        refused = len(requests) - len(kept)
        if refused and genuine:
            raise QuarantineFull("the quarantine is full; release what it holds")
        if refused:
            log.warning("quarantine.full", refused=refused)
        quarantine.insert(tx, kept)


def _answer_of(error: Exception) -> Exception:
    if isinstance(error, HubError):
        return error
    log.error("intake.failed", error=type(error).__name__, trace=trace_of(error))
    return Unavailable("the event could not be stored; send it again")
