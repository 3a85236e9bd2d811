"""What is suspended (B6) or restricted (F20), and the conditions that keep it out of whatever is shown or sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, CONTACT, CONVERSATION, MESSAGE, ORGANIZATION, SENDER
from hub.types import ChannelKind, Direction


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation's channel and contact stand. `suspended`: why the channel is, None when it is not."""

    channel_kind: ChannelKind
    channel_name: str
    suspended: str | None
    restricted: bool

    @property
    def shown(self) -> bool:
        return self.suspended is None and not self.restricted


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """Something that can be suspended, and whether it is: since when, and why."""

    id: str
    organization_id: str
    suspended_at: datetime | None
    suspended_reason: str | None


def shown(tx: Tx) -> tuple[ColumnElement[bool], ...]:
    """Conditions of a query over conversations of one organization: only those that may be shown.

    Both lists are short, and empty as a rule: each is read once a query, not once a row.
    """
    suspended = select(CHANNEL.c.id).where(
        CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.suspended_at.is_not(None)
    )
    restricted = select(CONTACT.c.id).where(
        CONTACT.c.organization_id == tx.organization_id, CONTACT.c.restricted_at.is_not(None)
    )
    return CONVERSATION.c.channel_id.not_in(suspended), CONVERSATION.c.contact_id.not_in(restricted)


def shown_anywhere() -> tuple[ColumnElement[bool], ...]:
    """The same over conversations of all organizations, those of suspended ones left out. Platform work."""
    suspended = (
        select(CHANNEL.c.id).join(ORGANIZATION, ORGANIZATION.c.id == CHANNEL.c.organization_id).where(channel_rests())
    )
    restricted = select(CONTACT.c.id).where(CONTACT.c.restricted_at.is_not(None))
    return CONVERSATION.c.channel_id.not_in(suspended), CONVERSATION.c.contact_id.not_in(restricted)


def resting_senders() -> Select[tuple[str]]:
    """Senders whose channel or organization is suspended: nothing is drained or sent for them. Platform work."""
    return (
        select(SENDER.c.id)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .join(ORGANIZATION, ORGANIZATION.c.id == CHANNEL.c.organization_id)
        .where(channel_rests())
    )


def channel_rests() -> ColumnElement[bool]:
    """Whether a channel, joined with its organization, is suspended by itself or with it."""
    return or_(CHANNEL.c.suspended_at.is_not(None), ORGANIZATION.c.suspended_at.is_not(None))


