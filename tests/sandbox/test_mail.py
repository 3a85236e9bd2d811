"""The sandbox as Mailgun, as a mail server and as a relay."""

import hashlib
import hmac
import json
import smtplib
from email import message_from_bytes
from email.message import EmailMessage, Message

import pytest

from hub.sandbox import seeds
from tests.sandbox.world import Received, Receiver, Sandbox, until


def form_parts(call: Received) -> dict[str, str]:
    raw = b"Content-Type: " + call.headers["content-type"].encode() + b"\r\n\r\n" + call.body
    parts = message_from_bytes(raw).get_payload()
    assert isinstance(parts, list)
    found = {}
    for part in parts:
        assert isinstance(part, Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return found


def submit(sandbox: Sandbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Support <support@hub.example>", "erika@customers.example", "Re: Order"
    mail["Message-ID"], mail["Reply-To"] = "<D7@hub.example>", "reply+token@reply.sandbox.example"
    mail["X-Mailgun-Variables"] = json.dumps({"delivery_id": "D7"})
    mail.set_content("Your parcel is on its way.")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as client:
        client.login("anybody", "anything")
        client.send_message(mail)


def test_mailgun_posts_signed_fields(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("/control/settings", {"mail_inbound_url": f"{receiver.url}/mailgun"})
    message_id = sandbox.write("email", "erika", "Wo bleibt mein Päckchen?", subject="Order 7")
    fields = form_parts(until(lambda: receiver.of("/mailgun"))[0])
    expected = hmac.new(
        seeds.MAILGUN_SIGNING_KEY.encode(), (fields["timestamp"] + fields["token"]).encode(), hashlib.sha256
    )
    assert fields["signature"] == expected.hexdigest()
    assert (fields["subject"], fields["sender"]) == ("Order 7", "erika@customers.example")
    assert fields["stripped-text"] == "Wo bleibt mein Päckchen?"
    assert ["Message-ID", f"<{message_id}>"] in json.loads(fields["message-headers"])


def test_mailgun_posts_the_raw_mail_to_urls_that_end_in_mime(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("/control/settings", {"mail_inbound_url": f"{receiver.url}/mailgun/mime"})
    message_id = sandbox.write("email", "erika", "Grüße")
    fields = form_parts(until(lambda: receiver.of("/mailgun/mime"))[0])
    mail = message_from_bytes(fields["body-mime"].encode())
    assert mail["Message-ID"] == f"<{message_id}>"
    assert "body-plain" not in fields


def test_a_mail_server_pipes_raw_bytes_with_a_bearer_token(sandbox: Sandbox, receiver: Receiver) -> None:
    settings = {"mail_raw_url": f"{receiver.url}/mime", "mail_intake_token": "token-1"}
    sandbox.post("/control/settings", settings)
    sandbox.write("email", "erika", "Grüße")
    call = until(lambda: receiver.of("/mime"))[0]
    assert call.headers["authorization"] == "Bearer token-1"
    assert message_from_bytes(call.body)["To"] == seeds.MAILBOX


def test_mailgun_stops_at_406_and_tries_again_after_anything_else(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.post("/control/settings", {"mail_inbound_url": f"{receiver.url}/mailgun"})
    receiver.status = lambda _call: 406
    sandbox.write("email", "erika", "no")
    assert sandbox.idle()["refused"] == 1
    receiver.status = lambda _call: 500 if len(receiver.calls) == 2 else 200
    sandbox.write("email", "erika", "yes")
    assert sandbox.idle()["acknowledged"] == 1
    assert len(receiver.calls) == 3
    assert receiver.calls[1].body == receiver.calls[2].body


def test_the_relay_takes_the_hubs_mail_and_the_customer_answers_it(sandbox: Sandbox, receiver: Receiver) -> None:
    settings = {"mail_inbound_url": f"{receiver.url}/mailgun", "mail_events_url": f"{receiver.url}/events"}
    sandbox.post("/control/settings", settings)
    submit(sandbox)
    (bubble,) = sandbox.outbox("email", "erika")
    assert (bubble["text"], bubble["delivery_id"]) == ("Your parcel is on its way.", "D7")
    until(lambda: len(receiver.of("/events")) == 2)
    events = [each.json["event-data"] for each in receiver.of("/events")]
    assert [each["event"] for each in events] == ["accepted", "delivered"]
    assert all(each["message"]["headers"]["message-id"] == "D7@hub.example" for each in events)
    assert all(each["user-variables"] == {"delivery_id": "D7"} for each in events)
    sandbox.write("email", "erika", "Thank you!")
    fields = form_parts(until(lambda: receiver.of("/mailgun"))[0])
    assert fields["recipient"] == "reply+token@reply.sandbox.example"
    assert (fields["In-Reply-To"], fields["subject"]) == ("<D7@hub.example>", "Re: Order")
    assert "> Your parcel is on its way." in fields["body-plain"]
    assert fields["stripped-text"] == "Thank you!"


def test_the_relay_can_be_told_to_refuse_for_now(sandbox: Sandbox) -> None:
    sandbox.fault("email", "send", "500")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        submit(sandbox)
    assert refused.value.smtp_code == 451
    assert sandbox.outbox("email", "erika") == []
