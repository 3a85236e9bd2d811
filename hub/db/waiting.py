"""Queries on operators who keep somebody waiting."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from hub.db.notifications import CANCELLED
from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, GROUP_MEMBER, MESSAGE, NOTIFICATION, USER
from hub.types import Direction, What


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody who is kept waiting, and who is to answer. `message_id`: the first that was written in this wait."""

    conversation_id: str
    message_id: str
    user_id: str


def list_waiting(tx: Tx, since: datetime, until: datetime, limit: int) -> list[Kept]:
    """Return who waits for us since before `until`, with everybody who was not told of this wait: whoever has the
    conversation, else its group's members.
    """
    inbound = (MESSAGE.c.conversation_id == CONVERSATION.c.id, MESSAGE.c.direction == Direction.INBOUND)
    first = select(func.min(MESSAGE.c.id)).where(*inbound, MESSAGE.c.position >= CONVERSATION.c.waiting_since)
    # a conversation that was opened again by hand waits with what was written before
    newest = select(func.max(MESSAGE.c.id)).where(*inbound)
    message_id = func.coalesce(first.correlate(CONVERSATION).scalar_subquery(),
                               newest.correlate(CONVERSATION).scalar_subquery())  # fmt: skip
    member = select(GROUP_MEMBER.c.user_id).where(
        GROUP_MEMBER.c.user_id == USER.c.id, GROUP_MEMBER.c.group_id == CONVERSATION.c.group_id
    )
    answers = or_(CONVERSATION.c.assignee_id == USER.c.id, and_(CONVERSATION.c.assignee_id.is_(None), member.exists()))
    told = select(NOTIFICATION.c.id).where(
        NOTIFICATION.c.conversation_id == CONVERSATION.c.id,
        NOTIFICATION.c.recipient == USER.c.id,
        NOTIFICATION.c.what == What.WAITING,
        NOTIFICATION.c.last_message_id == message_id,
        NOTIFICATION.c.state != CANCELLED,
    )
    rows = tx.all(
        select(CONVERSATION.c.id, message_id.label("message_id"), USER.c.id.label("user_id"))
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .join(USER, USER.c.organization_id == CONVERSATION.c.organization_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.status != "closed",
            CONVERSATION.c.waiting_for == "us",
            CONVERSATION.c.waiting_since <= until,
            CONVERSATION.c.waiting_since >= since,
            CONVERSATION.c.snoozed_until.is_(None),
            CONTACT.c.restricted_at.is_(None),
            USER.c.disabled_at.is_(None),
            answers,
            message_id.is_not(None),
            ~told.exists(),
        )
        .order_by(CONVERSATION.c.waiting_since, CONVERSATION.c.id, USER.c.id)
        .limit(limit)
    )
    return [Kept(row.id, row.message_id, row.user_id) for row in rows]
