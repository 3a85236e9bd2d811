"""Looks at senders: which are due, what a look must know of a sender, and what it found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from hub.db.healths import health_of, kept_health
from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, BAN_CASE, CHANNEL, SENDER
from hub.errors import NotFound
from hub.types import ChannelKind, Health, HealthState, Level
from hub.types.bans import BanState, Look
from hub.types.numbers import Quality

_MOST_NEIGHBOURS = 100
"""Enough to tell whether the others fare well; a platform has thousands of bots without an account."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A sender as a look needs it.

    hold        why nothing of it is sent now; `level`: what is held against it
    health      what the last look found, or what the provider said since
    checked_at  when the provider was last asked, None when it said something since
    look_at     when to look next; None: it was never looked at
    """

    id: str
    channel_id: str
    kind: ChannelKind
    released: bool
    hold: str | None
    level: Level
    health: Health
    checked_at: datetime | None
    worked_at: datetime | None
    credentials_changed_at: datetime | None
    look_at: datetime | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another sender, as far as it shares something with one. `online`: what its last look found."""

    id: str
    organization_id: str
    kind: ChannelKind
    account_id: str | None
    business_id: str
    portfolio_id: str
    online: bool | None
    checked_at: datetime | None


def list_due(tx: Tx, now: datetime, kinds: Collection[ChannelKind], limit: int) -> list[str]:
    """Return senders of some kinds to be looked at, those first that wait longest; never looked at ones last.
    Platform work."""
    rows = tx.all(
        select(SENDER.c.id)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(
            SENDER.c.kind.in_(sorted(kinds)),
            SENDER.c.released_at.is_(None),
            CHANNEL.c.deleted_at.is_(None),
            or_(SENDER.c.look_at.is_(None), SENDER.c.look_at <= now),
        )
        .order_by(SENDER.c.look_at.is_(None), SENDER.c.look_at, SENDER.c.id)
        .limit(limit)
    )
    return [row.id for row in rows]


def list_confirming(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Return those to be looked at where the look is to confirm a suspicion. Platform work."""
    rows = tx.all(
        select(SENDER.c.id)
        .join(BAN_CASE, BAN_CASE.c.sender_id == SENDER.c.id)
        .where(
            BAN_CASE.c.over_at.is_(None),
            BAN_CASE.c.state == BanState.SUSPECTED.value,
            SENDER.c.released_at.is_(None),
            SENDER.c.look_at <= now,
        )
        .order_by(SENDER.c.look_at, SENDER.c.id)
        .limit(limit)
    )
    return [row.id for row in rows]


def get(tx: Tx, sender_id: str) -> Watched:
    """Return a sender, which the transaction has locked. Raises NotFound."""
    row = tx.first(select(SENDER).where(*_own(tx, sender_id)))
    if row is None:
        raise NotFound(f"there is no sender {sender_id}")
    return Watched(
        id=row.id,
        channel_id=row.channel_id,
        kind=ChannelKind(row.kind),
        released=row.released_at is not None,
        hold=row.hold,
        level=Level(row.level),
        health=health_of(row.health),
        checked_at=_checked_at(row.health),
        worked_at=row.worked_at,
        credentials_changed_at=row.credentials_changed_at,
        look_at=row.look_at,
    )


def hasten(tx: Tx, sender_ids: Collection[str], at: datetime) -> None:
    """Have senders looked at then, unless that is sooner already."""
    tx.execute(
        update(SENDER)
        .where(
            SENDER.c.organization_id == tx.organization_id,
            SENDER.c.id.in_(sorted(sender_ids)),
            SENDER.c.look_at > at,
        )
        .values(look_at=at)
    )


def keep(tx: Tx, sender_id: str, look: Look, now: datetime) -> None:
    """Keep what a look found. One that was not answered says nothing of quality and limits."""
    health = {**kept_health(look.health), "checked_at": now.isoformat(), "online": look.online}
    values: dict[str, Any] = {"health": health}
    if look.health.state is not HealthState.UNKNOWN:
        values |= {"quality": look.quality.value, "daily_limit": look.daily_limit}
    tx.execute(update(SENDER).where(*_own(tx, sender_id)).values(values))


def note_worked(tx: Tx, sender_id: str, now: datetime) -> None:
    """Note that a sender works, the first time that it does."""
    tx.execute(update(SENDER).where(*_own(tx, sender_id), SENDER.c.worked_at.is_(None)).values(worked_at=now))


def list_neighbours(tx: Tx, sender_id: str) -> list[Neighbour]:
    """Return the sender itself first, and others that share an account, a business account or a portfolio with it; of
    one that has no account, of its kind those without one. Of very many those looked at last. Platform work.
    """
    this = tx.first(_neighbours().where(SENDER.c.id == sender_id))
    if this is None:
        return []
    others = (
        _neighbours()
        .where(SENDER.c.released_at.is_(None), SENDER.c.look_at.is_not(None))
        .where(SENDER.c.id != sender_id, _is_related(this))
        # an ordinary look plans the next one a fixed time ahead
        .order_by(SENDER.c.look_at.desc())
        .limit(_MOST_NEIGHBOURS)
    )
    return [_neighbour(row) for row in (this, *tx.all(others))]


def _neighbours() -> Select[Any]:
    return select(
        SENDER.c.id, SENDER.c.organization_id, SENDER.c.kind, SENDER.c.provider_account_id, SENDER.c.health,
        ACCOUNT.c.business_id, ACCOUNT.c.portfolio_id,
    ).outerjoin_from(SENDER, ACCOUNT, ACCOUNT.c.id == SENDER.c.provider_account_id)  # fmt: skip


def count_unanswered(tx: Tx) -> Mapping[str, int]:
    """Return kind → at how many senders the last look got no answer. Platform work."""
    state = SENDER.c.health["state"].as_string()
    rows: Sequence[Any] = tx.all(
        select(SENDER.c.kind, func.count())
        .where(SENDER.c.released_at.is_(None), state == HealthState.UNKNOWN.value)
        .group_by(SENDER.c.kind)
    )
    return {row[0]: int(row[1]) for row in rows}


def quality_of(tx: Tx, sender_id: str) -> Quality:
    """Return what is thought of a sender's messages."""
    return Quality(tx.scalar(select(SENDER.c.quality).where(*_own(tx, sender_id))) or Quality.UNKNOWN)


def _own(tx: Tx, sender_id: str) -> tuple[ColumnElement[bool], ...]:
    return SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id


def _is_related(this: Any) -> ColumnElement[bool]:
    if this.provider_account_id is None:
        return and_(SENDER.c.provider_account_id.is_(None), SENDER.c.kind == this.kind)
    shared = [SENDER.c.provider_account_id == this.provider_account_id]
    if this.business_id:
        shared.append(ACCOUNT.c.business_id == this.business_id)
    if this.portfolio_id:
        shared.append(ACCOUNT.c.portfolio_id == this.portfolio_id)
    return or_(*shared)


def _neighbour(row: Any) -> Neighbour:
    return Neighbour(
        id=row.id,
        organization_id=row.organization_id,
        kind=ChannelKind(row.kind),
        account_id=row.provider_account_id,
        business_id=row.business_id or "",
        portfolio_id=row.portfolio_id or "",
        online=row.health.get("online"),
        checked_at=_checked_at(row.health),
    )


def _checked_at(health: Mapping[str, Any]) -> datetime | None:
    """Only a look says whether a sender is online; what a provider says by itself is written with a time, too."""
    at = health.get("checked_at") if "online" in health else None
    return datetime.fromisoformat(at) if at else None
