"""Parked customers: back to the same operator who is there with a free slot, whatever the group, else in line."""

from hub.conversations import commands
from hub.outbound.submit import Reply, submit
from hub.routing.assignment import Assignment, assign, assign_waiting
from hub.types import Actor, ConversationView, Role
from tests.outbound.stage import Stage
from tests.routing.acts import colleague, give_slots, go, look, owner_of, set_channel_group, times
from tests.world import Channel


def test_a_parked_customer_returns_to_the_same_operator_who_has_a_slot(stage: Stage, bot: Channel) -> None:
    colleague(stage, "Ada Operator")
    conversation = stage.open_conversation(bot)
    first = owner_of(stage, conversation)
    stage.answer(conversation)
    stage.clock.forward(hours=3)
    stage.hear(bot, stage.message("I am back"))
    assert owner_of(stage, conversation) == first
    assert stage.activities(conversation) == ["routed"]
    assert times(stage, conversation) == [(first, None)]


def test_a_parked_customer_whose_operator_is_full_goes_to_others_or_waits(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    parked = stage.open_conversation(bot, "500")
    stage.answer(parked)
    stage.clock.forward(hours=3)
    busy = stage.open_conversation(bot, "501")
    assert owner_of(stage, busy) == stage.operator.user_id
    stage.hear(bot, stage.message("I am back", "500"))
    assert look(stage, parked).assignee is None
    commands.close(stage.services, stage.operator, busy.id)
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, parked) == stage.operator.user_id
    assert times(stage, parked) == [(stage.operator.user_id, "returned"), (stage.operator.user_id, None)]


def park(stage: Stage, conversation: ConversationView, owner: Actor) -> None:
    """Have somebody take a conversation by hand and answer; then it is silent for hours."""
    assign(stage.services, stage.org.actor, conversation.id, Assignment(user_id=owner.user_id))
    submit(stage.services, owner, conversation.id, Reply("I am looking into it"))
    stage.clock.forward(hours=3)


def test_it_returns_to_who_was_given_it_by_hand_and_is_not_in_the_group(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    cleo = stage.world.user(stage.org.id, "Cleo Operator", Role.OPERATOR, "online")
    park(stage, conversation, cleo)
    stage.hear(bot, stage.message("I am back"))
    back = look(stage, conversation)
    assert owner_of(stage, conversation) == cleo.user_id
    assert back.routing["rule"] == "kept"
    assert "Cleo Operator had it last and has a free slot" in back.routing["reason"]
    assert [who for who, _ in times(stage, conversation)] == [stage.operator.user_id, cleo.user_id]


def test_it_returns_on_a_channel_without_a_group_too(stage: Stage, bot: Channel) -> None:
    set_channel_group(stage, bot, None)
    conversation = stage.open_conversation(bot)
    park(stage, conversation, stage.operator)
    stage.hear(bot, stage.message("I am back"))
    back = look(stage, conversation)
    assert (owner_of(stage, conversation), back.group, back.routing["rule"]) == (stage.operator.user_id, None, "kept")


def test_who_is_full_or_away_does_not_get_it_back_and_without_a_group_anybody_may_take_it(
    stage: Stage, bot: Channel
) -> None:
    set_channel_group(stage, bot, None)
    conversation = stage.open_conversation(bot)
    park(stage, conversation, stage.operator)
    go(stage, stage.operator, "away")
    stage.hear(bot, stage.message("I am back"))
    assert look(stage, conversation).assignee is None
