"""Who gets a conversation: when it comes, when somebody comes online, and by hand, also all at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import update

from hub.conversations import commands
from hub.db import routing_lines
from hub.db.tables.core import USER
from hub.errors import Conflict, Invalid, NotFound
from hub.inbound.drain import drain
from hub.routing.assignment import ASSIGN_JOB, Assignment, assign, assign_waiting, wake_waiting
from hub.types import ConversationView
from tests.outbound.stage import Stage
from tests.routing.acts import colleague, give_slots, go, load, owner_of, set_channel_group
from tests.world import Channel


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment; return results, or the error where one was raised."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        ready.wait(10)
        try:
            return act()
        except Conflict as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def test_conversations_of_one_batch_are_spread_over_the_least_busy(stage: Stage, bot: Channel) -> None:
    colleague(stage, "Ada Operator")
    colleague(stage, "Cleo Operator", "away")
    stage.hear(bot, *(stage.message("Hello", str(person)) for person in range(500, 506)))
    assert load(stage) == {"Ben Operator": 3, "Ada Operator": 3}


def test_a_tie_goes_to_who_has_waited_longest_for_work(stage: Stage, bot: Channel) -> None:
    ada = colleague(stage, "Ada Operator", "away")
    stage.open_conversation(bot, "500")
    stage.clock.forward(minutes=1)
    go(stage, ada, "online")
    second = stage.open_conversation(bot, "501")
    assert owner_of(stage, second) == ada.user_id
    stage.clock.forward(minutes=1)
    third = stage.open_conversation(bot, "502")
    assert owner_of(stage, third) == stage.operator.user_id


def test_the_reason_is_stored_and_stands_in_the_thread(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    reason = conversation.routing["reason"]
    assert "Ben Operator is the least busy (0 of" in reason
    [shown] = [each for each in stage.thread(conversation) if each.direction == "activity"]
    assert (shown.text, shown.parts[0]["what"], shown.author.type) == (reason, "routed", "system")
    assert (shown.parts[0]["group_id"], shown.parts[0]["user_id"]) == (stage.org.group_id, stage.operator.user_id)


def test_with_nobody_online_a_conversation_waits_and_is_given_to_who_comes(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    conversation = stage.open_conversation(bot)
    assert conversation.assignee is None
    assert conversation.group is not None
    assert "nobody is online" in conversation.routing["reason"]
    stage.hear(bot, stage.message("Hello?"))
    assert stage.activities(conversation) == ["routed"]
    stage.services.queue.redis.flushdb()
    go(stage, stage.operator, "online")
    assert stage.services.queue.redis.keys("*") != []
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, conversation) == stage.operator.user_id
    assert stage.activities(conversation) == ["routed", "routed"]


def test_who_waits_longest_is_served_first_when_slots_are_few(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    give_slots(stage, 2)
    waiting = []
    for person in range(500, 504):
        waiting.append(stage.open_conversation(bot, str(person)))
        stage.clock.forward(minutes=1)
    go(stage, stage.operator, "online")
    assign_waiting(stage.services, stage.org.id)
    given = {each.id for each in stage.conversations() if each.assignee}
    assert given == {waiting[0].id, waiting[1].id}
    commands.close(stage.services, stage.operator, waiting[0].id)
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, waiting[2]) == stage.operator.user_id


def test_the_sweep_wakes_only_where_somebody_waits_and_somebody_is_there(stage: Stage, bot: Channel) -> None:
    woken: list[tuple[str, list[str]]] = []
    object.__setattr__(stage.services.queue, "wake_many", lambda _queue, job, keys: woken.append((job, list(keys))))
    go(stage, stage.operator, "offline")
    conversation = stage.open_conversation(bot)
    wake_waiting(stage.services)
    assert woken == []
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(USER).where(USER.c.id == stage.operator.user_id).values(presence="online"))
    wake_waiting(stage.services)
    assert woken == [(ASSIGN_JOB, [stage.org.id])]
    commands.close(stage.services, stage.operator, conversation.id)
    woken.clear()
    wake_waiting(stage.services)
    assert woken == []


def test_a_channel_without_a_group_leaves_its_conversations_to_anybody(stage: Stage, bot: Channel) -> None:
    set_channel_group(stage, bot, None)
    conversation = stage.open_conversation(bot)
    assert (conversation.assignee, conversation.group) == (None, None)
    assert "has no group" in conversation.routing["reason"]
    taken = assign(stage.services, stage.operator, conversation.id, Assignment(take=True))
    assert taken.assignee is not None


def test_slots_are_never_exceeded_by_two_drains_at_once(stage: Stage, bot: Channel) -> None:
    colleague(stage, "Ada Operator")
    give_slots(stage, 3)
    page = stage.channel("facebook", "102030405060708")
    for channel in (bot, page):
        stage.journal(channel, *(stage.message("Hello", str(person)) for person in range(500, 510)))
    at_once(*(lambda channel=channel: drain(stage.services, channel.sender_id) for channel in (bot, page)))  # type: ignore[misc]
    assert load(stage) == {"Ben Operator": 3, "Ada Operator": 3, "": 14}


def test_slots_are_never_exceeded_by_drains_and_jobs_at_once(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    for person in range(500, 505):
        stage.open_conversation(bot, str(person))
    give_slots(stage, 4)
    go(stage, stage.operator, "online")
    stage.journal(bot, *(stage.message("Hello", str(person)) for person in range(510, 515)))
    at_once(
        lambda: drain(stage.services, bot.sender_id),
        lambda: assign_waiting(stage.services, stage.org.id),
        lambda: assign_waiting(stage.services, stage.org.id),
    )
    assert load(stage) == {"Ben Operator": 4, "": 6}


def test_of_several_who_take_at_the_same_moment_exactly_one_gets_it(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    conversation = stage.open_conversation(bot)
    people = [stage.operator, *(colleague(stage, f"Ada {number}", "offline") for number in range(3))]
    results = at_once(
        *(lambda who=who: assign(stage.services, who, conversation.id, Assignment(take=True)) for who in people)  # type: ignore[misc]
    )
    won = [each for each in results if isinstance(each, ConversationView)]
    assert len(won) == 1
    assert won[0].assignee is not None
    assert owner_of(stage, conversation) == won[0].assignee.id
    assert [type(each) for each in results if each is not won[0]] == [Conflict] * 3
    assert stage.activities(conversation).count("assigned") == 1


def test_a_person_gives_a_conversation_to_a_person_or_a_group_and_says_so(stage: Stage, bot: Channel) -> None:
    ada = colleague(stage, "Ada Operator", "offline")
    conversation = stage.open_conversation(bot)
    given = assign(stage.services, stage.operator, conversation.id, Assignment(user_id=ada.user_id))
    assert given.assignee is not None
    assert given.assignee.id == ada.user_id
    assert given.routing["reason"] == "Assigned to Ada Operator by Ben Operator, though they are offline"
    moved = assign(stage.services, stage.operator, conversation.id, Assignment(group_id=stage.org.group_id))
    assert moved.assignee is None
    assert stage.activities(conversation) == ["routed", "assigned", "assigned"]
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, conversation) == stage.operator.user_id


def test_a_conversation_opened_again_and_moved_to_a_group_finds_somebody_there(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)
    commands.reopen(stage.services, stage.org.actor, conversation.id)
    assign(stage.services, stage.org.actor, conversation.id, Assignment(group_id=stage.org.group_id))
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, conversation) == stage.operator.user_id


def test_an_assignment_to_nobody_or_to_strangers_is_refused(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    rival = stage.world.organization("Rival")
    with pytest.raises(Invalid):
        assign(stage.services, stage.operator, conversation.id, Assignment())
    for wanted in (Assignment(user_id=rival.operator.user_id), Assignment(group_id=rival.group_id)):
        with pytest.raises(NotFound):
            assign(stage.services, stage.operator, conversation.id, wanted)
    with pytest.raises(NotFound):
        assign(stage.services, rival.operator, conversation.id, Assignment(take=True))
    with stage.services.db.reading(rival.id) as tx:
        assert routing_lines.list_lines(tx) == []
    assert owner_of(stage, conversation) == stage.operator.user_id
