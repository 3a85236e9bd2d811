"""Queries on operator groups and their members."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from hub.db.routing_forms import group_rules_from_json, group_rules_to_json
from hub.db.session import Tx
from hub.db.suspension import shown
from hub.db.tables.core import CHANNEL, CONVERSATION, GROUP, GROUP_MEMBER, USER
from hub.types import ANSWERING, ConversationStatus, GroupRules, Named, Presence, Strategy

_COLUMNS = (GROUP.c.id, GROUP.c.name, GROUP.c.strategy, GROUP.c.rules, GROUP.c.created_at)


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with its members, by name."""

    id: str
    name: str
    strategy: Strategy
    members: tuple[Named, ...]
    created_at: datetime
    rules: GroupRules = field(default_factory=GroupRules)


def list_groups(tx: Tx, limit: int, after: str | None) -> list[GroupView]:
    """Return groups in the order they were created, from behind the id `after`."""
    statement = select(*_COLUMNS).where(GROUP.c.organization_id == tx.organization_id)
    if after is not None:
        statement = statement.where(GROUP.c.id > after)
    return _views(tx, tx.all(statement.order_by(GROUP.c.id).limit(limit)))


def find_group(tx: Tx, group_id: str) -> GroupView | None:
    statement = select(*_COLUMNS).where(GROUP.c.organization_id == tx.organization_id, GROUP.c.id == group_id)
    views = _views(tx, tx.all(statement))
    return views[0] if views else None


def insert_group(tx: Tx, view: GroupView) -> bool:
    """Insert a group without members; False when its name is taken."""
    row = {
        "id": view.id,
        "organization_id": tx.organization_id,
        "name": view.name,
        "strategy": view.strategy,
        "rules": group_rules_to_json(view.rules),
        "created_at": view.created_at,
    }
    return bool(tx.insert_new(GROUP, [row], ["id"]))


def name_is_taken(tx: Tx, name: str, *, by_other_than: str) -> bool:
    group = GROUP.c
    return tx.first(
        select(group.id).where(
            group.organization_id == tx.organization_id, group.name == name, group.id != by_other_than
        )
    ) is not None  # fmt: skip


def update_group(tx: Tx, group_id: str, changes: Mapping[str, Any]) -> None:
    """Set the named columns."""
    if changes:
        tx.execute(
            update(GROUP).where(GROUP.c.organization_id == tx.organization_id, GROUP.c.id == group_id).values(**changes)
        )


def group_is_used(tx: Tx, group_id: str) -> bool:
    """Tell whether a channel or an open conversation points to the group."""
    channel, conversation = CHANNEL.c, CONVERSATION.c
    mine = tx.organization_id
    by_channel = select(channel.id).where(
        channel.organization_id == mine, channel.group_id == group_id, channel.deleted_at.is_(None)
    )
    by_conversation = select(conversation.id).where(
        conversation.organization_id == mine, conversation.group_id == group_id, conversation.status != "closed"
    )
    return tx.first(by_channel.limit(1)) is not None or tx.first(by_conversation.limit(1)) is not None


def hold_group(tx: Tx, group_id: str) -> bool:
    """Keep a group from being pointed to until this transaction ends; False when somebody is just about to.

    It does not wait for them: they may wait for what this transaction holds.
    """
    mine = GROUP.c.organization_id == tx.organization_id, GROUP.c.id == group_id
    return tx.first(select(GROUP.c.id).where(*mine).with_for_update(skip_locked=True)) is not None


def group_is_named(tx: Tx, group_id: str) -> bool:
    """Tell whether any channel or conversation points to the group, a deleted or a closed one too."""
    mine = tx.organization_id
    pointing = (
        select(each.c.id).where(each.c.organization_id == mine, each.c.group_id == group_id).limit(1)
        for each in (CHANNEL, CONVERSATION)
    )
    return any(tx.first(each) is not None for each in pointing)


