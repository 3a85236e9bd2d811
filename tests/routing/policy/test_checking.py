"""What is refused on saving rules and groups, and the sentence that says why and what to do."""

from dataclasses import replace
from datetime import date

import pytest

from hub.routing.policy.checking import overflow_problem, problems_of
from hub.routing.policy.model import Group
from hub.types import (
    Choice,
    Conditions,
    Effects,
    FieldCondition,
    GroupRules,
    Hours,
    Interval,
    Option,
    Rule,
    TimeCondition,
)
from tests.routing.policy.spoken_hours import week_of
from tests.routing.policy.world import group

OFFICE = Hours("Europe/Berlin", week_of(["mon-fri 09:00-17:00"]))
GROUPS = {"support": group(), "sales": group(name="sales", rules=GroupRules(hours=OFFICE))}
CHANNELS = {"bot": "chat", "mail": "letter"}
CHOICE = Choice("Sales or Support?", (Option("Sales", "sales"), Option("Support", "support")), "support")
TO_SALES, TO_SUPPORT = Effects(group_id="sales"), Effects(group_id="support")


def said(*rules: Rule, groups: dict[str, Group] = GROUPS) -> list[str]:
    return problems_of(rules, groups, CHANNELS, set(CHANNELS.values()))


def asking(**when: object) -> Rule:
    return Rule("1", "Wine", Conditions(**when), TO_SALES)  # type: ignore[arg-type]


def doing(**then: object) -> Rule:
    return Rule("1", "Wine", Conditions(), Effects(**then))  # type: ignore[arg-type]


def test_rules_that_make_sense_have_no_problems() -> None:
    rules = [
        Rule("1", "Wine", Conditions(keywords=("wine",), channel_ids=("bot",), kinds=("chat",)), TO_SALES),
        Rule("2", "Night", Conditions(time=TimeCondition(False, group_id="sales")), doing(choice=CHOICE).then),
        Rule("3", "", Conditions(languages=("de", "unknown"), returning=True), Effects(priority=3)),
        Rule("4", "Rest", Conditions(), TO_SUPPORT),
    ]
    assert said(*rules) == []


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (asking(channel_ids=("gone",)),
         "asks for a channel that does not exist any more; "
         "take it out, or choose another"),
        (asking(channel_ids=("mail",), kinds=("chat",)),
         "asks for letter by its channel and for chat by the kind, which is never both; "
         "take out one of the two"),
        (asking(languages=("german",)),
         "asks for the language “german”, which is no code of ISO 639-1; "
         "write de, en, … or unknown"),
        (asking(keywords=("wine", "  ")), "has a keyword without letters, which is in no text; take it out"),
        (asking(fields=(FieldCondition("plan", ()),)),
         "asks for the field “plan” without saying what it should be; "
         "give it a value"),
        (asking(time=TimeCondition(True, group_id="gone")),
         "asks for the hours of a group that does not exist any more; "
         "choose another"),
        (asking(time=TimeCondition(False, group_id="support")),
         "asks for the time outside the hours of Support, which has none and is always open; "
         "give it hours"),
        (asking(time=TimeCondition(True)), "asks for a time without saying which; name a group, or hours"),
        (asking(time=TimeCondition(True, "sales", OFFICE)),
         "asks for the hours of a group and for others; "
         "take out one of the two"),
        (doing(group_id="gone"), "sends to a group that does not exist any more; choose another"),
        (doing(priority=4), "gives the priority 4; it goes from 0 (normal) to 3 (most urgent)"),
        (doing(group_id="sales", choice=CHOICE),
         "names a group and lets the customer choose one; "
         "take out one of the two"),
        (doing(choice=replace(CHOICE, text=" ")),
         "offers a choice without a question; "
         "write what the customer is asked"),
        (doing(choice=replace(CHOICE, options=CHOICE.options[:1])),
         "offers a choice of less than two; "
         "give it more options, or a group instead"),
        (doing(choice=replace(CHOICE, otherwise_group_id="gone")),
         "sends those who do not choose to a group that does not exist any more; "
         "choose another"),
        (doing(choice=replace(CHOICE, wait=0)), "waits 0 seconds for a choice; give the customer some time"),
        (doing(choice=replace(CHOICE, options=(*CHOICE.options, Option("Bills", "gone")))),
         "offers “Bills”, whose group does not exist any more; "
         "choose another"),
        (doing(choice=replace(CHOICE, options=(*CHOICE.options, Option("sales!", "sales")))),
         "offers “sales!” twice; "
         "name the options differently"),
        (doing(choice=replace(CHOICE, options=(Option("2", "sales"), Option("x", "sales")))),
         "calls option 1 “2”, which is the number of another one; "
         "name it in words"),
        (doing(choice=replace(CHOICE, options=(*CHOICE.options, Option("", "sales")))),
         "has no label for option 3; "
         "write what the customer reads"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_work_is_refused_with_why_and_what_to_do(rule: Rule, problem: str) -> None:
    assert said(rule) == [f"the rule “Wine” {problem}"]
    assert said(replace(rule, name="")) == [f"rule 1 {problem}"]


def pair(earlier: Conditions, later: Conditions, then: Effects = TO_SUPPORT) -> list[str]:
    return said(Rule("1", "First", earlier, TO_SALES), Rule("2", "Second", later, then))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Conditions(), Conditions(keywords=("wine",))),
        (Conditions(channel_ids=("bot", "mail")), Conditions(channel_ids=("bot",), returning=True)),
        (Conditions(kinds=("chat",)), Conditions(channel_ids=("bot",))),
        (Conditions(languages=("de", "en")), Conditions(languages=("de",))),
        (Conditions(payloads=("a", "b")), Conditions(payloads=("b",), topics=("x",))),
        (Conditions(keywords=("Cancel",)), Conditions(keywords=("cancel my order",))),
        (
            Conditions(fields=(FieldCondition("plan", ("Gold", "silver")),)),
            Conditions(fields=(FieldCondition("plan", ("gold",)), FieldCondition("country", ("DE",)))),
        ),
        (
            Conditions(time=TimeCondition(True, group_id="sales")),
            Conditions(time=TimeCondition(True, group_id="sales"), topics=("x",)),
        ),
    ],
)
def test_a_rule_that_an_earlier_one_leaves_nothing_to_is_refused(earlier: Conditions, later: Conditions) -> None:
    assert pair(earlier, later) == [
        "the rule “Second” is never reached, because the rule “First” before it takes all that it asks for; move it up"
    ]
    assert pair(later, earlier) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (Conditions(channel_ids=("bot",)), Conditions(channel_ids=("mail",))),
        (Conditions(keywords=("cancel",)), Conditions(keywords=("cancelled",))),
        (Conditions(keywords=("wine", "beer")), Conditions(keywords=("wine", "tea"))),
        (Conditions(returning=True), Conditions(returning=False)),
        (
            Conditions(time=TimeCondition(True, group_id="sales")),
            Conditions(time=TimeCondition(False, group_id="sales")),
        ),
        (
            Conditions(fields=(FieldCondition("plan", ("gold",)),)),
            Conditions(fields=(FieldCondition("name", ("gold",)),)),
        ),
    ],
)
def test_rules_that_only_overlap_are_allowed(earlier: Conditions, later: Conditions) -> None:
    assert pair(earlier, later) == []
    assert pair(later, earlier) == []


