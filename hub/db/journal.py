"""The inbound journal: rows in, rows claimed in arrival order, rows marked, and the balance over all of them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, tuple_, update

from hub.db.session import Tx
from hub.db.tables.core import EVENT
from hub.types import EventState

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A journal row to be written. `verdict` says how it was proven genuine."""

    organization_id: str
    sender_id: str
    key: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    envelope_sha256: bytes
    received_at: datetime
    verdict: str
    once: str | None = None
    unreadable: str | None = None
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """A journal row that waits to be handled."""

    id: int
    key: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    recovered: bool


def insert(tx: Tx, events: Sequence[NewEvent], *, keep_duplicates: bool = True) -> list[NewEvent]:
    """Write events; return those whose one-time token was used before with another body (they are not written).

    A key that is there already makes a `duplicate` row of its own (unless `keep_duplicates` is False).
    """
    rows = [_row(event) for event in events]
    written = tx.insert_new(EVENT, rows, returning=("sender_id", "event_key"))
    if len(written) == len(rows):
        return []
    first = {(row.sender_id, row.event_key) for row in written}
    known = _first_sha256s(tx, events)
    repeated, reused = [], []
    for event in events:
        place = (event.sender_id, event.key)
        if place in first:
            first.remove(place)
        elif place not in known:
            reused.append(event)
        elif keep_duplicates:
            repeated.append(_duplicate_row(event, known[place]))
    tx.insert(EVENT, repeated)
    return reused


def _row(event: NewEvent) -> dict[str, object]:
    return {
        "organization_id": event.organization_id,
        "sender_id": event.sender_id,
        "event_key": event.key,
        "once": event.once,
        "state": EventState.UNREADABLE if event.unreadable else EventState.PENDING,
        "headers": event.headers,
        "body": event.body,
        "body_sha256": hashlib.sha256(event.body).digest(),
        "envelope_sha256": event.envelope_sha256,
        "verdict": event.verdict,
        "recovered": event.recovered,
        "received_at": event.received_at,
        "error": event.unreadable,
    }


def _first_sha256s(tx: Tx, events: Sequence[NewEvent]) -> dict[tuple[str, str], bytes]:
    """Return the sha256 of the first delivery of each event, by sender and key."""
    found = {}
    for start in range(0, len(events), _CHUNK):
        places = [(event.sender_id, event.key) for event in events[start : start + _CHUNK]]
        first = tuple_(EVENT.c.sender_id, EVENT.c.event_key).in_(places), EVENT.c.state != EventState.DUPLICATE
        rows = tx.all(select(EVENT.c.sender_id, EVENT.c.event_key, EVENT.c.body_sha256).where(*first))
        found.update({(row.sender_id, row.event_key): bytes(row.body_sha256) for row in rows})
    return found


def _duplicate_row(event: NewEvent, first_sha256: bytes) -> dict[str, object]:
    """The bytes of a repeated delivery are dropped only when they are the first one's."""
    row = _row(event) | {"state": EventState.DUPLICATE, "error": None}
    if row["body_sha256"] == first_sha256:
        row["body"] = None
    return row


def list_pending(tx: Tx, sender_id: str, limit: int) -> list[PendingEvent]:
    """Return a sender's oldest unhandled events, in arrival order."""
    rows = tx.all(
        select(EVENT.c.id, EVENT.c.event_key, EVENT.c.headers, EVENT.c.body, EVENT.c.received_at, EVENT.c.recovered)
        .where(EVENT.c.sender_id == sender_id, EVENT.c.state == EventState.PENDING)
        .order_by(EVENT.c.id)
        .limit(limit)
    )
    return [PendingEvent(row.id, row.event_key, row.headers, row.body, row.received_at, row.recovered) for row in rows]


def still_pending(tx: Tx, ids: Sequence[int]) -> set[int]:
    """Return which of these events nobody has handled meanwhile; call it with the sender locked."""
    rows = tx.all(select(EVENT.c.id).where(EVENT.c.id.in_(ids), EVENT.c.state == EventState.PENDING))
    return {row.id for row in rows}


def mark_handled(tx: Tx, ids: Sequence[int], now: datetime) -> None:
    tx.execute(update(EVENT).where(EVENT.c.id.in_(ids)).values(state=EventState.HANDLED, handled_at=now, error=None))


def mark_failed(tx: Tx, event_id: int, error: str, now: datetime) -> None:
    """Keep why an event could not be handled, without the NULs and half pairs that no database takes from a payload."""
    storable = error[:2000].replace("\x00", "").encode("utf-8", "replace").decode()
    tx.execute(
        update(EVENT)
        .where(EVENT.c.id == event_id, EVENT.c.state == EventState.PENDING)
        .values(state=EventState.FAILED, handled_at=now, error=storable)
    )


def mark_pending(tx: Tx, event_id: int) -> str | None:
    """Put a failed or unreadable event back to work; return its sender, None when it is neither."""
    row = tx.execute(
        update(EVENT)
        .where(EVENT.c.id == event_id, EVENT.c.state.in_((EventState.FAILED, EventState.UNREADABLE)))
        .values(state=EventState.PENDING, handled_at=None, error=None)
        .returning(EVENT.c.sender_id)
    ).first()
    return row.sender_id if row else None


def senders_with_pending(tx: Tx, before: datetime) -> list[str]:
    """Return the senders that have unhandled events from before `before`: what lost its wake-up."""
    rows = tx.all(
        select(EVENT.c.sender_id)
        .where(EVENT.c.state == EventState.PENDING, EVENT.c.received_at <= before)
        .group_by(EVENT.c.sender_id)
    )
    return [row.sender_id for row in rows]


def known_keys(tx: Tx, sender_id: str, keys: Iterable[str]) -> set[str]:
    """Return which of these events the journal has already."""
    rows = tx.all(
        select(EVENT.c.event_key).where(
            EVENT.c.sender_id == sender_id, EVENT.c.event_key.in_(list(keys)), EVENT.c.state != EventState.DUPLICATE
        )
    )
    return {row.event_key for row in rows}
