"""Anything in any order: what always holds of routing.

A step is what hypothesis draws, and a burst of further events by a drawn seed: 100,000 in CI, ROUTING_EVENTS for more
(`make routing-soak`). One event costs the real use cases more than 3 ms of a core, so they happen to
tests/routing/store.py; test_assignment.py and test_assignment_life.py go through the use cases on both databases.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from hub.conversations import life
from hub.db.routing_facts import ChannelFacts
from hub.routing.assignment import router
from hub.routing.assignment.questions import Heard
from hub.routing.assignment.router import needs_of
from hub.routing.policy.deciding import decide
from hub.routing.policy.digest import MOST_BYTES, digest_of
from hub.routing.policy.model import Decision, Group, Operator, Question, Setup
from hub.routing.policy.needs import required_of
from hub.types import (
    Choice,
    Conditions,
    Effects,
    GroupRules,
    Hours,
    Interval,
    Option,
    Presence,
    Rule,
    Strategy,
    Wanted,
)
from tests.routing.store import Store

EVENTS = int(os.environ.get("ROUTING_EVENTS", "100000"))
_STEPS, _BURST = 50, 100
_BEGIN = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
"""Two days before the clocks go back in Europe; the clock of a run may pass the spring after it too."""
_PEOPLE = [f"user{number}" for number in range(6)]
_GROUPS = ("sales", "support", "night")
_OFFICE = Hours("Europe/Berlin", (((Interval(9 * 60, 18 * 60),),) * 5) + ((), ()))
_NIGHT = Hours("Europe/Berlin", ((Interval(22 * 60, 6 * 60),),) * 7)
_TEXTS = ("hello", "a refund please", "urgent", "1", "sales", "ich habe eine Frage", "")
_CHOICE = Choice("Sales or support?", (Option("Sales", "sales"), Option("Support", "support")), "support", 300)
_RULES = (
    Rule("r1", "urgent", Conditions(keywords=("urgent",)), Effects(group_id="support", priority=3)),
    Rule("r2", "refunds", Conditions(keywords=("refund",)), Effects(group_id="sales", skills=("refunds",))),
    Rule("r3", "links", Conditions(payloads=("start",)), Effects(choice=_CHOICE)),
    Rule("r4", "German", Conditions(languages=("de",)), Effects(language=True, answer="Moment!")),
    Rule("r5", "closed", Conditions(kinds=("chat",)), Effects(topic="chat")),
)
SEEN: Counter[str] = Counter()


class Routing(RuleBasedStateMachine):
    """Six people in three groups, twelve customers on two channels."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        channels = [ChannelFacts("bot", "Bot", "chat", "support"), ChannelFacts("box", "Box", "letters", None)]
        self.store = Store(_BEGIN, {each.id: each for each in channels})
        draw = Random(seed)  # noqa: S311 - events, no secrets
        for key in _PEOPLE:
            self.store.people[key] = Operator(key, key, Presence.ONLINE, draw.randint(1, 6), 0, None, _BEGIN)
        for key in _GROUPS:
            self.store.groups[key] = Group(key, key, Strategy.LEAST_BUSY, GroupRules(), tuple(draw.sample(_PEOPLE, 3)))
        self.store.rules = tuple(draw.sample(_RULES, draw.randint(0, len(_RULES))))

    @rule(kind=st.sampled_from(sorted(f"{name}" for name in ("hear", "answer", "close", "presence", "clock", "hand"))),
          seed=st.integers(0, 2**32))  # fmt: skip
    def happen(self, kind: str, seed: int) -> None:
        draw = Random(seed)  # noqa: S311 - events, no secrets
        self._event(kind, draw)
        for _ in range(_BURST - 1):
            self._event(draw.choices(*_OFTEN)[0], draw)

    def _event(self, kind: str, draw: Random) -> None:
        getattr(self, f"_{kind}")(draw)
        SEEN[kind] += 1
        self.store.drain()
        self._nobody_waits_for_nothing()

    # --- what happens -----------------------------------------------------------------------------------

    def _hear(self, draw: Random) -> None:
        about = [(draw.choice(("bot", "box")), f"c{draw.randint(0, 11)}") for _ in range(draw.choice((1, 1, 1, 3)))]
        said = [Heard(draw.choice(_TEXTS), draw.choice(("", "", "start"))) for _ in about]
        self.store.hear([(*each, heard) for each, heard in zip(about, said, strict=True)])

    def _answer(self, draw: Random) -> None:
        if record := self._any(draw):
            self.store.change(record, life.answer(record, "answer", self.store.now))

    def _close(self, draw: Random) -> None:
        if record := self._any(draw):
            self.store.change(record, life.close(record))

    def _snooze(self, draw: Random) -> None:
        if record := self._any(draw):
            self.store.change(record, life.snooze(record, self.store.now + timedelta(minutes=draw.randint(1, 90))))

    def _hand(self, draw: Random) -> None:
        record = self._any(draw)
        if record is None:
            return
        if draw.random() < 0.6:
            self.store.give(record, draw.choice(_PEOPLE))
        else:
            self.store.move(record, draw.choice((*_GROUPS, None)))

    def _presence(self, draw: Random) -> None:
        key, state = draw.choice(_PEOPLE), draw.choices(list(Presence), (6, 1, 2))[0]
        self._change_person(key, presence=state)
        self.store.offline_since.pop(key, None)
        if state is Presence.OFFLINE:
            self.store.offline_since[key] = self.store.now

    def _slots(self, draw: Random) -> None:
        self._change_person(draw.choice(_PEOPLE), slots=draw.choice((0, 1, 3, 5, 8)))

    def _skills(self, draw: Random) -> None:
        skills = frozenset(draw.sample(("refunds", "vip"), draw.randint(0, 2)))
        self._change_person(draw.choice(_PEOPLE), skills=skills, languages=frozenset(draw.sample(("de", "en"), 1)))

    def _members(self, draw: Random) -> None:
        self._change_group(draw.choice(_GROUPS), members=tuple(draw.sample(_PEOPLE, draw.randint(0, 5))))

    def _group(self, draw: Random) -> None:
        overflow = {"sales": "support", "support": "night", "night": None}
        key = draw.choice(_GROUPS)
        rules = GroupRules(
            sticky=draw.random() < 0.5,
            skills=draw.choice(list(Wanted)),
            languages=draw.choice(list(Wanted)),
            hours=draw.choice((None, _OFFICE, _NIGHT)),
            closed_answer="We are closed",
            overflow_group_id=overflow[key] if draw.random() < 0.5 else None,
            slot_minutes=draw.choice((10, 60, 240)),
        )
        self._change_group(key, rules=rules, strategy=draw.choice(list(Strategy)))

    def _rules(self, draw: Random) -> None:
        self.store.rules = tuple(draw.sample(_RULES, draw.randint(0, len(_RULES))))

    def _clock(self, draw: Random) -> None:
        self.store.now += timedelta(minutes=draw.choice((1, 1, 3, 10, 59, 61, 600)))
        self.store.by_clock()

    # --- what always holds ------------------------------------------------------------------------------

    def _nobody_waits_for_nothing(self) -> None:
        """No waiting conversation has no owner while somebody who may have it has a free slot."""
        waiting = self.store.waiting()
        setup = self.store.setup() if waiting else None
        for each in waiting:
            assert setup is not None
            group = setup.groups[each.group_id or ""]
            if group.strategy is Strategy.MANUAL:
                continue
            free = [user for user in group.members if may_have(setup, group, setup.operators[user], needs_of(each))]
            assert free == [], f"{each.id} waits in {group.id} while {free} could have it"

    # --- helpers ----------------------------------------------------------------------------------------

    def _any(self, draw: Random) -> Any:
        """An open conversation."""
        found = [each for each in self.store.records.values() if not life.is_closed(each)]
        return draw.choice(found) if found else None

    def _change_person(self, key: str, **values: Any) -> None:
        self.store.people[key] = replace(self.store.people[key], **values)

    def _change_group(self, key: str, **values: Any) -> None:
        self.store.groups[key] = replace(self.store.groups[key], **values)


