"""Events played through routing's use cases over dictionaries: a hundredth of what a database costs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hub.conversations import answering, commands, life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.parts import parts_json
from hub.db.conversations import ConversationRecord
from hub.db.routing_facts import ChannelFacts
from hub.errors import Conflict
from hub.routing import assignment
from hub.routing.assignment import Assignment, assign, route_new
from hub.routing.policy.model import Group, Operator
from hub.types import Actor, ButtonPress, Direction, GroupRules, Part, Presence, Role, RoutingWishes, Strategy, Text
from tests.routing.events import BEGIN, CHANNELS, GROUP_IDS, KINDS, PEOPLE, RULES, Event
from tests.routing.model_tables import ORGANIZATION, ModelTx, Tables
from tests.routing.promises import Given, Picture, Talk, Team, Worker, needs_in
from tests.routing.watching import Listening, settle

JOBS = (
    assignment.end_snoozes,
    assignment.return_from_offline,
    assignment.end_choices,
    assignment.overflow_due,
    assignment.close_silent,
    assignment.forget_lines,
)
"""What runs by the clock and decides who has a conversation."""

_PEOPLE = {each: each for each in PEOPLE}
_GROUPS = {key: name for name, key in GROUP_IDS.items()}


@dataclass
class ModelDatabase:
    """Every transaction is over the same tables."""

    tables: Tables

    @contextmanager
    def _open(self) -> Iterator[ModelTx]:
        yield ModelTx(self.tables)

    def transaction(self, _organization_id: str) -> AbstractContextManager[ModelTx]:
        return self._open()

    def platform_reading(self, _work: object) -> AbstractContextManager[ModelTx]:
        return self._open()

    reading = transaction


class ModelPlay:
    """What `HubPlay` is, without a database. Wants `lay_beneath`."""

    def __init__(self, begin: datetime = BEGIN) -> None:
        self.now = begin
        self.talks: dict[str, str] = {}
        channels = {
            key: ChannelFacts(key, f"Support on {KINDS[key]}", KINDS[key], GROUP_IDS.get(group or ""))
            for key, group in CHANNELS.items()
        }
        self.tables = Tables(channels, wishes=RoutingWishes(close_after=2))
        for key in PEOPLE:
            self.tables.people[key] = Operator(key, key, Presence.ONLINE, 10, 0)
            self.tables.since[key] = begin
        for place, (name, key) in enumerate(GROUP_IDS.items()):
            members = PEOPLE[2 * place : 2 * place + 2]
            self.tables.groups[key] = Group(key, name, Strategy.LEAST_BUSY, GroupRules(), members)
        self._shown: dict[str, tuple[ConversationRecord, Talk]] = {}
        self._woken: set[str] = set()
        queue = Listening(self._woken)
        self.services: Any = SimpleNamespace(db=ModelDatabase(self.tables), clock=lambda: self.now, queue=queue)

    def happen(self, event: Event) -> bool:
        return bool(getattr(self, f"_{event.what}")(event))

    def settle(self) -> None:
        settle(self.services, ORGANIZATION, self._woken)

    # --- customers --------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> bool:
        for channel in sorted({talk.split(":")[0] for talk, _, _ in event.said}):
            changes = Changes()
            for talk, text, payload in event.said:
                if talk.startswith(channel):
                    self._enter(talk, text, payload, changes)
            tx: Any = ModelTx(self.tables)
            route_new(tx, changes, self.now)
            changes.write(tx)
        return True

    def _enter(self, talk: str, text: str, payload: str, changes: Changes) -> None:
        channel, number = talk.split(":")
        if talk not in self.talks:
            self.talks[talk] = f"{len(self.talks):04}"
            self.tables.names[talk] = "Carla" if int(number) % 3 else "Dora"
            begun = life.begin(life.Place(channel, talk, talk), self.now, self.now)
            changes.begin(replace(begun, id=self.talks[talk]))
        key = self.talks[talk]
        if key not in changes.records:
            changes.know([self.tables.records[key]])
        record = life.receive(changes.records[key], life.Inbound(text, self.now, None))
        changes.put(record)
        parts: list[Part] = [Text(text), ButtonPress(text, payload)] if payload else [Text(text)]
        entry = activity(record, "", "", self.now)
        changes.hear(replace(entry, direction=Direction.INBOUND, text=text, parts=parts_json(parts)))

    # --- operators --------------------------------------------------------------------------------------

    def _answer(self, event: Event) -> bool:
        record = self.tables.records.get(self.talks.get(event.talk, ""))
        if record is None:
            return False
        changes = Changes()
        tx: Any = ModelTx(self.tables)
        answering.note_answer(tx, _actor(event), record, "Good morning", self.now, changes)
        changes.write(tx)
        return True

    def _close(self, event: Event) -> bool:
        return self._act(event, lambda actor, key: commands.close(self.services, actor, key))

    def _reopen(self, event: Event) -> bool:
        return self._act(event, lambda actor, key: commands.reopen(self.services, actor, key))

    def _snooze(self, event: Event) -> bool:
        until = self.now + timedelta(minutes=event.number)
        return self._act(event, lambda actor, key: commands.snooze(self.services, actor, key, until))

    def _take(self, event: Event) -> bool:
        return self._assign(event, Assignment(take=True))

    def _give(self, event: Event) -> bool:
        return self._assign(event, Assignment(user_id=event.person))

    def _move(self, event: Event) -> bool:
        return self._assign(event, Assignment(group_id=GROUP_IDS[event.group or ""]))

    def _release(self, event: Event) -> bool:
        return self._assign(event, Assignment(release=True))

    def _assign(self, event: Event, wanted: Assignment) -> bool:
        return self._act(event, lambda actor, key: assign(self.services, actor, key, wanted))

    def _act(self, event: Event, act: Any) -> bool:
        if event.talk not in self.talks:
            return False
        try:
            act(_actor(event), self.talks[event.talk])
        except Conflict:
            return False
        return True

    def _presence(self, event: Event) -> bool:
        if self.tables.people[event.person].presence is not event.presence:
            self.tables.since[event.person] = self.now
        return self._person(event, presence=event.presence)

    # --- whoever runs it --------------------------------------------------------------------------------

    def _slots(self, event: Event) -> bool:
        return self._person(event, slots=event.number)

    def _skills(self, event: Event) -> bool:
        return self._person(event, skills=frozenset(event.names), languages=frozenset(event.languages))

    def _members(self, event: Event) -> bool:
        return self._team(event, members=tuple(sorted(event.names)))

    def _group(self, event: Event) -> bool:
        rules = replace(event.rules, overflow_group_id=GROUP_IDS.get(event.rules.overflow_group_id or ""))
        return self._team(event, strategy=event.strategy, rules=rules)

    def _rules(self, event: Event) -> bool:
        self.tables.rules = tuple(replace(RULES[each], id=each) for each in event.names)
        return True

    def _channel(self, event: Event) -> bool:
        [name] = event.names
        self.tables.channels[name] = replace(self.tables.channels[name], group_id=GROUP_IDS.get(event.group or ""))
        return True

    def _clock(self, event: Event) -> bool:
        self.now += timedelta(minutes=event.number)
        for job in JOBS:
            job(self.services)
        return True

    def _person(self, event: Event, **values: Any) -> bool:
        self.tables.people[event.person] = replace(self.tables.people[event.person], **values)
        return True

    def _team(self, event: Event, **values: Any) -> bool:
        key = GROUP_IDS[event.group or ""]
        self.tables.groups[key] = replace(self.tables.groups[key], **values)
        return True

    # --- a picture --------------------------------------------------------------------------------------

    def take(self) -> tuple[Picture, list[Given]]:
        """As `Camera.take`."""
        tables, talks = self.tables, {key: name for name, key in self.talks.items()}
        people = {
            key: Worker(each.presence, each.slots, each.skills, each.languages) for key, each in tables.people.items()
        }
        groups = {
            each.name: Team(each.strategy, frozenset(each.members), each.rules) for each in tables.groups.values()
        }
        shown = {talks[key]: self._show(each) for key, each in tables.records.items()}
        given = [replace(each, talk=talks[each.talk], group=_GROUPS.get(each.group or "")) for each in tables.given]
        tables.given.clear()
        return Picture(self.now, people, groups, shown), given

    def _show(self, record: ConversationRecord) -> Talk:
        """What has not changed is not looked at again."""
        group = _GROUPS.get(self.tables.channels[record.channel_id].group_id or "")
        known = self._shown.get(record.id)
        if known is None or known[0] is not record or known[1].channel_group != group:
            known = self._shown[record.id] = record, _talk(record, group)
        return known[1]


def _talk(record: ConversationRecord, channel_group: str | None) -> Talk:
    return Talk(
        owner=record.assignee_id,
        group=_GROUPS.get(record.group_id or ""),
        channel_group=channel_group,
        closed=life.is_closed(record),
        our_turn=record.waiting_for == "us",
        waiting=record.waiting_since is not None,
        snoozed_until=record.snoozed_until,
        last_activity_at=record.last_activity_at,
        routing=record.routing,
        needs=needs_in(record.routing, record.inbound_count, _PEOPLE),
    )


def _actor(event: Event) -> Actor:
    return Actor(ORGANIZATION, event.person, event.person, Role.OPERATOR)
