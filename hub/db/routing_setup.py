"""How an organization routes and who is there: what every decision is made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, update

from hub.db.conversations import ConversationRecord
from hub.db.routing_forms import group_rules_from_json
from hub.db.routing_rules import list_rules
from hub.db.session import Tx
from hub.db.suspension import shown
from hub.db.tables.core import ASSIGNMENT, CONVERSATION, GROUP, GROUP_MEMBER, ORGANIZATION, USER
from hub.routing.policy.model import Group, Operator, Setup
from hub.types import ANSWERING, ConversationStatus, GroupRules, Presence, Strategy, WaitingFor

_SLOT_MINUTES = GroupRules().slot_minutes
"""Of a conversation without a group."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What an operator has: slots taken, whether something waits for them, when the last of it was touched."""

    taken: int
    busy: bool
    last_activity_at: datetime


def lock_routing(tx: Tx) -> None:
    """Let one transaction of the organization route at a time, so that no slot is given away twice.

    It is the row the notice numbers are drawn from, which every such transaction locks at its end anyway; taken after
    the conversations, by everybody, so that nobody waits in a circle. Users are locked after it.
    """
    tx.first(select(ORGANIZATION.c.id).where(ORGANIZATION.c.id == tx.organization_id).with_for_update(key_share=True))


def load_setup(
    tx: Tx,
    now: datetime,
    group_ids: Collection[str] | None = None,
    beside: Collection[str] = (),
    owners: Collection[str] = (),
) -> Setup:
    """Return how the organization routes, and its operators with the slots they have in use.

    `group_ids`: whose members are wanted; None: everybody's. `owners`: users who are wanted whatever their groups.
    `beside`: conversations that are not counted, because whoever asks is about to change them.
    """
    groups = load_groups(tx)
    members = _members(tx)
    wanted = {user for key, each in members.items() if group_ids is None or key in group_ids for user in each}
    operators = _operators(tx, wanted | set(owners), groups, now, beside)
    return Setup(
        {
            key: Group(
                key, each.name, each.strategy, each.rules, tuple(m for m in members.get(key, ()) if m in operators)
            )
            for key, each in groups.items()
        },
        operators,
        tuple(list_rules(tx)),
    )


def load_operator(tx: Tx, user_id: str, now: datetime, beside: Collection[str] = ()) -> Operator | None:
    """Return one user with their work, member of a group or not; None for an unknown or disabled one."""
    return _operators(tx, {user_id}, load_groups(tx), now, beside).get(user_id)


def online_among(tx: Tx, user_ids: Collection[str]) -> set[str]:
    """Return which of these users are online."""
    rows = tx.all(
        select(USER.c.id).where(
            USER.c.organization_id == tx.organization_id,
            USER.c.id.in_(user_ids),
            USER.c.presence == Presence.ONLINE,
            USER.c.role.in_(ANSWERING),
            USER.c.disabled_at.is_(None),
        )
    )
    return {row.id for row in rows}


def takes_slot(record: ConversationRecord, groups: Mapping[str, Group], now: datetime) -> bool:
    """Whether a conversation that may be shown takes a slot of whoever has it; `_work` counts the same in SQL.

    What is suspended or restricted cannot be answered and takes none: `_work` leaves it out, and whoever asks here asks
    about what is shown only.
    """
    if record.status is ConversationStatus.CLOSED:
        return False
    awake = record.snoozed_until is None or record.snoozed_until <= now
    group = groups.get(record.group_id or "")
    minutes = group.rules.slot_minutes if group else _SLOT_MINUTES
    recent = record.last_activity_at > now - timedelta(minutes=minutes)
    return recent or (awake and record.waiting_for is WaitingFor.US)


def note_given(tx: Tx, given: Mapping[str, datetime]) -> None:
    """Note when operators (user → time) were last given a conversation automatically."""
    if given:
        at = case(dict(given), value=USER.c.id)
        mine = USER.c.organization_id == tx.organization_id, USER.c.id.in_(sorted(given))
        tx.execute(update(USER).where(*mine).values(last_assigned_at=at))


