"""Deciding: how many decisions a second a large team with many rules gets out of one core."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

from benchmarks.figures import Figure
from benchmarks.scale import Scale
from hub.routing.policy.deciding import decide
from hub.routing.policy.model import Group, Operator, Question, Setup
from hub.types import (
    Conditions,
    Effects,
    FieldCondition,
    GroupRules,
    Hours,
    Interval,
    Presence,
    Rule,
    Strategy,
    TimeCondition,
    Wanted,
)

_TARGET = 2000
_OPERATORS = 200
_RULES = 50
_ROUNDS = 5
_NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
_WORDS = ("refund", "cancel my order", "straße", "invoice", "livraison", "возврат")
_OFFICE = Hours("Europe/Berlin", ((Interval(540, 720), Interval(780, 1020)),) * 5 + ((), ()), holidays="DE-BE")


def deciding(scale: Scale) -> list[Figure]:
    """Whole decisions with 200 operators in one group and 50 rules, of which the last one holds.

    The baseline picks the least busy of the same operators by `min` and does nothing else.
    """
    setup, asked = _setup(), _question()
    assert decide(setup, asked, _NOW).rule == f"r{_RULES - 1}"
    decisions = scale.decisions
    hub = _a_second(lambda: decide(setup, asked, _NOW), decisions)
    bare = _a_second(lambda: _least_busy(setup), decisions)
    return [
        Figure(
            f"decisions a second, {_OPERATORS} operators and {_RULES} rules",
            f"{hub:,.0f}/s",
            f"{bare:,.0f}/s (only min over the operators)",
            hub / bare,
            f">= {_TARGET:,}/s",
            hub >= _TARGET,
        )
    ]


def _a_second(act: Callable[[], object], times: int) -> float:
    """Calls a second of one core, in the median of some rounds."""
    act()
    return median(times / _seconds(act, times) for _ in range(_ROUNDS))


def _seconds(act: Callable[[], object], times: int) -> float:
    began = process_time()
    for _ in range(times):
        act()
    return process_time() - began


def _least_busy(setup: Setup) -> str:
    free = (each for each in setup.operators.values() if each.presence is Presence.ONLINE and each.taken < each.slots)
    return min(free, key=lambda each: (each.taken - each.slots, each.user_id)).user_id


def _setup() -> Setup:
    operators = {f"u{number:03}": _operator(number) for number in range(_OPERATORS)}
    rules = GroupRules(skills=Wanted.REQUIRED, languages=Wanted.PREFERRED, hours=_OFFICE)
    group = Group("g", "Support", Strategy.LEAST_BUSY, rules, tuple(operators))
    return Setup({"g": group}, operators, tuple(_rule(number) for number in range(_RULES)))


def _operator(number: int) -> Operator:
    """Three in four are online, three in four of them have a free slot, half have the skill."""
    return Operator(
        user_id=f"u{number:03}",
        name=f"Operator {number}",
        presence=Presence.OFFLINE if number % 4 == 0 else Presence.ONLINE,
        slots=4,
        taken=number * 7 % 16 // 3,
        last_assigned_at=_NOW - timedelta(minutes=number),
        idle_since=_NOW - timedelta(minutes=number) if number % 3 else None,
        skills=frozenset({"wine"} if number % 2 else {"tea"}),
        languages=frozenset({"de", "en"} if number % 5 else {"fr"}),
    )


def _rule(number: int) -> Rule:
    """Rules that ask for words, fields, languages and times in turn and do not hold, and a last one that does."""
    word = f"{_WORDS[number % len(_WORDS)]} {number}"
    asked = (
        Conditions(keywords=(word, f"{word} please")),
        Conditions(fields=(FieldCondition("country", (f"C{number}",)),)),
        Conditions(languages=("fr", "it"), returning=True),
        Conditions(time=TimeCondition(False, hours=_OFFICE)),
        Conditions(keywords=("where",), topics=(f"topic {number}",)),
    )
    when = Conditions() if number == _RULES - 1 else asked[number % len(asked)]
    return Rule(f"r{number}", f"Rule {number}", when, Effects(group_id="g", skills=("wine",), language=True))


def _question() -> Question:
    return Question(
        channel_id="c",
        channel_name="Our bot",
        channel_kind="chat",
        channel_group_id="g",
        fresh=True,
        text="Hello, I ordered a lamp two weeks ago and it has not come yet. Can you tell me where it is now, please?",
        language="en",
        contact_fields={"name": "Ada Lovelace", "country": "DE"},
        last_operator_id="u004",
    )
