"""Who waits without a group enters a line when the channel gets one."""

import pytest

from hub.conversations import commands
from hub.provisioning.channels import ChannelChanges, change_channel
from hub.routing import assignment
from hub.routing.assignment import ENTER_JOB, Assignment, assign, assign_waiting, entering
from hub.types import Choice, Conditions, Effects, Option, Rule
from tests.outbound.stage import Stage
from tests.routing.acts import give_slots, go, load, look, owner_of, set_channel_group, set_rules
from tests.world import Channel


@pytest.fixture
def loose(stage: Stage, bot: Channel) -> Channel:
    """A channel without a group."""
    set_channel_group(stage, bot, None)
    return bot


def enter(stage: Stage) -> None:
    assignment.enter_lines(stage.services, stage.org.id)


def test_giving_a_channel_a_group_wakes_the_job_that_brings_them_there(stage: Stage, loose: Channel) -> None:
    conversation = stage.open_conversation(loose)
    stage.clock.forward(minutes=1)
    woken: list[tuple[str, ...]] = []
    object.__setattr__(stage.services.queue, "wake", lambda *call: woken.append(call))
    change_channel(stage.services, stage.org.actor, loose.id, ChannelChanges(name="Other"))
    assert ("routing", ENTER_JOB, stage.org.id) not in woken
    change_channel(stage.services, stage.org.actor, loose.id, ChannelChanges(group_id=stage.org.group_id))
    assert ("routing", ENTER_JOB, stage.org.id) in woken
    enter(stage)
    assert owner_of(stage, conversation) == stage.operator.user_id
    assert stage.thread(conversation)[-1].text.startswith("Its channel has a group now; ")


def test_with_nobody_there_they_stand_in_line_in_their_order(stage: Stage, loose: Channel) -> None:
    go(stage, stage.operator, "offline")
    give_slots(stage, 1)
    first = stage.open_conversation(loose, "500")
    stage.clock.forward(minutes=1)
    stage.open_conversation(loose, "501")
    set_channel_group(stage, loose, stage.org.group_id)
    enter(stage)
    assert load(stage) == {"": 2}
    go(stage, stage.operator, "online")
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, first) == stage.operator.user_id
    assert load(stage) == {"Ben Operator": 1, "": 1}


def test_all_are_brought_however_many_there_are(stage: Stage, loose: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "AT_ONCE", 2)
    stage.hear(loose, *(stage.message("Hello", str(person)) for person in range(500, 507)))
    set_channel_group(stage, loose, stage.org.group_id)
    give_slots(stage, 5)
    enter(stage)
    assert load(stage) == {"Ben Operator": 5, "": 2}
    assert {each.group.id for each in stage.conversations() if each.group} == {stage.org.group_id}
    assert len([each for each in stage.conversations() if each.group]) == 7


def test_the_sweep_finds_where_the_wake_up_was_lost(stage: Stage, loose: Channel) -> None:
    stage.open_conversation(loose)
    woken: list[tuple[str, list[str]]] = []
    object.__setattr__(stage.services.queue, "wake_many", lambda _queue, job, keys: woken.append((job, list(keys))))
    assignment.wake_groupless(stage.services)
    assert woken == []
    set_channel_group(stage, loose, stage.org.group_id)
    assignment.wake_groupless(stage.services)
    assert woken == [(ENTER_JOB, [stage.org.id])]
    enter(stage)
    woken.clear()
    assignment.wake_groupless(stage.services)
    assert woken == []


def test_who_is_done_with_or_taken_or_chooses_stays_as_they_are(stage: Stage, loose: Channel) -> None:
    done, taken = stage.open_conversation(loose, "500"), stage.open_conversation(loose, "501")
    commands.close(stage.services, stage.org.actor, done.id)
    assign(stage.services, stage.operator, taken.id, Assignment(take=True))
    choice = Choice("Whom?", (Option("Us", stage.org.group_id),), stage.org.group_id, 300)
    set_rules(stage, Rule("RULE1", "Ask", Conditions(), Effects(choice=choice)))
    asked = stage.open_conversation(loose, "502")
    set_channel_group(stage, loose, stage.org.group_id)
    enter(stage)
    assert [look(stage, each).group for each in (done, taken, asked)] == [None] * 3