def find_standing(tx: Tx, conversation_id: str) -> Standing | None:
    row = tx.first(
        select(
            CHANNEL.c.kind,
            CHANNEL.c.name,
            CHANNEL.c.suspended_at,
            CHANNEL.c.suspended_reason,
            CONTACT.c.restricted_at,
        )
        .select_from(CONVERSATION)
        .join(CHANNEL, CHANNEL.c.id == CONVERSATION.c.channel_id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .where(CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id)
    )
    if row is None:
        return None
    why = (row.suspended_reason or "") if row.suspended_at else None
    return Standing(ChannelKind(row.kind), row.name, why, row.restricted_at is not None)


def find_organization(tx: Tx, organization_id: str) -> SuspensionView | None:
    """Platform work, as are the two below: whoever suspends knows an id and not whose it is."""
    columns = ORGANIZATION.c.id, ORGANIZATION.c.suspended_at, ORGANIZATION.c.suspended_reason
    row = tx.first(select(*columns).where(ORGANIZATION.c.id == organization_id))
    return SuspensionView(row.id, row.id, row.suspended_at, row.suspended_reason) if row else None


def find_channel(tx: Tx, channel_id: str) -> SuspensionView | None:
    columns = CHANNEL.c.id, CHANNEL.c.organization_id, CHANNEL.c.suspended_at, CHANNEL.c.suspended_reason
    row = tx.first(select(*columns).where(CHANNEL.c.id == channel_id, CHANNEL.c.deleted_at.is_(None)))
    return SuspensionView(row.id, row.organization_id, row.suspended_at, row.suspended_reason) if row else None


def find_message(tx: Tx, message_id: str) -> SuspensionView | None:
    columns = MESSAGE.c.id, MESSAGE.c.organization_id, MESSAGE.c.suspended_at
    row = tx.first(
        select(*columns).where(
            MESSAGE.c.id == message_id, MESSAGE.c.direction.in_((Direction.INBOUND, Direction.OUTBOUND, Direction.NOTE))
        )
    )
    return SuspensionView(row.id, row.organization_id, row.suspended_at, None) if row else None


def set_organization(tx: Tx, at: datetime | None, reason: str | None) -> None:
    """Suspend (a time and why) or resume (None) the transaction's organization."""
    tx.execute(
        update(ORGANIZATION)
        .where(ORGANIZATION.c.id == tx.organization_id)
        .values(suspended_at=at, suspended_reason=reason)
    )


def set_channel(tx: Tx, channel_id: str, at: datetime | None, reason: str | None) -> None:
    mine = CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.id == channel_id
    tx.execute(update(CHANNEL).where(*mine).values(suspended_at=at, suspended_reason=reason))


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """In which conversation a message stands, which way it went, and by which sender it leaves."""

    conversation_id: str
    direction: str
    sender_id: str | None


def set_message(tx: Tx, message_id: str, at: datetime | None) -> MessagePlace:
    """Suspend (a time) or resume (None) a message."""
    mine = MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id
    columns = MESSAGE.c.conversation_id, MESSAGE.c.direction, MESSAGE.c.sender_id
    row = tx.execute(update(MESSAGE).where(*mine).values(suspended_at=at).returning(*columns)).one()
    return MessagePlace(row.conversation_id, row.direction, row.sender_id)


def shown_topic(tx: Tx) -> ColumnElement[str | None]:
    """A conversation's topic, unless something its customer wrote is suspended: a subject may have become the topic."""
    suspended = select(MESSAGE.c.conversation_id).where(
        MESSAGE.c.organization_id == tx.organization_id,
        MESSAGE.c.suspended_at.is_not(None),
        MESSAGE.c.direction == Direction.INBOUND,
    )
    return case((CONVERSATION.c.id.not_in(suspended), CONVERSATION.c.topic), else_=None)


def unrestricted_among(tx: Tx, conversation_ids: Sequence[str]) -> set[str]:
    """Return which of these conversations there are, without those whose contact is restricted (F20)."""
    if not conversation_ids:
        return set()
    rows = tx.all(
        select(CONVERSATION.c.id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.id.in_(conversation_ids),
            CONTACT.c.restricted_at.is_(None),
        )
    )
    return {row.id for row in rows}


def set_restricted(tx: Tx, contact_id: str, at: datetime | None) -> None:
    """Restrict (a time) a contact, or lift it (None)."""
    mine = CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id == contact_id
    tx.execute(update(CONTACT).where(*mine).values(restricted_at=at))


def list_senders(tx: Tx, channel_id: str | None = None) -> list[str]:
    """Return the senders of the organization, or of one of its channels."""
    mine: list[Any] = [SENDER.c.organization_id == tx.organization_id]
    if channel_id is not None:
        mine.append(SENDER.c.channel_id == channel_id)
    return [row.id for row in tx.all(select(SENDER.c.id).where(*mine).order_by(SENDER.c.id))]


def list_conversations_of(tx: Tx, contact_id: str) -> list[str]:
    mine = CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.contact_id == contact_id
    return sorted(row.id for row in tx.all(select(CONVERSATION.c.id).where(*mine)))


def list_senders_of(tx: Tx, contact_id: str) -> list[str]:
    """Return the senders that messages to a contact leave by."""
    rows = tx.all(
        select(SENDER.c.id)
        .join(CONVERSATION, CONVERSATION.c.channel_id == SENDER.c.channel_id)
        .where(SENDER.c.organization_id == tx.organization_id, CONVERSATION.c.contact_id == contact_id)
        .group_by(SENDER.c.id)
    )
    return [row.id for row in rows]


def newest_said(tx: Tx, conversation_id: str) -> Any:
    """Return (direction, text, parts, taken_back_at) of a thread's newest message that may be shown; None without."""
    return tx.first(
        select(MESSAGE.c.direction, MESSAGE.c.text, MESSAGE.c.parts, MESSAGE.c.taken_back_at)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.direction.in_((Direction.INBOUND, Direction.OUTBOUND)),
            MESSAGE.c.suspended_at.is_(None),
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(1)
    )
