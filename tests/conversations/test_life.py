"""The life of a conversation, through the doors that customers and operators use."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.conversations import commands
from hub.conversations.reading import get_conversation
from hub.db.tables.core import CHANNEL
from hub.errors import Conflict, Invalid
from hub.outbound.submit import Reply, submit
from hub.routing import assignment
from hub.types import ConversationView, MessageReceived, Person, Role, Text
from tests.outbound.stage import START, Stage
from tests.world import Channel


def only(stage: Stage) -> ConversationView:
    [conversation] = stage.conversations()
    return conversation


def set_returning(stage: Stage, channel: Channel, value: str) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel.id).values(returning=value))


def test_a_conversation_is_new_until_a_user_answers(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    assert conversation.assignee is not None
    assert (conversation.status, conversation.waiting_for, conversation.waiting_since) == ("new", "us", START)
    submit(stage.services, stage.operator, conversation.id, Reply("for colleagues", note=True))
    commands.set_topic(stage.services, stage.operator, conversation.id, "A lost parcel")
    assert only(stage).status == "new"
    stage.answer(conversation)
    now = only(stage)
    assert (now.status, now.waiting_for, now.waiting_since) == ("pending", "customer", None)


def test_whose_turn_it_is_follows_who_spoke_last(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=5)
    stage.hear(bot, stage.message("Are you there?"))
    assert only(stage).waiting_since == START
    stage.answer(conversation)
    stage.clock.forward(minutes=5)
    stage.hear(bot, stage.message("Thank you"))
    now = only(stage)
    assert (now.status, now.waiting_for, now.waiting_since) == ("pending", "us", stage.clock())


@pytest.mark.parametrize(("answered", "status"), [(False, "new"), (True, "pending")])
def test_a_returning_customer_reopens_the_conversation_as_far_as_it_had_come(
    stage: Stage, bot: Channel, answered: bool, status: str
) -> None:
    conversation = stage.open_conversation(bot)
    if answered:
        stage.answer(conversation)
    closed = commands.close(stage.services, stage.operator, conversation.id)
    assert (closed.status, closed.waiting_since) == ("closed", None)
    stage.clock.forward(days=40)
    stage.hear(bot, stage.message("Me again"))
    again = only(stage)
    assert (again.id, again.status, again.waiting_for, again.waiting_since) == (
        conversation.id,
        status,
        "us",
        stage.clock(),
    )
    assert "reopened" in stage.activities(again)


def test_where_the_channel_says_so_a_returning_customer_starts_a_new_conversation(stage: Stage, bot: Channel) -> None:
    set_returning(stage, bot, "new")
    first = stage.open_conversation(bot)
    stage.hear(bot, stage.message("one more thing"))
    assert only(stage).id == first.id
    commands.close(stage.services, stage.operator, first.id)
    stage.clock.forward(hours=1)
    stage.hear(bot, stage.message("Me again"))
    newer = next(each for each in stage.conversations() if each.id != first.id)
    assert (newer.status, newer.contact) == ("new", first.contact)
    assert next(each for each in stage.conversations() if each.id == first.id).status == "closed"


def test_only_one_conversation_of_a_customer_and_channel_is_open(stage: Stage, bot: Channel) -> None:
    set_returning(stage, bot, "new")
    first = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, first.id)
    stage.hear(bot, stage.message("Me again"))
    for reopen in (
        lambda: commands.reopen(stage.services, stage.operator, first.id),
        lambda: stage.answer(first, "an afterthought"),
    ):
        with pytest.raises(Conflict, match="another open conversation"):
            reopen()
    [second] = [each for each in stage.conversations() if each.id != first.id]
    commands.close(stage.services, stage.operator, second.id)
    assert commands.reopen(stage.services, stage.operator, first.id).status == "new"


def test_an_operator_who_reopens_a_conversation_keeps_it(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.org.actor, conversation.id)
    stage.clock.forward(hours=1)
    again = commands.reopen(stage.services, stage.org.actor, conversation.id)
    assert again.assignee is not None
    assert (again.assignee.id, again.status) == (stage.org.actor.user_id, "new")
    assert (again.waiting_for, again.waiting_since) == ("us", stage.clock())


def test_an_answer_reopens_a_closed_conversation(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)
    stage.answer(conversation, "One more thing")
    now = only(stage)
    assert (now.status, now.waiting_for) == ("pending", "customer")
    assert stage.activities(now)[-1] == "reopened"


def test_a_snooze_ends_by_its_time_and_says_so(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    until = stage.clock() + timedelta(hours=2)
    assert commands.snooze(stage.services, stage.operator, conversation.id, until).snoozed_until == until
    stage.clock.now = until - timedelta(milliseconds=1)
    assignment.end_snoozes(stage.services)
    assert only(stage).snoozed_until == until
    stage.clock.now = until
    assignment.end_snoozes(stage.services)
    assignment.end_snoozes(stage.services)
    assert only(stage).snoozed_until is None
    assert stage.activities(conversation).count("snooze_over") == 1


@pytest.mark.parametrize("wake", ["customer", "answer", "close"])
def test_a_snooze_ends_when_something_happens(stage: Stage, bot: Channel, wake: str) -> None:
    conversation = stage.open_conversation(bot)
    commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + timedelta(hours=2))
    if wake == "customer":
        stage.hear(bot, stage.message("Hello?"))
    elif wake == "answer":
        stage.answer(conversation)
    else:
        commands.close(stage.services, stage.operator, conversation.id)
    assert only(stage).snoozed_until is None


def test_a_snooze_into_the_past_or_of_a_closed_conversation_is_refused(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    with pytest.raises(Invalid, match="has passed"):
        commands.snooze(stage.services, stage.operator, conversation.id, stage.clock())
    commands.close(stage.services, stage.operator, conversation.id)
    with pytest.raises(Conflict, match="reopen it first"):
        commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + timedelta(hours=1))


def test_every_change_of_a_conversation_is_an_entry_and_no_change_is_none(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    later = stage.clock() + timedelta(hours=1)
    for _ in range(2):
        commands.set_topic(stage.services, stage.operator, conversation.id, "A lost parcel")
    for _ in range(2):
        commands.snooze(stage.services, stage.operator, conversation.id, later)
    for _ in range(2):
        commands.close(stage.services, stage.operator, conversation.id)
    for _ in range(2):
        commands.reopen(stage.services, stage.operator, conversation.id)
    commands.set_topic(stage.services, stage.operator, conversation.id, "")
    assert sorted(stage.activities(conversation)) == ["closed", "reopened", "routed", "snoozed", "topic", "topic"]
    said = [each for each in stage.thread(conversation) if each.direction == "activity" and each.author.id]
    assert {each.author.name for each in said} == {"Ben Operator"}
    assert only(stage).topic is None


def test_each_operator_has_a_read_mark_of_their_own(stage: Stage, bot: Channel) -> None:
    other = stage.world.user(stage.org.id, "Ada Operator", Role.OPERATOR, group_id=stage.org.group_id)
    conversation = stage.open_conversation(bot)
    stage.hear(bot, stage.message("two"), stage.message("three"))
    stage.answer(conversation)
    assert only(stage).unread == 3
    assert commands.mark_read(stage.services, stage.operator, conversation.id).unread == 0
    stage.hear(bot, stage.message("four"))
    assert only(stage).unread == 1
    assert get_conversation(stage.services, other, conversation.id).unread == 4
    commands.mark_read(stage.services, other, conversation.id)
    assert only(stage).unread == 1


@pytest.mark.parametrize("text", ["a\x00b", "x\ud800y"])
def test_a_message_with_what_no_database_takes_is_shown_without_it(stage: Stage, bot: Channel, text: str) -> None:
    event = MessageReceived("500:1", Person("500", name=text), (Text(text),), topic=text)
    stage.hear(bot, event)
    conversation = only(stage)
    [said] = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    shown = text.replace("\x00", "").replace("\ud800", "")
    assert (said.text, said.parts[0]["text"], said.author.name) == (shown, shown, shown)
    assert (conversation.preview, conversation.topic, conversation.contact.name) == (shown, shown, shown)
