"""A letter that nobody vouches for comes before people's eyes, and says and chooses nothing for the customer."""

from datetime import timedelta

import pytest

from hub import restriction
from hub.conversations import commands
from hub.db import suspension
from hub.db.tables.core import AUTOMATIC_ANSWER
from hub.routing.assignment import Assignment, assign, assign_waiting
from hub.types import (
    Choice,
    Conditions,
    ConversationView,
    Effects,
    GroupRules,
    Hours,
    MessageReceived,
    Option,
    Person,
    Rule,
    Text,
)
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, colleague, give_slots, go, look, owner_of, rows, set_group, set_rules
from tests.world import Channel

CARLA = Person("carla@mail.example", name="Carla")
STRANGER = Person("colleague@mail.example", name="A colleague", verified=False)
LATER = timedelta(hours=3)


@pytest.fixture
def mailbox(stage: Stage) -> Channel:
    return stage.channel("email", "help@acme.example")


@pytest.fixture
def second(stage: Stage) -> str:
    return add_group(stage, "Second", colleague(stage, "Ada Operator"))


def write(stage: Stage, mailbox: Channel, text: str, author: Person = CARLA, to: str | None = None) -> None:
    name = f"m{next(stage.numbers)}"
    stage.hear(mailbox, MessageReceived(name, author, (Text(text),), conversation_id=to))


@pytest.fixture
def talk(stage: Stage, mailbox: Channel) -> ConversationView:
    write(stage, mailbox, "Hello")
    [talk] = stage.conversations()
    return talk


def closed(stage: Stage, talk: ConversationView) -> str:
    commands.close(stage.services, stage.operator, talk.id)
    return talk.id


def said(stage: Stage) -> list[str]:
    return [each.text for each in rows(stage, AUTOMATIC_ANSWER)]


def ask_whom(stage: Stage, second: str, **then: int) -> None:
    options = Option("Sales", stage.org.group_id), Option("Support", second)
    choice = Choice("Sales or Support?", options, second, 300)
    set_rules(stage, Rule("RULE1", "Ask", Conditions(), Effects(choice=choice, answer="Hold on", **then)))


def test_the_customer_is_not_answered_for_what_they_have_not_written(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    set_rules(stage, Rule("RULE1", "Answer", Conditions(), Effects(answer="We look into it")))
    write(stage, mailbox, "Let me in", STRANGER, closed(stage, talk))
    assert (owner_of(stage, talk), look(stage, talk).routing["rule"]) == (stage.operator.user_id, "RULE1")
    assert said(stage) == []
    closed(stage, talk)
    write(stage, mailbox, "It is me")
    assert said(stage) == ["We look into it"]


def test_nor_told_that_it_is_closed(stage: Stage, mailbox: Channel, talk: ConversationView) -> None:
    set_group(stage, GroupRules(hours=Hours("Europe/Berlin", ((),) * 7), closed_answer="We are closed"))
    go(stage, stage.operator, "offline")
    write(stage, mailbox, "Let me in", STRANGER, closed(stage, talk))
    write(stage, mailbox, "Let me in", STRANGER, talk.id)
    assert (look(stage, talk).waiting_for, said(stage)) == ("us", [])


def test_the_rules_do_not_read_it(stage: Stage, mailbox: Channel, talk: ConversationView, second: str) -> None:
    set_rules(stage, Rule("RULE1", "Let in", Conditions(keywords=("let me in",)), Effects(group_id=second)))
    write(stage, mailbox, "Let me in", STRANGER, talk.id)
    write(stage, mailbox, "Let me in", STRANGER, closed(stage, talk))
    group = look(stage, talk).group
    assert group is not None
    assert group.id == stage.org.group_id


def test_it_chooses_nothing_for_the_customer(stage: Stage, mailbox: Channel, second: str) -> None:
    ask_whom(stage, second)
    write(stage, mailbox, "Hello")
    [talk] = stage.conversations()
    write(stage, mailbox, "1", STRANGER, talk.id)
    assert (look(stage, talk).group, len(said(stage))) == (None, 2)
    write(stage, mailbox, "1")
    group = look(stage, talk).group
    assert group is not None
    assert group.id == stage.org.group_id


def test_where_nobody_has_written_whom_it_could_be_offered_to_the_choice_is_over_at_once(
    stage: Stage, mailbox: Channel, talk: ConversationView, second: str
) -> None:
    ask_whom(stage, second, priority=4)
    write(stage, mailbox, "Let me in", STRANGER, closed(stage, talk))
    now = look(stage, talk)
    assert now.group is not None
    assert (now.group.id, now.priority, said(stage)) == (second, 4, [])
    assert now.assignee is not None
    assert any("not been asked to choose" in each.text for each in stage.thread(talk))


def test_who_wrote_while_they_were_restricted_is_not_answered_when_it_is_lifted(
    stage: Stage, mailbox: Channel, talk: ConversationView, second: str
) -> None:
    ask_whom(stage, second)
    closed(stage, talk)
    restrict(stage, talk)
    write(stage, mailbox, "Are you there?")
    lift(stage, talk)
    now = look(stage, talk)
    assert now.group is not None
    assert (now.group.id, said(stage)) == (second, [])


def restrict(stage: Stage, talk: ConversationView) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        suspension.set_restricted(tx, talk.contact.id, stage.clock())


def lift(stage: Stage, talk: ConversationView) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        suspension.set_restricted(tx, talk.contact.id, None)
        restriction.catch_up(stage.services, tx, talk.contact.id)


def test_what_opened_again_under_a_restriction_asks_the_rules_when_it_is_lifted_and_knows_who_had_it(
    stage: Stage, mailbox: Channel, talk: ConversationView, second: str
) -> None:
    set_group(stage, GroupRules(sticky=True))
    closed(stage, talk)
    set_rules(stage, Rule("RULE1", "All", Conditions(keywords=("refund",)), Effects(group_id=stage.org.group_id)))
    restrict(stage, talk)
    write(stage, mailbox, "A refund, please")
    lift(stage, talk)
    now = look(stage, talk)
    assert (now.routing["rule"], owner_of(stage, talk)) == ("RULE1", stage.operator.user_id)
    assert now.routing["sticky"].startswith("Ben Operator had it last")


def test_it_takes_no_slot_of_whoever_has_a_parked_one(
    stage: Stage, mailbox: Channel, bot: Channel, talk: ConversationView
) -> None:
    give_slots(stage, 1)
    stage.answer(talk)
    stage.clock.now += LATER
    write(stage, mailbox, "Let me in", STRANGER, talk.id)
    now = look(stage, talk)
    assert (now.unread, now.preview, now.last_message_at) == (2, "Let me in", stage.clock() - LATER)
    other = stage.open_conversation(bot)
    assert owner_of(stage, other) == stage.operator.user_id


def test_whoever_gave_it_back_does_not_get_it_again_by_it(
    stage: Stage, mailbox: Channel, talk: ConversationView
) -> None:
    assign(stage.services, stage.operator, talk.id, Assignment(release=True))
    write(stage, mailbox, "Let me in", STRANGER, talk.id)
    assign_waiting(stage.services, stage.org.id)
    assert look(stage, talk).assignee is None
    write(stage, mailbox, "It is me")
    assert owner_of(stage, talk) == stage.operator.user_id
