"""Queries on who is kept waiting, by whom, and of whom the supervisors are told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from hub.db.notifications import CANCELLED
from hub.db.session import Tx
from hub.db.suspension import shown
from hub.db.tables.core import CONTACT, CONVERSATION, GROUP, GROUP_MEMBER, MESSAGE, NOTIFICATION, PRESENCE_TAB, USER
from hub.types import Direction, Presence, Role, What

_UNTAKEN: tuple[Any, ...] = (CONVERSATION.c.assignee_id.is_(None), CONVERSATION.c.told_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody who is kept waiting, and who is to answer. `message_id`: the first that was written in this wait."""

    conversation_id: str
    message_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Untaken:
    """Somebody who has waited longer than their group allows, of which the supervisors are told, and nobody has."""

    conversation_id: str
    contact_name: str
    group_name: str
    waiting_since: datetime


def list_waiting(tx: Tx, since: datetime, until: datetime, limit: int) -> list[Kept]:
    """Return who waits for us since before `until`, with everybody who was not told of this wait: whoever has the
    conversation, else its group's members.
    """
    member = select(GROUP_MEMBER.c.user_id).where(
        GROUP_MEMBER.c.user_id == USER.c.id, GROUP_MEMBER.c.group_id == CONVERSATION.c.group_id
    )
    answers = or_(CONVERSATION.c.assignee_id == USER.c.id, and_(CONVERSATION.c.assignee_id.is_(None), member.exists()))
    late = CONVERSATION.c.waiting_since <= until, CONVERSATION.c.waiting_since >= since
    return _list_kept(tx, What.WAITING, (*late, answers), limit)


def list_untaken_for(tx: Tx, roles: Collection[Role], since: datetime, seen_since: datetime, limit: int) -> list[Kept]:
    """Return of whom the supervisors are told since `since`, with those of these roles who were not mailed of this
    wait and are not there to see it: online, with an open page that was heard of since `seen_since`.
    """
    page = select(PRESENCE_TAB.c.user_id).where(
        PRESENCE_TAB.c.organization_id == tx.organization_id,
        PRESENCE_TAB.c.user_id == USER.c.id,
        PRESENCE_TAB.c.seen_at > seen_since,
    )
    told = *_UNTAKEN, CONVERSATION.c.told_at >= since
    elsewhere = or_(USER.c.presence != Presence.ONLINE, ~page.exists())
    return _list_kept(tx, What.UNTAKEN, (*told, USER.c.role.in_(sorted(roles)), elsewhere), limit)


def list_untaken(tx: Tx, limit: int) -> list[Untaken]:
    """Return of whom the supervisors are told now, longest waiting first."""
    rows = tx.all(
        select(CONVERSATION.c.id, CONVERSATION.c.waiting_since, CONTACT.c.name, GROUP.c.name.label("group_name"))
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .join(GROUP, GROUP.c.id == CONVERSATION.c.group_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            *_UNTAKEN,
            CONVERSATION.c.status != "closed",
            CONVERSATION.c.waiting_since.is_not(None),
            CONVERSATION.c.snoozed_until.is_(None),
            *shown(tx),
        )
        .order_by(CONVERSATION.c.waiting_since, CONVERSATION.c.id)
        .limit(limit)
    )
    return [Untaken(row.id, row.name, row.group_name, row.waiting_since) for row in rows]


def _list_kept(tx: Tx, what: What, which: Sequence[ColumnElement[bool]], limit: int) -> list[Kept]:
    inbound = (MESSAGE.c.conversation_id == CONVERSATION.c.id, MESSAGE.c.direction == Direction.INBOUND)
    first = select(func.min(MESSAGE.c.id)).where(*inbound, MESSAGE.c.position >= CONVERSATION.c.waiting_since)
    # a conversation that was opened again by hand waits with what was written before
    newest = select(func.max(MESSAGE.c.id)).where(*inbound)
    message_id = func.coalesce(first.correlate(CONVERSATION).scalar_subquery(),
                               newest.correlate(CONVERSATION).scalar_subquery())  # fmt: skip
    told = select(NOTIFICATION.c.id).where(
        NOTIFICATION.c.conversation_id == CONVERSATION.c.id,
        NOTIFICATION.c.recipient == USER.c.id,
        NOTIFICATION.c.what == what,
        NOTIFICATION.c.last_message_id == message_id,
        NOTIFICATION.c.state != CANCELLED,
    )
    rows = tx.all(
        select(CONVERSATION.c.id, message_id.label("message_id"), USER.c.id.label("user_id"))
        .join(USER, USER.c.organization_id == CONVERSATION.c.organization_id)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.status != "closed",
            CONVERSATION.c.waiting_for == "us",
            CONVERSATION.c.waiting_since.is_not(None),
            CONVERSATION.c.snoozed_until.is_(None),
            *shown(tx),
            USER.c.disabled_at.is_(None),
            *which,
            message_id.is_not(None),
            ~told.exists(),
        )
        .order_by(CONVERSATION.c.waiting_since, CONVERSATION.c.id, USER.c.id)
        .limit(limit)
    )
    return [Kept(row.id, row.message_id, row.user_id) for row in rows]
