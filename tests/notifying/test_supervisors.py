"""When nobody takes a conversation in the time its group allows, supervisors see it, or are told by mail."""

import pytest

from hub.access import tabs
from hub.access.groups import GroupChanges, change_group
from hub.conversations import commands
from hub.conversations.overdue import list_untaken
from hub.db import notices
from hub.errors import Forbidden
from hub.routing.assignment import Assignment, assign, tell_supervisors
from hub.types import Actor, ConversationView, GroupRules, OutboundMessage, Presence, Role
from tests.notifying.conftest import Told
from tests.routing.acts import go

TAB = "0123456789abcdef"


@pytest.fixture
def sam(told: Told) -> Actor:
    """A supervisor, member of no group."""
    return told.stage.world.user(told.stage.org.id, "Sam Supervisor", Role.SUPERVISOR)


@pytest.fixture
def late(told: Told, sam: Actor) -> ConversationView:
    """Somebody has waited for ten minutes in a group that allows nine, and mails to our people are wanted."""
    stage = told.stage
    # the mails to whoever keeps somebody waiting are not the ones at hand
    told.wish(people=False, operators=True, waiting_minutes=7 * 24 * 60)
    change_group(stage.services, stage.org.actor, stage.org.group_id, GroupChanges(rules=GroupRules(tell_after=540)))
    go(stage, stage.operator, Presence.OFFLINE)
    conversation = stage.open_conversation(told.page, "900")
    stage.clock.forward(minutes=10)
    tell_supervisors(stage.services)
    return conversation


def mails_to(told: Told, who: Actor) -> list[OutboundMessage]:
    return [each for each in told.mails if each.recipient.address == f"{who.user_id.lower()}@example.com"]


def seen_by(told: Told, who: Actor) -> list[str]:
    return [each.conversation_id for each in list_untaken(told.stage.services, who)]


def test_supervisors_see_it_until_somebody_has_it(told: Told, late: ConversationView, sam: Actor) -> None:
    [found] = list_untaken(told.stage.services, sam)
    assert (found.conversation_id, found.group_name) == (late.id, "Support")
    assert (told.stage.clock() - found.waiting_since).total_seconds() == 600
    assign(told.stage.services, told.stage.operator, late.id, Assignment(take=True))
    assert seen_by(told, sam) == []


@pytest.mark.parametrize("what", ["close", "answer", "snooze"])
def test_it_is_over_when_it_waits_no_longer(told: Told, late: ConversationView, sam: Actor, what: str) -> None:
    stage = told.stage
    if what == "close":
        commands.close(stage.services, stage.operator, late.id)
    elif what == "answer":
        stage.answer(late)
    else:
        until = stage.clock.now.replace(hour=23)
        commands.snooze(stage.services, stage.operator, late.id, until)
    assert seen_by(told, sam) == []


def test_whoever_only_works_on_conversations_does_not_see_it(told: Told, late: ConversationView) -> None:
    assert late.id
    with pytest.raises(Forbidden):
        list_untaken(told.stage.services, told.stage.operator)


def test_the_live_stream_tells_of_it(told: Told, late: ConversationView) -> None:
    with told.stage.services.db.reading(told.stage.org.id) as tx:
        found = [each.data for each in notices.list_after(tx, 0, 200) if each.kind == "waiting"]
    assert found == [{"conversation_id": late.id, "group_id": told.stage.org.group_id}]


def test_supervisors_who_are_not_there_are_told_once_by_mail(told: Told, late: ConversationView, sam: Actor) -> None:
    for _ in range(3):
        told.run()
    [mail] = mails_to(told, sam)
    assert mail.topic == "Nobody has taken the conversation with Carla"
    assert f"/inbox/{late.id}" in mail.text
    assert len(mails_to(told, told.stage.org.actor)) == 1
    assert mails_to(told, told.stage.operator) == []


def test_who_has_a_page_open_sees_it_there_and_is_mailed_when_it_is_left(
    told: Told, late: ConversationView, sam: Actor
) -> None:
    assert late.id
    go(told.stage, sam, Presence.ONLINE)
    tabs.beat(told.stage.services, sam, TAB)
    told.run()
    assert mails_to(told, sam) == []
    tabs.beat(told.stage.services, sam, TAB)
    tabs.leave(told.stage.services, sam, TAB)
    told.stage.clock.forward(minutes=1)
    told.run()
    assert len(mails_to(told, sam)) == 1


@pytest.mark.parametrize("presence", [Presence.AWAY, Presence.OFFLINE])
def test_who_is_not_there_is_mailed_although_a_page_is_open(
    told: Told, late: ConversationView, sam: Actor, presence: Presence
) -> None:
    assert late.id
    go(told.stage, sam, presence)
    tabs.beat(told.stage.services, sam, TAB)
    told.run()
    assert len(mails_to(told, sam)) == 1


def test_nobody_is_mailed_of_what_was_taken_meanwhile(told: Told, late: ConversationView, sam: Actor) -> None:
    assign(told.stage.services, told.stage.operator, late.id, Assignment(take=True))
    told.run()
    assert mails_to(told, sam) == []


def test_nobody_is_mailed_unless_the_organization_wants_it(told: Told, late: ConversationView, sam: Actor) -> None:
    assert late.id
    told.wish(operators=False)
    told.run()
    assert mails_to(told, sam) == []


def test_who_waits_as_long_as_the_group_allows_is_told_of_to_nobody(told: Told, sam: Actor) -> None:
    stage = told.stage
    told.wish(people=False, operators=True, waiting_minutes=7 * 24 * 60)
    assert GroupRules().tell_after is None
    go(stage, stage.operator, Presence.OFFLINE)
    stage.open_conversation(told.page, "900")
    stage.clock.forward(hours=2)
    tell_supervisors(stage.services)
    told.run()
    assert (seen_by(told, sam), mails_to(told, sam)) == ([], [])
