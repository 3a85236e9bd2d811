"""What the clock does to assignments: absent operators, overflow, supervisors, silence."""

import pytest
from sqlalchemy import update

from hub.db.routing_forms import wishes_to_json
from hub.db.tables.core import GROUP_MEMBER, ORGANIZATION, QUEUE_LINE
from hub.routing import assignment
from hub.routing.assignment import Assignment, assign, assign_waiting, by_clock, endings
from hub.types import GroupRules, RoutingWishes
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, colleague, go, load, look, owner_of, rows, set_group, times
from tests.world import Channel


def test_what_waits_for_somebody_offline_goes_back_after_the_grace_time(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    answered = stage.open_conversation(bot, "501")
    stage.answer(answered)
    ada = colleague(stage, "Ada Operator")
    stage.clock.forward(minutes=5)
    go(stage, stage.operator, "offline")
    stage.clock.forward(seconds=119)
    assignment.return_from_offline(stage.services)
    assert owner_of(stage, conversation) == stage.operator.user_id
    stage.clock.forward(seconds=1)
    assignment.return_from_offline(stage.services)
    assert owner_of(stage, conversation) == ada.user_id
    assert owner_of(stage, answered) == stage.operator.user_id
    assert times(stage, conversation) == [(stage.operator.user_id, "returned"), (ada.user_id, None)]
    stage.hear(bot, stage.message("and now?", "501"))
    assert owner_of(stage, answered) == ada.user_id


def test_what_a_person_gave_to_somebody_offline_stays_theirs(stage: Stage, bot: Channel) -> None:
    ada = colleague(stage, "Ada Operator", "offline")
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    assign(stage.services, stage.operator, conversation.id, Assignment(user_id=ada.user_id))
    stage.clock.forward(hours=1)
    assignment.return_from_offline(stage.services)
    assert owner_of(stage, conversation) == ada.user_id


def test_who_waits_too_long_goes_over_to_another_group(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    ada = colleague(stage, "Ada Operator", "away")
    second = add_group(stage, "Second", ada)
    set_group(stage, GroupRules(overflow_group_id=second, overflow_after=300, tell_after=600))
    conversation = stage.open_conversation(bot)
    go(stage, ada, "online")
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(GROUP_MEMBER.delete().where(GROUP_MEMBER.c.group_id == stage.org.group_id))
    stage.clock.forward(seconds=299)
    assignment.overflow_due(stage.services)
    assert look(stage, conversation).assignee is None
    stage.clock.forward(seconds=1)
    assignment.overflow_due(stage.services)
    assert owner_of(stage, conversation) == ada.user_id
    assert "took it in time" in stage.thread(conversation)[-1].text


def test_supervisors_are_told_once_that_somebody_waits(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    set_group(stage, GroupRules(tell_after=600))
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=10)
    assignment.tell_supervisors(stage.services)
    assignment.tell_supervisors(stage.services)
    assert stage.activities(conversation) == ["routed", "waiting_long"]


def test_a_silent_conversation_closes_by_itself_unless_it_waits_for_us(stage: Stage, bot: Channel) -> None:
    wishes = wishes_to_json(RoutingWishes(close_after=7))
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == stage.org.id).values(routing=wishes))
    answered, owed = stage.open_conversation(bot), stage.open_conversation(bot, "501")
    stage.answer(answered)
    stage.clock.forward(days=6, hours=23)
    assignment.close_silent(stage.services)
    assert look(stage, answered).status == "pending"
    stage.clock.forward(hours=1)
    assignment.close_silent(stage.services)
    assert (look(stage, answered).status, look(stage, owed).status) == ("closed", "new")
    assert times(stage, answered) == [(stage.operator.user_id, "closed")]


def test_lines_in_which_nobody_stands_are_forgotten(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    stage.open_conversation(bot)
    assignment.forget_lines(stage.services)
    assert len(rows(stage, QUEUE_LINE)) == 1
    go(stage, stage.operator, "online")
    assign_waiting(stage.services, stage.org.id)
    assignment.forget_lines(stage.services)
    assert rows(stage, QUEUE_LINE) == []


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two conversations a transaction, so that five take several."""
    for job in (by_clock, endings):
        monkeypatch.setattr(job, "AT_ONCE", 2)


def five(stage: Stage, bot: Channel) -> None:
    stage.hear(bot, *(stage.message("Hello", str(person)) for person in range(500, 505)))


def test_all_that_somebody_held_goes_back_and_what_is_not_due_keeps_nothing_from_it(
    stage: Stage, bot: Channel, few: None
) -> None:
    five(stage, bot)
    go(stage, stage.operator, "offline")
    stage.clock.forward(minutes=1)
    kept = [each.id for each in stage.conversations()][:2]
    ada = colleague(stage, "Ada Operator", "offline")
    for conversation_id in kept:
        # theirs on purpose since they went
        assign(stage.services, stage.org.actor, conversation_id, Assignment(user_id=ada.user_id))
        assign(stage.services, stage.org.actor, conversation_id, Assignment(user_id=stage.operator.user_id))
    stage.clock.forward(hours=1)
    assignment.return_from_offline(stage.services)
    assert load(stage) == {"Ben Operator": 2, "": 3}


def test_all_who_waited_too_long_go_over_in_one_run(stage: Stage, bot: Channel, few: None) -> None:
    go(stage, stage.operator, "offline")
    second = add_group(stage, "Second", colleague(stage, "Ada Operator", "away"))
    set_group(stage, GroupRules(overflow_group_id=second, overflow_after=300, tell_after=60))
    five(stage, bot)
    stage.clock.forward(minutes=10)
    assignment.tell_supervisors(stage.services)
    assert [stage.activities(each).count("waiting_long") for each in stage.conversations()] == [1] * 5
    assignment.overflow_due(stage.services)
    assert {each.group.id for each in stage.conversations() if each.group} == {second}


def test_all_silent_ones_close_in_one_run(stage: Stage, bot: Channel, few: None) -> None:
    wishes = wishes_to_json(RoutingWishes(close_after=7))
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == stage.org.id).values(routing=wishes))
    five(stage, bot)
    for each in stage.conversations():
        stage.answer(each)
    stage.clock.forward(days=7)
    assignment.close_silent(stage.services)
    assert {each.status for each in stage.conversations()} == {"closed"}
