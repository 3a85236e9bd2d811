"""What providers say of our messages: matched, parked, applied, and only ever forward."""

import json
from itertools import product

import pytest
from sqlalchemy import select, update

from hub.db import gauges, messages
from hub.db.journal import NewEvent, seal
from hub.db.session import PlatformWork
from hub.db.tables.core import MESSAGE, PARKED
from hub.inbound.drain import drain
from hub.inbound.intake import Batch, write
from hub.types import (
    ConversationView,
    Direction,
    FailureKind,
    InboundEvent,
    MessageStatus,
    MessageView,
    OutboundMessage,
    Person,
    Receipt,
    SendFailure,
    Sent,
    SentElsewhere,
    StatusRank,
    Text,
)
from hub.upkeep import forget_old
from tests.outbound.stage import START, Stage
from tests.world import Channel

S = MessageStatus
ADDRESS = "102030405060708"
PERSON = Person("500")
MILLISECONDS = int(START.timestamp() * 1000)


@pytest.fixture
def page(stage: Stage) -> Channel:
    """A channel whose receipts are watermarks and whose own messages come back as echoes."""
    return stage.channel("facebook", ADDRESS)


def sent_answer(stage: Stage, channel: Channel, external_id: str = "m-1") -> MessageView:
    stage.provider("facebook" if channel.address == ADDRESS else "telegram").answers.append(Sent(external_id))
    answer = stage.answer(stage.open_conversation(channel))
    stage.deliver(channel)
    return answer


def waiting(stage: Stage) -> list[str]:
    """States of parked receipts."""
    with stage.services.db.reading(stage.org.id) as tx:
        return [row.state for row in tx.all(select(PARKED.c.state))]


def echo(external_id: str, text: str = "Hello from the page", delivery_id: str | None = None) -> SentElsewhere:
    return SentElsewhere(external_id, PERSON, (Text(text),), delivery_id, position=START)


def test_a_status_moves_forward_for_every_pair_of_states_and_never_back(stage: Stage, bot: Channel) -> None:
    answer = stage.answer(stage.open_conversation(bot))
    for before, after in product(StatusRank, StatusRank):
        with stage.services.db.transaction(stage.org.id) as tx:
            tx.execute(update(MESSAGE).where(MESSAGE.c.id == answer.id).values(status=S[before.name]))
            moved = messages.raise_status(tx, answer.id, S[after.name])
        assert moved is (after > before)
        assert stage.look(answer).status == max(before, after).name.lower()


@pytest.mark.parametrize("by", ["external_id", "delivery_id"])
def test_a_receipt_finds_its_message_by_either_id(stage: Stage, bot: Channel, by: str) -> None:
    answer = sent_answer(stage, bot)
    named = {"external_id": "m-1", "delivery_id": stage.deliveries(answer)[0].id}
    stage.hear(bot, Receipt(S.DELIVERED, **{by: named[by]}))
    assert stage.look(answer).status == "delivered"
    later = (S.SENT, S.READ, S.DELIVERED)
    stage.hear(bot, *(Receipt(status, **{by: named[by]}) for status in later))
    assert stage.look(answer).status == "read"


def test_a_receipt_of_failure_says_why(stage: Stage, bot: Channel) -> None:
    answer = sent_answer(stage, bot)
    stage.hear(bot, Receipt(S.FAILED, external_id="m-1", failure=SendFailure(FailureKind.RECIPIENT, "unknown handset")))
    failed = stage.look(answer)
    assert failed.error is not None
    assert (failed.status, failed.error.kind, failed.error.detail) == ("failed", "recipient", "unknown handset")


