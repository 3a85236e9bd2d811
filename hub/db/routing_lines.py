"""Conversations that wait: the lines of groups, their heads, and what is due among those who stand in them.

A line is a group with certain needs, kept as a row, so that whoever looks for its head goes down one index: it costs
the same whether ten wait or a hundred thousand. A line may be empty, but whoever waits stands in one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, literal_column, or_, select

from hub.db.session import Tx
from hub.db.suspension import shown, shown_anywhere
from hub.db.tables.core import ASSIGNMENT, CHANNEL, CONVERSATION, GROUP_MEMBER, QUEUE_LINE, USER
from hub.types import Presence

_OPEN = CONVERSATION.c.status != literal_column("'closed'")
"""Written out, not bound: both databases must see that it is what the index is made of."""
_WAITS = (CONVERSATION.c.assignee_id.is_(None), _OPEN, CONVERSATION.c.waiting_since.is_not(None))
_STANDS = (CONVERSATION.c.assignee_id.is_(None), CONVERSATION.c.queued_at.is_not(None))
_GROUPLESS = (
    *_WAITS,
    CONVERSATION.c.group_id.is_(None),
    # whoever was offered a choice is waited for
    CONVERSATION.c.queued_at.is_(None),
    CONVERSATION.c.snoozed_until.is_(None),
    CONVERSATION.c.channel_id.in_(select(CHANNEL.c.id).where(CHANNEL.c.group_id.is_not(None))),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A group's line of conversations that need the same (`hub.routing.policy.needs`)."""

    group_id: str
    needs: str


@dataclass(frozen=True, slots=True)
class Head:
    """One of the first in a line. They compare by urgency, then by how long they wait."""

    urgency: int
    waiting_since: datetime
    id: str

    def __lt__(self, other: "Head") -> bool:
        return (self.urgency, self.waiting_since, self.id) < (other.urgency, other.waiting_since, other.id)


def enter(tx: Tx, lines: Collection[Line]) -> None:
    """See to it that these lines are there. Whoever calls it has routing locked."""
    rows = [
        {"organization_id": tx.organization_id, "group_id": each.group_id, "needs": each.needs}
        for each in sorted(lines, key=lambda each: (each.group_id, each.needs))
    ]
    tx.insert_new(QUEUE_LINE, rows, ("needs",))


def list_lines(tx: Tx) -> list[Line]:
    rows = tx.all(
        select(QUEUE_LINE.c.group_id, QUEUE_LINE.c.needs)
        .where(QUEUE_LINE.c.organization_id == tx.organization_id)
        .order_by(QUEUE_LINE.c.group_id, QUEUE_LINE.c.needs)
    )
    return [Line(row.group_id, row.needs) for row in rows]


def list_heads(
    tx: Tx, group_id: str, needs: str, now: datetime, limit: int, beside: Collection[str] = ()
) -> list[Head]:
    """Return the first in a line, most urgent and longest waiting first; who is put aside for later is passed over.

    `beside`: conversations that are passed over, too, because whoever asks is about to change them.
    """
    order = CONVERSATION.c.urgency, CONVERSATION.c.waiting_since, CONVERSATION.c.id
    rows = tx.all(
        select(*order)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.group_id == group_id,
            CONVERSATION.c.needs == needs,
            *_WAITS,
            _awake(now),
            *([CONVERSATION.c.id.not_in(sorted(beside))] if beside else []),
            *shown(tx),
        )
        .order_by(*order)
        .limit(limit)
    )
    return [Head(row.urgency, row.waiting_since, row.id) for row in rows]


def list_overdue(tx: Tx, group_id: str, since: datetime, limit: int) -> list[str]:
    """Return who has stood in a group's lines since then or longer, longest first; not who is put aside."""
    return _ids(
        tx,
        CONVERSATION.c.group_id == group_id,
        CONVERSATION.c.snoozed_until.is_(None),
        *_STANDS,
        CONVERSATION.c.queued_at <= since,
        order=CONVERSATION.c.queued_at,
        limit=limit,
    )


def list_untold(tx: Tx, group_id: str, since: datetime, limit: int) -> list[str]:
    """Return who stands in a group's lines and has waited since then or longer, without the supervisors knowing."""
    return _ids(
        tx,
        CONVERSATION.c.group_id == group_id,
        CONVERSATION.c.snoozed_until.is_(None),
        *_STANDS,
        CONVERSATION.c.told_at.is_(None),
        CONVERSATION.c.waiting_since <= since,
        order=CONVERSATION.c.waiting_since,
        limit=limit,
    )


def list_silent(tx: Tx, since: datetime, limit: int) -> list[str]:
    """Return open conversations in which nothing has happened since then, and nobody waits for us."""
    return _ids(
        tx,
        _OPEN,
        CONVERSATION.c.last_activity_at <= since,
        CONVERSATION.c.waiting_since.is_(None),
        CONVERSATION.c.snoozed_until.is_(None),
        order=CONVERSATION.c.last_activity_at,
        limit=limit,
    )