def test_the_same_conditions_twice_are_refused_and_it_is_said_whether_they_do_the_same() -> None:
    when = Conditions(keywords=("wine",))
    asks = "the rule “Second” asks the same as the rule “First” before it and does"
    assert pair(when, when) == [f"{asks} something else, so it is never reached; remove one of them"]
    assert pair(when, when, TO_SALES) == [f"{asks} the same, so it is never reached; remove one of them"]


def test_a_rule_that_is_switched_off_takes_nothing_from_others() -> None:
    off = Rule("1", "First", Conditions(), TO_SALES, enabled=False)
    assert said(off, asking(keywords=("wine",))) == []


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        (replace(OFFICE, time_zone="Europe/Bonn"),
         "are in the time zone “Europe/Bonn”, which does not exist; "
         "name one like Europe/Berlin"),
        (replace(OFFICE, holidays="DE-XX"),
         "name the holidays of “DE-XX”, which have no calendar; "
         "name a country and its part like DE-BE"),
        (replace(OFFICE, week=OFFICE.week[:5]),
         "have 5 days a week; "
         "give all seven from Monday on, closed ones without intervals"),
        (replace(OFFICE, week=week_of(["tue 09:00-09:00"])),
         "have an empty interval on Tuesday at 09:00; "
         "end it later, or at 24:00 for a whole day"),
        (replace(OFFICE, week=week_of(["tue 09:00-12:00", "tue 11:00-15:00"])),
         "have two intervals on Tuesday that overlap (09:00 to 12:00 and 11:00 to 15:00); "
         "make one of them"),
        (replace(OFFICE, week=week_of(["tue 22:00-02:00", "tue 23:00-24:00"])),
         "have two intervals on Tuesday that overlap (22:00 to 02:00 and 23:00 to 24:00); "
         "make one of them"),
        (replace(OFFICE, extra={date(2026, 5, 1): (Interval(600, 1500),)}),
         "have an interval on 2026-05-01 beyond the day; "
         "it begins from 00:00 to 23:59 and ends by 24:00"),
        (replace(OFFICE, closed=(date(2026, 5, 1),), extra={date(2026, 5, 1): ()}),
         "have 2026-05-01 among the closed days and with hours of its own; "
         "take it out of one of the two"),
        (replace(OFFICE, week=((),) * 7),
         "are never open, so that nobody would ever be served; "
         "give a day an interval, or have no hours at all"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused_of_groups_and_of_rules(hours: Hours, problem: str) -> None:
    groups = {**GROUPS, "sales": group(name="sales", rules=GroupRules(hours=hours))}
    assert said(groups=groups) == [f"the hours of Sales {problem}"]
    assert said(asking(time=TimeCondition(True, hours=hours))) == [f"the rule “Wine” asks for hours that {problem}"]


def overflowing(**to: str | None) -> dict[str, Group]:
    return {name: group(name=name, rules=GroupRules(overflow_group_id=after)) for name, after in to.items()}


def test_overflow_in_a_circle_is_refused_and_the_circle_is_named() -> None:
    begin = "conversations would overflow in a circle"
    end = "without end; let one of them overflow nowhere"
    assert overflow_problem(overflowing(a="b", b="c", c="a")) == f"{begin} (A → B → C → A) {end}"
    assert overflow_problem(overflowing(a="a")) == f"{begin} (A → A) {end}"
    assert overflow_problem(overflowing(a="b", b="c", c="b")) == f"{begin} (B → C → B) {end}"
    assert overflow_problem(overflowing(a="b", b="c", c=None, d="c")) is None


def test_overflow_to_a_group_that_is_gone_is_refused() -> None:
    assert said(groups=overflowing(a="gone")) == [
        "A overflows to a group that does not exist any more; choose another, or none"
    ]
