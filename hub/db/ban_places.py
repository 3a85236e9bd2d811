"""Where a banned sender stands, and which other channels its organization has. Platform work: numbers of the pool and
provider accounts are no organization's to read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, BAN_CASE, CHANNEL, SENDER
from hub.types import ChannelKind, Level, Reach
from hub.types.bans import Act, BanState

_WIDE = (Reach.BUSINESS_ACCOUNT.value, Reach.PORTFOLIO.value)
_GIVEN_BACK = BanState.REINSTATED.value


@dataclass(frozen=True, slots=True)
class SenderPlace:
    """A sender, its channel, and what it stands on. `sender_name`: what people see at the messenger."""

    sender_id: str
    organization_id: str
    kind: ChannelKind
    address: str
    sender_name: str
    channel_id: str
    channel_name: str
    number_id: str | None
    account_id: str | None


@dataclass(frozen=True, slots=True)
class OtherChannel:
    """A channel of the organization that works at present, as far as is known."""

    id: str
    kind: ChannelKind
    name: str
    number_id: str | None


@dataclass(frozen=True, slots=True)
class HeldOver:
    """What a case holds of the account that its sender is in, or of the whole portfolio."""

    account_id: str
    level: Level
    reach: Reach
    forbids: frozenset[Act]
    until: datetime | None


def find_case_on_number(tx: Tx, number_id: str, kind: str) -> str | None:
    """Return the id of the newest ban case of a sender of a kind on a number."""
    on_it = select(BAN_CASE.c.id).join(SENDER, SENDER.c.id == BAN_CASE.c.sender_id)
    found = on_it.where(SENDER.c.number_id == number_id, SENDER.c.kind == kind)
    case_id: str | None = tx.scalar(found.order_by(BAN_CASE.c.id.desc()).limit(1))
    return case_id


def get_place(tx: Tx, sender_id: str) -> SenderPlace:
    """Return where a sender stands; it is there for ever."""
    row = tx.execute(
        select(
            SENDER.c.id.label("sender_id"),
            SENDER.c.organization_id,
            SENDER.c.kind,
            SENDER.c.address,
            SENDER.c.name.label("sender_name"),
            CHANNEL.c.id.label("channel_id"),
            CHANNEL.c.name.label("channel_name"),
            SENDER.c.number_id,
            SENDER.c.provider_account_id.label("account_id"),
        )
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(SENDER.c.id == sender_id)
    ).one()
    return SenderPlace(**{**row._mapping, "kind": ChannelKind(row.kind)})


def list_working_channels(tx: Tx, organization_id: str) -> list[OtherChannel]:
    """Return an organization's channels that can be written over now, oldest first."""
    rows = tx.all(
        select(CHANNEL.c.id, CHANNEL.c.kind, CHANNEL.c.name, SENDER.c.number_id)
        .join(SENDER, (SENDER.c.channel_id == CHANNEL.c.id) & (SENDER.c.state == "current"))
        .where(
            CHANNEL.c.organization_id == organization_id,
            CHANNEL.c.deleted_at.is_(None),
            CHANNEL.c.suspended_at.is_(None),
            SENDER.c.hold.is_(None) | (SENDER.c.hold == "rate"),
        )
        .order_by(CHANNEL.c.id)
    )
    return [OtherChannel(row.id, ChannelKind(row.kind), row.name, row.number_id) for row in rows]


def list_account_ids(tx: Tx, account_id: str) -> list[str]:
    """Return an account and those of the same portfolio, in the order of their ids."""
    portfolio = tx.scalar(select(ACCOUNT.c.portfolio_id).where(ACCOUNT.c.id == account_id))
    if not portfolio:
        return [account_id]
    rows = tx.all(select(ACCOUNT.c.id).where(ACCOUNT.c.portfolio_id == portfolio).order_by(ACCOUNT.c.id))
    return [row.id for row in rows]


def list_held_over(tx: Tx, account_ids: Collection[str]) -> list[HeldOver]:
    """Return what the newest cases of the senders in these accounts hold of business accounts and portfolios."""
    rows = tx.all(
        select(BAN_CASE, SENDER.c.provider_account_id, ACCOUNT.c.reinstated_at)
        .join(SENDER, SENDER.c.id == BAN_CASE.c.sender_id)
        .join(ACCOUNT, ACCOUNT.c.id == SENDER.c.provider_account_id)
        .where(SENDER.c.provider_account_id.in_(sorted(account_ids)))
        .order_by(BAN_CASE.c.id)
    )
    newest = {row.sender_id: row for row in rows}
    return [
        HeldOver(
            row.provider_account_id, Level(row.level), Reach(row.reach), frozenset(map(Act, row.forbids)), row.until
        )
        for row in newest.values()
        if row.confirmed_at is not None and row.state != _GIVEN_BACK and row.reach in _WIDE and not _taken_back(row)
    ]


def _taken_back(row: Any) -> bool:
    """Whether the platform has noted, after the case was over, that the messenger gave the account back."""
    return row.over_at is not None and row.reinstated_at is not None and row.over_at <= row.reinstated_at


def hold_account(tx: Tx, account_id: str, level: Level, acts: Collection[Act], until: datetime | None) -> None:
    """Keep what is held against the business account that an account carries."""
    values: dict[str, Any] = {"level": level.value, "forbids": sorted(acts), "forbids_until": until}
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**values))


def reinstate_account(tx: Tx, account_id: str, now: datetime) -> None:
    """Keep that nothing is held against the business account any more by bans that are over."""
    free: dict[str, Any] = {"level": Level.NONE.value, "forbids": [], "forbids_until": None, "reinstated_at": now}
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**free))


def is_number_in_case(tx: Tx, number_id: str, kind: str) -> bool:
    """Whether a ban of a number's sender of this kind is not over."""
    return _is_in_case(tx, SENDER.c.number_id == number_id, SENDER.c.kind == kind)


def is_account_in_case(tx: Tx, account_ids: Collection[str]) -> bool:
    """Whether a ban that reaches further than its sender is not over, of a sender in one of these accounts."""
    return _is_in_case(tx, SENDER.c.provider_account_id.in_(sorted(account_ids)), BAN_CASE.c.reach.in_(_WIDE))


def _is_in_case(tx: Tx, *which: ColumnElement[bool]) -> bool:
    of_sender = select(BAN_CASE.c.id).join(SENDER, SENDER.c.id == BAN_CASE.c.sender_id)
    return tx.first(of_sender.where(BAN_CASE.c.over_at.is_(None), *which).limit(1)) is not None
