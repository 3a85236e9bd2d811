"""Which rule decides: conditions one by one, together, and in their order."""

from datetime import timedelta

import pytest

from hub.routing.policy.model import Question
from hub.routing.policy.rules import first_match
from hub.types import Conditions, Effects, FieldCondition, GroupRules, Hours, Rule, TimeCondition
from tests.routing.policy.spoken_hours import week_of
from tests.routing.policy.world import NOW, group, question

OFFICE = Hours("Europe/Berlin", week_of(["mon-fri 09:00-17:00"]))
GROUPS = {
    "office": group(name="office", rules=GroupRules(hours=OFFICE)),
    "always": group(name="always"),
}


def holds(when: Conditions, asked: Question, hours_later: float = 0) -> bool:
    rules = [Rule("r", "Rule", when, Effects())]
    return first_match(rules, asked, GROUPS, NOW + timedelta(hours=hours_later)) is not None


def test_a_rule_without_conditions_always_holds() -> None:
    assert holds(Conditions(), question())


@pytest.mark.parametrize(
    ("when", "asked", "other"),
    [
        (Conditions(channel_ids=("x", "bot")), question(), None),
        (Conditions(channel_ids=("x",)), None, question()),
        (Conditions(kinds=("chat",)), question(), None),
        (Conditions(kinds=("letter",)), None, question()),
        (Conditions(languages=("de", "unknown")), question(language="unknown"), question(language="fr")),
        (Conditions(payloads=("go:1",)), question(payload="go:1"), question(payload="go:12")),
        (Conditions(topics=("bill",)), question(topic="bill"), question()),
        (Conditions(returning=True), question(returning=True), question()),
        (Conditions(returning=False), question(), question(returning=True)),
        (
            Conditions(fields=(FieldCondition("country", ("DE", "AT")),)),
            question(fields={"country": "at"}),
            question(fields={"country": "CH"}),
        ),
        (
            Conditions(fields=(FieldCondition("name", ("ada lovelace",)),)),
            question(fields={"name": " Ada  Lovelace"}),
            question(fields={"country": "Ada Lovelace"}),
        ),
    ],
)
def test_a_condition_holds_for_what_it_asks_and_nothing_else(
    when: Conditions, asked: Question | None, other: Question | None
) -> None:
    assert asked is None or holds(when, asked)
    assert other is None or not holds(when, other)


def test_all_conditions_must_hold_also_of_several_fields() -> None:
    when = Conditions(
        fields=(FieldCondition("country", ("DE",)), FieldCondition("plan", ("gold",))), keywords=("refund",)
    )
    right = {"country": "DE", "plan": "Gold"}
    assert holds(when, question("A refund, please", fields=right))
    assert not holds(when, question("A question, please", fields=right))
    assert not holds(when, question("A refund, please", fields={"country": "DE"}))


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("refund", "I want a REFUND!"),
        ("cancel my order", "Please  cancel\nmy order."),
        ("straße", "In welcher STRASSE sind Sie?"),
        ("größe", "Falsche Gro\u0308\u00dfe".replace("ro\u0308\u00df", "r\u00f6\u00df")),
        ("café", "le cafe\u0301 est froid"),
        ("заказ", "Где мой Заказ?"),
        ("退款", "我想退款谢谢"),
        ("ช่วย", "กรุณาช่วยด้วย"),
        ("返品", "商品を返品したい"),
        ("c++", "Do you teach C++?"),
        ("👍", "ok👍👍"),
        ("24/7", "Open 24/7?"),
        ("환불", "환불 해주세요"),
        ("طلب", "أين طلب جديد"),
        ("he", "the end, he said"),
    ],
)
def test_a_keyword_is_found_as_a_whole_word_in_any_language(keyword: str, text: str) -> None:
    assert holds(Conditions(keywords=("something else", keyword)), question(text))


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("the", "other, bathe, them"),
        ("order", "disorder and orders"),
        ("заказ", "Где мои заказы?"),
        ("pay", "pay_day"),
        ("24", "1240"),
        ("मद", "मदद चाहिए"),
        ("मदद", "मददों"),
        ("é", "e"),
        (" ", "a b"),
        ("refund", ""),
    ],
)
def test_a_keyword_inside_a_longer_word_is_not_found(keyword: str, text: str) -> None:
    assert not holds(Conditions(keywords=(keyword,)), question(text))


def test_times_are_inside_or_outside_of_hours_of_a_group_or_their_own() -> None:
    for time in (TimeCondition(True, group_id="office"), TimeCondition(True, hours=OFFICE)):
        assert holds(Conditions(time=time), question())
        assert not holds(Conditions(time=time), question(), hours_later=8)
    assert holds(Conditions(time=TimeCondition(False, group_id="office")), question(), hours_later=8)


def test_a_group_without_hours_is_always_open_and_one_that_is_gone_has_no_time() -> None:
    assert holds(Conditions(time=TimeCondition(True, group_id="always")), question())
    assert not holds(Conditions(time=TimeCondition(False, group_id="always")), question())
    for inside in (True, False):
        assert not holds(Conditions(time=TimeCondition(inside, group_id="gone")), question())


def test_the_first_enabled_rule_that_holds_decides() -> None:
    rules = [
        Rule("off", "Off", Conditions(), Effects(), enabled=False),
        Rule("bill", "Bill", Conditions(keywords=("bill",)), Effects()),
        Rule("all", "All", Conditions(), Effects()),
    ]
    first = first_match(rules, question("My bill"), GROUPS, NOW)
    rest = first_match(rules, question("Hello"), GROUPS, NOW)
    assert (first and first.id, rest and rest.id) == ("bill", "all")
    assert first_match(rules[:2], question("Hello"), GROUPS, NOW) is None
