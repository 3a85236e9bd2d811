"""What decisions know beside groups and operators: channels, contacts, who wrote before and what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, CONTACT, CONVERSATION, MESSAGE
from hub.types import Direction


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What decisions know of a channel."""

    id: str
    name: str
    kind: str
    group_id: str | None


def load_channels(tx: Tx, channel_ids: Collection[str]) -> dict[str, ChannelFacts]:
    rows = tx.all(
        select(CHANNEL.c.id, CHANNEL.c.name, CHANNEL.c.kind, CHANNEL.c.group_id).where(
            CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.id.in_(channel_ids)
        )
    )
    return {row.id: ChannelFacts(row.id, row.name, row.kind, row.group_id) for row in rows}


def load_contacts(tx: Tx, contact_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the fields of contacts as texts, their name among them."""
    rows = tx.all(
        select(CONTACT.c.id, CONTACT.c.name, CONTACT.c.fields).where(
            CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id.in_(contact_ids)
        )
    )
    return {row.id: {name: str(value) for name, value in row.fields.items()} | {"name": row.name} for row in rows}


def wrote_before(tx: Tx, contact_ids: Collection[str], beside: Collection[str]) -> set[str]:
    """Return which contacts have written in another conversation than these."""
    rows = tx.all(
        select(CONVERSATION.c.contact_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.contact_id.in_(contact_ids),
            CONVERSATION.c.inbound_count > 0,
            CONVERSATION.c.id.not_in(beside),
        )
        .distinct()
    )
    return {row.contact_id for row in rows}


def groups_of_channels(tx: Tx, channel_ids: Collection[str]) -> set[str]:
    """Return the groups that answer some channels."""
    return {each.group_id for each in load_channels(tx, channel_ids).values() if each.group_id}


def find_channel(tx: Tx, channel_id: str | None, kind: str | None) -> ChannelFacts | None:
    """Return a channel, or the first of a kind."""
    wanted = CHANNEL.c.id == channel_id if channel_id else CHANNEL.c.kind == kind
    mine = CHANNEL.c.organization_id == tx.organization_id, CHANNEL.c.deleted_at.is_(None)
    row = tx.first(select(CHANNEL.c.id).where(*mine, wanted).order_by(CHANNEL.c.id).limit(1))
    return load_channels(tx, [row.id])[row.id] if row else None


def last_operator_of(tx: Tx, contact_id: str, channel_id: str) -> str | None:
    """Return who had a contact's newest conversation on a channel."""
    return tx.scalar(
        select(CONVERSATION.c.last_assignee_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.contact_id == contact_id,
            CONVERSATION.c.channel_id == channel_id,
            CONVERSATION.c.last_assignee_id.is_not(None),
        )
        .order_by(CONVERSATION.c.last_activity_at.desc())
        .limit(1)
    )


def last_heard(tx: Tx, conversation_id: str) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Return text and parts of the newest thing a customer wrote in a conversation; empty where there is none.

    Somebody else's letter that nobody vouches for is nothing the customer wrote.
    """
    row = tx.first(
        select(MESSAGE.c.text, MESSAGE.c.parts)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.direction == Direction.INBOUND,
            or_(MESSAGE.c.verified, MESSAGE.c.author_id == CONVERSATION.c.contact_id),
            MESSAGE.c.suspended_at.is_(None),
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(1)
    )
    return (row.text, row.parts) if row else ("", ())
