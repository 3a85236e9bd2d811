"""What may be said, and what is refused before it leaves; sending again."""

from datetime import timedelta

import pytest

from hub.conversations import commands, reading
from hub.errors import Conflict, Invalid, NotFound, UnsupportedContent
from hub.outbound.submit import Reply, retry, submit
from hub.types import FailureKind, MessageStatus, MessageView, Receipt, SendFailure, Sent
from tests.outbound.stage import Stage
from tests.world import Channel

S = MessageStatus
WINDOW = timedelta(hours=24)


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


@pytest.mark.parametrize(
    ("kind", "address", "person"),
    [
        ("telegram", "111222", "500"),
        ("facebook", "102030405060708", "600"),
        ("whatsapp", "+15550001111", "+15557770001"),
        ("sms", "+15550001112", "+15557770001"),
        ("email", "help@acme.example", "carla@example.com"),
    ],
)
def test_a_text_over_the_channels_limit_is_refused_and_one_within_it_is_not(
    stage: Stage, kind: str, address: str, person: str
) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, person)
    limit = stage.provider(kind).capabilities.text_limit
    with pytest.raises(UnsupportedContent, match=str(limit)):
        stage.answer(conversation, "x" * (limit + 1))
    stage.deliver(channel)
    assert stage.provider(kind).sent == []
    assert [each.direction for each in stage.thread(conversation) if each.direction == "outbound"] == []
    assert stage.answer(conversation, "x" * limit).status == "queued"


@pytest.mark.parametrize(("kind", "address"), [("facebook", "102030405060708"), ("whatsapp", "+15550001111")])
def test_a_closed_reply_window_is_told_with_what_is_lawful(stage: Stage, kind: str, address: str) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, "+15557770001")
    stage.clock.forward(seconds=WINDOW.total_seconds() - 0.001)
    assert reading.reply_window(stage.services, conversation).open
    assert stage.answer(conversation, "just in time").status == "queued"
    stage.clock.forward(seconds=0.001)
    window = reading.reply_window(stage.services, conversation)
    assert (window.open, window.until) == (False, stage.clock())
    with pytest.raises(Conflict, match="24 hours") as refused:
        stage.answer(conversation, "too late")
    assert tuple(refused.value.extra["lawful"]) == window.lawful != ()
    note = submit(stage.services, stage.operator, conversation.id, Reply("colleagues only", note=True))
    assert note.direction == "note"
    stage.hear(channel, stage.message("I am still here", "+15557770001"))
    assert stage.answer(conversation, "again").status == "queued"


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
    stage.clock.forward(seconds=WINDOW.total_seconds())
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
