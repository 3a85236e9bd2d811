"""Events played through the hub's own use cases, on a real database: intake's door, commands, jobs by the clock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from sqlalchemy import select, update

from hub.access.groups import GroupChanges, change_group
from hub.access.presence import set_presence
from hub.access.profile_values import Profile
from hub.access.profiles import change_profile
from hub.access.routing_rules import list_rules, replace_rules
from hub.access.users import UserChanges, change_user
from hub.conversations import commands
from hub.db.routing_forms import wishes_to_json
from hub.db.tables.core import CHANNEL, CONVERSATION, GROUP, IDENTITY, ORGANIZATION
from hub.errors import Conflict
from hub.inbound import drain
from hub.outbound.submit import Reply, submit
from hub.provisioning.channels import ChannelChanges, change_channel
from hub.routing import assignment
from hub.routing.assignment import Assignment, assign
from hub.types import Actor, ButtonPress, GroupRules, MessageReceived, Person, Role, RoutingWishes, Text
from hub.wiring import Services
from tests.outbound.stage import set_stage
from tests.routing.events import BEGIN, CHANNELS, GROUP_IDS, KINDS, PEOPLE, Event, rules_for
from tests.routing.watching import Listening, settle

OFFLINE_GRACE = 120
"""Seconds."""
_ADDRESSES = {"bot": ("111222", "500{}"), "box": ("+4930123456", "+49151000000{:02}")}
"""Channel → address of its sender, addresses of the people who write there."""


class HubPlay:
    """One organization in a hub: six people in three groups, two channels, and a clock that stands still."""

    def __init__(self, services: Services) -> None:
        self._woken: set[str] = set()
        self.stage = set_stage(replace(services, queue=Listening(self._woken)))  # type: ignore[arg-type]
        self.stage.clock.now = BEGIN
        self.services, self.boss = self.stage.services, self.stage.org.actor
        self._numbers = count(1)
        self._make_people()
        self._make_groups()
        self._make_channels()
        self.talks: dict[str, str] = {}

    def happen(self, event: Event) -> bool:
        """Let it happen; False if it is about nothing that is there."""
        return bool(getattr(self, f"_{event.what}")(event))

    def settle(self) -> None:
        """Run the jobs that were woken, and those that the schedule wakes now."""
        settle(self.services, self.stage.org.id, self._woken)

    # --- customers --------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> bool:
        for talk, text, payload in event.said:
            channel, number = talk.split(":")
            self.stage.journal(self.channels[channel], self._message(channel, int(number), text, payload))
        for channel in sorted({talk.split(":")[0] for talk, _, _ in event.said}):
            drain.drain(self.services, self.channels[channel].sender_id)
        if not {talk for talk, _, _ in event.said} <= self.talks.keys():
            self._find_talks()
        return True

    def _message(self, channel: str, number: int, text: str, payload: str) -> MessageReceived:
        person = Person(_ADDRESSES[channel][1].format(number), name="Carla" if number % 3 else "Dora")
        parts = (Text(text), ButtonPress(text, payload)) if payload else (Text(text),)
        place = next(self._numbers)
        return MessageReceived(author=person, parts=parts, external_id=f"{channel}:{place}", sequence=place)

    def _find_talks(self) -> None:
        """Learn which conversation is which talk's: one of each, because closed ones open again."""
        names = {
            (self.channels[channel].id, address.format(number)): f"{channel}:{number}"
            for channel, (_, address) in _ADDRESSES.items()
            for number in range(12)
        }
        with self.services.db.reading(self.stage.org.id) as tx:
            rows = tx.all(
                select(CONVERSATION.c.id, CONVERSATION.c.channel_id, IDENTITY.c.address).join(
                    IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id
                )
            )
        self.talks = {names[row.channel_id, row.address]: row.id for row in rows}

    # --- operators --------------------------------------------------------------------------------------

    def _answer(self, event: Event) -> bool:
        return self._act(event, lambda actor, key: submit(self.services, actor, key, Reply("Good morning")))

    def _close(self, event: Event) -> bool:
        return self._act(event, lambda actor, key: commands.close(self.services, actor, key))

    def _reopen(self, event: Event) -> bool:
        return self._act(event, lambda actor, key: commands.reopen(self.services, actor, key))

    def _snooze(self, event: Event) -> bool:
        until = self.stage.clock() + timedelta(minutes=event.number)
        return self._act(event, lambda actor, key: commands.snooze(self.services, actor, key, until))

    def _take(self, event: Event) -> bool:
        return self._assign(event, Assignment(take=True))

    def _give(self, event: Event) -> bool:
        return self._assign(event, Assignment(user_id=self.people[event.person].user_id))

    def _move(self, event: Event) -> bool:
        return self._assign(event, Assignment(group_id=self.groups[event.group or ""]))

    def _release(self, event: Event) -> bool:
        return self._assign(event, Assignment(release=True))

    def _assign(self, event: Event, wanted: Assignment) -> bool:
        return self._act(event, lambda actor, key: assign(self.services, actor, key, wanted))

    def _act(self, event: Event, act: object) -> bool:
        key = self.talks.get(event.talk)
        if key is None:
            return False
        try:
            act(self.people[event.person], key)  # type: ignore[operator]
        except Conflict:
            return False
        return True

    def _presence(self, event: Event) -> bool:
        return bool(set_presence(self.services, self.boss, self.people[event.person].user_id, event.presence))

    # --- whoever runs it --------------------------------------------------------------------------------

    def _slots(self, event: Event) -> bool:
        user_id = self.people[event.person].user_id
        return bool(change_user(self.services, self.boss, user_id, UserChanges(slots=event.number)))

    def _skills(self, event: Event) -> bool:
        profile = Profile(languages=event.languages, skills=event.names)
        return bool(change_profile(self.services, self.boss, self.people[event.person].user_id, profile))

    def _members(self, event: Event) -> bool:
        members = [self.people[each].user_id for each in event.names]
        return self._change_group(event, GroupChanges(user_ids=members))

    def _group(self, event: Event) -> bool:
        return self._change_group(event, GroupChanges(strategy=event.strategy, rules=self._rules_of(event.rules)))

    def _rules_of(self, rules: GroupRules) -> GroupRules:
        return replace(rules, overflow_group_id=self.groups.get(rules.overflow_group_id or ""))

    def _change_group(self, event: Event, changes: GroupChanges) -> bool:
        return bool(change_group(self.services, self.boss, self.groups[event.group or ""], changes))

    def _rules(self, event: Event) -> bool:
        known = rules_for(self.groups)
        replace_rules(self.services, self.boss, [known[each] for each in event.names])
        self.rules = {each.id: each.name for each in list_rules(self.services, self.boss)}
        return True

    def _channel(self, event: Event) -> bool:
        group_id = self.groups[event.group] if event.group else None
        channel_id = self.channels[event.names[0]].id
        return bool(change_channel(self.services, self.boss, channel_id, ChannelChanges(group_id=group_id)))

    def _clock(self, event: Event) -> bool:
        self.stage.clock.forward(minutes=event.number)
        for job in (
            assignment.end_snoozes,
            assignment.return_from_offline,
            assignment.end_choices,
            assignment.overflow_due,
            assignment.tell_supervisors,
            assignment.close_silent,
            assignment.forget_lines,
        ):
            job(self.services)
        return True

    # --- the beginning ----------------------------------------------------------------------------------

    def _make_people(self) -> None:
        world, org = self.stage.world, self.stage.org
        made: Sequence[Actor] = [world.user(org.id, each, Role.OPERATOR, "online") for each in PEOPLE]
        self.people = dict(zip(PEOPLE, made, strict=True))

    def _make_groups(self) -> None:
        org_id, now = self.stage.org.id, self.stage.clock()
        self.groups = GROUP_IDS
        wishes = wishes_to_json(RoutingWishes(offline_grace=OFFLINE_GRACE, close_after=2))
        with self.services.db.transaction(org_id) as tx:
            tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == org_id).values(routing=wishes))
            row = {"organization_id": org_id, "strategy": "least_busy", "rules": {}, "created_at": now}
            tx.insert(GROUP, [{**row, "id": key, "name": name} for name, key in self.groups.items()])
        for place, key in enumerate(self.groups.values()):
            members = [each.user_id for each in list(self.people.values())[2 * place : 2 * place + 2]]
            change_group(self.services, self.boss, key, GroupChanges(user_ids=members))

    def _make_channels(self) -> None:
        self.channels = {name: self.stage.channel(KINDS[name], at) for name, (at, _) in _ADDRESSES.items()}
        with self.services.db.transaction(self.stage.org.id) as tx:
            for name, group in CHANNELS.items():
                mine = CHANNEL.c.id == self.channels[name].id
                tx.execute(update(CHANNEL).where(mine).values(group_id=self.groups.get(group or "")))
