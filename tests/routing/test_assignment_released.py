"""What was released: in line again, and not given back to whoever had it before the customer writes."""

import pytest

from hub.db.tables.core import QUEUE_LINE
from hub.routing.assignment import Assignment, assign, assign_waiting
from hub.types import ConversationView, GroupRules
from tests.outbound.stage import Stage
from tests.routing.acts import colleague, give_slots, go, look, owner_of, rows, set_group, times
from tests.world import Channel


@pytest.fixture
def released(stage: Stage, bot: Channel) -> ConversationView:
    """Ben, who is the only one there, had it and gave it back."""
    conversation = stage.open_conversation(bot)
    return assign(stage.services, stage.operator, conversation.id, Assignment(release=True))


def test_it_stands_in_a_line_of_its_own_and_nobody_goes_back_to_who_gave_it_up(
    stage: Stage, released: ConversationView
) -> None:
    assert (released.assignee, released.routing["reason"]) == (None, "Released by Ben Operator")
    assert times(stage, released) == [(stage.operator.user_id, "released")]
    assert [each.needs for each in rows(stage, QUEUE_LINE)] == [f"not={stage.operator.user_id}"]
    assign_waiting(stage.services, stage.org.id)
    assert look(stage, released).assignee is None


def test_it_keeps_nobody_behind_it_waiting(stage: Stage, bot: Channel, released: ConversationView) -> None:
    other = stage.open_conversation(bot, "501")
    assert owner_of(stage, other) == stage.operator.user_id


def test_a_colleague_gets_it(stage: Stage, released: ConversationView) -> None:
    ada = colleague(stage, "Ada Operator")
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, released) == ada.user_id


def test_when_the_customer_writes_again_whoever_gave_it_up_may_have_it(
    stage: Stage, bot: Channel, released: ConversationView
) -> None:
    stage.hear(bot, stage.message("Is anybody there?"))
    assert owner_of(stage, released) == stage.operator.user_id


def test_of_several_who_gave_it_up_nobody_has_it_again_before_the_customer_writes(
    stage: Stage, bot: Channel, released: ConversationView
) -> None:
    ada = colleague(stage, "Ada Operator")
    assign_waiting(stage.services, stage.org.id)
    assign(stage.services, ada, released.id, Assignment(release=True))
    assign_waiting(stage.services, stage.org.id)
    assert look(stage, released).assignee is None
    stage.hear(bot, stage.message("Is anybody there?"))
    assert look(stage, released).assignee is not None


def test_who_takes_it_by_hand_after_all_is_a_candidate_again(stage: Stage, released: ConversationView) -> None:
    assign(stage.services, stage.operator, released.id, Assignment(take=True))
    assign(stage.services, stage.operator, released.id, Assignment(group_id=stage.org.group_id))
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, released) == stage.operator.user_id


def test_of_one_that_a_supervisor_releases_it_holds_for_who_had_it(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    set_group(stage, GroupRules(sticky=True))
    conversation = stage.open_conversation(bot)
    assign(stage.services, stage.org.actor, conversation.id, Assignment(release=True))
    assign_waiting(stage.services, stage.org.id)
    assert look(stage, conversation).assignee is None


@pytest.mark.parametrize("how", ["moved", "released"])
def test_whom_a_hand_took_it_off_it_does_not_return_to_however_often_the_customer_writes(
    stage: Stage, bot: Channel, how: str
) -> None:
    set_group(stage, GroupRules(sticky=True))
    conversation = stage.open_conversation(bot)
    wanted = Assignment(release=True) if how == "released" else Assignment(group_id=stage.org.group_id)
    go(stage, stage.operator, "away")
    assign(stage.services, stage.org.actor, conversation.id, wanted)
    stage.hear(bot, stage.message("Is anybody there?"))
    stage.hear(bot, stage.message("Hello?"))
    assert look(stage, conversation).routing["sticky"] == ""
