"""The platform's numbers: who owns them, whom they are lent to, what arrived on them while they were lent to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from hub.db.channels import health_of, kept_health
from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, NUMBER, ORGANIZATION, POOL_MESSAGE, SENDER
from hub.errors import NotFound
from hub.types import ChannelKind, Health, Named, Page


@dataclass(frozen=True, slots=True)
class NumberChannel:
    """A channel that lives on a number."""

    id: str
    kind: ChannelKind
    name: str
    health: Health


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """A number of the pool.

    number         E.164
    capabilities   channel kinds it can carry
    organization   whom it is lent to
    health         what the last look-up at the provider said
    """

    id: str
    number: str
    capabilities: tuple[str, ...]
    provider_account_id: str
    organization: Named | None
    created_at: datetime
    health: Health
    channels: tuple[NumberChannel, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolMessageRecord:
    """Something that arrived on a number lent to nobody; `body` as the provider sent it."""

    id: str
    number_id: str
    received_at: datetime
    body: bytes = field(repr=False)


def add(tx: Tx, number: NumberRecord) -> bool:
    """Insert a number that is lent to nobody. False when it is registered already."""
    row = {
        "id": number.id,
        "number": number.number,
        "capabilities": list(number.capabilities),
        "provider_account_id": number.provider_account_id,
        "health": kept_health(number.health),
        "created_at": number.created_at,
    }
    return bool(tx.insert_new(NUMBER, [row], returning=("id",)))


def get(tx: Tx, number_id: str) -> NumberRecord:
    """Return a number with its channels. Raises NotFound."""
    row = tx.first(_numbers().where(NUMBER.c.id == number_id))
    if row is None:
        raise NotFound(f"there is no number {number_id}")
    return _with_channels(tx, [row])[0]


def lock(tx: Tx, number_id: str) -> None:
    """Hold off every other assignment and release of a number until the transaction ends."""
    tx.first(select(NUMBER.c.id).where(NUMBER.c.id == number_id).with_for_update(key_share=True))


def list_page(tx: Tx, limit: int, cursor: str | None) -> Page[NumberRecord]:
    """Return numbers in the order of registration; the cursor is the last one's id."""
    wanted = _numbers().order_by(NUMBER.c.id).limit(limit + 1)
    if cursor:
        wanted = wanted.where(NUMBER.c.id > cursor)
    return page_by_id(_with_channels(tx, tx.all(wanted)), limit)


def set_holder(tx: Tx, number_id: str, organization_id: str | None) -> None:
    """Lend a number to an organization, or to nobody."""
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(organization_id=organization_id))


def set_health(tx: Tx, number_id: str, health: Health) -> None:
    """Keep what a look-up said."""
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(health=kept_health(health)))


def list_messages(tx: Tx, number_ids: Sequence[str], limit: int) -> tuple[PoolMessageRecord, ...]:
    """Return the newest messages that arrived on these numbers while they were lent to nobody."""
    columns = (POOL_MESSAGE.c.id, POOL_MESSAGE.c.number_id, POOL_MESSAGE.c.received_at, POOL_MESSAGE.c.body)
    rows = tx.all(
        select(*columns)
        # retention empties the old ones
        .where(POOL_MESSAGE.c.number_id.in_(number_ids), func.length(POOL_MESSAGE.c.body) > 0)
        .order_by(POOL_MESSAGE.c.received_at.desc(), POOL_MESSAGE.c.id.desc())
        .limit(limit)
    )
    return tuple(PoolMessageRecord(**row._mapping) for row in rows)


def _numbers() -> Select[Any]:
    return (
        select(
            NUMBER.c.id,
            NUMBER.c.number,
            NUMBER.c.capabilities,
            NUMBER.c.provider_account_id,
            NUMBER.c.created_at,
            NUMBER.c.health,
            NUMBER.c.organization_id,
            ORGANIZATION.c.name.label("organization_name"),
        )
        .select_from(NUMBER)
        .outerjoin(ORGANIZATION, ORGANIZATION.c.id == NUMBER.c.organization_id)
    )


def _with_channels(tx: Tx, rows: Sequence[Row[Any]]) -> tuple[NumberRecord, ...]:
    found = tx.all(
        select(
            SENDER.c.number_id,
            CHANNEL.c.id,
            CHANNEL.c.kind,
            CHANNEL.c.name,
            SENDER.c.health,
        )
        .join_from(SENDER, CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(SENDER.c.number_id.in_([row.id for row in rows]), SENDER.c.released_at.is_(None))
        .order_by(SENDER.c.id)
    )
    return tuple(_record(row, [each for each in found if each.number_id == row.id]) for row in rows)


def _record(row: Row[Any], channels: Sequence[Row[Any]]) -> NumberRecord:
    return NumberRecord(
        id=row.id,
        number=row.number,
        capabilities=tuple(row.capabilities),
        provider_account_id=row.provider_account_id,
        organization=Named(row.organization_id, row.organization_name) if row.organization_id else None,
        created_at=row.created_at,
        health=health_of(row.health),
        channels=tuple(
            NumberChannel(each.id, ChannelKind(each.kind), each.name, health_of(each.health)) for each in channels
        ),
    )
