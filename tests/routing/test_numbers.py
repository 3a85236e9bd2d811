"""What the numbers make of a conversation's life: snoozed, handed on, released, given back, closed by silence."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.access.usage import Line, report
from hub.conversations import commands
from hub.db.routing_forms import wishes_to_json
from hub.db.tables.core import ORGANIZATION
from hub.db.usage import By
from hub.routing.assignment import Assignment, assign, assign_waiting, close_silent, end_snoozes, return_from_offline
from hub.types import Actor, RoutingWishes
from tests.outbound.stage import Stage
from tests.routing.test_answering import answer_as
from tests.routing.test_assignment import colleague, go
from tests.world import Channel


@pytest.fixture
def ada(stage: Stage) -> Actor:
    """A colleague who gets nothing by herself."""
    return colleague(stage, "Ada Operator", "away")


def wish(stage: Stage, wishes: RoutingWishes) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        mine = update(ORGANIZATION).where(ORGANIZATION.c.id == stage.org.id)
        tx.execute(mine.values(routing=wishes_to_json(wishes)))


def numbers(stage: Stage, by: By) -> dict[str | None, Line]:
    until = stage.clock.now + timedelta(seconds=1)
    return {each.name: each for each in report(stage.services, stage.org.actor, by, None, until).items}


def test_who_hands_it_on_before_answering_has_no_first_answer(stage: Stage, bot: Channel, ada: Actor) -> None:
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    assign(stage.services, stage.operator, conversation.id, Assignment(user_id=ada.user_id))
    stage.clock.forward(minutes=1)
    answer_as(stage, ada, conversation)
    people = numbers(stage, By.OPERATOR)
    ben, theirs = people["Ben Operator"], people["Ada Operator"]
    assert (ben.waiting.mean, ben.first_answer.count, ben.handling.mean) == (0.0, 0, 60.0)
    assert (theirs.waiting.mean, theirs.first_answer.mean, theirs.handling.count) == (60.0, 120.0, 0)
    assert numbers(stage, By.GROUP)["Support"].first_answer.count == 1


def test_a_released_one_has_waited_since_the_customer_wrote(stage: Stage, bot: Channel, ada: Actor) -> None:
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=2)
    go(stage, stage.operator, "away")
    assign(stage.services, stage.operator, conversation.id, Assignment(release=True))
    stage.clock.forward(minutes=3)
    go(stage, ada, "online")
    assign_waiting(stage.services, stage.org.id)
    people = numbers(stage, By.OPERATOR)
    assert (people["Ben Operator"].handling.mean, people["Ben Operator"].first_answer.count) == (120.0, 0)
    assert people["Ada Operator"].waiting.mean == 300.0


def test_one_given_back_by_somebody_offline_counts_until_it_is_given_back(
    stage: Stage, bot: Channel, ada: Actor
) -> None:
    stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    go(stage, stage.operator, "offline")
    stage.clock.forward(minutes=5)
    return_from_offline(stage.services)
    stage.clock.forward(minutes=1)
    go(stage, ada, "online")
    assign_waiting(stage.services, stage.org.id)
    people = numbers(stage, By.OPERATOR)
    assert people["Ben Operator"].handling.mean == 360.0
    assert (people["Ada Operator"].waiting.mean, people["Ada Operator"].handling.count) == (420.0, 0)


def test_a_snooze_ends_nobody_s_time_with_it(stage: Stage, bot: Channel, ada: Actor) -> None:
    assert ada.user_id
    conversation = stage.open_conversation(bot)
    until = stage.clock.now + timedelta(hours=2)
    commands.snooze(stage.services, stage.operator, conversation.id, until)
    stage.clock.forward(hours=2)
    end_snoozes(stage.services)
    stage.clock.forward(minutes=1)
    stage.answer(conversation)
    commands.close(stage.services, stage.operator, conversation.id)
    [ben] = numbers(stage, By.OPERATOR).values()
    assert (ben.assignments, ben.waiting.mean) == (1, 0.0)
    # the customer has waited all the while
    assert (ben.first_answer.mean, ben.handling.mean) == (7260.0, 7260.0)


def test_silence_before_a_conversation_closes_by_itself_is_nobody_s_handling(stage: Stage, bot: Channel) -> None:
    wish(stage, RoutingWishes(close_after=7))
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=4)
    stage.answer(conversation)
    stage.clock.forward(days=7, minutes=1)
    close_silent(stage.services)
    [ben] = numbers(stage, By.OPERATOR).values()
    assert (ben.first_answer.mean, ben.handling.mean) == (240.0, 240.0)
