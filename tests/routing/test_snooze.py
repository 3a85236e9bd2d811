"""A snooze takes no slot, is over on time or with a message, and then the conversation is routed like a parked one."""

from datetime import timedelta

import pytest

from hub.access.presence import set_presence
from hub.conversations import commands
from hub.routing.assignment import assign_waiting, end_snoozes
from hub.types import Actor, ConversationView, Presence, Role
from tests.outbound.stage import Stage
from tests.routing.acts import give_slots
from tests.world import Channel

HOUR = timedelta(hours=1)


@pytest.fixture
def snoozed(stage: Stage, bot: Channel) -> ConversationView:
    """Ben's, who has one slot: the customer has waited for an hour, and it is put aside for another."""
    give_slots(stage, 1)
    conversation = stage.open_conversation(bot)
    assert owner(stage, conversation) == "Ben Operator"
    stage.clock.forward(hours=1)
    return commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + HOUR)


def now(stage: Stage, conversation: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == conversation.id)


def owner(stage: Stage, conversation: ConversationView) -> str:
    found = now(stage, conversation)
    return found.assignee.name if found.assignee else ""


def wake(stage: Stage, seconds: float = HOUR.total_seconds()) -> None:
    stage.clock.forward(seconds=seconds)
    end_snoozes(stage.services)


def ada(stage: Stage, presence: str = "online") -> Actor:
    return stage.world.user(stage.org.id, "Ada Operator", Role.OPERATOR, presence, stage.org.group_id)


def go(stage: Stage, state: str) -> None:
    set_presence(stage.services, stage.org.actor, stage.operator.user_id, Presence(state))


def test_it_is_over_on_time_and_not_before(stage: Stage, snoozed: ConversationView) -> None:
    wake(stage, HOUR.total_seconds() - 1)
    assert now(stage, snoozed).snoozed_until is not None
    wake(stage, 1)
    assert (now(stage, snoozed).snoozed_until, owner(stage, snoozed)) == (None, "Ben Operator")
    assert stage.activities(snoozed)[:3] == ["routed", "snoozed", "snooze_over"]


def test_it_is_over_with_a_message(stage: Stage, bot: Channel, snoozed: ConversationView) -> None:
    stage.clock.forward(minutes=10)
    stage.hear(bot, stage.message("I have one more question"))
    assert (now(stage, snoozed).snoozed_until, owner(stage, snoozed)) == (None, "Ben Operator")


def test_its_slot_is_free_meanwhile(stage: Stage, bot: Channel, snoozed: ConversationView) -> None:
    other = stage.open_conversation(bot, "501")
    assert owner(stage, other) == "Ben Operator"


def test_a_message_of_the_last_hour_keeps_the_slot_taken(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    conversation = stage.open_conversation(bot)
    commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + 3 * HOUR)
    stage.clock.forward(minutes=59)
    other = stage.open_conversation(bot, "501")
    assert owner(stage, other) == ""
    stage.clock.forward(minutes=1)
    assign_waiting(stage.services, stage.org.id)
    assert owner(stage, other) == "Ben Operator"


@pytest.mark.parametrize("how", ["time", "message"])
def test_without_a_free_slot_it_goes_to_a_colleague_of_the_group(
    stage: Stage, bot: Channel, snoozed: ConversationView, how: str
) -> None:
    stage.open_conversation(bot, "501")
    ada(stage)
    come_back(stage, bot, how)
    assert owner(stage, snoozed) == "Ada Operator"


@pytest.mark.parametrize("how", ["time", "message"])
def test_without_anybody_free_it_waits_in_the_line_and_is_given_to_who_comes(
    stage: Stage, bot: Channel, snoozed: ConversationView, how: str
) -> None:
    stage.open_conversation(bot, "501")
    come_back(stage, bot, how)
    assert owner(stage, snoozed) == ""
    ada(stage)
    assign_waiting(stage.services, stage.org.id)
    assert owner(stage, snoozed) == "Ada Operator"


@pytest.mark.parametrize("state", ["away", "offline"])
def test_who_is_not_there_does_not_get_it_back(stage: Stage, snoozed: ConversationView, state: str) -> None:
    ada(stage)
    go(stage, state)
    wake(stage)
    assert owner(stage, snoozed) == "Ada Operator"


def test_one_in_which_nobody_waits_stays_with_its_operator(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.answer(conversation)
    commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + HOUR)
    go(stage, "offline")
    ada(stage)
    wake(stage)
    assert (now(stage, conversation).snoozed_until, owner(stage, conversation)) == (None, "Ben Operator")


def test_it_is_over_once_however_often_the_job_runs(stage: Stage, snoozed: ConversationView) -> None:
    wake(stage)
    end_snoozes(stage.services)
    assert stage.activities(snoozed).count("snooze_over") == 1


def test_one_that_was_closed_does_not_come_back(stage: Stage, snoozed: ConversationView) -> None:
    commands.close(stage.services, stage.operator, snoozed.id)
    wake(stage)
    assert "snooze_over" not in stage.activities(snoozed)


def come_back(stage: Stage, bot: Channel, how: str) -> None:
    """End the snooze of the customer 500."""
    if how == "time":
        wake(stage)
        return
    stage.clock.forward(minutes=10)
    stage.hear(bot, stage.message("I am back"))
