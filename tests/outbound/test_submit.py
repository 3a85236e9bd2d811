"""What may be said, and what is refused before it leaves; sending again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.conversations import commands, reading
from hub.errors import Conflict, Invalid, NotFound, UnsupportedContent
from hub.outbound.submit import Reply, retry, submit
from hub.types import (
    ConversationView,
    FailureKind,
    MessageStatus,
    MessageView,
    Person,
    ReachabilityChanged,
    Receipt,
    ReplyWindow,
    SendFailure,
    Sent,
)
from tests.outbound.stage import START, Stage
from tests.world import Channel

S = MessageStatus
WINDOW = timedelta(hours=24)
PERSON = Person("500", name="Carla")


def failed_answer(stage: Stage, bot: Channel, kind: FailureKind = FailureKind.CONTENT) -> MessageView:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(SendFailure(kind, "refused"))
    answer = stage.answer(conversation)
    stage.deliver(bot)
    return answer


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
@pytest.mark.parametrize("note", [False, True])
def test_an_empty_text_is_refused(stage: Stage, bot: Channel, text: str, note: bool) -> None:
    conversation = stage.open_conversation(bot)
    with pytest.raises(Invalid, match="empty"):
        submit(stage.services, stage.operator, conversation.id, Reply(text, note=note))


def test_a_longer_text_than_the_channel_takes_goes_out_in_pieces_and_in_order(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    limit = stage.provider().capabilities.text_limit
    words = ("word " * limit)[: 2 * limit].strip()
    first = stage.answer(conversation, words)
    pieces = [each for each in stage.thread(conversation) if each.direction == "outbound"]
    assert (pieces[0].id, pieces[0].status) == (first.id, "queued")
    assert sorted({each.position for each in pieces}) == [each.position for each in pieces]
    stage.deliver(bot)
    assert stage.provider().texts == [each.text for each in pieces]
    assert "".join(stage.provider().texts).replace(" ", "") == words.replace(" ", "")
    assert all(len(each.text) <= limit for each in pieces)


def test_a_text_that_may_not_be_split_is_refused_before_anything_is_stored(stage: Stage) -> None:
    channel = stage.channel("email", "help@acme.example")
    provider = stage.provider("email")
    provider.capabilities = replace(provider.capabilities, text_limit=100, splits_text=False)
    conversation = stage.open_conversation(channel, "carla@example.com")
    with pytest.raises(UnsupportedContent, match="100"):
        stage.answer(conversation, "x" * 101)
    assert [each for each in stage.thread(conversation) if each.direction == "outbound"] == []
    assert stage.answer(conversation, "x" * 100).status == "queued"


def close_window(stage: Stage, kind: str) -> None:
    """Go on to the moment in which nothing but what is lawful may be said."""
    rules = stage.provider(kind).capabilities
    stage.clock.forward(seconds=max(rules.reply_window or 0, rules.late_window or 0))


@pytest.mark.parametrize(("kind", "address"), [("facebook", "102030405060708"), ("whatsapp", "+15550001111")])
def test_a_closed_reply_window_is_told_with_what_is_lawful(stage: Stage, kind: str, address: str) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, "+15557770001")
    stage.clock.forward(seconds=WINDOW.total_seconds() - 0.001)
    assert window_of(stage, conversation).open
    assert stage.answer(conversation, "just in time").status == "queued"
    stage.clock.now = START
    close_window(stage, kind)
    window = window_of(stage, conversation)
    assert (window.open, window.until) == (False, START + WINDOW)
    with pytest.raises(Conflict, match="window is closed") as refused:
        stage.answer(conversation, "too late")
    assert tuple(refused.value.extra["lawful"]) == window.lawful != ()
    note = submit(stage.services, stage.operator, conversation.id, Reply("colleagues only", note=True))
    assert note.direction == "note"
    stage.hear(channel, stage.message("I am still here", "+15557770001"))
    assert stage.answer(conversation, "again").status == "queued"


def window_of(stage: Stage, conversation: ConversationView) -> ReplyWindow:
    return reading.reply_window(stage.services, stage.operator, conversation)


def test_another_channel_is_a_lawful_way_only_where_the_contact_can_be_reached_there(stage: Stage) -> None:
    number = "+15557770001"
    whatsapp, sms = stage.channel("whatsapp", "+15550001111"), stage.channel("sms", "+15550001112")
    conversation = stage.open_conversation(whatsapp, number)
    close_window(stage, "whatsapp")
    assert not any("Support on sms" in way for way in window_of(stage, conversation).lawful)
    other = stage.open_conversation(sms, number)
    assert other.contact.id == conversation.contact.id
    assert any("Support on sms" in way for way in window_of(stage, conversation).lawful)
    stage.hear(sms, ReachabilityChanged(Person(number), reachable=False, reason="STOP", opted_out=True))
    assert not any("Support on sms" in way for way in window_of(stage, conversation).lawful)


def test_a_person_may_answer_late_with_the_platforms_tag_and_it_is_counted_when_it_is_sent(stage: Stage) -> None:
    page = stage.channel("facebook", "102030405060708")
    conversation = stage.open_conversation(page)
    early = stage.answer(conversation, "in the window, sent after it")
    stage.clock.forward(seconds=WINDOW.total_seconds())
    window = window_of(stage, conversation)
    assert (window.open, window.late_until) == (False, START + timedelta(days=7))
    stage.deliver(page)
    assert [each.late for each in stage.provider("facebook").sent] == [True]
    assert stage.look(early).status == "sent"
    last = stage.answer(conversation, "queued in time, sent too late")
    stage.clock.forward(days=7)
    stage.deliver(page)
    ended = stage.look(last)
    assert ended.error is not None
    assert (ended.status, ended.error.kind, len(stage.provider("facebook").sent)) == ("failed", "window", 1)


def test_whoever_opted_out_gets_nothing_until_they_take_it_back_themselves(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    queued = stage.answer(conversation, "on its way when they said stop")
    stage.hear(bot, ReachabilityChanged(PERSON, reachable=False, reason="STOP", opted_out=True))
    stage.deliver(bot)
    stage.hear(bot, stage.message("writing is not asking for answers"))
    with pytest.raises(Conflict, match="asked not to be written to"):
        stage.answer(conversation)
    assert (stage.look(queued).status, stage.provider().sent) == ("failed", [])
    stage.hear(bot, ReachabilityChanged(PERSON, reachable=True, reason="START", opted_out=True))
    assert stage.answer(conversation).status == "queued"


def test_a_note_never_leaves_and_is_no_answer(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    note = submit(stage.services, stage.operator, conversation.id, Reply("She sounds upset", note=True))
    stage.deliver(bot)
    assert (note.direction, note.status, stage.deliveries(note)) == ("note", "sent", [])
    assert stage.provider().sent == []
    [now] = stage.conversations()
    assert (now.status, now.waiting_for) == ("new", "us")
    with pytest.raises(NotFound):
        retry(stage.services, stage.operator, note.id)


def test_a_reply_names_the_message_it_answers_by_the_providers_id(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    [question] = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    submit(stage.services, stage.operator, conversation.id, Reply("Here", reply_to=question.id))
    stage.deliver(bot)
    assert stage.provider().sent[0].reply_to_external_id == question.external_id
    elsewhere = stage.open_conversation(bot, "501")
    with pytest.raises(NotFound):
        submit(stage.services, stage.operator, elsewhere.id, Reply("Here", reply_to=question.id))


def test_nobody_answers_in_another_organization(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    message = stage.answer(conversation)
    stranger = stage.world.organization("Rival").operator
    for act in (
        lambda: submit(stage.services, stranger, conversation.id, Reply("Hi")),
        lambda: retry(stage.services, stranger, message.id),
        lambda: commands.close(stage.services, stranger, conversation.id),
        lambda: commands.mark_read(stage.services, stranger, conversation.id),
        lambda: reading.list_messages(stage.services, stranger, conversation.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_failed_message_is_sent_again_by_a_new_delivery(stage: Stage, bot: Channel) -> None:
    answer = failed_answer(stage, bot)
    again = retry(stage.services, stage.operator, answer.id)
    assert (again.id, again.status, again.error) == (answer.id, "queued", None)
    stage.deliver(bot)
    assert stage.look(answer).status == "sent"
    assert [each.state for each in stage.deliveries(answer)] == ["failed", "sent"]
    assert "retried" in stage.activities(stage.conversations()[0])


def test_an_uncertain_message_is_sent_again_when_a_person_says_so(stage: Stage, bot: Channel) -> None:
    answer = failed_answer(stage, bot, FailureKind.UNCERTAIN)
    retry(stage.services, stage.operator, answer.id)
    stage.deliver(bot)
    assert (stage.look(answer).status, len(stage.provider().sent)) == ("sent", 2)


@pytest.mark.parametrize("status", [S.QUEUED, S.SENT, S.DELIVERED, S.READ])
def test_a_message_on_its_way_or_there_is_not_sent_again(stage: Stage, bot: Channel, status: MessageStatus) -> None:
    answer = stage.answer(stage.open_conversation(bot))
    if status is not S.QUEUED:
        stage.deliver(bot)
        stage.hear(bot, Receipt(status, delivery_id=stage.deliveries(answer)[0].id))
    with pytest.raises(Conflict, match=f"this one is {status}"):
        retry(stage.services, stage.operator, answer.id)
    assert len(stage.deliveries(answer)) == 1


def test_receipts_of_the_old_delivery_cannot_fail_the_new_one(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.extend([Sent("old"), Sent("new")])
    answer = stage.answer(conversation)
    stage.deliver(bot)
    failure = SendFailure(FailureKind.CONTENT, "filtered")
    first = stage.deliveries(answer)[0].id
    stage.hear(bot, Receipt(S.FAILED, external_id="old", delivery_id=first, failure=failure))
    assert stage.look(answer).status == "failed"
    retry(stage.services, stage.operator, answer.id)
    for receipt in (
        Receipt(S.FAILED, external_id="old", delivery_id=first, failure=failure),
        Receipt(S.FAILED, external_id="old", failure=failure),
        Receipt(S.FAILED, delivery_id=first, failure=failure),
    ):
        stage.hear(bot, receipt)
        assert stage.look(answer).status == "queued"
    stage.deliver(bot)
    assert (stage.look(answer).status, stage.look(answer).external_id) == ("sent", "new")
    stage.hear(bot, Receipt(S.FAILED, delivery_id=first, failure=failure))
    assert stage.look(answer).status == "sent"
    stage.hear(bot, Receipt(S.DELIVERED, external_id="new"))
    assert stage.look(answer).status == "delivered"


def test_an_old_delivery_that_arrived_after_all_stops_the_new_one(stage: Stage, bot: Channel) -> None:
    answer = failed_answer(stage, bot, FailureKind.UNCERTAIN)
    first = stage.deliveries(answer)[0].id
    retry(stage.services, stage.operator, answer.id)
    stage.hear(bot, Receipt(S.DELIVERED, external_id="it arrived", delivery_id=first))
    stage.deliver(bot)
    assert stage.look(answer).status == "delivered"
    assert len(stage.provider().sent) == 1


def test_a_message_that_failed_may_not_be_sent_again_once_the_window_is_closed(stage: Stage) -> None:
    page = stage.channel("facebook", "102030405060708")
    stage.provider("facebook").answers.append(SendFailure(FailureKind.CONTENT, "refused"))
    answer = stage.answer(stage.open_conversation(page))
    stage.deliver(page)
    close_window(stage, "facebook")
    with pytest.raises(Conflict) as refused:
        retry(stage.services, stage.operator, answer.id)
    assert refused.value.extra["lawful"]
    assert stage.look(answer).status == "failed"


def test_a_message_is_sent_again_from_the_channels_present_sender(stage: Stage, bot: Channel) -> None:
    answer = failed_answer(stage, bot)
    replaced = stage.world.sender(stage.org, bot.id, "telegram", "333444", {"bot_token": "333444:x"})
    retry(stage.services, stage.operator, answer.id)
    stage.deliver(bot)
    assert stage.look(answer).status == "queued"
    stage.deliver(replaced)
    assert stage.look(answer).status == "sent"


@pytest.mark.parametrize("text", ["a\x00b", "\x00a", "x\ud800y"])
@pytest.mark.parametrize("note", [False, True])
def test_what_no_database_takes_is_left_out_of_an_answer(stage: Stage, bot: Channel, text: str, note: bool) -> None:
    conversation = stage.open_conversation(bot)
    said = submit(stage.services, stage.operator, conversation.id, Reply(text, note=note))
    assert said.text.encode()
    assert "\x00" not in said.text
    assert "\x00" not in said.parts[0]["text"]