def list_held(tx: Tx, user_id: str, since: datetime, until: datetime, limit: int) -> list[str]:
    """Return conversations of somebody in which a customer waits, longest first: they had them by `until`.

    What a person gave them after `since` is not among them.
    """
    given = exists().where(
        ASSIGNMENT.c.organization_id == CONVERSATION.c.organization_id,
        ASSIGNMENT.c.conversation_id == CONVERSATION.c.id,
        ASSIGNMENT.c.ended_at.is_(None),
        ASSIGNMENT.c.by_hand,
        CONVERSATION.c.assigned_at > since,
    )
    return _ids(
        tx,
        CONVERSATION.c.assignee_id == user_id,
        or_(CONVERSATION.c.assigned_at.is_(None), CONVERSATION.c.assigned_at <= until),
        ~given,
        _OPEN,
        CONVERSATION.c.snoozed_until.is_(None),
        CONVERSATION.c.waiting_since.is_not(None),
        order=CONVERSATION.c.waiting_since,
        limit=limit,
    )


def list_groupless(tx: Tx, limit: int) -> list[str]:
    """Return who waits in no line though their channel has a group, most urgent and longest waiting first."""
    order = CONVERSATION.c.urgency, CONVERSATION.c.waiting_since, CONVERSATION.c.id
    mine = CONVERSATION.c.organization_id == tx.organization_id
    rows = tx.all(select(CONVERSATION.c.id).where(mine, *_GROUPLESS, *shown(tx)).order_by(*order).limit(limit))
    return [row.id for row in rows]


def organizations_with_groupless(tx: Tx) -> list[str]:
    """Return organizations where somebody waits in no line though their channel has a group. Platform work."""
    rows = tx.all(select(CONVERSATION.c.organization_id).where(*_GROUPLESS, *shown_anywhere()).distinct())
    return sorted(row.organization_id for row in rows)


def _ids(tx: Tx, *conditions: ColumnElement[bool], order: ColumnElement[Any], limit: int) -> list[str]:
    mine = CONVERSATION.c.organization_id == tx.organization_id
    found = select(CONVERSATION.c.id).where(mine, *conditions, *shown(tx)).order_by(order, CONVERSATION.c.id)
    return [row.id for row in tx.all(found.limit(limit))]


def list_offered(tx: Tx, now: datetime, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return (organization, conversation) of those who have not chosen in time, longest over first. Platform work.

    Who is put aside is not among them. `but`: organizations that are passed over.
    """
    rows = tx.all(
        select(CONVERSATION.c.organization_id, CONVERSATION.c.id)
        .where(
            *_STANDS,
            CONVERSATION.c.group_id.is_(None),
            CONVERSATION.c.choose_until <= now,
            CONVERSATION.c.snoozed_until.is_(None),
            *([CONVERSATION.c.organization_id.not_in(sorted(but))] if but else []),
            *shown_anywhere(),
        )
        .order_by(CONVERSATION.c.choose_until, CONVERSATION.c.id)
        .limit(limit)
    )
    return [(row.organization_id, row.id) for row in rows]


def organizations_waiting(tx: Tx) -> list[str]:
    """Return organizations where somebody waits in a line of a group that has a member online. Platform work."""
    waits = exists().where(
        CONVERSATION.c.organization_id == QUEUE_LINE.c.organization_id,
        CONVERSATION.c.group_id == QUEUE_LINE.c.group_id,
        CONVERSATION.c.needs == QUEUE_LINE.c.needs,
        *_WAITS,
        *shown_anywhere(),
    )
    works = exists().where(
        GROUP_MEMBER.c.group_id == QUEUE_LINE.c.group_id,
        USER.c.id == GROUP_MEMBER.c.user_id,
        USER.c.presence == Presence.ONLINE,
        USER.c.disabled_at.is_(None),
    )
    rows = tx.all(select(QUEUE_LINE.c.organization_id).where(waits, works).distinct())
    return sorted(row.organization_id for row in rows)


def organizations_with_empty_lines(tx: Tx) -> list[str]:
    """Platform work."""
    rows = tx.all(select(QUEUE_LINE.c.organization_id).where(~_somebody_stands()).distinct())
    return sorted(row.organization_id for row in rows)


def remove_empty(tx: Tx) -> None:
    """Remove lines in which nobody stands. Whoever calls it has routing locked: who enters a line must find it."""
    mine = QUEUE_LINE.c.organization_id == tx.organization_id
    tx.execute(delete(QUEUE_LINE).where(mine, ~_somebody_stands()))


def _somebody_stands() -> ColumnElement[bool]:
    return exists().where(
        CONVERSATION.c.organization_id == QUEUE_LINE.c.organization_id,
        CONVERSATION.c.group_id == QUEUE_LINE.c.group_id,
        CONVERSATION.c.needs == QUEUE_LINE.c.needs,
        *_WAITS,
    )


def _awake(now: datetime) -> ColumnElement[bool]:
    return or_(CONVERSATION.c.snoozed_until.is_(None), CONVERSATION.c.snoozed_until <= now)
