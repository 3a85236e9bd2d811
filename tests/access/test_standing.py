"""Who is there to answer, who only reads, and how a group stands."""

from datetime import datetime

import pytest
from sqlalchemy import select, update

from hub.access.groups import Standing, list_standings, set_members
from hub.access.permissions import ROLE_PERMISSIONS, Permission
from hub.access.presence import set_presence
from hub.access.users import UserChanges, change_user, disable_user
from hub.conversations.commands import snooze
from hub.db.tables.core import USER
from hub.errors import Conflict
from hub.routing.assignment import return_from_offline
from hub.types import ANSWERING, Presence, Role
from tests.outbound.stage import Stage
from tests.world import Channel, World


def offline_since(stage: Stage, user_id: str) -> datetime:
    with stage.services.db.reading(stage.org.id) as tx:
        since: datetime = tx.scalar(select(USER.c.presence_changed_at).where(USER.c.id == user_id))
    return since


def set_online(stage: Stage, user_id: str) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(USER).where(USER.c.id == user_id).values(presence="online"))


def test_those_are_given_work_whose_role_may_work_on_conversations() -> None:
    allowed = {role for role, may in ROLE_PERMISSIONS.items() if Permission.WORK_ON_CONVERSATIONS in may}
    assert set(ANSWERING) == allowed


def test_who_is_said_to_be_offline_once_more_has_been_it_since_the_first_time(stage: Stage) -> None:
    ben = stage.operator.user_id
    set_presence(stage.services, stage.org.actor, ben, Presence.OFFLINE)
    since = offline_since(stage, ben)
    assert since == stage.clock()
    stage.clock.forward(seconds=60)
    set_presence(stage.services, stage.org.actor, ben, Presence.OFFLINE)
    disable_user(stage.services, stage.org.actor, ben)
    assert offline_since(stage, ben) == since


def test_whoever_only_reads_from_now_on_is_there_no_more_and_gives_back_what_waits(stage: Stage, bot: Channel) -> None:
    conversation = stage.write(bot, "Hello")
    assert conversation.assignee
    change_user(stage.services, stage.org.actor, stage.operator.user_id, UserChanges(role=Role.AUDITOR))
    with pytest.raises(Conflict, match="only reads"):
        set_presence(stage.services, stage.org.actor, stage.operator.user_id, Presence.ONLINE)
    stage.clock.forward(minutes=10)
    return_from_offline(stage.services)
    assert [each.assignee for each in stage.conversations()] == [None]


def test_an_auditor_who_is_said_to_be_online_is_given_nothing_and_keeps_nothing(stage: Stage, bot: Channel) -> None:
    stage.write(bot, "Hello")
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(USER).where(USER.c.id == stage.operator.user_id).values(role=Role.AUDITOR))
    stage.write(bot, "Is anybody there?")
    stage.write(bot, "Good morning", person="501")
    assert [each.assignee for each in stage.conversations()] == [None, None]


def test_a_group_stands_by_all_its_members_online_and_all_that_wait(stage: Stage, bot: Channel, world: World) -> None:
    disabled = world.user(stage.org.id, "Dora Disabled", Role.OPERATOR, "online", stage.org.group_id)
    world.user(stage.org.id, "Alma Auditor", Role.AUDITOR, "online", stage.org.group_id)
    world.user(stage.org.id, "Ada Away", Role.OPERATOR, "away", stage.org.group_id)
    disable_user(stage.services, stage.org.actor, disabled.user_id)
    set_online(stage, disabled.user_id)
    assert list_standings(stage.services, stage.org.actor) == {stage.org.group_id: Standing(1, 0)}
    change_user(stage.services, stage.org.actor, stage.operator.user_id, UserChanges(slots=1))
    for person in ("500", "501", "502", "503"):
        conversation = stage.write(bot, "Hello", person)
    until = stage.clock().replace(year=2030)
    snooze(stage.services, stage.operator, conversation.id, until)
    assert list_standings(stage.services, stage.org.actor) == {stage.org.group_id: Standing(1, 2)}


def test_members_beyond_two_hundred_are_counted(stage: Stage, world: World) -> None:
    everybody = [world.user(stage.org.id, f"Operator {n:03}", Role.OPERATOR, "online").user_id for n in range(210)]
    set_members(stage.services, stage.org.actor, stage.org.group_id, [*everybody, stage.operator.user_id])
    assert list_standings(stage.services, stage.org.actor) == {stage.org.group_id: Standing(211, 0)}