@pytest.mark.parametrize("by", ["external_id", "delivery_id"])
def test_a_receipt_before_the_sends_own_answer_is_kept_and_applied(stage: Stage, bot: Channel, by: str) -> None:
    def overtaken(message: OutboundMessage) -> Sent:
        named = {"external_id": "m-9", "delivery_id": message.delivery_id}
        stage.hear(bot, Receipt(S.DELIVERED, **{by: named[by]}))
        return Sent("m-9")

    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(overtaken)
    answer = stage.answer(conversation)
    stage.deliver(bot)
    assert (stage.look(answer).status, stage.look(answer).external_id) == ("delivered", "m-9")
    assert waiting(stage) == []


def test_an_echo_that_brings_the_provider_id_releases_what_was_parked_under_it(stage: Stage, page: Channel) -> None:
    """The send timed out, so no answer ever brought the id."""
    stage.provider("facebook").answers.append(SendFailure(FailureKind.UNCERTAIN, "time-out"))
    answer = stage.answer(stage.open_conversation(page, PERSON.address))
    stage.deliver(page)
    stage.hear(page, Receipt(S.DELIVERED, external_id="m-5"))
    assert waiting(stage) == ["parked"]
    stage.hear(page, echo("m-5", delivery_id=stage.deliveries(answer)[0].id))
    assert stage.look(answer).status == "delivered"
    assert waiting(stage) == []


def test_what_nobody_knows_is_parked_for_seven_days_and_then_listed(stage: Stage, bot: Channel) -> None:
    stage.hear(bot, Receipt(S.DELIVERED, external_id="nobody's"))
    stage.clock.forward(days=7, seconds=-1)
    forget_old(stage.services)
    assert waiting(stage) == ["parked"]
    stage.clock.forward(seconds=1)
    forget_old(stage.services)
    assert waiting(stage) == ["unmatched"]
    with stage.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        assert gauges.read(tx, stage.clock()).unmatched == 1


def test_a_receipt_belongs_to_its_sender(stage: Stage, bot: Channel) -> None:
    answer = sent_answer(stage, bot)
    other = stage.channel("sms", "+15550001111")
    stage.hear(other, Receipt(S.READ, external_id="m-1"))
    assert stage.look(answer).status == "sent"


def tell_messenger(stage: Stage, page: Channel, kind: str, content: dict[str, object]) -> None:
    """One item of a Messenger batch, in Meta's own shape."""
    item = {"sender": {"id": PERSON.address}, "recipient": {"id": ADDRESS}, "timestamp": MILLISECONDS, kind: content}
    body = json.dumps({"item": item, "entry_time": 1, "envelope_sha256": ""}).encode()
    sealed = seal(stage.services.vault.of(stage.org.id), body)
    row = NewEvent(stage.org.id, page.sender_id, f"{kind}:{content}", {}, sealed, b"", stage.clock(), "verified")
    write(stage.services, [Batch([row])])
    drain(stage.services, page.sender_id)


def open_messenger(stage: Stage, page: Channel) -> ConversationView:
    tell_messenger(stage, page, "message", {"mid": "m_hello", "text": "Hello"})
    [conversation] = stage.conversations()
    return conversation


@pytest.mark.parametrize(("kind", "status"), [("read", "read"), ("delivery", "delivered")])
def test_a_messenger_watermark_marks_what_was_sent_before_it_and_nothing_later(
    stage: Stage, page: Channel, kind: str, status: str
) -> None:
    conversation, answers = open_messenger(stage, page), []
    for number in range(3):
        stage.provider("facebook").answers.append(Sent(f"m_{number}"))
        answers.append(stage.answer(conversation, str(number)))
        stage.deliver(page)
        stage.clock.forward(milliseconds=10)
    tell_messenger(stage, page, kind, {"watermark": MILLISECONDS + 19})
    assert [stage.look(each).status for each in answers] == [status, status, "sent"]


def test_a_watermark_proves_nothing_of_an_uncertain_message(stage: Stage, page: Channel) -> None:
    """It may never have arrived; the person read what came before and after it."""
    conversation = open_messenger(stage, page)
    stage.provider("facebook").answers.append(SendFailure(FailureKind.UNCERTAIN, "time-out"))
    answer = stage.answer(conversation)
    stage.deliver(page)
    tell_messenger(stage, page, "read", {"watermark": MILLISECONDS + 1})
    assert stage.look(answer).status == "uncertain"


