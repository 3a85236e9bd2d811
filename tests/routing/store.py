"""A hub without a database: conversations, people and lines in dictionaries, routed by the product's own functions.

What SQL does is written anew in a line each: which slots are taken, who is first in a line, what is due. The rest (the
policy, the router, who needs an owner, who is picked and served from the backlog) is the code that the hub runs.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.db.conversations import ConversationRecord
from hub.db.routing_facts import ChannelFacts
from hub.db.routing_lines import Head, Line
from hub.db.routing_setup import takes_slot
from hub.routing.assignment.arriving import needs_owner, route_due
from hub.routing.assignment.backlog import pick, serve
from hub.routing.assignment.questions import Heard, Known, question_of
from hub.routing.assignment.router import BY_HAND, CHOICE, CHOOSE_UNTIL, NEEDS, Router, key_of, needs_of
from hub.routing.policy.model import Group, Operator, Setup
from hub.types import Direction, Presence, Rule, WaitingFor

GRACE = timedelta(seconds=120)


@dataclass
class Store:
    """Everything there is. `offline_since`: when each person went offline."""

    now: datetime
    channels: dict[str, ChannelFacts]
    groups: dict[str, Group] = field(default_factory=dict)
    people: dict[str, Operator] = field(default_factory=dict)
    offline_since: dict[str, datetime] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    records: dict[str, ConversationRecord] = field(default_factory=dict)
    lines: set[Line] = field(default_factory=set)

    def setup(self, beside: Collection[str] = ()) -> Setup:
        """As `hub.db.routing_setup.load_setup` finds it."""
        held: dict[str, list[ConversationRecord]] = {each: [] for each in self.people}
        for record in self.records.values():
            if record.assignee_id is not None and not life.is_closed(record) and record.id not in beside:
                held[record.assignee_id].append(record)
        return Setup(self.groups, {key: self._busy(each, held[key]) for key, each in self.people.items()}, self.rules)

    def _busy(self, person: Operator, held: list[ConversationRecord]) -> Operator:
        if not held:
            return person
        taken = [each for each in held if takes_slot(each, self.groups, self.now)]
        busy = any(each.waiting_for is WaitingFor.US for each in taken)
        since = max((each.last_activity_at for each in held), default=person.idle_since)
        return replace(person, taken=len(taken), idle_since=None if busy else since)

    @contextmanager
    def transaction(self, ids: Collection[str] = ()) -> Iterator[Changes]:
        """Changes of some conversations, kept at the end."""
        changes = Changes()
        changes.know([self.records[each] for each in ids])
        yield changes
        for each in changes.touched:
            self.records[each] = changes.records[each]
        self.lines |= changes.handing.lines
        for given in changes.handing.given:
            if not given.by_hand:
                self.people[given.user_id] = replace(self.people[given.user_id], last_assigned_at=given.assigned_at)
        self.check_given({each.user_id for each in changes.handing.given if not each.by_hand})

    def check_given(self, user_ids: Collection[str]) -> None:
        """Whoever was given something by decision has not more than their slots."""
        operators = self.setup().operators if user_ids else {}
        for each in user_ids:
            assert operators[each].taken <= operators[each].slots, f"{each} is over their slots"

    def route_new(self, changes: Changes, said: dict[str, Heard]) -> None:
        """As `hub.routing.assignment.route_new`."""
        online = {key for key, each in self.people.items() if each.presence is Presence.ONLINE}
        waiting = [changes.records[each] for each in sorted(changes.touched)]
        waiting = [each for each in waiting if each.waiting_since is not None and not life.is_closed(each)]
        due = [each for each in waiting if needs_owner(each, changes, online, self.groups, self.now)]
        heard = {each.id: said.get(each.id, Heard()) for each in due}
        route_due(Router(self.setup(changes.touched), self.now), due, Known(self.channels), heard, changes)

    def hear(self, messages: list[tuple[str, str, Heard]]) -> None:
        """Customers write: (channel, contact, what), all in one transaction."""
        own = {f"{channel}:{contact}" for channel, contact, _ in messages}
        with self.transaction(own & self.records.keys()) as changes:
            said: dict[str, Heard] = {}
            for channel, contact, heard in messages:
                key = f"{channel}:{contact}"
                if key not in changes.records:
                    begun = life.begin(life.Place(channel, contact, contact), self.now, self.now)
                    changes.begin(replace(begun, id=key))
                before = changes.records[key]
                changes.put(life.receive(before, life.Inbound(heard.text, self.now, None)))
                changes.say(replace(activity(before, "", heard.text, self.now), direction=Direction.INBOUND))
                said[key] = Heard(f"{said[key].text}\n{heard.text}" if key in said else heard.text, heard.payload)
            self.route_new(changes, said)

    def drain(self) -> None:
        """As `hub.routing.assignment.assign_waiting`, until nothing can be given any more."""
        while self.waiting():
            heads = pick(self.setup(), sorted(self.lines, key=lambda each: (each.group_id, each.needs)), self._heads)
            with self.transaction([each.id for each in heads]) as changes:
                records = [self.records[each.id] for each in heads]
                serve(Router(self.setup(), self.now), records, Known(self.channels), changes)
            if not changes.touched:
                return

    def _heads(self, line: Line, most: int) -> list[Head]:
        found = [
            Head(-each.priority, each.waiting_since, each.id)
            for each in self.waiting()
            if (each.group_id, each.needs) == (line.group_id, line.needs) and each.waiting_since is not None
        ]
        return sorted(found)[:most]

    def waiting(self) -> list[ConversationRecord]:
        """Whoever waits in a line and is not put aside."""
        return [
            each
            for each in self.records.values()
            if each.assignee_id is None
            and each.group_id is not None
            and each.waiting_since is not None
            and not life.is_closed(each)
            and (each.snoozed_until is None or each.snoozed_until <= self.now)
        ]

    def by_clock(self) -> None:
        """What the timed jobs do: end snoozes and choices, give back, overflow."""
        self._end_snoozes()
        for record in list(self.records.values()):
            if life.is_closed(record) or record.waiting_since is None or record.snoozed_until is not None:
                continue
            owner = record.assignee_id
            if owner is not None and self._gives_back(record, owner):
                self._route(record, record.group_id)
            elif owner is None and record.group_id is None and self._has_not_chosen(record):
                self._route(record, record.routing[CHOICE]["otherwise_group_id"])
            elif owner is None and record.group_id in self.groups and record.queued_at is not None:
                rules = self.groups[record.group_id].rules
                waited = self.now - record.queued_at
                if rules.overflow_group_id and waited >= timedelta(seconds=rules.overflow_after):
                    self._route(record, rules.overflow_group_id)

    def _gives_back(self, record: ConversationRecord, owner: str) -> bool:
        since = self.offline_since.get(owner)
        given = record.assigned_at or self.now
        by_hand = record.routing.get("rule") == BY_HAND and since is not None and given > since
        return since is not None and not by_hand and max(since, given) + GRACE <= self.now

    def _has_not_chosen(self, record: ConversationRecord) -> bool:
        until = record.routing.get(CHOOSE_UNTIL)
        return until is not None and datetime.fromisoformat(until) <= self.now

    def _end_snoozes(self) -> None:
        for record in list(self.records.values()):
            if record.snoozed_until is not None and record.snoozed_until <= self.now:
                with self.transaction([record.id]) as changes:
                    changes.put(replace(record, snoozed_until=None))
                    self.route_new(changes, {})

    def _route(self, record: ConversationRecord, group_id: str | None) -> None:
        with self.transaction([record.id]) as changes:
            question = replace(question_of(record, Known(self.channels)), group_id=group_id)
            Router(self.setup([record.id]), self.now).route(record, question, changes)

    def give(self, record: ConversationRecord, user_id: str) -> None:
        """A person's hand gives it to somebody."""
        with self.transaction([record.id]) as changes:
            kept = {NEEDS: record.routing[NEEDS]} if NEEDS in record.routing else {}
            changes.put(replace(life.give(record, user_id, self.now), routing={"reason": "", "rule": BY_HAND, **kept}))

    def move(self, record: ConversationRecord, group_id: str | None) -> None:
        """A person's hand gives it to a group, or (None) back to its own."""
        group = self.groups.get(group_id or record.group_id or "")
        with self.transaction([record.id]) as changes:
            key = key_of(needs_of(record), group)
            changes.put(life.line_up(record, group.id if group else None, key, self.now))
            if group is not None:
                self.lines.add(Line(group.id, key))

    def change(self, record: ConversationRecord, after: ConversationRecord) -> None:
        """Any other act of a person."""
        with self.transaction([record.id]) as changes:
            changes.put(after)
