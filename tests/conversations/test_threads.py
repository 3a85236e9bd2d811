"""Where a message belongs, and at which place: order, pages, mail threads, one person on two channels."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from hub import contacts
from hub.conversations import commands
from hub.conversations.reading import list_messages
from hub.db.tables.core import CHANNEL, CONTACT
from hub.inbound.drain import drain
from hub.types import ConversationView
from tests.outbound.stage import START, Stage
from tests.world import Channel, Organization


def written(stage: Stage, conversation: ConversationView) -> list[str]:
    return [each.text for each in stage.thread(conversation) if each.direction == "inbound"]


def at(**span: float) -> datetime:
    return START + timedelta(**span)


@pytest.fixture
def mailbox(stage: Stage) -> Channel:
    return stage.channel("email", "help@acme.example")


def test_the_order_is_the_providers_and_a_late_message_goes_to_its_place(stage: Stage, bot: Channel) -> None:
    stage.clock.forward(hours=1)
    for text, minute in (("one", 1), ("three", 3), ("two", 2)):
        stage.hear(bot, stage.message(text, position=at(minutes=minute)))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["one", "two", "three"]
    assert (conversation.preview, conversation.last_inbound_at) == ("three", at(minutes=3))
    assert conversation.unread == 3


def test_messages_of_one_second_go_by_the_providers_sequence(stage: Stage, bot: Channel) -> None:
    for sequence in (12, 10, 11):
        stage.hear(bot, stage.message(str(sequence), position=START, sequence=sequence))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["10", "11", "12"]


def test_a_provider_time_in_the_future_counts_as_the_time_of_arrival(stage: Stage, bot: Channel) -> None:
    stage.hear(bot, stage.message("from a fast clock", position=at(days=300)))
    stage.clock.forward(seconds=1)
    stage.hear(bot, stage.message("later", position=at(seconds=1)))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["from a fast clock", "later"]


def test_where_the_provider_gives_no_time_the_arrival_counts(stage: Stage) -> None:
    number = stage.channel("sms", "+15550001111")
    stage.hear(number, stage.message("first", "+15557770001", sequence=0), received_at=at(seconds=1))
    stage.hear(number, stage.message("second", "+15557770001", sequence=0), received_at=at(seconds=2))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["first", "second"]


def test_cursors_stay_valid_when_a_late_message_comes_between_the_pages(stage: Stage, bot: Channel) -> None:
    stage.clock.forward(hours=1)
    for minute in range(10):
        stage.hear(bot, stage.message(str(minute), position=at(minutes=minute)))
    [conversation] = stage.conversations()

    def page(cursor: str | None) -> tuple[list[str], str | None]:
        found = list_messages(stage.services, stage.operator, conversation.id, 4, cursor)
        return [each.text for each in found.items if each.direction == "inbound"], found.next

    first, cursor = page(None)
    assert first == ["0", "1", "2", "3"]
    stage.hear(bot, stage.message("behind", position=at(minutes=2, seconds=30)))
    stage.hear(bot, stage.message("ahead", position=at(minutes=4, seconds=30)))
    second, cursor = page(cursor)
    third, cursor = page(cursor)
    assert second + third == ["4", "ahead", "5", "6", "7", "8", "9"]
    assert written(stage, conversation)[:4] == ["0", "1", "2", "behind"]


def test_the_same_message_twice_is_one(stage: Stage, bot: Channel) -> None:
    said = stage.message("Hello")
    stage.hear(bot, said, said)
    stage.hear(bot, said)
    [conversation] = stage.conversations()
    assert (written(stage, conversation), conversation.unread) == (["Hello"], 1)


def test_a_mail_goes_to_the_conversation_its_reply_address_names_whoever_wrote_it(
    stage: Stage, mailbox: Channel
) -> None:
    first = stage.open_conversation(mailbox, "carla@example.com")
    stage.hear(mailbox, stage.message("From my office", "carla@work.example", conversation_id=first.id))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["Hello", "From my office"]


def test_a_mail_goes_to_the_conversation_of_the_mail_it_answers(stage: Stage, mailbox: Channel) -> None:
    stage.hear(mailbox, stage.message("First", "carla@example.com", external_id="a@example.com"))
    threaded = ("unknown@example.com", "a@example.com")
    stage.hear(mailbox, stage.message("Second", "carla@work.example", thread_external_ids=threaded))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["First", "Second"]


@pytest.mark.parametrize("how", ["token", "thread"])
def test_a_mail_never_reaches_a_conversation_of_another_organization(stage: Stage, mailbox: Channel, how: str) -> None:
    stage.hear(mailbox, stage.message("Secret", "carla@example.com", external_id="a@example.com"))
    [theirs] = stage.conversations()
    rival: Organization = stage.world.organization("Rival")
    mine, stage.org = stage.org, rival
    box = stage.channel("email", "help@rival.example")
    named = {"conversation_id": theirs.id} if how == "token" else {"thread_external_ids": ("a@example.com",)}
    stage.hear(box, stage.message("Let me in", "mallory@example.com", **named))
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["Let me in"]
    stage.org = mine
    assert written(stage, theirs) == ["Secret"]


def test_a_mail_to_a_closed_conversation_goes_to_the_open_one_of_the_same_customer(
    stage: Stage, mailbox: Channel
) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(CHANNEL).where(CHANNEL.c.id == mailbox.id).values(returning="new"))
    first = stage.open_conversation(mailbox, "carla@example.com")
    commands.close(stage.services, stage.operator, first.id)
    second = stage.open_conversation(mailbox, "carla@example.com")
    stage.hear(mailbox, stage.message("To the old one", "carla@work.example", conversation_id=first.id))
    assert written(stage, first) == ["Hello"]
    assert written(stage, second) == ["Hello", "To the old one"]
    commands.close(stage.services, stage.operator, second.id)
    stage.hear(mailbox, stage.message("And again", "carla@example.com", conversation_id=first.id))
    assert written(stage, first) == ["Hello", "And again"]


def test_one_phone_number_on_two_channels_is_one_contact_with_two_conversations(stage: Stage) -> None:
    sms, whatsapp = stage.channel("sms", "+15550001111"), stage.channel("whatsapp", "+15550001112")
    stage.hear(sms, stage.message("by text", "+15557770001"))
    stage.hear(whatsapp, stage.message("by WhatsApp", "+15557770001"))
    stage.hear(whatsapp, stage.message("somebody else", "+15557770002"))
    here, there, other = sorted(stage.conversations(), key=lambda each: each.id)
    assert here.contact.id == there.contact.id != other.contact.id
    assert (here.channel.kind, there.channel.kind) == ("sms", "whatsapp")


def test_an_equal_address_on_unrelated_channels_is_another_contact(stage: Stage, bot: Channel) -> None:
    page = stage.channel("facebook", "102030405060708")
    stage.hear(bot, stage.message("on Telegram", "500"))
    stage.hear(page, stage.message("on Messenger", "500"))
    first, second = stage.conversations()
    assert first.contact.id != second.contact.id


@pytest.mark.parametrize("kinds", [("sms", "whatsapp"), ("telegram", "telegram")])
def test_somebody_new_who_writes_on_two_channels_at_once_is_one_contact(stage: Stage, kinds: tuple[str, str]) -> None:
    channels = []
    for number, kind in enumerate(kinds):
        channel = stage.channel(kind, f"+1555000111{number}")
        channels.append(channel)
        stage.journal(channel, *(stage.message("Hello", f"+155577700{person:02}") for person in range(20)))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(drain, [stage.services] * 2, [channel.sender_id for channel in channels]))
    with stage.services.db.reading(stage.org.id) as tx:
        assert tx.scalar(select(func.count()).select_from(CONTACT)) == 20
    assert len(stage.conversations()) == 40


def test_what_two_bots_call_by_the_same_id_are_two_messages(stage: Stage, bot: Channel) -> None:
    said = stage.message("Hello", external_id="500:1")
    stage.hear(bot, said)
    newer = stage.world.sender(stage.org, bot.id, "telegram", "333444", {"bot_token": "333444:x"})
    stage.hear(newer, said)
    [conversation] = stage.conversations()
    assert written(stage, conversation) == ["Hello", "Hello"]


def test_joining_contacts_never_joins_their_conversations(stage: Stage, bot: Channel) -> None:
    """Whoever writes goes on in their own thread and is answered at their own address."""
    first = stage.open_conversation(bot, "500")
    other = stage.open_conversation(bot, "501")
    commands.close(stage.services, stage.operator, other.id)
    contacts.merge(stage.services, stage.org.actor, first.contact.id, other.contact.id)
    stage.hear(bot, stage.message("From my other account", "501"))
    assert written(stage, first) == ["Hello"]
    assert written(stage, other) == ["Hello", "From my other account"]
    stage.answer(other)
    stage.deliver(bot)
    assert stage.provider().sent[0].recipient.address == "501"
