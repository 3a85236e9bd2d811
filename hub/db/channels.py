"""Channels and their senders, as an organization administers them. A sender's secrets leave here only sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, update

from hub.db.healths import health_of, kept_health
from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, SENDER
from hub.errors import NotFound
from hub.types import ChannelKind, Health, Page, Returning

CURRENT, RELEASED = "current", "released"


@dataclass(frozen=True, slots=True)
class SenderRecord:
    """A channel's current sender. `credentials` are sealed; `hold` is why nothing is sent now, None when all is."""

    id: str
    address: str
    name: str
    credentials: bytes = field(repr=False)
    hold: str | None
    hold_reason: str | None
    health: Health
    checked_at: datetime | None
    proven_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """A channel with its current sender; None when the number behind it was taken back."""

    id: str
    kind: ChannelKind
    name: str
    group_id: str | None
    returning: Returning
    delivery: str
    created_at: datetime
    sender: SenderRecord | None
    suspended_at: datetime | None = None
    suspended_reason: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewSender:
    """A sender to be claimed. `address` is what the provider calls it; `credentials` are sealed."""

    id: str
    channel_id: str
    kind: ChannelKind
    address: str
    name: str
    credentials: bytes = field(repr=False)
    intake_token_hash: str | None = None
    provider_account_id: str | None = None
    number_id: str | None = None


def add(tx: Tx, channel: ChannelRecord) -> None:
    """Insert a channel of the transaction's organization; its sender is claimed by `claim`."""
    row = {
        "id": channel.id,
        "organization_id": tx.organization_id,
        "kind": channel.kind,
        "name": channel.name,
        "group_id": channel.group_id,
        "returning": channel.returning.value,
        "delivery": channel.delivery,
        "created_at": channel.created_at,
    }
    tx.insert(CHANNEL, [row])


def claim(tx: Tx, sender: NewSender, now: datetime) -> bool:
    """Make the sender its channel's current one. False when somebody has its address already, whoever that is."""
    row: dict[str, Any] = {
        "id": sender.id,
        "organization_id": tx.organization_id,
        "channel_id": sender.channel_id,
        "kind": sender.kind,
        "address": sender.address,
        "name": sender.name,
        "credentials": sender.credentials,
        "intake_token_hash": sender.intake_token_hash,
        "provider_account_id": sender.provider_account_id,
        "number_id": sender.number_id,
        "state": CURRENT,
        "health": {},
        "recovered_until": now,
        "created_at": now,
    }
    return bool(tx.insert_new(SENDER, [row], returning=("id",)))


def get(tx: Tx, channel_id: str) -> ChannelRecord:
    """Return a channel. Raises NotFound, also for one that was deleted."""
    row = tx.first(_channels(tx).where(CHANNEL.c.id == channel_id))
    if row is None:
        raise NotFound(f"there is no channel {channel_id}")
    return _record(row)


def list_page(tx: Tx, limit: int, cursor: str | None) -> Page[ChannelRecord]:
    """Return channels by age, oldest first; the cursor is the last one's id."""
    wanted = _channels(tx).order_by(CHANNEL.c.id).limit(limit + 1)
    if cursor:
        wanted = wanted.where(CHANNEL.c.id > cursor)
    return page_by_id([_record(row) for row in tx.all(wanted)], limit)


def list_ids_everywhere(tx: Tx) -> Sequence[tuple[str, str]]:
    """Return (organization id, channel id) of every live channel of the hub (platform work)."""
    rows = tx.all(
        select(CHANNEL.c.organization_id, CHANNEL.c.id).where(CHANNEL.c.deleted_at.is_(None)).order_by(CHANNEL.c.id)
    )
    return [(row.organization_id, row.id) for row in rows]


