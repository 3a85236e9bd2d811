"""The platform's numbers: who owns them, whom they are lent to, what arrived on them while they were lent to nobody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from hub.db.healths import health_of
from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, NUMBER, POOL_MESSAGE, SENDER
from hub.types import ChannelKind, Health
from hub.types.numbers import NumberState


@dataclass(frozen=True, slots=True)
class NumberChannel:
    """A channel that lives on a number."""

    id: str
    kind: ChannelKind
    name: str
    health: Health


@dataclass(frozen=True, slots=True)
class PoolMessageRecord:
    """Something that arrived on a number lent to nobody; `body` as the provider sent it."""

    id: str
    number_id: str
    received_at: datetime
    body: bytes = field(repr=False)


def channels_on(tx: Tx, number_ids: Collection[str]) -> dict[str, tuple[NumberChannel, ...]]:
    """Return number → the channels that live on it, oldest first."""
    rows = tx.all(
        select(SENDER.c.number_id, CHANNEL.c.id, CHANNEL.c.kind, CHANNEL.c.name, SENDER.c.health)
        .join_from(SENDER, CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(SENDER.c.number_id.in_(list(number_ids)), SENDER.c.released_at.is_(None))
        .order_by(SENDER.c.id)
    )
    found: dict[str, tuple[NumberChannel, ...]] = {}
    for row in rows:
        channel = NumberChannel(row.id, ChannelKind(row.kind), row.name, health_of(row.health))
        found[row.number_id] = (*found.get(row.number_id, ()), channel)
    return found


@dataclass(frozen=True, slots=True)
class CostRow:
    """Numbers of one organization in one currency; `organization_id` None: nobody's. Costs in hundredths."""

    organization_id: str | None
    currency: str
    numbers: int
    monthly_cost: int
    unknown: int


@dataclass(frozen=True, slots=True)
class IdleNumber:
    """A number that is paid for and no channel's. The cost is in hundredths; None: the platform entered none."""

    number: str
    monthly_cost: int | None
    currency: str


def list_idle(tx: Tx, limit: int) -> list[IdleNumber]:
    """Return the numbers that cost something and carry nothing; those that come to rest wait on purpose."""
    carries = select(SENDER.c.id).where(SENDER.c.number_id == NUMBER.c.id, SENDER.c.released_at.is_(None)).exists()
    idle = (
        NUMBER.c.state.in_((NumberState.OWNED, NumberState.LENT)),
        ~carries,
        NUMBER.c.monthly_cost.is_distinct_from(0),
    )
    columns = NUMBER.c.number, NUMBER.c.monthly_cost, NUMBER.c.currency
    rows = tx.all(select(*columns).where(*idle).order_by(NUMBER.c.id).limit(limit))
    return [IdleNumber(**row._mapping) for row in rows]


_PAID_FOR = (NumberState.OWNED, NumberState.LENT, NumberState.QUARANTINED, NumberState.RETURNING)


def list_costs(tx: Tx) -> tuple[CostRow, ...]:
    """Count what is paid for, by who has it or had it last, and currency."""
    whose, cost = func.coalesce(NUMBER.c.organization_id, NUMBER.c.former_id), NUMBER.c.monthly_cost
    columns = (
        whose.label("organization_id"),
        NUMBER.c.currency,
        func.count().label("numbers"),
        func.coalesce(func.sum(cost), 0).label("monthly_cost"),
        (func.count() - func.count(cost)).label("unknown"),
    )
    rows = tx.all(select(*columns).where(NUMBER.c.state.in_(_PAID_FOR)).group_by(whose, NUMBER.c.currency))
    return tuple(CostRow(**row._mapping) for row in rows)


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
