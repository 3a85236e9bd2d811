"""Newcomers do not pass those who stand in line; only who returns to their operator does."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from hub.conversations import commands
from hub.db.routing_lines import list_heads
from hub.db.tables.core import CONVERSATION
from hub.routing.assignment import ASSIGN_JOB, assign_waiting
from hub.types import Conditions, ConversationView, Effects, Rule
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, colleague, give_slots, go, look, owner_of, set_rules
from tests.world import Channel


@pytest.fixture
def woken(stage: Stage) -> list[tuple[Any, ...]]:
    """What jobs were woken."""
    found: list[tuple[Any, ...]] = []
    object.__setattr__(stage.services.queue, "wake", lambda *call: found.append(call))
    return found


@pytest.fixture
def waiting(stage: Stage, bot: Channel) -> ConversationView:
    """It has waited for a minute when Ben, who has one slot, comes online; nobody has served the line yet."""
    give_slots(stage, 1)
    go(stage, stage.operator, "offline")
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    go(stage, stage.operator, "online")
    return conversation


def owed(stage: Stage, conversation: ConversationView) -> bool:
    return look(stage, conversation).assignee is None


def test_a_newcomer_stands_behind_who_waits_and_the_line_is_served_at_once(
    stage: Stage, bot: Channel, waiting: ConversationView, woken: list[tuple[Any, ...]]
) -> None:
    newcomer = stage.open_conversation(bot, "501")
    assert owed(stage, newcomer)
    assert newcomer.routing["reason"].endswith("; others who wait come first")
    assert ("routing", ASSIGN_JOB, stage.org.id) in woken
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, waiting) == stage.operator.user_id
    assert owed(stage, newcomer)


def test_with_slots_for_both_the_line_gives_both_at_once(stage: Stage, bot: Channel, waiting: ConversationView) -> None:
    give_slots(stage, 2)
    newcomer = stage.open_conversation(bot, "501")
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, waiting) == owner_of(stage, newcomer) == stage.operator.user_id


def test_several_of_one_batch_all_stand_behind(stage: Stage, bot: Channel, waiting: ConversationView) -> None:
    give_slots(stage, 4)
    stage.hear(bot, *(stage.message("Hello", str(person)) for person in range(501, 504)))
    assert [each.assignee for each in stage.conversations()] == [None] * 4


def test_a_more_urgent_one_comes_first(stage: Stage, bot: Channel, waiting: ConversationView) -> None:
    set_rules(stage, Rule("RULE1", "Fire", Conditions(keywords=("fire",)), Effects(priority=5)))
    urgent = stage.write(bot, "There is a fire", "501")
    assert owner_of(stage, urgent) == stage.operator.user_id
    assert owed(stage, waiting)


def test_who_waits_for_somebody_else_is_passed(stage: Stage, bot: Channel, waiting: ConversationView) -> None:
    second = add_group(stage, "Second", colleague(stage, "Ada Operator", "offline"))
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == waiting.id).values(group_id=second))
    newcomer = stage.open_conversation(bot, "501")
    assert owner_of(stage, newcomer) == stage.operator.user_id


def test_who_waits_in_another_group_of_the_same_operator_is_not_passed(
    stage: Stage, bot: Channel, waiting: ConversationView
) -> None:
    second = add_group(stage, "Second", stage.operator)
    page = stage.channel("facebook", "102030405060708")
    set_rules(stage, Rule("RULE1", "Page", Conditions(channel_ids=(page.id,)), Effects(group_id=second)))
    newcomer = stage.write(page, "Hello", "900")
    assert newcomer.group is not None
    assert (newcomer.group.id, newcomer.assignee) == (second, None)


def test_who_returns_to_their_operator_passes(stage: Stage, bot: Channel, waiting: ConversationView) -> None:
    assign_waiting(stage.services, stage.org.id)
    commands.close(stage.services, stage.operator, waiting.id)
    go(stage, stage.operator, "offline")
    other = stage.open_conversation(bot, "501")
    stage.clock.forward(minutes=1)
    go(stage, stage.operator, "online")
    stage.hear(bot, stage.message("One more thing", "500"))
    assert owner_of(stage, waiting) == stage.operator.user_id
    assert owed(stage, other)


def test_a_line_is_looked_up_once_however_many_come_and_wait(
    stage: Stage, bot: Channel, waiting: ConversationView, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_lines = []
    monkeypatch.setattr(
        "hub.db.routing_lines.list_heads",
        lambda *call, original=list_heads: from_lines.append(call[4:]) or original(*call),
    )
    stage.hear(bot, *(stage.message("Hello", str(person)) for person in range(501, 511)))
    assert [call[0] for call in from_lines] == [1]


def test_of_one_batch_the_rules_most_urgent_is_routed_first(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    set_rules(stage, Rule("RULE1", "Fire", Conditions(keywords=("fire",)), Effects(priority=5)))
    early, late = stage.clock(), stage.clock() + timedelta(seconds=1)
    stage.clock.forward(minutes=1)
    first, urgent = stage.message("Hello", "500", position=early), stage.message("A fire", "501", position=late)
    stage.hear(bot, first, urgent)
    [given] = [each for each in stage.conversations() if each.assignee]
    assert given.priority == 5
