"""Whoever answers in a conversation that nobody has, has it; opening one again by hand is a giving like any other."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.access.usage import Line, report
from hub.conversations import commands
from hub.db import automatic_answers
from hub.db.automatic_answers import NewAnswer
from hub.db.tables.core import ASSIGNMENT
from hub.db.usage import By
from hub.errors import NotFound
from hub.ids import new_id
from hub.outbound.automatic import say_due
from hub.outbound.submit import Reply, submit
from hub.routing.assignment import end_choices
from hub.types import Actor, Choice, Conditions, ConversationView, Effects, Option, Role, Rule
from tests.outbound.stage import Stage
from tests.routing.acts import colleague, give_slots, go, set_rules
from tests.world import Channel


def look(stage: Stage, conversation: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == conversation.id)


def assignments(stage: Stage) -> list[Any]:
    with stage.services.db.reading(stage.org.id) as tx:
        return list(tx.all(select(ASSIGNMENT).order_by(ASSIGNMENT.c.assigned_at, ASSIGNMENT.c.id)))


def answer_as(stage: Stage, author: Actor, conversation: ConversationView) -> None:
    submit(stage.services, author, conversation.id, Reply("Good morning"))


def waiting(stage: Stage, bot: Channel) -> ConversationView:
    """A conversation in the group's line, in which a customer has waited for two minutes."""
    go(stage, stage.operator, "away")
    conversation = stage.open_conversation(bot)
    assert conversation.assignee is None
    stage.clock.forward(minutes=2)
    return conversation


def numbers(stage: Stage, by: By) -> dict[str | None, Line]:
    stage.clock.forward(seconds=1)
    return {each.name: each for each in report(stage.services, stage.org.actor, by, None, None).items}


# --- who answers has it ---------------------------------------------------------------------------------


def test_who_answers_where_nobody_is_has_it_from_then_on(stage: Stage, bot: Channel) -> None:
    conversation = waiting(stage, bot)
    go(stage, stage.operator, "online")
    stage.answer(conversation)
    after = look(stage, conversation)
    assert (after.assignee and after.assignee.name, after.waiting_for) == ("Ben Operator", "customer")
    assert after.routing["reason"] == "Taken by Ben Operator with an answer"
    assert stage.activities(conversation)[-1] == "assigned"
    [row] = assignments(stage)
    assert (row.user_id, row.by_hand, row.beyond_slots, row.group_id) == (
        stage.operator.user_id, True, False, stage.org.group_id,
    )  # fmt: skip
    assert (row.assigned_at - row.waiting_since).total_seconds() == 120
    assert (row.first_answer_at, row.answered_by) == (row.assigned_at, stage.operator.user_id)
    stage.clock.forward(minutes=1)
    assert (stage.write(bot, "Thanks").assignee or after.assignee).name == "Ben Operator"  # type: ignore[union-attr]


