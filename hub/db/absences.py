"""Queries on who is to be told by mail: persons who are away, operators who keep somebody waiting."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from hub.db.notifications import CANCELLED, QUEUED, SENDING
from hub.db.session import Tx
from hub.db.tables.core import (
    CHANNEL,
    CONTACT,
    CONVERSATION,
    GROUP_MEMBER,
    IDENTITY,
    MESSAGE,
    NOTIFICATION,
    ORGANIZATION,
    SENDER,
    USER,
)
from hub.types import ChannelKind, Direction, MessageStatus


@dataclass(frozen=True, slots=True)
class Away:
    """A conversation whose person may be away. `mailbox` is the identity they can be told at."""

    conversation_id: str
    channel_id: str
    kind: ChannelKind
    identity_id: str
    unreachable: bool
    hold: str | None
    has_sender: bool
    mailbox_id: str


def organizations_that(tx: Tx, wish: str) -> list[str]:
    """Return the organizations that want this (`people`, `operators`). Platform work."""
    wanted = ORGANIZATION.c.notifying[wish].as_boolean().is_(True)
    rows = tx.all(select(ORGANIZATION.c.id).where(wanted, ORGANIZATION.c.suspended_at.is_(None)))
    return [row.id for row in rows]


def list_away(tx: Tx, mail: ChannelKind, since: datetime, limit: int, conversation_id: str | None = None) -> list[Away]:
    """Return conversations with answers since `since` that nobody was seen to read, whose person has a mailbox.

    `conversation_id`: only this one.

    A mailbox that we may use: vouched for, reachable, not opted out of; of several the newest.
    """
    newest = _mailbox_of_conversation(mail)
    current = and_(SENDER.c.channel_id == CONVERSATION.c.channel_id, SENDER.c.state == "current")
    rows = tx.all(
        select(
            CONVERSATION.c.id,
            CONVERSATION.c.channel_id,
            CHANNEL.c.kind,
            CONVERSATION.c.identity_id,
            IDENTITY.c.unreachable,
            SENDER.c.id.label("sender_id"),
            SENDER.c.hold,
            newest.label("mailbox_id"),
        )
        .join(CHANNEL, CHANNEL.c.id == CONVERSATION.c.channel_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .outerjoin(SENDER, current)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.last_activity_at >= since,
            CONVERSATION.c.answered.is_(True),
            CHANNEL.c.kind != mail,
            CHANNEL.c.suspended_at.is_(None),
            CONTACT.c.restricted_at.is_(None),
            newest.is_not(None),
            _unseen(since).exists(),
            *([CONVERSATION.c.id == conversation_id] if conversation_id else []),
        )
        .order_by(CONVERSATION.c.id)
        .limit(limit)
    )
    return [
        Away(
            row.id, row.channel_id, ChannelKind(row.kind), row.identity_id, row.unreachable is not None, row.hold,
            row.sender_id is not None, row.mailbox_id,
        )
        for row in rows
    ]  # fmt: skip


def _mailbox_of_conversation(mail: ChannelKind) -> Any:
    mailbox = IDENTITY.alias("mailbox")
    usable = and_(
        mailbox.c.contact_id == CONVERSATION.c.contact_id,
        mailbox.c.kind == mail,
        mailbox.c.verified.is_(True),
        mailbox.c.unreachable.is_(None),
        mailbox.c.opted_out_at.is_(None),
    )
    return select(func.max(mailbox.c.id)).where(usable).correlate(CONVERSATION).scalar_subquery()


def _unseen(since: datetime) -> Any:
    return select(MESSAGE.c.id).where(MESSAGE.c.conversation_id == CONVERSATION.c.id, *_is_unseen(since))


def _is_unseen(since: datetime) -> tuple[Any, ...]:
    return (
        MESSAGE.c.direction == Direction.OUTBOUND,
        MESSAGE.c.status != MessageStatus.READ,
        MESSAGE.c.suspended_at.is_(None),
        MESSAGE.c.taken_back_at.is_(None),
        MESSAGE.c.created_at >= since,
        # the person has written since: they are not away
        or_(CONVERSATION.c.last_inbound_at.is_(None), MESSAGE.c.position > CONVERSATION.c.last_inbound_at),
    )


def list_unseen(tx: Tx, conversation_id: str, since: datetime) -> list[Any]:
    """Return the answers of a conversation that nobody was seen to read, oldest first, after what was told already."""
    told = select(func.max(NOTIFICATION.c.last_message_id)).where(
        NOTIFICATION.c.conversation_id == conversation_id,
        NOTIFICATION.c.what == "answer",
        NOTIFICATION.c.state.not_in((QUEUED, SENDING, CANCELLED)),
    )
    return list(
        tx.all(
            select(
                MESSAGE.c.id,
                MESSAGE.c.text,
                MESSAGE.c.status,
                MESSAGE.c.error_kind,
                MESSAGE.c.sender_id,
                MESSAGE.c.parts,
                MESSAGE.c.author_name,
                MESSAGE.c.created_at,
            )
            .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
            .where(
                MESSAGE.c.organization_id == tx.organization_id,
                MESSAGE.c.conversation_id == conversation_id,
                *_is_unseen(since),
                MESSAGE.c.id > func.coalesce(told.scalar_subquery(), ""),
            )
            .order_by(MESSAGE.c.id)
        )
    )


def find_mailbox(tx: Tx, contact_id: str, mail: ChannelKind) -> str | None:
    """Return the identity a contact can be mailed at: vouched for, reachable, not opted out of; None: there is none."""
    found = tx.scalar(
        select(func.max(IDENTITY.c.id)).where(
            IDENTITY.c.organization_id == tx.organization_id,
            IDENTITY.c.contact_id == contact_id,
            IDENTITY.c.kind == mail,
            IDENTITY.c.verified.is_(True),
            IDENTITY.c.unreachable.is_(None),
            IDENTITY.c.opted_out_at.is_(None),
        )
    )
    return str(found) if found else None


def list_waiting(tx: Tx, since: datetime, until: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (conversation, its newest inbound message) of those who wait for us since before `until`."""
    newest = (
        select(func.max(MESSAGE.c.id))
        .where(MESSAGE.c.conversation_id == CONVERSATION.c.id, MESSAGE.c.direction == Direction.INBOUND)
        .correlate(CONVERSATION)
        .scalar_subquery()
    )
    rows = tx.all(
        select(CONVERSATION.c.id, newest.label("message_id"))
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.status != "closed",
            CONVERSATION.c.waiting_for == "us",
            CONVERSATION.c.waiting_since <= until,
            CONVERSATION.c.waiting_since >= since,
            CONVERSATION.c.snoozed_until.is_(None),
            CONTACT.c.restricted_at.is_(None),
        )
        .order_by(CONVERSATION.c.waiting_since)
        .limit(limit)
    )
    return [(row.id, row.message_id) for row in rows if row.message_id]


def responsible_users(tx: Tx, conversation_id: str) -> list[str]:
    """Return who is to answer a conversation: whoever has it, else its group's members."""
    row = tx.first(
        select(CONVERSATION.c.assignee_id, CONVERSATION.c.group_id).where(
            CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id
        )
    )
    if row is None:
        return []
    if row.assignee_id:
        return [row.assignee_id]
    members = tx.all(
        select(USER.c.id)
        .join(GROUP_MEMBER, GROUP_MEMBER.c.user_id == USER.c.id)
        .where(
            USER.c.organization_id == tx.organization_id,
            USER.c.disabled_at.is_(None),
            GROUP_MEMBER.c.group_id == row.group_id,
        )
        .order_by(USER.c.id)
    )
    return [member.id for member in members]