def load_groups(tx: Tx) -> dict[str, Group]:
    """Return all groups, without their members."""
    rows = tx.all(
        select(GROUP.c.id, GROUP.c.name, GROUP.c.strategy, GROUP.c.rules)
        .where(GROUP.c.organization_id == tx.organization_id)
        .order_by(GROUP.c.id)
    )
    return {row.id: Group(row.id, row.name, Strategy(row.strategy), group_rules_from_json(row.rules)) for row in rows}


def _members(tx: Tx) -> dict[str, list[str]]:
    rows = tx.all(
        select(GROUP_MEMBER.c.group_id, GROUP_MEMBER.c.user_id)
        .where(GROUP_MEMBER.c.organization_id == tx.organization_id)
        .order_by(GROUP_MEMBER.c.group_id, GROUP_MEMBER.c.user_id)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.group_id, []).append(row.user_id)
    return found


def _operators(
    tx: Tx, user_ids: Collection[str], groups: Mapping[str, Group], now: datetime, beside: Collection[str]
) -> dict[str, Operator]:
    if not user_ids:
        return {}
    ended = select(func.max(ASSIGNMENT.c.ended_at)).where(
        ASSIGNMENT.c.organization_id == tx.organization_id, ASSIGNMENT.c.user_id == USER.c.id
    )
    rows = tx.all(
        select(USER, ended.scalar_subquery().label("ended_at"))
        .where(
            USER.c.organization_id == tx.organization_id,
            USER.c.id.in_(user_ids),
            USER.c.disabled_at.is_(None),
            USER.c.role.in_(ANSWERING),
        )
        .order_by(USER.c.id)
    )
    work = _work(tx, [row.id for row in rows], groups, now, beside)
    return {row.id: _operator(row, work.get(row.id)) for row in rows}


def _operator(row: Any, work: _Work | None) -> Operator:
    since = [row.presence_changed_at, row.ended_at, work.last_activity_at if work else None]
    return Operator(
        row.id,
        row.name,
        Presence(row.presence),
        row.slots,
        work.taken if work else 0,
        row.last_assigned_at,
        None if work and work.busy else max(each for each in since if each is not None),
        frozenset(row.skills),
        frozenset(row.languages),
    )


def _work(
    tx: Tx, user_ids: Collection[str], groups: Mapping[str, Group], now: datetime, beside: Collection[str]
) -> dict[str, _Work]:
    awake = or_(CONVERSATION.c.snoozed_until.is_(None), CONVERSATION.c.snoozed_until <= now)
    for_us = and_(awake, CONVERSATION.c.waiting_for == WaitingFor.US)
    # a snooze puts aside what waits for us; what was touched lately would be back before its slot is free
    recent = CONVERSATION.c.last_activity_at > _active_since(groups, now)
    rows = tx.all(
        select(
            CONVERSATION.c.assignee_id,
            func.sum(case((or_(for_us, recent), 1), else_=0)).label("taken"),
            func.sum(case((for_us, 1), else_=0)).label("busy"),
            func.max(CONVERSATION.c.last_activity_at).label("last_activity_at"),
        )
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.assignee_id.in_(user_ids),
            CONVERSATION.c.status != ConversationStatus.CLOSED,
            *([CONVERSATION.c.id.not_in(beside)] if beside else []),
            *shown(tx),
        )
        .group_by(CONVERSATION.c.assignee_id)
    )
    return {row.assignee_id: _Work(int(row.taken), row.busy > 0, row.last_activity_at) for row in rows}


def _active_since(groups: Mapping[str, Group], now: datetime) -> ColumnElement[datetime]:
    """Since when something must have happened in a conversation for it to take a slot, by its group."""
    by_minutes: dict[int, list[str]] = {}
    for each in groups.values():
        if each.rules.slot_minutes != _SLOT_MINUTES:
            by_minutes.setdefault(each.rules.slot_minutes, []).append(each.id)
    column = CONVERSATION.c.last_activity_at.type
    usual = literal(now - timedelta(minutes=_SLOT_MINUTES), column)
    if not by_minutes:
        return usual
    return case(
        *(
            (CONVERSATION.c.group_id.in_(ids), literal(now - timedelta(minutes=minutes), column))
            for minutes, ids in sorted(by_minutes.items())
        ),
        else_=usual,
    )