def test_an_answer_beyond_the_slots_or_by_somebody_absent_says_so(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    stage.open_conversation(bot)
    second = stage.open_conversation(bot, "501")
    assert second.assignee is None
    go(stage, stage.operator, "away")
    stage.answer(second)
    reason = "Taken by Ben Operator with an answer, beyond their slots, though they are away"
    assert look(stage, second).routing["reason"] == reason
    assert [each.beyond_slots for each in assignments(stage)] == [False, True]


def test_an_answer_in_somebody_else_s_conversation_leaves_it_theirs_and_counts_for_its_author(
    stage: Stage, bot: Channel
) -> None:
    ada = colleague(stage, "Ada Operator", "away")
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    answer_as(stage, ada, conversation)
    stage.clock.forward(minutes=1)
    stage.answer(conversation)
    after = look(stage, conversation)
    assert after.assignee is not None
    assert after.assignee.name == "Ben Operator"
    [row] = assignments(stage)
    assert (row.answered_by, (row.first_answer_at - row.waiting_since).total_seconds()) == (ada.user_id, 60)
    by_person = numbers(stage, By.OPERATOR)
    assert {name: (each.assignments, each.first_answer.count) for name, each in by_person.items()} == {
        "Ben Operator": (1, 0), "Ada Operator": (0, 1),
    }  # fmt: skip
    assert numbers(stage, By.GROUP)["Support"].first_answer.count == 1


def test_who_may_not_have_conversations_may_not_answer_where_nobody_is(stage: Stage, bot: Channel) -> None:
    auditor = stage.world.user(stage.org.id, "Uma Auditor", Role.AUDITOR)
    conversation = waiting(stage, bot)
    with pytest.raises(NotFound):
        answer_as(stage, auditor, conversation)
    assert look(stage, conversation).status == "new"


def test_a_note_takes_nothing(stage: Stage, bot: Channel) -> None:
    conversation = waiting(stage, bot)
    submit(stage.services, stage.operator, conversation.id, Reply("Who knows her?", note=True))
    assert (look(stage, conversation).assignee, assignments(stage)) == (None, [])


def test_an_answer_to_a_closed_conversation_opens_it_for_its_author(stage: Stage, bot: Channel) -> None:
    ada = colleague(stage, "Ada Operator", "away")
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)
    stage.clock.forward(minutes=1)
    answer_as(stage, ada, conversation)
    after = look(stage, conversation)
    assert (after.status, after.assignee and after.assignee.name) == ("pending", "Ada Operator")
    assert after.routing["reason"] == "Reopened by an answer of Ada Operator, though they are away"
    assert stage.activities(conversation)[-1] == "reopened"
    first, second = assignments(stage)
    assert (first.ended_by, first.first_answer_at) == ("closed", None)
    # nobody waited: it was closed
    assert (second.user_id, second.waiting_since, second.by_hand) == (ada.user_id, None, True)


def test_an_answer_ends_the_offer_of_a_choice(stage: Stage, bot: Channel) -> None:
    choice = Choice("Whom?", (Option("Sales", stage.org.group_id),), wait=300, otherwise_group_id=stage.org.group_id)
    set_rules(stage, Rule(new_id(), "Ask", Conditions(), Effects(choice=choice)))
    conversation = stage.open_conversation(bot)
    assert "choice" in conversation.routing
    stage.answer(conversation)
    say_due(stage.services)
    assert [each.author.type for each in stage.thread(conversation) if each.direction == "outbound"] == ["user"]
    after = stage.write(bot, "Sales")
    assert (after.assignee and after.assignee.name, after.group) == ("Ben Operator", None)
    stage.clock.forward(minutes=6)
    end_choices(stage.services)
    assert look(stage, conversation) == after
    [row] = assignments(stage)
    assert (row.group_id, row.first_answer_at, row.ended_at) == (None, row.assigned_at, None)


def test_an_automatic_answer_is_nobody_s_first_answer(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    with stage.services.db.transaction(stage.org.id) as tx:
        automatic_answers.want_all(
            tx, [NewAnswer(conversation.id, "rule:1", "We have your message", (), stage.clock())]
        )
    stage.clock.forward(minutes=1)
    say_due(stage.services)
    assert [each.direction for each in stage.thread(conversation)][-1] == "outbound"
    [row] = assignments(stage)
    assert (row.first_answer_at, row.answered_by) == (None, None)


# --- opened again by hand -------------------------------------------------------------------------------


def test_reopening_by_hand_is_marked_and_gives_its_own_reason(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)
    stage.open_conversation(bot, "501")
    go(stage, stage.operator, "away")
    opened = commands.reopen(stage.services, stage.operator, conversation.id)
    assert opened.routing["reason"] == "Reopened by Ben Operator, beyond their slots, though they are away"
    assert opened.routing["rule"] == "by_hand"
    assert "best" not in opened.routing
    [row] = [each for each in assignments(stage) if each.by_hand]
    assert (row.conversation_id, row.beyond_slots) == (conversation.id, True)
    [line] = [each for each in stage.thread(conversation) if each.parts[0].get("what") == "reopened"]
    assert (line.text, line.parts[0]["beyond_slots"]) == (opened.routing["reason"], True)


def test_reopening_within_the_slots_is_not_marked(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)
    opened = commands.reopen(stage.services, stage.operator, conversation.id)
    assert opened.routing["reason"] == "Reopened by Ben Operator"
    assert [each.beyond_slots for each in assignments(stage)] == [False, False]
