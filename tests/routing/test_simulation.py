"""Three days of a small team: five operators, four slots each, 500 conversations, half of the customers silent long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

import pytest

from hub.types import GroupRules, Strategy
from tests.routing.events import GROUP_IDS, PEOPLE, Event
from tests.routing.model_play import ModelPlay
from tests.routing.model_queries import lay_beneath
from tests.routing.promises import Picture

_OPERATORS, _SLOTS, _CONVERSATIONS, _DAYS = 5, 4, 500, 3
_BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_TEAM = "support"

Turn = tuple[datetime, int, str, int]
"""When, of which conversation, what, and how many turns are left."""


@pytest.mark.parametrize(("slot_minutes", "median", "longest"), [(0, 6, 20), (60, 10, 150)])
def test_nobody_waits_while_somebody_in_the_group_has_a_free_slot(
    slot_minutes: int, median: int, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slot is an owed answer where the customer's turn takes none; with an hour it is also a talk that is under way.

    So with 0 minutes nobody waits while somebody owes fewer answers than they have slots. `median`, `longest`: at most
    so many minutes pass between a customer's message and its answer.
    """
    lay_beneath(monkeypatch)
    days = _Days(slot_minutes)
    waited = sorted(days.play())
    assert len(waited) > _CONVERSATIONS
    assert all(each.closed for each in days.picture.talks.values())
    figures = f"median {waited[len(waited) // 2]}, longest {waited[-1]}, unassigned at most {days.unassigned}"
    assert timedelta() < days.unassigned, "nobody ever waited: this shows nothing"
    assert waited[len(waited) // 2] <= timedelta(minutes=median), figures
    assert waited[-1] <= timedelta(minutes=longest), figures


class _Days:
    """What happens, in its order; after every event it is looked at who waits."""

    def __init__(self, slot_minutes: int) -> None:
        self._draw = Random(7)  # noqa: S311 - a simulation, no secret
        self._hub, self._agenda = _team(slot_minutes), list[Turn]()
        self._owed_only = slot_minutes == 0
        self._unheard, self._tick = dict[int, int](), _BEGIN
        self.unassigned = timedelta()
        self.picture, _ = self._hub.take()

    def play(self) -> list[timedelta]:
        """Play it all; return how long each message waited for its answer."""
        for number in range(_CONVERSATIONS):
            # every second one within the day's first half hour, so that the team is busy to the last slot
            minutes = self._draw.uniform(0, self._draw.choice((30, 8 * 60)))
            at = _BEGIN + timedelta(days=self._draw.randrange(_DAYS), minutes=minutes)
            heappush(self._agenda, (at, number, "hear", self._draw.randint(1, 4)))
        waited = []
        while self._agenda:
            at, number, what, turns = heappop(self._agenda)
            self._hub.now = max(self._hub.now, at)
            waited += self._turn(number, what, turns)
            self._look()
        return waited

    def _turn(self, number: int, what: str, turns: int) -> list[timedelta]:
        talk = f"bot:{number}"
        if what == "hear":
            self._unheard[number] = turns
            self._hub.happen(Event("hear", said=((talk, "hello", ""),)))
            return []
        if what == "tick":
            return []
        now = self.picture.talks[talk]
        self._hub.happen(Event("answer" if turns > 1 else "close", talk=talk, person=now.owner or ""))
        if turns > 1:
            minutes = self._draw.uniform(120, 420) if number % 2 else self._draw.uniform(1, 5)
            self._plan(number, "hear", turns - 1, minutes)
        return [self._hub.now - now.last_activity_at]

    def _plan(self, number: int, what: str, turns: int, minutes: float) -> None:
        heappush(self._agenda, (self._hub.now + timedelta(minutes=minutes), number, what, turns))

    def _look(self) -> None:
        """Whoever has a talk reads it, and answers within ten minutes; while anybody waits time goes by the minute."""
        self._hub.settle()
        self.picture, _ = self._hub.take()
        for number in [each for each in self._unheard if self.picture.talks[f"bot:{each}"].owner]:
            self._plan(number, "answer", self._unheard.pop(number), self._draw.uniform(1, 10))
        if self._unheard and self._tick <= self._hub.now:
            self._tick = self._hub.now + timedelta(minutes=1)
            self._plan(-1, "tick", 0, 1)
        for _, talk in self.picture.waiting():
            self.unassigned = max(self.unassigned, self.picture.now - talk.last_activity_at)
            assert _with_a_free_slot(self.picture) == []
            assert not self._owed_only or _who_owes_less(self.picture) == []


def _team(slot_minutes: int) -> ModelPlay:
    hub, key = ModelPlay(), GROUP_IDS[_TEAM]
    hub.now = _BEGIN
    members = PEOPLE[:_OPERATORS]
    rules = GroupRules(slot_minutes=slot_minutes)
    hub.tables.groups[key] = replace(hub.tables.groups[key], strategy=Strategy.LEAST_BUSY, rules=rules, members=members)
    for each in PEOPLE:
        hub.tables.people[each] = replace(hub.tables.people[each], slots=_SLOTS)
    return hub


def _with_a_free_slot(picture: Picture) -> list[str]:
    members = picture.groups[_TEAM].members
    return sorted(each for each in members if len(picture.taking[each]) < picture.people[each].slots)


def _who_owes_less(picture: Picture) -> list[str]:
    """Members who owe fewer answers than they have slots."""
    owed = dict.fromkeys(picture.groups[_TEAM].members, 0)
    for talk in picture.talks.values():
        if talk.owner is not None and talk.our_turn and not talk.closed:
            owed[talk.owner] += 1
    return sorted(each for each, count in owed.items() if count < _SLOTS)
