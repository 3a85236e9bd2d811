"""What would become of a message or a conversation, without anything happening."""

from datetime import timedelta

from hub.conversations import commands
from hub.db.tables.core import CONVERSATION
from hub.routing.assignment import Assignment, Hypothesis, assign, explain
from hub.routing.policy.model import Decision
from hub.types import Choice, Conditions, ConversationView, Effects, Option, Rule
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, colleague, give_slots, go, rows, set_rules
from tests.world import Channel


def of(stage: Stage, conversation: ConversationView, text: str = "") -> Decision:
    return explain(stage.services, stage.org.actor, Hypothesis(conversation_id=conversation.id, text=text))


def test_explaining_stores_nothing_and_says_what_would_happen(stage: Stage, bot: Channel) -> None:
    decision = explain(stage.services, stage.org.actor, Hypothesis(channel_id=bot.id, text="Hello"))
    assert decision.user_id == stage.operator.user_id
    assert rows(stage, CONVERSATION) == []


def test_one_whose_operator_is_there_stays_with_them_though_others_are_free(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    colleague(stage, "Ada Operator")
    decision = of(stage, conversation)
    assert (decision.user_id, decision.rule) == (stage.operator.user_id, "kept")
    assert decision.reason == "it stays with Ben Operator"


def test_a_parked_one_goes_back_or_into_line_as_it_would(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    conversation = stage.open_conversation(bot)
    stage.answer(conversation)
    stage.clock.forward(hours=3)
    assert of(stage, conversation).reason.endswith("Ben Operator had it last and has a free slot (0 of 1 taken)")
    stage.open_conversation(bot, "501")
    full = of(stage, conversation)
    assert (full.user_id, full.sticky) == (None, "Ben Operator had it last but has no free slot")
    ada = colleague(stage, "Ada Operator")
    assert of(stage, conversation).user_id == ada.user_id


def test_one_whose_operator_is_away_goes_to_somebody_else(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    ada = colleague(stage, "Ada Operator")
    go(stage, stage.operator, "away")
    assert of(stage, conversation).user_id == ada.user_id


def test_a_closed_one_asks_the_rules_with_what_was_last_written_or_what_is_asked(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)
    second = add_group(stage, "Second", colleague(stage, "Ada Operator"))
    rule = Rule("RULE1", "Refunds", Conditions(keywords=("refund",), returning=True), Effects(group_id=second))
    set_rules(stage, rule)
    assert of(stage, conversation).rule == "channel"
    asked = of(stage, conversation, "I want a refund")
    assert (asked.rule, asked.group_id) == ("RULE1", second)


def test_one_that_waits_is_answered_as_the_line_would(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    assign(stage.services, stage.operator, conversation.id, Assignment(release=True))
    assert of(stage, conversation).counts == {"fit": 0, "released": 1}
    assert of(stage, conversation, "Hello?").user_id == stage.operator.user_id


def test_a_message_would_stand_behind_who_waits(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    waiting = stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    go(stage, stage.operator, "online")
    decision = explain(stage.services, stage.org.actor, Hypothesis(channel_id=bot.id, text="Hello"))
    assert (decision.user_id, decision.reason.split("; ")[-1]) == (None, "others who wait come first")
    assert of(stage, waiting).user_id == stage.operator.user_id


def test_one_that_waits_for_a_choice_says_so_and_may_choose(stage: Stage, bot: Channel) -> None:
    choice = Choice("Whom?", (Option("Us", stage.org.group_id),), stage.org.group_id, 300)
    set_rules(stage, Rule("RULE1", "Ask", Conditions(), Effects(choice=choice)))
    conversation = stage.open_conversation(bot)
    assert of(stage, conversation).reason == "it waits for the customer to choose"
    assert of(stage, conversation, "us").user_id == stage.operator.user_id


def test_all_candidates_are_listed_for_who_asks_for_them(stage: Stage, bot: Channel) -> None:
    for number in range(12):
        colleague(stage, f"Ada {number}", "away")
    ten = explain(stage.services, stage.org.actor, Hypothesis(channel_id=bot.id))
    everybody = explain(stage.services, stage.org.actor, Hypothesis(channel_id=bot.id, most=1000))
    assert (len(ten.best), len(everybody.best)) == (10, 13)
    assert everybody.best[:10] == ten.best
    assert (everybody.user_id, everybody.reason) == (ten.user_id, ten.reason)


def test_it_is_decided_for_the_moment_that_is_asked_for(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.answer(conversation)
    later = Hypothesis(conversation_id=conversation.id, at=stage.clock() + timedelta(hours=3))
    assert of(stage, conversation).reason == "it stays with Ben Operator"
    assert explain(stage.services, stage.org.actor, later).reason.split("; ")[-1].startswith("Ben Operator had it last")


def test_one_that_is_put_aside_and_nobodys_says_until_when(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    assign(stage.services, stage.operator, conversation.id, Assignment(release=True))
    commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + timedelta(hours=2))
    until = stage.clock() + timedelta(hours=2)
    decision = of(stage, conversation)
    assert (decision.user_id, decision.reason) == (None, f"it is put aside until {until:%Y-%m-%d %H:%M} UTC")
    assert of(stage, conversation, "Hello?").user_id == stage.operator.user_id
    later = Hypothesis(conversation_id=conversation.id, at=until)
    assert explain(stage.services, stage.org.actor, later).counts == {"fit": 0, "released": 1}
