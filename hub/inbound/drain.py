"""Draining the journal of one sender in batches: opened and parsed outside the transaction, applied in arrival order.

Single flight is the database's: each batch locks the sender's row before it reads what is still pending. A batch that
raises is rolled back and tried again one event a transaction; the event that raises again is marked failed, the rest
go on.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from hub.channels.base import Adapter
from hub.conversations.apply import apply
from hub.conversations.arriving import Arrived, setting_of
from hub.conversations.changes import NOBODY, Changes
from hub.conversations.chores import ERRANDS_JOB
from hub.crypto import DataKey
from hub.db import journal, senders
from hub.db.journal import Handled, PendingEvent
from hub.db.session import PlatformWork
from hub.errors import Unavailable
from hub.failpoints import reach
from hub.filing import fetching
from hub.inbound.intake import DRAIN_JOB
from hub.log import get_logger, trace_of
from hub.numbers import detecting, winning
from hub.routing.assignment import ASSIGN_JOB, route_new
from hub.types import ChannelKind, JournalEvent, Sender
from hub.wiring import Services

_LARGEST_BATCH = 200
_SMALLEST_BATCH = 50
_LOCK_SECONDS = 0.02
"""How long a batch may hold SQLite's write lock: webhooks wait for it (house decision 3)."""
_TURN_SECONDS = 1.0
"""After this long a sender lets the next one have the worker."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Understood:
    """A pending event and what it means; `kind`: whose people it names."""

    id: int
    arrived: Sequence[Arrived]
    kind: ChannelKind


def drain(services: Services, sender_id: str) -> None:
    """Handle all that is pending for a sender; after its turn the rest waits for the next wake-up."""
    services.queue.clear(DRAIN_JOB, sender_id)
    reach("drain.before_claim")
    until = time.monotonic() + _TURN_SECONDS
    size = _SMALLEST_BATCH
    while time.monotonic() < until:
        started = time.monotonic()
        handled = _drain_batch(services, sender_id, size)
        if handled == 0:
            return
        size = _next_size(services, size, handled, time.monotonic() - started)
    services.queue.wake("intake", DRAIN_JOB, sender_id)


def _next_size(services: Services, size: int, handled: int, seconds: float) -> int:
    """Grow while batches are quick; on SQLite stay within the time the write lock may be held."""
    if services.settings.sqlite_path is None:
        return _LARGEST_BATCH
    if handled < size:
        return size
    fitting = int(size * _LOCK_SECONDS / max(seconds, 0.001))
    return max(_SMALLEST_BATCH, min(fitting, _LARGEST_BATCH, size * 2))


def _drain_batch(services: Services, sender_id: str, size: int) -> int:
    """Handle one batch; return how many events it took."""
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
        pending = journal.list_pending(tx, sender_id, size)
    if found is None or found.sender.suspended or not pending:
        return 0
    sender = found.open(services.vault)
    understood = _understand(services, sender, pending)
    reach("drain.after_parse")
    try:
        _handle(services, sender, understood)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of the drain: no event may stop its sender
        log.warning("drain.batch_failed", sender_id=sender_id, events=len(understood), error=type(error).__name__)
        _handle_one_by_one(services, sender, understood)
    return len(pending)


def _understand(services: Services, sender: Sender, pending: Sequence[PendingEvent]) -> list[Understood]:
    key = services.vault.of(sender.organization_id)
    understood = []
    for event in pending:
        kind = event.kind or sender.kind
        try:
            understood.append(Understood(event.id, _parse(services.adapters[kind], key, sender, event), kind))
        except Exception as error:  # noqa: BLE001 - whatever a payload does to a parser stays with that payload
            _fail(services, sender, event.id, error)
    return understood


def _parse(adapter: Adapter, key: DataKey, sender: Sender, event: PendingEvent) -> list[Arrived]:
    body = key.open(event.body, journal.SEALED)
    meant = adapter.parse(JournalEvent(event.key, event.headers, body, event.received_at), sender)
    return [Arrived(each, event.received_at, event.id, event.key) for each in meant]


def _handle(services: Services, sender: Sender, understood: Sequence[Understood]) -> None:
    """Apply events and mark them handled, in one transaction."""
    now, key = services.clock(), services.vault.of(sender.organization_id)
    ear = detecting.ear_of(services, sender.kind, key)
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        reach("drain.after_lock")
        still = journal.still_pending(tx, [each.id for each in understood])
        mine = [each for each in understood if each.id in still]
        if state is None or state.suspended or not mine:
            return
        changes = Changes()
        for kind, some in groupby(mine, key=lambda each: each.kind):
            setting = setting_of(services, state, key, now, kind)
            arrived = [one for each in some for one in each.arrived]
            apply(tx, setting, arrived, changes)
            winning.hear(tx, setting, arrived, changes)
            winning.note_latecomers(tx, setting, arrived, changes)
        reach("drain.after_apply")
        route_new(tx, changes, now)
        reach("drain.after_route")
        to_look_at = detecting.hear_told(tx, ear, sender.id, changes.told, now)
        to_look_at += detecting.hear_delivered(tx, ear, sender.id, changes.delivered, now)
        journal.mark_handled(tx, [_handled(each.id, changes) for each in mine], now)
        changes.write(tx)
        reach("drain.before_commit")
    reach("drain.after_commit")
    detecting.hasten(services, sender.organization_id, to_look_at)
    _wake_jobs(services, sender, changes)
    services.queue.notify(sender.organization_id)
    reach("notice.after_publish")


def _wake_jobs(services: Services, sender: Sender, changes: Changes) -> None:
    """Links to files expire, and people wait for their press of a button to be answered, and in line."""
    if changes.has_files:
        services.queue.wake(fetching.QUEUE, fetching.FETCH_JOB, sender.organization_id)
    if changes.has_chores:
        services.queue.wake("delivery", ERRANDS_JOB, sender.id)
    if changes.handing.behind:
        services.queue.wake("routing", ASSIGN_JOB, sender.organization_id)


def _handled(event_id: int, changes: Changes) -> Handled:
    subject = changes.subjects.get(event_id, NOBODY)
    return Handled(event_id, subject.identity_id, subject.conversation_id)


def _handle_one_by_one(services: Services, sender: Sender, understood: Sequence[Understood]) -> None:
    for each in understood:
        try:
            _handle(services, sender, [each])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the poison event is found; it is listed and can be replayed
            _fail(services, sender, each.id, error)


def _fail(services: Services, sender: Sender, event_id: int, error: Exception) -> None:
    log.error("event.failed", event_id=event_id, sender_id=sender.id, error=type(error).__name__, trace=trace_of(error))
    with services.db.transaction(sender.organization_id) as tx:
        journal.mark_failed(tx, event_id, f"{type(error).__name__}: {error}", services.clock())


def wake_strays(services: Services, older_than: timedelta) -> None:
    """Wake the drains of senders whose pending events lost their wake-up."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        strays = journal.senders_with_pending(tx, services.clock() - older_than)
    if strays:
        services.queue.wake_many("intake", DRAIN_JOB, strays)
