"""An answer to a mail of ours lands in the conversation it was about, whatever channel that is on."""

import anyio
import httpx
import pytest

from hub.conversations import reading
from hub.inbound import drain
from hub.types import Trigger
from tests.line import mailgun_signature, webhooks
from tests.notifying.conftest import MAILBOX, Told


def reply(told: Told, text: str, author: str = MAILBOX) -> httpx.Response:
    """Carla answers the newest mail, through Mailgun."""
    address = told.relay._addresses.make(told.mails[-1].conversation_id)
    headers = [
        f"From: Carla <{author}>", f"To: {address}", "Subject: Re: x", f"Message-ID: <{abs(hash(text))}@mail.example>",
        "X-Mailgun-Dkim-Check-Result: Pass", "DKIM-Signature: v=1; a=rsa-sha256; d=mail.example; s=s; b=x",
    ]  # fmt: skip
    at, token = str(int(told.stage.clock().timestamp())), f"{abs(hash(text)):050d}"[:50]
    fields = {
        "recipient": address, "sender": author, "body-mime": "\r\n".join([*headers, "", text]), "timestamp": at,
        "token": token, "signature": mailgun_signature("mailgun-key-for-tests", at, token),
    }  # fmt: skip

    async def post() -> httpx.Response:
        async with webhooks(told.stage.services) as client:
            return await client.post("/webhooks/email/mailgun/mime", data=fields)

    return anyio.run(post)


@pytest.mark.parametrize("trigger", [Trigger.UNREACHABLE, Trigger.UNREAD, Trigger.WINDOW_CLOSED, Trigger.SENDER_HELD])
def test_each_mail_can_be_answered_into_the_same_conversation(told: Told, trigger: Trigger) -> None:
    told.bring_about(trigger)
    told.run()
    assert len(told.mails) == 1
    told.stage.clock.forward(minutes=5)
    assert reply(told, "Here I am").status_code == 200
    drain.drain(told.stage.services, told.page.sender_id)
    thread = [each for each in told.stage.thread(told.conversation) if each.direction == "inbound"]
    assert [each.text for each in thread] == ["Hello", "Here I am"]
    [conversation] = [each for each in told.stage.conversations() if each.id == told.conversation.id]
    assert conversation.waiting_for == "us"


def test_an_answer_by_mail_opens_no_reply_window_of_the_platform(told: Told) -> None:
    told.bring_about(Trigger.UNREACHABLE)
    told.run()
    before = reading.get_conversation(told.stage.services, told.stage.operator, told.conversation.id).last_inbound_at
    told.stage.clock.forward(days=1, hours=1)
    reply(told, "Here I am")
    drain.drain(told.stage.services, told.page.sender_id)
    view = reading.get_conversation(told.stage.services, told.stage.operator, told.conversation.id)
    assert view.last_inbound_at == before
    assert not reading.reply_window(told.stage.services, told.stage.operator, view).open


def test_somebody_else_who_answers_stands_there_as_somebody_else(told: Told) -> None:
    told.bring_about(Trigger.UNREACHABLE)
    told.run()
    told.stage.clock.forward(minutes=5)
    reply(told, "I am her brother", "brother@mail.example")
    drain.drain(told.stage.services, told.page.sender_id)
    thread = [each for each in told.stage.thread(told.conversation) if each.direction == "inbound"]
    assert thread[-1].text == "I am her brother"
    assert thread[-1].author.id != thread[0].author.id