def change(tx: Tx, channel_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a channel."""
    if values:
        tx.execute(update(CHANNEL).where(*_own_channel(tx, channel_id)).values(values))


def change_sender(tx: Tx, sender_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a sender."""
    mine = (SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id)
    tx.execute(update(SENDER).where(*mine).values(values))


def clear_hold(tx: Tx, sender_id: str, what: str) -> None:
    """Let a sender's messages go again if they are held for this."""
    mine = (SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id, SENDER.c.hold == what)
    tx.execute(update(SENDER).where(*mine).values(hold=None, hold_until=None, hold_reason=None))


def set_health(tx: Tx, sender_id: str, health: Health, now: datetime) -> None:
    """Keep what a probe found."""
    change_sender(tx, sender_id, {"health": {**kept_health(health), "checked_at": now.isoformat()}})


def delete(tx: Tx, channel_id: str, now: datetime) -> None:
    """Mark a channel deleted and give up its senders' addresses."""
    change(tx, channel_id, {"deleted_at": now})
    _release(tx, SENDER.c.channel_id == channel_id, now)


def release_number(tx: Tx, number_id: str, now: datetime) -> None:
    """Release the senders on a number; their channels stay, without a sender."""
    _release(tx, SENDER.c.number_id == number_id, now)


def release_number_as(tx: Tx, number_id: str, kind: str, now: datetime) -> None:
    """Release the senders of one kind on a number."""
    _release(tx, (SENDER.c.number_id == number_id) & (SENDER.c.kind == kind), now)


def _release(tx: Tx, whose: ColumnElement[bool], now: datetime) -> None:
    tx.execute(
        update(SENDER)
        .where(SENDER.c.organization_id == tx.organization_id, whose, SENDER.c.released_at.is_(None))
        .values(state=RELEASED, released_at=now, intake_token_hash=None)
    )


def _own_channel(tx: Tx, channel_id: str) -> tuple[Any, ...]:
    return (
        CHANNEL.c.organization_id == tx.organization_id,
        CHANNEL.c.id == channel_id,
        CHANNEL.c.deleted_at.is_(None),
    )


_COLUMNS = (
    CHANNEL.c.id,
    CHANNEL.c.kind,
    CHANNEL.c.name,
    CHANNEL.c.group_id,
    CHANNEL.c.returning,
    CHANNEL.c.delivery,
    CHANNEL.c.suspended_at,
    CHANNEL.c.suspended_reason,
    CHANNEL.c.settings,
    CHANNEL.c.created_at,
    SENDER.c.id.label("sender_id"),
    SENDER.c.address,
    SENDER.c.name.label("sender_name"),
    SENDER.c.credentials,
    SENDER.c.hold,
    SENDER.c.hold_reason,
    SENDER.c.health,
    SENDER.c.proven_at,
)


def _channels(tx: Tx) -> Select[Any]:
    current = (SENDER.c.channel_id == CHANNEL.c.id) & (SENDER.c.state == CURRENT)
    return (
        select(*_COLUMNS)
        .select_from(CHANNEL)
        .outerjoin(SENDER, current)
        .where(CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.deleted_at.is_(None))
    )


def _record(row: Row[Any]) -> ChannelRecord:
    return ChannelRecord(
        id=row.id,
        kind=ChannelKind(row.kind),
        name=row.name,
        group_id=row.group_id,
        returning=Returning(row.returning),
        delivery=row.delivery,
        created_at=row.created_at,
        sender=_sender(row) if row.sender_id else None,
        suspended_at=row.suspended_at,
        suspended_reason=row.suspended_reason,
        settings=row.settings,
    )


def _sender(row: Row[Any]) -> SenderRecord:
    checked_at = row.health.get("checked_at")
    return SenderRecord(
        id=row.sender_id,
        address=row.address,
        name=row.sender_name,
        credentials=row.credentials,
        hold=row.hold,
        hold_reason=row.hold_reason,
        health=health_of(row.health),
        checked_at=datetime.fromisoformat(checked_at) if checked_at else None,
        proven_at=row.proven_at,
    )