def test_a_watermark_that_overtakes_the_sends_answer_is_applied_with_it(stage: Stage, page: Channel) -> None:
    def overtaken(_message: OutboundMessage) -> Sent:
        tell_messenger(stage, page, "read", {"watermark": MILLISECONDS + 150})
        # only the answer proves that it was sent at all
        assert stage.look(answer).status == "sending"
        return Sent("m_1")

    conversation = open_messenger(stage, page)
    stage.provider("facebook").answers.append(overtaken)
    answer = stage.answer(conversation)
    stage.deliver(page)
    assert stage.look(answer).status == "read"


def test_a_watermark_is_about_one_person(stage: Stage, page: Channel) -> None:
    open_messenger(stage, page)
    other = stage.answer(stage.open_conversation(page, "501"))
    stage.deliver(page)
    tell_messenger(stage, page, "read", {"watermark": MILLISECONDS + 60_000})
    assert stage.look(other).status == "sent"


def test_an_echo_with_our_delivery_id_is_no_new_message(stage: Stage, page: Channel) -> None:
    answer = sent_answer(stage, page)
    [conversation] = stage.conversations()
    before = len(stage.thread(conversation))
    stage.hear(page, echo("m-1", "Good morning", delivery_id=stage.deliveries(answer)[0].id))
    assert len(stage.thread(conversation)) == before
    assert stage.look(answer).status == "sent"


def test_an_echo_of_ours_before_the_sends_own_answer_is_no_new_message(stage: Stage, page: Channel) -> None:
    def overtaken(message: OutboundMessage) -> Sent:
        stage.hear(page, echo("m-1", "Good morning", delivery_id=message.delivery_id))
        return Sent("m-1")

    conversation = stage.open_conversation(page)
    stage.clock.forward(seconds=1)
    stage.provider("facebook").answers.append(overtaken)
    answer = stage.answer(conversation)
    stage.deliver(page)
    said = [each.direction for each in stage.thread(conversation) if each.direction != Direction.ACTIVITY]
    assert said == ["inbound", "outbound"]
    assert (stage.look(answer).status, stage.look(answer).sent_at) == ("sent", stage.clock())


def test_an_echo_from_the_pages_own_inbox_is_an_answer_like_any_other(stage: Stage, page: Channel) -> None:
    stage.open_conversation(page)
    stage.clock.forward(minutes=1)
    stage.hear(page, echo("m-7"), echo("m-7"))
    [conversation] = stage.conversations()
    assert (conversation.status, conversation.waiting_for, conversation.waiting_since) == ("pending", "customer", None)
    [outside] = [each for each in stage.thread(conversation) if each.direction == Direction.OUTBOUND]
    assert (outside.text, outside.status, outside.external_id) == ("Hello from the page", "sent", "m-7")
    assert stage.deliveries(outside) == []


@pytest.mark.parametrize("order", ["before", "after", "apart"])
def test_receipts_of_a_message_from_the_pages_own_inbox_count_whenever_they_come(
    stage: Stage, page: Channel, order: str
) -> None:
    stage.open_conversation(page)
    receipt, said = Receipt(S.DELIVERED, external_id="m-7"), echo("m-7")
    batches: dict[str, list[list[InboundEvent]]] = {
        "before": [[receipt, said]],
        "after": [[said, receipt]],
        "apart": [[receipt], [said]],
    }
    for batch in batches[order]:
        stage.hear(page, *batch)
    [conversation] = stage.conversations()
    [outside] = [each for each in stage.thread(conversation) if each.direction == Direction.OUTBOUND]
    assert outside.status == "delivered"
    assert waiting(stage) == []