_WEIGHTS = {
    "hear": 30, "answer": 18, "close": 16, "snooze": 3, "hand": 3, "presence": 10, "slots": 2, "skills": 2,
    "members": 2, "group": 2, "rules": 1, "clock": 17,
}  # fmt: skip
_OFTEN = (list(_WEIGHTS), list(_WEIGHTS.values()))


def may_have(setup: Setup, group: Group, operator: Operator, needs: Any) -> bool:
    required = required_of(needs, group.rules)
    return (
        operator.user_id in group.members
        and operator.presence is Presence.ONLINE
        and operator.taken < operator.slots
        and set(required.skills) <= operator.skills
        and set(required.languages) <= operator.languages
    )


def checked(setup: Setup, question: Question, now: datetime) -> Decision:
    """Decide, and hold the decision against what must hold of every one."""
    decision = decide(setup, question, now)
    assert decision.reason
    assert decide(setup, question, now) == decision, "it does not replay"
    if decision.user_id is not None:
        group = setup.groups[decision.group_id or ""]
        assert may_have(setup, group, setup.operators[decision.user_id], decision.needs), decision.reason
        SEEN["given"] += 1
    if SEEN["decided"] % 100 == 0:
        assert len(str(digest_of(decision))) <= MOST_BYTES
    SEEN["decided"] += 1
    return decision


@pytest.mark.timeout(0 if EVENTS > 100_000 else 1200)
def test_whatever_happens_routing_keeps_its_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "decide", checked)
    SEEN.clear()
    while (done := sum(SEEN[kind] for kind in _WEIGHTS)) < EVENTS:
        examples = max(1, (EVENTS - done) // (_STEPS * _BURST))
        run_state_machine_as_test(
            Routing,
            settings=settings(
                max_examples=examples,
                stateful_step_count=_STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert SEEN["given"] > EVENTS // 20
    assert min(SEEN[kind] for kind in _WEIGHTS) > EVENTS // 200
