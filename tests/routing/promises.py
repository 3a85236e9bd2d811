"""What routing promises, held against a picture of the whole: written anew from the words of docs/routing.md.

Nothing here asks the code that decides. Who plays the events takes the picture: from SQL, or from a model.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from hub.types import GroupRules, Presence, Strategy, Wanted

BY_CUSTOMERS_AND_CLOCK = ("hear", "clock")
"""Events that fill nobody's slots by a person's hand."""


@dataclass(frozen=True)
class Worker:
    presence: Presence
    slots: int
    skills: frozenset[str]
    languages: frozenset[str]


@dataclass(frozen=True)
class Team:
    strategy: Strategy
    members: frozenset[str]
    rules: GroupRules


@dataclass(frozen=True)
class Talk:
    """A conversation. `routing`: what is stored of why it is where it is; `needs`: what of that it asks of a person."""

    owner: str | None
    group: str | None
    channel_group: str | None
    closed: bool
    our_turn: bool
    waiting: bool
    snoozed_until: datetime | None
    last_activity_at: datetime
    routing: Mapping[str, Any]
    needs: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Given:
    """That routing by itself gave a talk to somebody."""

    talk: str
    person: str
    group: str | None


@dataclass(frozen=True)
class Picture:
    """Everything at one moment, by names."""

    now: datetime
    people: Mapping[str, Worker]
    groups: Mapping[str, Team]
    talks: Mapping[str, Talk]

    @cached_property
    def taking(self) -> dict[str, set[str]]:
        """Person → the talks that take their slots."""
        found: dict[str, set[str]] = {each: set() for each in self.people}
        for key, each in self.talks.items():
            if each.owner is not None and self._takes(each):
                found[each.owner].add(key)
        return found

    def _takes(self, talk: Talk) -> bool:
        minutes = self.groups[talk.group].rules.slot_minutes if talk.group else 60
        recent = self.now - talk.last_activity_at < timedelta(minutes=minutes)
        return not talk.closed and (recent or (talk.our_turn and self._awake(talk)))

    def _awake(self, talk: Talk) -> bool:
        return talk.snoozed_until is None or talk.snoozed_until <= self.now

    def waiting(self) -> Iterator[tuple[str, Talk]]:
        """Whoever waits for anybody to be given to."""
        for key, each in self.talks.items():
            if each.owner is None and each.waiting and not each.closed and self._awake(each):
                yield key, each


def broken(what: str, before: Picture, after: Picture, given: Sequence[Given]) -> list[str]:
    """Return in sentences which promises an event and the drain after it have broken."""
    return [
        *_badly_given(after, given),
        *_over_slots(what, before, after, given),
        *_waiting_for_nothing(after),
        *_in_no_line(what, after),
        *_without_reason(after),
    ]


def _badly_given(after: Picture, given: Sequence[Given]) -> Iterator[str]:
    for each in given:
        worker = after.people[each.person]
        if worker.presence is not Presence.ONLINE:
            yield f"{each.talk} was given to {each.person}, who is {worker.presence}"
        if each.group is None or each.person not in after.groups[each.group].members:
            yield f"{each.talk} was given to {each.person}, who is not in {each.group}"
        elif missing := _missing(after, after.talks[each.talk], each.group, worker):
            yield f"{each.talk} was given to {each.person}, who lacks {sorted(missing)}"


def _over_slots(what: str, before: Picture, after: Picture, given: Collection[Given]) -> Iterator[str]:
    """Whoever was given something, or got it back because its customer wrote, has not more than their slots."""
    for person, worker in after.people.items():
        taking = after.taking[person]
        got = {each.talk for each in given if each.person == person} & taking
        if what in BY_CUSTOMERS_AND_CLOCK:
            got |= taking - before.taking[person]
        if got and len(taking) > worker.slots:
            yield f"{person} has {len(taking)} of {worker.slots} slots taken since they were given {sorted(got)}"


def _waiting_for_nothing(after: Picture) -> Iterator[str]:
    free = {key for key, each in after.people.items() if each.presence is Presence.ONLINE and _has_slot(after, key)}
    for key, talk in after.waiting():
        if talk.group is None or after.groups[talk.group].strategy is Strategy.MANUAL:
            continue
        able = {
            each
            for each in free & after.groups[talk.group].members
            if not _missing(after, talk, talk.group, after.people[each])
        }
        # whoever gave it back is not given it again before the customer has written
        able -= talk.needs.get("not", frozenset())
        if able:
            yield f"{key} waits in {talk.group} while {sorted(able)} could have it"


def _in_no_line(what: str, after: Picture) -> Iterator[str]:
    """Whoever has been offered a choice is waited for until the clock says that the time for it is over."""
    for key, talk in after.waiting():
        over = str(talk.routing.get("choose_until")) <= after.now.isoformat() and what == "clock"
        choosing = "choice" in talk.routing and not over
        if talk.group is None and talk.channel_group is not None and not choosing:
            yield f"{key} waits in no line, though its channel has the group {talk.channel_group}"


def _without_reason(after: Picture) -> Iterator[str]:
    for key, talk in after.talks.items():
        if (talk.waiting or talk.owner) and not talk.routing.get("reason"):
            yield f"nothing says why {key} is where it is"


def _has_slot(picture: Picture, person: str) -> bool:
    return len(picture.taking[person]) < picture.people[person].slots


def _missing(picture: Picture, talk: Talk, group: str, worker: Worker) -> set[str]:
    """What the group requires of whoever gets the talk, and the worker lacks."""
    rules = picture.groups[group].rules
    skills = talk.needs.get("skills", frozenset()) if rules.skills is Wanted.REQUIRED else frozenset()
    languages = talk.needs.get("languages", frozenset()) if rules.languages is Wanted.REQUIRED else frozenset()
    return {*(skills - worker.skills), *(languages - worker.languages)}


def needs_in(routing: Mapping[str, Any], heard: int, names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Read what is stored of needs: "skills=a,b;languages=de", and who is not meant, since they gave it back.

    `heard`: how often the customer has written. `names`: of people, by their ids.
    """
    pairs = [each.split("=") for each in str(routing.get("needs", "")).split(";") if each]
    found = {what: frozenset(words.split(",")) for what, words in pairs}
    back = routing.get("released", {})
    return found | (
        {"not": frozenset(names[each] for each in back["by"])} if back.get("inbound_count") == heard else {}
    )
