"""Raw bytes about a person: journal rows and requests in quarantine. What is sealed stays sealed here."""

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from hub.db.quarantine import SealedRequest
from hub.db.session import Tx
from hub.db.tables.core import EVENT, QUARANTINE, SENDER
from hub.types import EventState

ERASED = "erased on request of the person"
_ENDED = {EventState.PENDING, EventState.FAILED, EventState.UNREADABLE}
_PAGE = 200

_COLUMNS = (
    EVENT.c.id,
    EVENT.c.sender_id,
    EVENT.c.event_key,
    EVENT.c.state,
    EVENT.c.headers,
    EVENT.c.body,
    EVENT.c.error,
    EVENT.c.received_at,
)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One journal row. `body` as it is stored, None when the bytes are gone."""

    id: int
    sender_id: str
    key: str = field(repr=False)
    state: EventState
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    error: str | None = field(repr=False)
    received_at: datetime


def list_of_identities(tx: Tx, identity_ids: Collection[str], after: int = 0) -> list[RawRow]:
    """Return a page of the journal rows about these identities, in order of arrival."""
    rows = tx.all(
        select(*_COLUMNS)
        .where(EVENT.c.organization_id == tx.organization_id, EVENT.c.identity_id.in_(identity_ids), EVENT.c.id > after)
        .order_by(EVENT.c.id)
        .limit(_PAGE)
    )
    return [_raw(row) for row in rows]


def list_by_ids(tx: Tx, ids: Collection[int]) -> list[RawRow]:
    """Return these journal rows."""
    rows = tx.all(
        select(*_COLUMNS).where(EVENT.c.organization_id == tx.organization_id, EVENT.c.id.in_(ids)).order_by(EVENT.c.id)
    )
    return [_raw(row) for row in rows]


def list_of_nobody(tx: Tx, after: int) -> list[RawRow]:
    """Return a page of the journal rows that still have bytes and are known to be about nobody in particular."""
    rows = tx.all(
        select(*_COLUMNS)
        .where(
            EVENT.c.organization_id == tx.organization_id,
            EVENT.c.identity_id.is_(None),
            EVENT.c.body.is_not(None),
            EVENT.c.id > after,
        )
        .order_by(EVENT.c.id)
        .limit(_PAGE)
    )
    return [_raw(row) for row in rows]


def list_repeated(tx: Tx, rows: Sequence[RawRow]) -> list[RawRow]:
    """Return the repeated deliveries of these events; those without bytes still carry the key."""
    keys = {row.key for row in rows}
    found = tx.all(
        select(*_COLUMNS).where(
            EVENT.c.organization_id == tx.organization_id,
            EVENT.c.sender_id.in_({row.sender_id for row in rows}),
            EVENT.c.event_key.in_(keys),
            EVENT.c.state == EventState.DUPLICATE,
        )
    )
    return [_raw(row) for row in found]


def empty(tx: Tx, rows: Sequence[RawRow], keys: Sequence[str]) -> None:
    """Take everything from journal rows but that they were there; `keys` are what their event keys become.

    What waited or had failed counts as handled: there is nothing left to handle. A row whose new key another one has
    was delivered again after an erasure, and counts as a repeated delivery.
    """
    taken = _taken_keys(tx, rows, keys)
    changes = []
    for row, key in zip(rows, keys, strict=True):
        state = EventState.HANDLED if row.state in _ENDED else row.state
        place = (row.sender_id, key)
        if state is not EventState.DUPLICATE:
            state = EventState.DUPLICATE if place in taken else state
            taken.add(place)
        changes.append({"of_row": row.id, "new_key": key, "new_state": state})
    if changes:
        tx.execute(_EMPTY.where(EVENT.c.organization_id == tx.organization_id), changes)


_EMPTY = (
    update(EVENT)
    .where(EVENT.c.id == bindparam("of_row"))
    .values(
        event_key=bindparam("new_key"),
        state=bindparam("new_state"),
        headers={},
        body=None,
        body_sha256=b"",
        envelope_sha256=b"",
        identity_id=None,
        error=ERASED,
    )
)


def _taken_keys(tx: Tx, rows: Sequence[RawRow], keys: Sequence[str]) -> set[tuple[str, str]]:
    """Return the (sender, key) among these that other rows have; rows that have them already are no others."""
    found = tx.all(
        select(EVENT.c.sender_id, EVENT.c.event_key).where(
            EVENT.c.organization_id == tx.organization_id,
            EVENT.c.sender_id.in_({row.sender_id for row in rows}),
            EVENT.c.event_key.in_(list(keys)),
            EVENT.c.state != EventState.DUPLICATE,
            EVENT.c.id.not_in([row.id for row in rows]),
        )
    )
    return {(row.sender_id, row.event_key) for row in found}


def sender_ids(tx: Tx, organization_id: str) -> list[str]:
    """Return every sender of an organization, present and past. Platform reading: their accounts are the platform's."""
    rows = tx.all(select(SENDER.c.id).where(SENDER.c.organization_id == organization_id).order_by(SENDER.c.id))
    return [row.id for row in rows]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A request in quarantine, as it is stored."""

    id: str
    organization_id: str | None
    kind: str
    route: str
    request: SealedRequest
    reason: str
    received_at: datetime


def held_of(tx: Tx, organization_id: str) -> list[str]:
    """Return the requests in quarantine for an organization: those that are its own, and those of nobody that asked
    for addresses of its present senders only. Platform work."""
    addresses = select(SENDER.c.address).where(SENDER.c.organization_id == organization_id)
    own = {row.address for row in tx.all(addresses.where(SENDER.c.released_at.is_(None)))}
    of_nobody = QUARANTINE.c.organization_id.is_(None)
    rows = tx.all(select(QUARANTINE.c.id, QUARANTINE.c.addresses).where(of_nobody))
    asked = [row.id for row in rows if row.addresses and set(row.addresses) <= own]
    theirs = tx.all(select(QUARANTINE.c.id).where(QUARANTINE.c.organization_id == organization_id))
    return sorted([*asked, *(row.id for row in theirs)])


def held_of_nobody(tx: Tx) -> list[str]:
    """Return the requests in quarantine that belong to no organization. Platform work."""
    rows = tx.all(select(QUARANTINE.c.id).where(QUARANTINE.c.organization_id.is_(None)).order_by(QUARANTINE.c.id))
    return [row.id for row in rows]


def find_held(tx: Tx, request_id: str) -> HeldRow | None:
    """Return a request in quarantine. Platform work."""
    row = tx.first(select(QUARANTINE).where(QUARANTINE.c.id == request_id))
    return _held(row) if row else None


def remove_held(tx: Tx, ids: Sequence[str]) -> int:
    """Remove requests from quarantine; return how many there were. Platform work."""
    return tx.execute(delete(QUARANTINE).where(QUARANTINE.c.id.in_(ids))).rowcount


def _raw(row: Any) -> RawRow:
    return RawRow(
        row.id,
        row.sender_id,
        row.event_key,
        EventState(row.state),
        row.headers,
        None if row.body is None else bytes(row.body),
        row.error,
        row.received_at,
    )


def _held(row: Any) -> HeldRow:
    return HeldRow(
        row.id,
        row.organization_id,
        row.kind,
        row.route,
        SealedRequest(base64.b64decode(row.request["sealed"]), bytes(row.body)),
        row.reason,
        row.received_at,
    )
