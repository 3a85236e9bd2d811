"""Three days of a small team: nobody waits while somebody in the group owes fewer answers than they have slots."""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

import pytest

from hub.conversations import life
from hub.db.routing_facts import ChannelFacts
from hub.routing.assignment.questions import Heard
from hub.routing.policy.model import Group, Operator
from hub.types import GroupRules, Presence, Strategy, WaitingFor
from tests.routing.store import Store

_OPERATORS, _SLOTS, _CONVERSATIONS, _DAYS = 5, 4, 500, 3
_BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

Turn = tuple[datetime, int, str, str, int]
"""When, of which conversation, what, with whom, and how many turns are left."""


@pytest.mark.parametrize("slot_minutes", [0, 60])
def test_nobody_waits_while_somebody_owes_fewer_answers_than_slots(slot_minutes: int) -> None:
    """Half of the customers are silent for hours before they answer; their conversations take no slot meanwhile.

    With no time for the customer's turn a slot is an owed answer; with an hour it is also a talk that is under way.
    """
    draw = Random(7)  # noqa: S311 - a simulation, no secret
    store, agenda = _team(slot_minutes), list[Turn]()
    for number in range(_CONVERSATIONS):
        at = _BEGIN + timedelta(days=draw.randrange(_DAYS), minutes=draw.uniform(0, 8 * 60))
        heappush(agenda, (at, number, "write", f"c{number}", draw.randint(1, 4)))
    waited: list[timedelta] = []
    while agenda:
        at, number, what, contact, turns = heappop(agenda)
        store.now = max(store.now, at)
        key = f"bot:{contact}"
        if what == "write":
            store.hear([("bot", contact, Heard("hello"))])
            heappush(agenda, (store.now + timedelta(minutes=draw.uniform(1, 10)), number, "answer", contact, turns))
        elif store.records[key].assignee_id is None:
            heappush(agenda, (store.now + timedelta(minutes=1), number, "answer", contact, turns))
        else:
            _answer(store, key, waited)
            _go_on(store, agenda, draw, (number, contact, turns))
        store.drain()
        _nobody_waits_for_nothing(store)
    assert len(waited) > _CONVERSATIONS
    assert all(life.is_closed(each) for each in store.records.values())
    assert sorted(waited)[len(waited) // 2] < timedelta(minutes=15)


def _team(slot_minutes: int) -> Store:
    store = Store(_BEGIN, {"bot": ChannelFacts("bot", "Bot", "chat", "team")})
    people = [f"user{number}" for number in range(_OPERATORS)]
    store.people = {key: Operator(key, key, Presence.ONLINE, _SLOTS, 0, None, _BEGIN) for key in people}
    rules = GroupRules(slot_minutes=slot_minutes)
    store.groups = {"team": Group("team", "Team", Strategy.LEAST_BUSY, rules, tuple(people))}
    return store


def _answer(store: Store, key: str, waited: list[timedelta]) -> None:
    record = store.records[key]
    if record.waiting_since is not None:
        waited.append(store.now - record.waiting_since)
    store.change(record, life.answer(record, "answer", store.now))


def _go_on(store: Store, agenda: list[Turn], draw: Random, talk: tuple[int, str, int]) -> None:
    """The customer answers at once or hours later, until all is said."""
    number, contact, turns = talk
    if turns == 1:
        record = store.records[f"bot:{contact}"]
        store.change(record, life.close(record))
        return
    silent = timedelta(hours=draw.uniform(2, 7)) if number % 2 else timedelta(minutes=draw.uniform(1, 5))
    heappush(agenda, (store.now + silent, number, "write", contact, turns - 1))


def _nobody_waits_for_nothing(store: Store) -> None:
    if not store.waiting():
        return
    operators = store.setup().operators
    owed = dict.fromkeys(operators, 0)
    for each in store.records.values():
        if each.assignee_id is not None and each.waiting_for is WaitingFor.US and not life.is_closed(each):
            owed[each.assignee_id] += 1
    assert [key for key, each in operators.items() if each.taken < each.slots] == []
    if store.groups["team"].rules.slot_minutes == 0:
        assert owed == dict.fromkeys(operators, _SLOTS)
