"""The journal for people: its balance, its events, replaying them, and releasing what is in quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hub import audit
from hub.channels.base import Adapter
from hub.db import journal, journal_mending, journal_reading, pool, quarantine
from hub.db.journal_reading import Balance, EventView
from hub.db.quarantine import QuarantineView
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Invalid, NotFound, Unreadable
from hub.inbound import intake
from hub.inbound.accept import accept, held_again
from hub.inbound.directory import Directory
from hub.inbound.intake import DRAIN_JOB, Batch
from hub.types import Actor, EventState, Forged, Machine
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class EventDetail:
    """A journal row with its bytes; `unreadable` says why they can no longer be read."""

    event: EventView
    body: bytes = field(repr=False)
    unreadable: str = ""


def balance(services: Services, actor: Actor | None, channel_id: str | None = None) -> Balance:
    """Count an organization's events, or (None) the whole hub's, with what no organization could be named for."""
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        if actor is not None:
            held = quarantine.count(tx, quarantine.HELD, actor.organization_id) if channel_id is None else 0
            return journal_reading.balance(tx, actor.organization_id, channel_id, held)
        known = journal_reading.balance(tx, None, channel_id, quarantine.count(tx, quarantine.HELD, None))
        if channel_id is not None:
            return replace(known, quarantined=0)
        nobodys, unreadable = pool.count(tx), quarantine.count(tx, quarantine.UNREADABLE, None)
    return replace(
        known,
        received=known.received + nobodys + unreadable,
        handled=known.handled + nobodys,
        unreadable=known.unreadable + unreadable,
    )


def list_events(
    services: Services, state: EventState | None = None, limit: int = 50, cursor: str | None = None
) -> Sequence[EventView]:
    """Return journal rows of the whole hub, newest first, from below the event with the id `cursor`."""
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        return journal_reading.list_events(tx, state, limit, int(cursor) if cursor else None)


def list_quarantined(services: Services, limit: int = 50) -> Sequence[QuarantineView]:
    """Return the oldest requests in quarantine."""
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        return quarantine.list_held(tx, limit)


def show_event(services: Services, event_id: int) -> EventDetail:
    """Return one journal row with its bytes, or with why they cannot be read any more. Raises NotFound."""
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        found = journal_reading.find_event(tx, event_id)
    if found is None:
        raise NotFound(f"there is no event {event_id}")
    event, sealed = found
    try:
        return EventDetail(event, open_body(services, event, sealed))
    except Unreadable as error:
        return EventDetail(event, b"", error.detail)


def open_body(services: Services, event: EventView, sealed: bytes) -> bytes:
    """Return an event's bytes as they came; none when a duplicate's were the first one's. Raises Unreadable."""
    return services.vault.of(event.organization_id).open(sealed, journal.SEALED) if sealed else b""


def replay(services: Services, event_id: int, by: Actor | Machine = audit.COMMAND_LINE) -> None:
    """Put a failed or unreadable event back to work. Replaying what is handled already changes nothing.

    Raises NotFound. Idempotent: the message it makes is found by its provider id if it was made before.
    """
    with services.db.platform_transaction(PlatformWork.JOURNAL) as tx:
        found = journal_reading.find_event(tx, event_id)
        if found is None:
            raise NotFound(f"there is no event {event_id}")
        event, sender_id = found[0], journal_mending.mark_pending(tx, event_id)
        if sender_id is not None:
            was, now = {"state": event.state}, {"state": EventState.PENDING}
            replayed = audit.Change("event.replayed", "event", str(event_id), was, now)
            audit.record(services, tx, by, replayed, event.organization_id)
    if sender_id is not None:
        services.queue.wake("intake", DRAIN_JOB, sender_id)


def release(services: Services, request_id: str, by: Actor | Machine | None = audit.COMMAND_LINE) -> int:
    """Let a request out of quarantine: verify it anew, split it, journal its events. Return how many there were.

    What of it still names nobody we know is kept as a request of its own. Raises NotFound, or Conflict while it still
    does not verify or names nobody more than before. `by` is None when it is part of another change, whose audit entry
    covers it.
    """
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        held = quarantine.find(tx, request_id)
    if held is None:
        raise NotFound(f"there is no request {request_id} in quarantine")
    batch = _judge_anew(services, held)
    with services.db.platform_transaction(PlatformWork.JOURNAL) as tx:
        if not quarantine.mark_released(tx, request_id):
            raise Conflict("somebody released it just now")
        intake.write_events(services, tx, batch)
        if by is not None:
            _record_release(services, tx, by, request_id, batch)
    services.queue.wake_many("intake", DRAIN_JOB, sorted(intake.senders_of([batch])))
    return len(batch.events) + len(batch.pool) + len(batch.letters) + sum(not each.kept for each in batch.heard)


def discard(services: Services, request_id: str, by: Actor | Machine) -> None:
    """Throw a request in quarantine away, bytes and all. Raises NotFound, Invalid without a reason."""
    if not by.reason.strip():
        raise Invalid("say why; what is thrown away cannot be brought back")
    with services.db.platform_transaction(PlatformWork.JOURNAL) as tx:
        held = quarantine.find(tx, request_id)
        if held is None or not quarantine.remove(tx, request_id):
            raise NotFound(f"there is no request {request_id} in quarantine")
        discarded = audit.Change("request.discarded", "request", request_id, before={"why_held": held.reason})
        audit.record(services, tx, by, discarded, audit.PLATFORM)


def _record_release(services: Services, tx: Tx, by: Actor | Machine, request_id: str, batch: Batch) -> None:
    """Note it where the request's events went; in the platform's chain when they went to several organizations."""
    whose = {event.organization_id for event in batch.events}
    chain = whose.pop() if len(whose) == 1 else audit.PLATFORM
    released = audit.Change("request.released", "request", request_id, after={"events": len(batch.events)})
    audit.record(services, tx, by, released, chain)


def _judge_anew(services: Services, held: QuarantineView) -> Batch:
    adapter = _adapter_of(services, held)
    request, directory = held_again(services.vault.platform(), held), Directory(services)
    verdict = adapter.verify(request, directory.secrets(adapter.secret_query(request)) or ())
    if isinstance(verdict, Forged):
        raise Conflict(f"it still does not verify ({verdict.reason}); mend the secret first")
    batch = accept(adapter, services.vault.platform(), request, verdict.by, directory.targets)
    if not (batch.events or batch.pool or batch.heard or batch.letters) or (held.genuine and _as_strange(batch, held)):
        raise Conflict("it still names no channel of ours; connect the channel first")
    return replace(batch, keep_duplicates=False)


def _as_strange(batch: Batch, held: QuarantineView) -> bool:
    """Say whether all whom the kept request was held for are still unknown."""
    return any(set(left.addresses) >= set(held.addresses) for left in batch.held)


def _adapter_of(services: Services, held: QuarantineView) -> Adapter:
    for kind, adapter in services.adapters.items():
        if kind == held.kind:
            return adapter
    raise Conflict("it was kept without its route and cannot be judged anew")
