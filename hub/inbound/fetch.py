"""Events that are fetched instead of delivered: polling, and recovery of what a provider did not deliver.

Both feed the same journal, so that everything behind it is the same.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.db import fetch_marks, journal, senders
from hub.db.journal import NewEvent
from hub.db.session import PlatformWork
from hub.forgotten import hashes_of
from hub.inbound.intake import DRAIN_JOB
from hub.log import get_logger
from hub.types import RawEvent, Sender
from hub.wiring import Services

POLLING = "polling"
POLL_JOB = "workers.intake.poll"
RECOVER_JOB = "workers.intake.recover"
CATCH_UP_JOB = "workers.intake.catch_up"
_OVERLAP = timedelta(minutes=10)
"""Looked at again on every recovery: providers list messages with a delay."""

log = get_logger(__name__)


def poll(services: Services, sender_id: str) -> None:
    """Fetch what waits at the provider. The cursor moves on in the transaction that journals the events."""
    services.queue.clear(POLL_JOB, sender_id)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
        cursor = fetch_marks.poll_cursor(tx, sender_id)
    if found is None or cursor is None:
        return
    sender = found.open(services.vault)
    polled = asyncio.run(services.adapters[sender.kind].poll(sender, cursor))
    if not polled.events:
        return
    rows = _rows(services, sender, polled.events, "polled", recovered=False)
    with services.db.transaction(sender.organization_id) as tx:
        journal.insert(tx, rows)
        fetch_marks.keep_poll_cursor(tx, sender_id, polled.cursor)
    services.queue.wake("intake", DRAIN_JOB, sender_id)


def recover(services: Services, sender_id: str) -> int:
    """Journal what the provider lists and the hub has not seen; return how many events that were.

    What is younger than `recover_min_age` is left alone: its webhook may be on its way. Nothing from before the sender
    belonged to this organization is fetched: `recovered_until` begins there.
    """
    services.queue.clear(RECOVER_JOB, sender_id)
    return _look(services, sender_id, services.clock() - _min_age(services))


def catch_up(services: Services, sender_id: str) -> int:
    """`recover` after the hub was away, whatever the age of a message: nobody took the webhooks of that time.

    The webhook of a message that was written a moment ago may still come: then it counts as a duplicate.
    """
    services.queue.clear(CATCH_UP_JOB, sender_id)
    return _look(services, sender_id, None)


def _min_age(services: Services) -> timedelta:
    return timedelta(seconds=services.settings.recover_min_age)


def _look(services: Services, sender_id: str, youngest: datetime | None) -> int:
    """Journal what was missed, of all ages where `youngest` is None."""
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
        since = fetch_marks.recovered_until(tx, sender_id)
    if found is None or since is None:
        return 0
    sender = found.open(services.vault)
    looked_until = services.clock() - _min_age(services) - _OVERLAP
    listed = asyncio.run(services.adapters[sender.kind].recover(sender, since))
    missed = _missed(services, sender, [event for event in listed if not _younger(event, youngest)])
    _journal_missed(services, sender, missed, max(since, looked_until))
    if missed:
        log.info("recovery.found", sender_id=sender_id, events=len(missed))
        services.queue.wake("intake", DRAIN_JOB, sender_id)
    return len(missed)


def _younger(event: RawEvent, limit: datetime | None) -> bool:
    return limit is not None and event.occurred_at is not None and event.occurred_at > limit


def _missed(services: Services, sender: Sender, listed: Sequence[RawEvent]) -> list[RawEvent]:
    """What was erased stands in the journal under a hash of its key."""
    hashes = hashes_of(services, sender.organization_id)
    erased = {event.key: hashes.of_event(sender.id, event.key) for event in listed}
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        known = journal.known_keys(tx, sender.id, [*erased.keys(), *erased.values()])
    return [event for event in listed if event.key not in known and erased[event.key] not in known]


def _journal_missed(services: Services, sender: Sender, missed: Sequence[RawEvent], until: datetime) -> None:
    rows = _rows(services, sender, missed, "recovered", recovered=True)
    with services.db.transaction(sender.organization_id) as tx:
        if rows:
            journal.insert(tx, rows, keep_duplicates=False)
        fetch_marks.keep_recovered_until(tx, sender.id, until)


def _rows(
    services: Services, sender: Sender, events: Sequence[RawEvent], verdict: str, *, recovered: bool
) -> list[NewEvent]:
    key, now = services.vault.of(sender.organization_id), services.clock()
    return [
        NewEvent(
            organization_id=sender.organization_id,
            sender_id=sender.id,
            key=event.key,
            headers={},
            body=(body := journal.seal(key, event.body)),
            envelope=body.fingerprint,
            received_at=now,
            verdict=verdict,
            unreadable=event.unreadable,
            recovered=recovered,
        )
        for event in events
    ]


def wake_polls(services: Services) -> None:
    """Wake a poll for each sender whose channel polls."""
    polling = [sender_id for sender_id, delivery in _unreleased(services, "polls") if delivery == POLLING]
    if polling:
        services.queue.wake_many("asking", POLL_JOB, polling)


def wake_recoveries(services: Services) -> None:
    """Wake a recovery for each sender that may have missed something: its provider lists what it received, or delivers
    it again once its webhook stands as it should.

    It runs when the scheduler starts, and every few minutes. Whoever polls asks the provider all the time anyway.
    """
    _wake_recovering(services, RECOVER_JOB)


def wake_catch_ups(services: Services) -> None:
    """The same when a web process starts, and with the first event after it was away (`Intake`)."""
    _wake_recovering(services, CATCH_UP_JOB)


def _wake_recovering(services: Services, job: str) -> None:
    recovering = [sender_id for sender_id, delivery in _unreleased(services, "recovers") if delivery != POLLING]
    if recovering:
        services.queue.wake_many("asking", job, recovering)


def _unreleased(services: Services, capability: str) -> list[tuple[str, str]]:
    kinds = [kind for kind, adapter in services.adapters.items() if getattr(adapter.capabilities, capability)]
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        return senders.list_unreleased(tx, kinds)
