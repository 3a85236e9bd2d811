"""What routing reads: a group's members with their load, and conversations that wait."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, and_, func, select

from hub.db.session import Tx
from hub.db.suspension import shown, shown_anywhere
from hub.db.tables.core import CHANNEL, CONVERSATION, GROUP, GROUP_MEMBER, ORGANIZATION, USER
from hub.errors import NotFound
from hub.types import ConversationStatus, Presence


@dataclass(frozen=True, slots=True)
class MemberLoad:
    """A member of a group with the open conversations they have."""

    user_id: str
    name: str
    presence: Presence
    slots: int
    taken: int
    last_assigned_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserRef:
    """A user who can be given work."""

    id: str
    name: str


def lock_routing(tx: Tx) -> None:
    """Let one transaction of the organization route at a time, so that no slot is given away twice.

    It is the row the notice numbers are drawn from, which every such transaction locks at its end anyway; taken after
    the conversations, by everybody, so that nobody waits in a circle.
    """
    tx.first(select(ORGANIZATION.c.id).where(ORGANIZATION.c.id == tx.organization_id).with_for_update(key_share=True))


def load_members(tx: Tx, group_id: str) -> list[MemberLoad]:
    """Return a group's members who may work, with their load over all groups: what they can see of it."""
    taken = func.count(CONVERSATION.c.id)
    rows = tx.all(
        select(
            USER.c.id,
            USER.c.name,
            USER.c.presence,
            USER.c.slots,
            taken.label("taken"),
            func.max(CONVERSATION.c.assigned_at).label("last_assigned_at"),
        )
        .join(GROUP_MEMBER, GROUP_MEMBER.c.user_id == USER.c.id)
        .outerjoin(
            CONVERSATION,
            (CONVERSATION.c.assignee_id == USER.c.id)
            & (CONVERSATION.c.organization_id == tx.organization_id)
            & (CONVERSATION.c.status != ConversationStatus.CLOSED)
            & and_(*shown(tx)),
        )
        .where(
            USER.c.organization_id == tx.organization_id,
            GROUP_MEMBER.c.group_id == group_id,
            USER.c.disabled_at.is_(None),
        )
        .group_by(USER.c.id, USER.c.name, USER.c.presence, USER.c.slots)
        .order_by(USER.c.id)
    )
    return [
        MemberLoad(row.id, row.name, Presence(row.presence), row.slots, row.taken, row.last_assigned_at) for row in rows
    ]


def name_of_group(tx: Tx, group_id: str) -> str:
    """Return a group's name. Raises NotFound."""
    return _name(tx, GROUP, group_id)


def name_of_channel(tx: Tx, channel_id: str) -> str:
    """Return a channel's name. Raises NotFound."""
    return _name(tx, CHANNEL, channel_id)


def _name(tx: Tx, table: Table, row_id: str) -> str:
    name = tx.scalar(select(table.c.name).where(table.c.organization_id == tx.organization_id, table.c.id == row_id))
    if name is None:
        raise NotFound(f"there is no such {table.name.removesuffix('s')} in this organization")
    return str(name)


def find_user(tx: Tx, user_id: str) -> UserRef | None:
    """Return a user of the organization who is not disabled."""
    row = tx.first(
        select(USER.c.id, USER.c.name).where(
            USER.c.organization_id == tx.organization_id, USER.c.id == user_id, USER.c.disabled_at.is_(None)
        )
    )
    return UserRef(row.id, row.name) if row else None


def list_waiting(tx: Tx, limit: int) -> list[str]:
    """Return conversations that wait for us and have no operator, most urgent and longest waiting first.

    `limit` is for each group: a group where nobody works must not hide the others.
    """
    order = CONVERSATION.c.priority.desc(), CONVERSATION.c.waiting_since, CONVERSATION.c.id
    place = func.row_number().over(partition_by=CONVERSATION.c.group_id, order_by=order)
    waiting = (
        select(CONVERSATION.c.id, CONVERSATION.c.priority, CONVERSATION.c.waiting_since, place.label("place"))
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.assignee_id.is_(None),
            CONVERSATION.c.status != ConversationStatus.CLOSED,
            CONVERSATION.c.waiting_since.is_not(None),
            CONVERSATION.c.group_id.is_not(None),
            *shown(tx),
        )
        .subquery()
    )
    rows = tx.all(
        select(waiting.c.id)
        .where(waiting.c.place <= limit)
        .order_by(waiting.c.priority.desc(), waiting.c.waiting_since, waiting.c.id)
    )
    return [row.id for row in rows]


def organizations_waiting(tx: Tx) -> list[str]:
    """Return organizations that have somebody online and conversations that wait in a group."""
    rows = tx.all(
        select(CONVERSATION.c.organization_id)
        .join(GROUP_MEMBER, GROUP_MEMBER.c.group_id == CONVERSATION.c.group_id)
        .join(USER, USER.c.id == GROUP_MEMBER.c.user_id)
        .where(
            CONVERSATION.c.assignee_id.is_(None),
            CONVERSATION.c.status != ConversationStatus.CLOSED,
            CONVERSATION.c.waiting_since.is_not(None),
            USER.c.presence == Presence.ONLINE,
            USER.c.disabled_at.is_(None),
            *shown_anywhere(),
        )
        .group_by(CONVERSATION.c.organization_id)
    )
    return [row.organization_id for row in rows]
