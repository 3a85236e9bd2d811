"""Letters of other people that a reply address brings into a conversation: shown as theirs, not as the customer's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub import contacts
from hub.conversations import commands
from hub.types import ConversationView, MessageReceived, MessageView, Person, Text
from tests.outbound.stage import START, Stage
from tests.world import Channel

CARLA = Person("carla@mail.example", name="Carla")
BROTHER = Person("brother@mail.example", name="Her brother")
STRANGER = replace(BROTHER, verified=False)


@pytest.fixture
def mailbox(stage: Stage) -> Channel:
    return stage.channel("email", "help@acme.example")


@pytest.fixture
def talk(stage: Stage, mailbox: Channel) -> ConversationView:
    """Carla wrote and was answered: it is her turn."""
    stage.hear(mailbox, MessageReceived("m1", CARLA, (Text("Hello"),), position=START))
    [talk] = stage.conversations()
    stage.answer(talk, "What is it about?")
    stage.clock.forward(hours=1)
    return talk


def write(stage: Stage, mailbox: Channel, talk: ConversationView, author: Person, name: str = "m2") -> None:
    stage.hear(mailbox, MessageReceived(name, author, (Text("Let me in"),), conversation_id=talk.id))


def look(stage: Stage, talk: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == talk.id)


def letters(stage: Stage, talk: ConversationView) -> list[MessageView]:
    return [each for each in stage.thread(talk) if each.direction == "inbound"]


def test_a_strangers_letter_is_shown_as_another_persons_and_is_not_the_customers_turn(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    write(stage, mailbox, talk, STRANGER)
    said = [(each.author.name, each.author.guest, each.author.verified) for each in letters(stage, talk)]
    assert said == [("Carla", False, True), ("Her brother", True, False)]
    now = look(stage, talk)
    assert (now.waiting_for, now.waiting_since, now.last_inbound_at) == ("customer", None, START)
    assert (now.unread, now.preview) == (2, "Let me in")


def test_somebody_else_who_is_vouched_for_is_shown_so_and_waits_for_us(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    write(stage, mailbox, talk, BROTHER)
    assert letters(stage, talk)[-1].author.guest
    now = look(stage, talk)
    assert (now.waiting_for, now.last_inbound_at) == ("us", START + timedelta(hours=1))


def test_the_customer_is_no_guest_though_nobody_vouches_for_them(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    write(stage, mailbox, talk, replace(CARLA, verified=False))
    assert not letters(stage, talk)[-1].author.guest
    assert look(stage, talk).waiting_for == "us"


def test_a_strangers_letter_opens_a_closed_conversation_for_us_to_look_at(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    commands.close(stage.services, stage.operator, talk.id)
    write(stage, mailbox, talk, STRANGER)
    now = look(stage, talk)
    assert (now.status, now.waiting_for, now.waiting_since is not None) == ("pending", "us", True)
    assert now.assignee is not None


def test_whoever_turns_out_to_be_the_same_person_is_no_guest(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    write(stage, mailbox, talk, STRANGER)
    contacts.merge(stage.services, stage.org.actor, str(letters(stage, talk)[-1].author.id), talk.contact.id)
    assert [each.author.guest for each in letters(stage, talk)] == [False, False]
    contacts.unmerge(stage.services, stage.org.actor, talk.contact.id)
    assert [each.author.guest for each in letters(stage, talk)] == [False, True]