def forget_group(tx: Tx, group_id: str) -> None:
    """Let closed conversations and deleted channels be of no group any more; their history keeps its name."""
    conversation, channel = CONVERSATION.c, CHANNEL.c
    closed = (
        conversation.organization_id == tx.organization_id,
        conversation.group_id == group_id,
        conversation.status == ConversationStatus.CLOSED,
    )
    gone = channel.organization_id == tx.organization_id, channel.group_id == group_id, channel.deleted_at.is_not(None)
    # in the order that everybody locks conversations in
    tx.all(select(conversation.id).where(*closed).order_by(conversation.id).with_for_update())
    tx.execute(update(CONVERSATION).where(*closed).values(group_id=None))
    tx.execute(update(CHANNEL).where(*gone).values(group_id=None))


def delete_group(tx: Tx, group_id: str) -> None:
    """Delete a group that nobody uses and everybody has forgotten."""
    tx.execute(delete(GROUP).where(GROUP.c.organization_id == tx.organization_id, GROUP.c.id == group_id))


def replace_members(tx: Tx, group_id: str, user_ids: Sequence[str]) -> None:
    member = GROUP_MEMBER.c
    tx.execute(delete(GROUP_MEMBER).where(member.organization_id == tx.organization_id, member.group_id == group_id))
    tx.insert(
        GROUP_MEMBER,
        [{"organization_id": tx.organization_id, "group_id": group_id, "user_id": user} for user in user_ids],
    )


def unknown_users(tx: Tx, user_ids: Collection[str]) -> list[str]:
    """Return those ids that name no active user of the organization."""
    user = USER.c
    found = tx.all(
        select(user.id).where(
            user.organization_id == tx.organization_id, user.id.in_(user_ids), user.disabled_at.is_(None)
        )
    )
    return sorted(set(user_ids) - {row.id for row in found})


def count_online(tx: Tx) -> dict[str, int]:
    """Return how many members of each group are online; groups without any are left out."""
    member, user = GROUP_MEMBER.c, USER.c
    rows = tx.all(
        select(member.group_id, func.count().label("online"))
        .join(USER, user.id == member.user_id)
        .where(
            member.organization_id == tx.organization_id,
            user.organization_id == tx.organization_id,
            user.presence == Presence.ONLINE,
            user.role.in_(ANSWERING),
            user.disabled_at.is_(None),
        )
        .group_by(member.group_id)
    )
    return {row.group_id: row.online for row in rows}


def count_waiting(tx: Tx, now: datetime) -> dict[str, int]:
    """Return how many conversations of each group wait for somebody to take them, without those put aside for later."""
    waiting = CONVERSATION.c
    rows = tx.all(
        select(waiting.group_id, func.count().label("waiting"))
        .where(
            waiting.organization_id == tx.organization_id,
            waiting.group_id.is_not(None),
            waiting.assignee_id.is_(None),
            waiting.waiting_since.is_not(None),
            waiting.status != ConversationStatus.CLOSED,
            or_(waiting.snoozed_until.is_(None), waiting.snoozed_until <= now),
            *shown(tx),
        )
        .group_by(waiting.group_id)
    )
    return {row.group_id: row.waiting for row in rows}


def _views(tx: Tx, rows: Sequence[Any]) -> list[GroupView]:
    members = _members(tx, [row.id for row in rows])
    return [
        GroupView(
            row.id,
            row.name,
            Strategy(row.strategy),
            tuple(members.get(row.id, ())),
            row.created_at,
            group_rules_from_json(row.rules),
        )
        for row in rows
    ]


def _members(tx: Tx, group_ids: Sequence[str]) -> dict[str, list[Named]]:
    member, user = GROUP_MEMBER.c, USER.c
    rows = tx.all(
        select(member.group_id, user.id, user.name)
        .join(USER, user.id == member.user_id)
        .where(
            member.organization_id == tx.organization_id,
            user.organization_id == tx.organization_id,
            member.group_id.in_(group_ids),
        )
        .order_by(user.name, user.id)
    )
    found: dict[str, list[Named]] = {}
    for row in rows:
        found.setdefault(row.group_id, []).append(Named(row.id, row.name))
    return found
