"""Conversations as people list and search them; what is suspended or restricted is in none of it (B6, F20)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select, tuple_, union_all

from hub.db.channels import CURRENT
from hub.db.deliveries import IS_HELD, QUEUED, UNDER_WAY
from hub.db.session import Tx
from hub.db.suspension import shown, shown_topic
from hub.db.tables.core import CHANNEL, CONTACT, CONVERSATION, DELIVERY, GROUP, MESSAGE, READ_MARK, SENDER, USER
from hub.types import ChannelKind, ChannelRef, ConversationStatus, ConversationView, Named, WaitingFor

_C = CONVERSATION.c


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """What to list; None means any. `assignee` is a user id or NOBODY; `open` leaves closed ones out, `held` those
    without held messages."""

    status: ConversationStatus | None = None
    open: bool = False
    held: bool = False
    channel_id: str | None = None
    group_id: str | None = None
    assignee: str | None = None
    contact_id: str | None = None
    text: str | None = None


NOBODY = "none"

SORTS: dict[str, tuple[Any, bool]] = {
    "newest": (_C.last_activity_at, True),
    "waiting": (func.coalesce(_C.waiting_since, _C.last_activity_at), False),
    "priority": (_C.priority, True),
}
"""sort name → (what by, descending)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Open conversations: one's own, nobody's, all."""

    mine: int
    unassigned: int
    all: int


def find(tx: Tx, user_id: str, conversation_id: str) -> ConversationView | None:
    """Return one conversation as a user sees it."""
    row = tx.first(_views(tx, user_id).where(_C.id == conversation_id))
    return _view(row) if row else None


def list_page(
    tx: Tx, user_id: str, wanted: ConversationFilter, sort: str, limit: int, after: tuple[Any, str] | None
) -> list[tuple[ConversationView, Any]]:
    """Return conversations with the value they are sorted by, from behind `after` (that value, id)."""
    by, descending = SORTS[sort]
    query = _views(tx, user_id).add_columns(by.label("sorted_by")).where(*_conditions(tx, wanted))
    if after is not None:
        here, there = tuple_(by, _C.id), tuple_(*after)
        query = query.where(here < there if descending else here > there)
    order = (by.desc(), _C.id.desc()) if descending else (by, _C.id)
    return [(_view(row), row.sorted_by) for row in tx.all(query.order_by(*order).limit(limit))]


def count_open(tx: Tx, user_id: str) -> Counts:
    def is_open(*more: ColumnElement[bool]) -> Any:
        query = select(func.count()).select_from(CONVERSATION)
        mine = _C.organization_id == tx.organization_id, _C.status != ConversationStatus.CLOSED
        return query.where(*mine, *shown(tx), *more)

    return Counts(
        mine=int(tx.scalar(is_open(_C.assignee_id == user_id))),
        unassigned=int(tx.scalar(is_open(_C.assignee_id.is_(None)))),
        all=int(tx.scalar(is_open())),
    )


def _conditions(tx: Tx, wanted: ConversationFilter) -> list[ColumnElement[bool]]:
    equal = {
        _C.status: wanted.status,
        _C.channel_id: wanted.channel_id,
        _C.group_id: wanted.group_id,
        _C.contact_id: wanted.contact_id,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if wanted.held:
        conditions.append(_C.id.in_(_with_held(tx)))
    if wanted.open:
        conditions.append(_C.status != ConversationStatus.CLOSED)
    if wanted.assignee == NOBODY:
        conditions.append(_C.assignee_id.is_(None))
    elif wanted.assignee is not None:
        conditions.append(_C.assignee_id == wanted.assignee)
    if wanted.text:
        conditions.append(_matches(tx, wanted.text))
    return conditions


def _with_held(tx: Tx) -> CompoundSelect[Any]:
    """The conversations in which a message waits for somebody to send or discard it (`held_messages`)."""
    talks = (
        select(MESSAGE.c.conversation_id)
        .join(DELIVERY, DELIVERY.c.message_id == MESSAGE.c.id)
        .join(SENDER, SENDER.c.id == DELIVERY.c.sender_id)
        .where(SENDER.c.organization_id == tx.organization_id)
    )
    on_past = talks.where(DELIVERY.c.state == QUEUED, UNDER_WAY, SENDER.c.state != CURRENT)
    # two queries: by an OR that spans two tables SQLite finds no index
    return union_all(talks.where(IS_HELD), on_past)


def _matches(tx: Tx, text: str) -> ColumnElement[bool]:
    said = select(MESSAGE.c.conversation_id).where(
        MESSAGE.c.organization_id == tx.organization_id,
        MESSAGE.c.suspended_at.is_(None),
        MESSAGE.c.text.icontains(text, autoescape=True),
    )
    topic = shown_topic(tx)
    return or_(CONTACT.c.name.icontains(text, autoescape=True), topic.icontains(text, autoescape=True), _C.id.in_(said))


def _views(tx: Tx, user_id: str) -> Select[Any]:
    mark = and_(READ_MARK.c.conversation_id == _C.id, READ_MARK.c.user_id == user_id)
    return (
        select(
            CONVERSATION,
            shown_topic(tx).label("topic_shown"),
            CHANNEL.c.kind.label("channel_kind"),
            CHANNEL.c.name.label("channel_name"),
            CONTACT.c.name.label("contact_name"),
            GROUP.c.name.label("group_name"),
            USER.c.name.label("assignee_name"),
            (_C.inbound_count - func.coalesce(READ_MARK.c.inbound_count, 0)).label("unread"),
        )
        .join(CHANNEL, CHANNEL.c.id == _C.channel_id)
        .join(CONTACT, CONTACT.c.id == _C.contact_id)
        .outerjoin(GROUP, GROUP.c.id == _C.group_id)
        .outerjoin(USER, USER.c.id == _C.assignee_id)
        .outerjoin(READ_MARK, mark)
        .where(_C.organization_id == tx.organization_id, *shown(tx))
    )


def _view(row: Any) -> ConversationView:
    return ConversationView(
        id=row.id,
        status=ConversationStatus(row.status),
        waiting_for=WaitingFor(row.waiting_for),
        topic=row.topic_shown,
        channel=ChannelRef(row.channel_id, ChannelKind(row.channel_kind), row.channel_name),
        contact=Named(row.contact_id, row.contact_name),
        group=Named(row.group_id, row.group_name) if row.group_id else None,
        assignee=Named(row.assignee_id, row.assignee_name) if row.assignee_id else None,
        priority=row.priority,
        waiting_since=row.waiting_since,
        snoozed_until=row.snoozed_until,
        last_message_at=row.last_activity_at,
        last_inbound_at=row.last_inbound_at,
        unread=max(0, row.unread),
        preview=row.preview,
        preview_direction=row.preview_direction,
        routing=row.routing,
    )
