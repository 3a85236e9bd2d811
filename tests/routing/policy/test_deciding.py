"""Whole decisions: where a conversation goes, what is said to the customer, and the sentence that explains it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.routing.policy.answers import chosen, closed_answer
from hub.routing.policy.deciding import decide
from hub.routing.policy.model import Decision, Needs, Question, Setup
from hub.routing.policy.needs import read_needs, required_of, write_needs
from hub.types import Choice, Conditions, Effects, GroupRules, Hours, Option, Rule, Wanted
from tests.routing.policy.spoken_hours import week_of
from tests.routing.policy.world import NOW, group, operator, question, setup, team

ADA = operator("ada", 1, languages="de")
BEN = operator("ben", 2, skills="wine")
OFFICE = GroupRules(hours=Hours("Europe/Berlin", week_of(["mon-fri 09:00-17:00"])), closed_answer="We open at nine.")
SUPPORT = group(ADA, BEN)
SALES = group(BEN, name="sales", rules=OFFICE)
CHOICE = Choice("Sales or Support?", (Option("Sales", "sales", "buy"), Option("Support", "support")), "support")
WAITS = "the conversation waits for anybody to take it"


def rule(**then: object) -> Rule:
    return Rule("r1", "Wine", Conditions(), Effects(**then))  # type: ignore[arg-type]


def made(asked: Question, *rules: Rule, hours_later: int = 0) -> Decision:
    whole = setup(SUPPORT, SALES, operators=team(ADA, BEN), rules=rules)
    return decide(whole, asked, NOW + timedelta(hours=hours_later))


OURS = "Our bot belongs to Support"
LEFT = "the rule “Wine” leaves it to Support, the group of Our bot"
BEST = "of 2 online with a free slot Ada Operator is the least busy (1 of 4 taken)"


@pytest.mark.parametrize(
    ("asked", "rules", "group_id", "user_id", "by", "reason"),
    [
        (question(), (), "support", "ada", "channel", f"{OURS}; {BEST}"),
        (question(group_id="sales"), (), "support", "ada", "channel", f"{OURS}; {BEST}"),
        (question(fresh=False, group_id="sales"), (), "sales", "ben", "kept", "it is in Sales; of 1"),
        (question(fresh=False, group_id="gone"), (), "support", "ada", "channel", f"{OURS}; {BEST}"),
        (question(fresh=False, group_id="sales"), (rule(group_id="support"),), "sales", "ben", "kept", "it is in"),
        (question(), (rule(group_id="sales"),), "sales", "ben", "r1", "the rule “Wine” sends it to Sales; of 1"),
        (question(), (rule(),), "support", "ada", "r1", f"{LEFT}; {BEST}"),
        (question(), (rule(group_id="gone"),), "support", "ada", "r1", f"{LEFT}; {BEST}"),
        (question(channel_group_id=None), (), None, None, "channel", f"Our bot has no group, so {WAITS}"),
        (question(channel_group_id=None), (rule(),), None, None, "r1",
         f"the rule “Wine” names no group, and Our bot has none; {WAITS}"),
        (question(), (rule(skills=("tea",)),), "support", None, "r1", f"{LEFT}; nobody online has what it needs (tea)"),
        (question(), (rule(choice=CHOICE),), None, None, "r1", "the rule “Wine” lets the customer choose"),
    ],
)  # fmt: skip
def test_a_conversation_goes_where_rule_channel_or_group_say_and_the_reason_says_so(
    asked: Question, rules: tuple[Rule, ...], group_id: str | None, user_id: str | None, by: str, reason: str
) -> None:
    decision = made(asked, *rules)
    assert (decision.group_id, decision.user_id, decision.rule) == (group_id, user_id, by)
    assert decision.reason.startswith(reason)


def test_a_rule_s_effects_come_with_the_decision() -> None:
    decision = made(
        question(language="de"), rule(priority=2, topic="wine", skills=("wine",), language=True, answer="Hi!")
    )
    assert (decision.priority, decision.topic, decision.answer, decision.closed) == (2, "wine", "Hi!", False)
    assert decision.needs == Needs(("wine",), ("de",))
    assert decision.user_id == "ben"


def test_an_unknown_language_is_nothing_anybody_needs_to_speak() -> None:
    assert made(question(language="unknown"), rule(language=True)).needs == Needs()


def test_needs_stay_with_a_conversation_that_goes_on_and_not_with_one_that_begins_again() -> None:
    wine = Needs(("wine",))
    assert made(question(fresh=False, group_id="support", needs=wine)).user_id == "ben"
    assert made(question(needs=wine)).user_id == "ada"


def test_a_choice_is_offered_with_the_rule_s_other_effects_and_nobody_gets_it_yet() -> None:
    decision = made(question(), rule(choice=CHOICE, topic="x", answer="Hi!"))
    assert (decision.choice, decision.topic, decision.answer) == (CHOICE, "x", "Hi!")


def test_outside_its_hours_a_group_answers_and_whoever_is_online_still_gets_it() -> None:
    asked = question(channel_group_id="sales")
    late = made(asked, hours_later=8)
    assert (late.answer, late.closed, late.user_id) == ("We open at nine.", True, "ben")
    assert late.reason.startswith("Our bot belongs to Sales; it is outside its hours; of 1 online")
    assert (made(asked).answer, made(asked).closed) == ("", False)
    assert closed_answer(SALES, NOW) == ""
    assert closed_answer(SALES, NOW + timedelta(hours=8)) == "We open at nine."
    assert closed_answer(None, NOW) == closed_answer(SUPPORT, NOW) == ""


def test_outside_the_hours_the_group_s_answer_goes_before_the_rule_s() -> None:
    both = rule(group_id="sales", answer="Hi!")
    assert [made(question(), both, hours_later=late).answer for late in (0, 8)] == ["Hi!", "We open at nine."]
    silent = replace(SALES, rules=replace(OFFICE, closed_answer=""))
    decision = decide(Setup({"sales": silent}, team(BEN), (both,)), question(), NOW + timedelta(hours=8))
    assert (decision.answer, decision.closed) == ("Hi!", False)


def test_names_cannot_break_the_sentence() -> None:
    odd = replace(ADA, name="Ada;\n  DROP; " + "x" * 200)
    whole = setup(group(odd), operators=team(odd))
    reason = decide(whole, question(), NOW).reason
    assert "\n" not in reason
    assert len(reason.split("; ")) == 2
    assert len(reason) < 250


def test_the_same_question_gives_the_same_decision_whatever_the_order_of_the_operators() -> None:
    asked = question("I need wine", last="ada")
    whole = setup(SUPPORT, SALES, operators=team(ADA, BEN), rules=(rule(skills=("wine",)),))
    turned = setup(replace(SUPPORT, members=("ben", "ada")), SALES, operators=team(BEN, ADA), rules=whole.rules)
    assert decide(whole, asked, NOW) == decide(whole, asked, NOW) == decide(turned, asked, NOW)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("1", "Sales"), ("2.", "Support"), ("(2)", "Support"), ("sales", "Sales"), (" SUPPORT! ", "Support"),
        ("1️⃣", "Sales"), ("٢", "Support"), ("\uff13", None), ("0", None), ("", None), ("3", None),
        ("I want sales", None), ("1 or 2", None), ("!", None),
    ],
)  # fmt: skip
def test_a_customer_chooses_by_number_or_label(said: str, label: str | None) -> None:
    option = chosen(CHOICE, said)
    assert (option.label if option else None) == label
    pressed = chosen(CHOICE, "something", said)
    assert (pressed.label if pressed else None) == label


def test_a_parked_conversation_without_a_group_goes_back_to_whom_it_was_parked_with() -> None:
    ada, ben = operator("ada", 3), operator("ben")
    asked = question(fresh=False, channel_group_id=None, last="ada", parked=True)
    decision = decide(setup(group(ben), operators=team(ada, ben)), asked, NOW)
    assert (decision.user_id, decision.group_id, decision.rule) == ("ada", None, "kept")
    assert decision.reason == "Our bot has no group; Ada Operator had it last and has a free slot (3 of 4 taken)"
    assert [each.user_id for each in decision.best] == ["ada"]
    full = decide(setup(operators=team(replace(ada, taken=4))), asked, NOW)
    assert (full.user_id, full.reason) == (
        None, "Our bot has no group, so the conversation waits for anybody to take it"
    )  # fmt: skip


def test_needs_are_written_the_same_whatever_their_order_and_read_again() -> None:
    needs = Needs(("wine", "b,e;e=r%"), ("de",))
    assert write_needs(Needs(("b", "a"), ("en", "de"))) == write_needs(Needs(("a", "b", "a"), ("de", "en"))) == (
        "skills=a,b;languages=de,en"
    )  # fmt: skip
    assert read_needs(write_needs(needs)) == Needs(("b,e;e=r%", "wine"), ("de",))
    assert write_needs(Needs()) == ""
    assert read_needs("") == Needs()
    assert required_of(needs, GroupRules()) == Needs(needs.skills, ())
    assert required_of(needs, GroupRules(skills=Wanted.OFF, languages=Wanted.REQUIRED)) == Needs((), ("de",))
