"""By which channels of an organization people can be invited, and who can be reached there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from hub.db import unasked
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CHANNEL, CONTACT, CONVERSATION, IDENTITY, SENDER
from hub.types import ChannelKind
from hub.types.numbers import Quality


@dataclass(frozen=True, slots=True)
class ChannelWay:
    """A channel with its current sender. `rests`: it sends nothing unasked at present."""

    channel_id: str
    kind: ChannelKind
    sender_id: str
    rests: bool
    quality: Quality
    daily_limit: int | None


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An identity of a contact. `restricted`: nothing may be written to the contact (F20)."""

    identity_id: str
    contact_id: str
    kind: ChannelKind
    scope: str
    unreachable: bool
    opted_out: bool
    restricted: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """That an identity has a conversation on a channel: the newest one."""

    identity_id: str
    channel_id: str
    conversation_id: str
    last_heard_at: datetime | None


def list_channels(tx: Tx, kinds: Collection[ChannelKind], now: datetime) -> list[ChannelWay]:
    """Return the organization's connected channels of some kinds, oldest first."""
    held = and_(SENDER.c.hold.is_not(None), or_(SENDER.c.hold_until.is_(None), SENDER.c.hold_until > now))
    rows = tx.all(
        select(
            CHANNEL.c.id,
            SENDER.c.id.label("sender_id"),
            SENDER.c.kind,
            or_(CHANNEL.c.suspended_at.is_not(None), held, unasked.forbidden(now)).label("rests"),
            SENDER.c.quality,
            SENDER.c.daily_limit,
        )
        .join(SENDER, and_(SENDER.c.channel_id == CHANNEL.c.id, SENDER.c.state == "current"))
        .where(
            CHANNEL.c.organization_id == tx.organization_id,
            CHANNEL.c.deleted_at.is_(None),
            SENDER.c.kind.in_(list(kinds)),
        )
        .order_by(CHANNEL.c.id)
    )
    return [
        ChannelWay(
            row.id,
            ChannelKind(row.kind),
            row.sender_id,
            bool(row.rests),
            Quality(row.quality),
            row.daily_limit,
        )
        for row in rows
    ]


def list_succeeded(tx: Tx) -> set[str]:
    """Return the organization's channels on which a banned sender was replaced, and those that took over for others."""
    replaced = BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.new_sender_id.is_not(None)
    rows = tx.all(
        select(BAN_CASE.c.channel_id, SENDER.c.channel_id.label("new_channel_id"))
        .outerjoin(SENDER, SENDER.c.id == BAN_CASE.c.new_sender_id)
        .where(*replaced)
    )
    return {each for row in rows for each in (row.channel_id, row.new_channel_id) if each}


def list_addresses(tx: Tx, identity_ids: Collection[str]) -> dict[str, list[OwnAddress]]:
    """Return identity → all addresses of its contact, itself among them."""
    this = IDENTITY.alias("this")
    rows = tx.all(
        select(
            this.c.id.label("asked"),
            IDENTITY.c.id,
            IDENTITY.c.contact_id,
            IDENTITY.c.kind,
            IDENTITY.c.scope,
            IDENTITY.c.unreachable,
            IDENTITY.c.opted_out_at,
            CONTACT.c.restricted_at,
        )
        .join(IDENTITY, IDENTITY.c.contact_id == this.c.contact_id)
        .join(CONTACT, CONTACT.c.id == this.c.contact_id)
        .where(this.c.organization_id == tx.organization_id, this.c.id.in_(sorted(identity_ids)))
        .order_by(IDENTITY.c.id)
    )
    found: dict[str, list[OwnAddress]] = {}
    for row in rows:
        found.setdefault(row.asked, []).append(
            OwnAddress(
                row.id,
                row.contact_id,
                ChannelKind(row.kind),
                row.scope,
                row.unreachable is not None,
                row.opted_out_at is not None,
                row.restricted_at is not None,
            )
        )
    return found


def list_talks(tx: Tx, identity_ids: Collection[str]) -> list[Talk]:
    """Return where identities have conversations, with the newest of each channel."""
    rows = tx.all(
        select(
            CONVERSATION.c.identity_id,
            CONVERSATION.c.channel_id,
            func.max(CONVERSATION.c.id).label("conversation_id"),
            func.max(CONVERSATION.c.last_inbound_at).label("last_heard_at"),
        )
        .where(
            CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.identity_id.in_(sorted(identity_ids))
        )
        .group_by(CONVERSATION.c.identity_id, CONVERSATION.c.channel_id)
    )
    return [Talk(row.identity_id, row.channel_id, row.conversation_id, row.last_heard_at) for row in rows]


def languages_of(tx: Tx, conversation_ids: Collection[str]) -> dict[str, str]:
    """Return conversation → the language people write in there (ISO 639-1), where it is known."""
    rows = tx.all(
        select(CONVERSATION.c.id, CONVERSATION.c.language).where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id.in_(sorted(conversation_ids)),
            CONVERSATION.c.language != "",
        )
    )
    return {row.id: row.language for row in rows}
