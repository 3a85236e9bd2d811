"""What hub/db says of routing, said of dictionaries: one function for each query that routing's use cases ask.

The use cases themselves run as they are; test_stateful_hub.py holds both against each other.
"""

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.conversations import life, reopening, standing, tracing
from hub.conversations.changes import Changes
from hub.db import conversations, routing_due, routing_facts, routing_lines, routing_rules, routing_setup, threads
from hub.db.conversations import ConversationRecord
from hub.db.routing_due import Absent, WaitingGroup
from hub.db.routing_lines import Head, Line
from hub.routing.assignment.router import choice_is_over
from hub.routing.policy.model import Operator, Setup
from hub.types import Presence, WaitingFor
from tests.routing.model_tables import ORGANIZATION, ModelTx, Tables


def lay_beneath(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the hub ask dictionaries wherever routing asks the database."""
    for original, instead in _INSTEAD.items():
        for name, module in list(sys.modules.items()):
            if name.startswith("hub."):
                for known, value in list(vars(module).items()):
                    if value is original:
                        monkeypatch.setattr(module, known, instead)
    monkeypatch.setattr(Changes, "write", lambda changes, tx: tx.tables.write(changes))


# --- routing_setup ----------------------------------------------------------------------------------------


def _load_setup(
    tx: ModelTx, now: datetime, _groups: Collection[str] | None = None, beside: Collection[str] = (), *_more: object
) -> Setup:
    return Setup(tx.tables.groups, _operators(tx, now, beside), tx.tables.rules)


def _load_operator(tx: ModelTx, user_id: str, now: datetime, beside: Collection[str] = ()) -> Operator | None:
    return _operators(tx, now, beside).get(user_id)


def _operators(tx: ModelTx, now: datetime, beside: Collection[str]) -> dict[str, Operator]:
    held: dict[str, list[ConversationRecord]] = {each: [] for each in tx.tables.people}
    for record in tx.tables.records.values():
        if record.assignee_id is not None and not life.is_closed(record) and record.id not in beside:
            held[record.assignee_id].append(record)
    found = {key: _busy(tx, person, held[key], now) for key, person in tx.tables.people.items()}
    tx.tables.people = dict(found)
    return found


def _busy(tx: ModelTx, person: Operator, held: list[ConversationRecord], now: datetime) -> Operator:
    tables, key = tx.tables, person.user_id
    for_us = [_for_us(each, now) for each in held]
    taken = sum(ours or _recent(tables, each, now) for ours, each in zip(for_us, held, strict=True))
    since = [tables.since[key], tables.ended.get(key), *(each.last_activity_at for each in held)]
    idle = None if any(for_us) else max(each for each in since if each)
    if (person.taken, person.idle_since) == (taken, idle):
        return person
    return replace(person, taken=taken, idle_since=idle)


def _for_us(record: ConversationRecord, now: datetime) -> bool:
    return _awake(record, now) and record.waiting_for is WaitingFor.US


def _recent(tables: Tables, record: ConversationRecord, now: datetime) -> bool:
    group = tables.groups.get(record.group_id or "")
    return record.last_activity_at > now - timedelta(minutes=group.rules.slot_minutes if group else 60)


def _awake(record: ConversationRecord, now: datetime) -> bool:
    return record.snoozed_until is None or record.snoozed_until <= now


def _online_among(tx: ModelTx, user_ids: Collection[str]) -> set[str]:
    return {each for each in user_ids if tx.tables.people[each].presence is Presence.ONLINE}


# --- routing_lines ----------------------------------------------------------------------------------------


def _waiting(tx: ModelTx) -> list[ConversationRecord]:
    return [
        each
        for each in tx.tables.records.values()
        if each.assignee_id is None and each.waiting_since is not None and not life.is_closed(each)
    ]


def _list_lines(tx: ModelTx) -> list[Line]:
    return sorted(tx.tables.lines, key=lambda each: (each.group_id, each.needs))


def _list_heads(
    tx: ModelTx, group_id: str, needs: str, now: datetime, limit: int, beside: Collection[str] = ()
) -> list[Head]:
    found = [
        Head(-each.priority, each.waiting_since, each.id)
        for each in _waiting(tx)
        if (each.group_id, each.needs) == (group_id, needs) and _awake(each, now) and each.waiting_since is not None
    ]
    return sorted(each for each in found if each.id not in beside)[:limit]


def _list_overdue(tx: ModelTx, group_id: str, since: datetime, limit: int) -> list[str]:
    found = [each for each in tx.tables.records.values() if each.group_id == group_id and each.snoozed_until is None]
    due = [each for each in found if each.assignee_id is None and each.queued_at and each.queued_at <= since]
    return [each.id for each in sorted(due, key=lambda each: each.queued_at or since)][:limit]


def _list_held(tx: ModelTx, user_id: str, since: datetime, until: datetime, limit: int) -> list[str]:
    mine = [each for each in tx.tables.records.values() if each.assignee_id == user_id and not life.is_closed(each)]
    due = [each for each in mine if each.waiting_since is not None and each.snoozed_until is None]
    given = [each for each in due if each.assigned_at is None or each.assigned_at <= until]
    late = {each.id for each in given if each.id in tx.tables.by_hand and each.assigned_at and each.assigned_at > since}
    return [each.id for each in sorted(given, key=lambda each: str(each.waiting_since)) if each.id not in late][:limit]


def _list_silent(tx: ModelTx, since: datetime, limit: int) -> list[str]:
    still = [each for each in tx.tables.records.values() if not life.is_closed(each) and each.waiting_since is None]
    due = [each for each in still if each.last_activity_at <= since and each.snoozed_until is None]
    return [each.id for each in sorted(due, key=lambda each: each.last_activity_at)][:limit]


def _list_offered(tx: ModelTx, now: datetime, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    found = [each for each in tx.tables.records.values() if each.assignee_id is None and each.group_id is None]
    over = [each for each in found if each.queued_at is not None and choice_is_over(each.routing, now)]
    return [(ORGANIZATION, each.id) for each in over if each.snoozed_until is None and not but][:limit]


def _list_groupless(tx: ModelTx, limit: int) -> list[str]:
    found = [
        each
        for each in _waiting(tx)
        if each.group_id is None and each.queued_at is None and each.snoozed_until is None
        and tx.tables.channels[each.channel_id].group_id is not None
    ]  # fmt: skip
    return [each.id for each in sorted(found, key=lambda each: (-each.priority, str(each.waiting_since), each.id))][
        :limit
    ]


def _remove_empty(tx: ModelTx) -> None:
    tx.tables.lines &= {Line(each.group_id or "", each.needs) for each in _waiting(tx)}


# --- the rest ---------------------------------------------------------------------------------------------


def _list_absent(tx: ModelTx) -> list[Absent]:
    tables = tx.tables
    away = [key for key, each in tables.people.items() if each.presence is Presence.OFFLINE]
    return [Absent(ORGANIZATION, each, tables.since[each], tables.wishes) for each in away]


def _list_waiting_groups(tx: ModelTx) -> list[WaitingGroup]:
    lined = {each.group_id for each in tx.tables.lines}
    return [WaitingGroup(ORGANIZATION, key, each.rules) for key, each in tx.tables.groups.items() if key in lined]


def _lock_many(tx: ModelTx, ids: Sequence[str]) -> list[ConversationRecord]:
    return [tx.tables.records[each] for each in sorted(ids) if each in tx.tables.records]


def _list_snoozed_until(tx: ModelTx, now: datetime, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    asleep = [each for each in tx.tables.records.values() if each.snoozed_until and each.snoozed_until <= now]
    due = sorted((each for each in asleep if not life.is_closed(each)), key=lambda each: (each.snoozed_until, each.id))
    return [(ORGANIZATION, each.id) for each in due if not but][:limit]


def _nothing(*_args: object, **_values: object) -> None:
    return None


_INSTEAD: dict[Callable[..., Any], Callable[..., Any]] = {
    routing_setup.lock_routing: _nothing,
    routing_setup.load_setup: _load_setup,
    routing_setup.load_operator: _load_operator,
    routing_setup.load_groups: lambda tx: tx.tables.groups,
    routing_setup.online_among: _online_among,
    routing_lines.list_lines: _list_lines,
    routing_lines.list_heads: _list_heads,
    routing_lines.list_overdue: _list_overdue,
    routing_lines.list_held: _list_held,
    routing_lines.list_silent: _list_silent,
    routing_lines.list_offered: _list_offered,
    routing_lines.list_groupless: _list_groupless,
    routing_lines.organizations_waiting: lambda tx: [ORGANIZATION] if _waiting(tx) else [],
    routing_lines.organizations_with_groupless: lambda tx: [ORGANIZATION] if _list_groupless(tx, 1) else [],
    routing_lines.organizations_with_empty_lines: lambda _tx: [ORGANIZATION],
    routing_lines.remove_empty: _remove_empty,
    routing_due.list_absent: _list_absent,
    routing_due.list_waiting_groups: _list_waiting_groups,
    routing_due.list_wishes: lambda tx: [(ORGANIZATION, tx.tables.wishes)],
    routing_facts.load_channels: lambda tx, ids: {each: tx.tables.channels[each] for each in ids},
    routing_facts.groups_of_channels: lambda tx, ids: {tx.tables.channels[each].group_id for each in ids} - {None},
    routing_facts.load_contacts: lambda tx, ids: {each: {"name": tx.tables.names[each]} for each in ids},
    routing_facts.wrote_before: lambda _tx, _ids, _beside: set(),
    routing_facts.last_heard: lambda _tx, _id: ("", ()),
    routing_rules.list_rules: lambda tx: list(tx.tables.rules),
    routing_rules.has_rules: lambda tx: bool(tx.tables.rules),
    conversations.lock: lambda tx, key: tx.tables.records.get(key),
    conversations.lock_many: _lock_many,
    conversations.list_snoozed_until: _list_snoozed_until,
    standing.require_shown: _nothing,
    reopening.require_only_open: _nothing,
    tracing.record_move: _nothing,
    threads.find: lambda _tx, _user_id, key: key,
}
