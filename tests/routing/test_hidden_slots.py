"""What may not be shown cannot be answered: it takes no slot, and needs one again when the restriction is lifted."""

from datetime import timedelta

import pytest

from hub.conversations import commands
from hub.privacy import cases
from hub.routing.assignment import assign_waiting
from hub.types import ConversationView
from tests.outbound.stage import Stage
from tests.routing.acts import colleague, give_slots, look, owner_of
from tests.world import Channel


@pytest.fixture
def hidden(stage: Stage, bot: Channel) -> ConversationView:
    """Ben's, who has one slot; its customer is restricted."""
    give_slots(stage, 1)
    conversation = stage.open_conversation(bot)
    cases.restrict(stage.services, cases.request_of(stage.org.actor, conversation.contact.id, "they asked for it"))
    return conversation


def lift(stage: Stage, conversation: ConversationView) -> None:
    cases.unrestrict(stage.services, cases.request_of(stage.org.actor, conversation.contact.id, "it is settled"))


def test_it_takes_no_slot_though_its_customer_writes_beside_others(
    stage: Stage, bot: Channel, hidden: ConversationView
) -> None:
    stage.hear(bot, stage.message("are you there?"), stage.message("Hello", "501"))
    [other] = stage.conversations()
    assert owner_of(stage, other) == stage.operator.user_id


def test_when_it_is_lifted_it_stays_with_who_has_a_slot(stage: Stage, bot: Channel, hidden: ConversationView) -> None:
    colleague(stage, "Ada Operator")
    lift(stage, hidden)
    assert owner_of(stage, hidden) == stage.operator.user_id
    assert stage.activities(hidden) == ["routed"]


def test_when_it_is_lifted_and_they_are_busy_it_waits_or_goes_to_who_is_free(
    stage: Stage, bot: Channel, hidden: ConversationView
) -> None:
    stage.open_conversation(bot, "501")
    lift(stage, hidden)
    assert look(stage, hidden).assignee is None
    ada = colleague(stage, "Ada Operator")
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, hidden) == ada.user_id


def test_what_is_put_aside_stays_so_when_it_is_lifted(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    conversation = stage.open_conversation(bot)
    commands.snooze(stage.services, stage.operator, conversation.id, stage.clock() + timedelta(days=1))
    cases.restrict(stage.services, cases.request_of(stage.org.actor, conversation.contact.id, "they asked for it"))
    stage.open_conversation(bot, "501")
    lift(stage, conversation)
    assert look(stage, conversation).snoozed_until is not None
    assert owner_of(stage, conversation) == stage.operator.user_id
