"""The inbound journal: rows in, rows claimed in arrival order, rows marked, and the balance over all of them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, TableValuedAlias, Text, Update, bindparam, cast, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB

from hub.crypto import DataKey
from hub.db.session import Tx
from hub.db.suspension import resting_senders
from hub.db.tables.core import CONVERSATION, EVENT
from hub.types import ChannelKind, EventState

SEALED = "events.body"
"""The purpose an event's bytes are sealed for, with its organization's key."""

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class SealedBytes:
    """Bytes as the journal keeps them. `fingerprint` is equal for equal bytes of one organization, to nobody else."""

    sealed: bytes = field(repr=False)
    fingerprint: bytes


def seal(key: DataKey, body: bytes) -> SealedBytes:
    """Seal the bytes of an event with its organization's key."""
    return SealedBytes(key.seal(body, SEALED), key.fingerprint(hashlib.sha256(body).digest()))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A journal row to be written. `verdict` says how it was proven genuine.

    `envelope` is the fingerprint of the whole request's sha256; `kind` whose adapter understands it, None: the
    sender's own.
    """

    organization_id: str
    sender_id: str
    key: str
    headers: Mapping[str, str] = field(repr=False)
    body: SealedBytes
    envelope: bytes
    received_at: datetime
    verdict: str
    once: str | None = None
    unreadable: str | None = None
    recovered: bool = False
    kind: ChannelKind | None = None


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """A journal row that waits to be handled; `body` is sealed."""

    id: int
    key: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    recovered: bool
    kind: ChannelKind | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """An event that was applied, and whom it is about: an identity, or whoever a conversation is with."""

    id: int
    identity_id: str | None = None
    conversation_id: str | None = None


def insert(tx: Tx, events: Sequence[NewEvent], *, keep_duplicates: bool = True) -> list[NewEvent]:
    """Write events; return those whose one-time token was used before with another body (they are not written).

    A key that is there already makes a `duplicate` row of its own (unless `keep_duplicates` is False).
    """
    rows = [_row(event) for event in events]
    written = tx.insert_new(EVENT, rows, returning=("sender_id", "event_key"))
    if len(written) == len(rows):
        return []
    first = {(row.sender_id, row.event_key) for row in written}
    known = _first_fingerprints(tx, events)
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
        "kind": event.kind,
        "event_key": event.key,
        "once": event.once,
        "state": EventState.UNREADABLE if event.unreadable else EventState.PENDING,
        "headers": event.headers,
        "body": event.body.sealed,
        "body_sha256": event.body.fingerprint,
        "envelope_sha256": event.envelope,
        "verdict": event.verdict,
        "recovered": event.recovered,
        "received_at": event.received_at,
        "error": event.unreadable,
    }


def _first_fingerprints(tx: Tx, events: Sequence[NewEvent]) -> dict[tuple[str, str], bytes]:
    """Return the fingerprint of the first delivery of each event, by sender and key."""
    found = {}
    for start in range(0, len(events), _CHUNK):
        places = [(event.sender_id, event.key) for event in events[start : start + _CHUNK]]
        first = tuple_(EVENT.c.sender_id, EVENT.c.event_key).in_(places), EVENT.c.state != EventState.DUPLICATE
        rows = tx.all(select(EVENT.c.sender_id, EVENT.c.event_key, EVENT.c.body_sha256).where(*first))
        found.update({(row.sender_id, row.event_key): bytes(row.body_sha256) for row in rows})
    return found


def _duplicate_row(event: NewEvent, first: bytes) -> dict[str, object]:
    """The bytes of a repeated delivery are dropped only when they are the first one's."""
    row = _row(event) | {"state": EventState.DUPLICATE, "error": None, "handled_at": event.received_at}
    if event.body.fingerprint == first:
        row["body"] = None
    return row


def list_pending(tx: Tx, sender_id: str, limit: int) -> list[PendingEvent]:
    """Return a sender's oldest unhandled events, in arrival order."""
    rows = tx.all(
        select(
            EVENT.c.id,
            EVENT.c.event_key,
            EVENT.c.headers,
            EVENT.c.body,
            EVENT.c.received_at,
            EVENT.c.recovered,
            EVENT.c.kind,
        )
        .where(EVENT.c.sender_id == sender_id, EVENT.c.state == EventState.PENDING)
        .order_by(EVENT.c.id)
        .limit(limit)
    )
    return [_pending(row) for row in rows]


def _pending(row: Any) -> PendingEvent:
    return PendingEvent(
        row.id, row.event_key, row.headers, row.body, row.received_at, row.recovered, row.kind and ChannelKind(row.kind)
    )


def still_pending(tx: Tx, ids: Sequence[int]) -> set[int]:
    """Return which of these events nobody has handled meanwhile; call it with the sender locked."""
    rows = tx.all(select(EVENT.c.id).where(EVENT.c.id.in_(ids), EVENT.c.state == EventState.PENDING))
    return {row.id for row in rows}


def mark_handled(tx: Tx, handled: Sequence[Handled], now: datetime) -> None:
    """Mark pending events handled, and note whom each is about: one statement, whose text never changes."""
    rows = json.dumps([(each.id, each.identity_id, each.conversation_id) for each in handled])
    tx.execute(_MARK_SQLITE if tx.is_sqlite else _MARK_POSTGRESQL, {"given": rows, "at": now})


def _marking(given: TableValuedAlias, event_id: Any, identity_id: Any, conversation_id: Any) -> Update:
    with_whom = select(CONVERSATION.c.identity_id).where(CONVERSATION.c.id == conversation_id)
    return (
        update(EVENT)
        .where(EVENT.c.id == event_id, EVENT.c.state == EventState.PENDING)
        .values(
            state=EventState.HANDLED,
            handled_at=bindparam("at"),
            error=None,
            identity_id=func.coalesce(identity_id, with_whom.correlate(given).scalar_subquery()),
        )
    )


def _marking_on_sqlite() -> Update:
    given = func.json_each(bindparam("given", type_=Text)).table_valued("value", name="given")
    return _marking(given, *(func.json_extract(given.c.value, f"$[{place}]") for place in range(3)))


def _marking_on_postgresql() -> Update:
    rows = func.jsonb_array_elements(cast(bindparam("given", type_=Text), JSONB))
    given = rows.table_valued("value", name="given").render_derived()
    texts = [func.jsonb_extract_path_text(given.c.value, str(place)) for place in range(3)]
    return _marking(given, cast(texts[0], BigInteger), texts[1], texts[2])


_MARK_SQLITE, _MARK_POSTGRESQL = _marking_on_sqlite(), _marking_on_postgresql()


def mark_failed(tx: Tx, event_id: int, error: str, now: datetime) -> None:
    """Keep why an event could not be handled, without the NULs and half pairs that no database takes from a payload."""
    storable = error[:2000].replace("\x00", "").encode("utf-8", "replace").decode()
    tx.execute(
        update(EVENT)
        .where(EVENT.c.id == event_id, EVENT.c.state == EventState.PENDING)
        .values(state=EventState.FAILED, handled_at=now, error=storable)
    )


def senders_with_pending(tx: Tx, before: datetime) -> list[str]:
    """Return the senders that have unhandled events from before `before`: what lost its wake-up.

    Not those that are suspended: what they have waits until they are not.
    """
    rows = tx.all(
        select(EVENT.c.sender_id)
        .where(EVENT.c.state == EventState.PENDING, EVENT.c.received_at <= before)
        .where(EVENT.c.sender_id.not_in(resting_senders()))
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
