"""Queries on persons who are away and can be told by mail. Who is kept waiting is in `hub.db.waiting`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, func, or_, select

from hub.db.notifications import CANCELLED, QUEUED, SENDING
from hub.db.session import Tx
from hub.db.tables.core import (
    CHANNEL,
    CONTACT,
    CONVERSATION,
    IDENTITY,
    MESSAGE,
    NOTIFICATION,
    ORGANIZATION,
    SENDER,
)
from hub.types import ChannelKind, Direction, FailureKind, MessageStatus, Trigger, What


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


@dataclass(frozen=True, slots=True)
class Reasons:
    """What may be a reason to tell somebody now; `hub.notifying.policy` decides.

    failures       kinds of failure after which an answer reaches nobody
    holds          holds of a sender under which answers wait
    telling        kinds whose platform tells what was read
    unread_until   answers until then that nobody read have waited long enough
    """

    failures: Collection[FailureKind]
    holds: Collection[str]
    telling: Collection[ChannelKind]
    unread_until: datetime


def organizations_that(tx: Tx, wish: str) -> list[str]:
    """Return the organizations that want this (`people`, `operators`). Platform work."""
    wanted = ORGANIZATION.c.notifying[wish].as_boolean().is_(True)
    rows = tx.all(select(ORGANIZATION.c.id).where(wanted, ORGANIZATION.c.suspended_at.is_(None)))
    return [row.id for row in rows]


def list_away(tx: Tx, mail: ChannelKind, since: datetime, reasons: Reasons, after: str, limit: int) -> list[Away]:
    """Return conversations with answers since `since` that are a reason to tell, were not told and wait in no mail.

    In the order of their ids, after the one named.
    """
    found = _away(tx, mail).where(
        CONVERSATION.c.id > after,
        CONVERSATION.c.last_activity_at >= since,
        select(MESSAGE.c.id)
        .where(MESSAGE.c.conversation_id == CONVERSATION.c.id, *_is_news(since), _is_reason(reasons))
        .exists(),
        ~_telling().where(NOTIFICATION.c.state.in_((QUEUED, SENDING))).exists(),
    )
    return [_shown(row) for row in tx.all(found.order_by(CONVERSATION.c.id).limit(limit))]


def find_away(tx: Tx, mail: ChannelKind, conversation_id: str) -> Away | None:
    """Return a conversation as one whose person may be away; None when they cannot be told by mail."""
    row = tx.first(_away(tx, mail).where(CONVERSATION.c.id == conversation_id))
    return _shown(row) if row else None


def _away(tx: Tx, mail: ChannelKind) -> Any:
    """A mailbox that we may use: vouched for, reachable, not opted out of, mails not ended; of several the newest."""
    newest = _mailbox_of_conversation(mail)
    current = and_(SENDER.c.channel_id == CONVERSATION.c.channel_id, SENDER.c.state == "current")
    return (
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
            CONVERSATION.c.answered.is_(True),
            CHANNEL.c.kind != mail,
            CHANNEL.c.suspended_at.is_(None),
            CONTACT.c.restricted_at.is_(None),
            newest.is_not(None),
        )
    )


def _shown(row: Any) -> Away:
    return Away(
        row.id, row.channel_id, ChannelKind(row.kind), row.identity_id, row.unreachable is not None, row.hold,
        row.sender_id is not None, row.mailbox_id,
    )  # fmt: skip


def _mailbox_of_conversation(mail: ChannelKind) -> Any:
    mailbox = IDENTITY.alias("mailbox")
    usable = and_(
        mailbox.c.contact_id == CONVERSATION.c.contact_id,
        mailbox.c.kind == mail,
        mailbox.c.verified.is_(True),
        mailbox.c.unreachable.is_(None),
        mailbox.c.opted_out_at.is_(None),
        mailbox.c.no_notifications_at.is_(None),
    )
    return select(func.max(mailbox.c.id)).where(usable).correlate(CONVERSATION).scalar_subquery()


def _telling() -> Any:
    """The mails that tell of answers in a conversation; an answer that went by mail itself tells of no other."""
    return select(NOTIFICATION.c.id).where(
        NOTIFICATION.c.conversation_id == CONVERSATION.c.id,
        NOTIFICATION.c.what == What.ANSWER,
        NOTIFICATION.c.trigger != Trigger.BY_MAIL,
    )


def _is_news(since: datetime) -> tuple[Any, ...]:
    """One of ours wrote it, nobody was seen to read it, it did not go by mail, and no mail has told of it."""
    told = (
        _telling()
        .with_only_columns(func.max(NOTIFICATION.c.told_until))
        .where(NOTIFICATION.c.state.not_in((QUEUED, SENDING, CANCELLED)))
    )
    return (
        MESSAGE.c.direction == Direction.OUTBOUND,
        MESSAGE.c.sender_id.is_not(None),
        MESSAGE.c.automatic.is_(False),
        MESSAGE.c.status != MessageStatus.READ,
        MESSAGE.c.suspended_at.is_(None),
        MESSAGE.c.taken_back_at.is_(None),
        MESSAGE.c.created_at >= since,
        # the person has written since: they are not away
        or_(CONVERSATION.c.last_inbound_at.is_(None), MESSAGE.c.position > CONVERSATION.c.last_inbound_at),
        MESSAGE.c.id > func.coalesce(told.correlate(CONVERSATION).scalar_subquery(), ""),
    )


def _is_reason(reasons: Reasons) -> Any:
    waits = MESSAGE.c.status.in_((MessageStatus.QUEUED, MessageStatus.SENDING))
    arrived = MESSAGE.c.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED))
    tells = CHANNEL.c.kind.in_(list(reasons.telling)) if reasons.telling else false()
    return or_(
        and_(MESSAGE.c.status == MessageStatus.FAILED, MESSAGE.c.error_kind.in_(list(reasons.failures))),
        and_(waits, or_(SENDER.c.id.is_(None), SENDER.c.hold.in_(list(reasons.holds)))),
        and_(arrived, tells, MESSAGE.c.created_at <= reasons.unread_until),
    )


def list_unseen(tx: Tx, conversation_id: str, since: datetime) -> list[Any]:
    """Return the answers of a conversation that nobody was seen to read, oldest first, after what was told already."""
    return list(
        tx.all(
            select(
                MESSAGE.c.id,
                MESSAGE.c.text,
                MESSAGE.c.status,
                MESSAGE.c.error_kind,
                MESSAGE.c.parts,
                MESSAGE.c.author_name,
                MESSAGE.c.created_at,
            )
            .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
            .where(
                MESSAGE.c.organization_id == tx.organization_id,
                MESSAGE.c.conversation_id == conversation_id,
                *_is_news(since),
            )
            .order_by(MESSAGE.c.id)
        )
    )


def find_mailbox(tx: Tx, contact_id: str, mail: ChannelKind) -> str | None:
    """Return the identity a contact can be answered at by mail: vouched for, reachable, not opted out of.

    Whoever ended the hub's own mails is still answered. None: there is none.
    """
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
