"""Amazon SES through SNS: whose calls count, what events say of our mails, and mail that arrives."""

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.channels.email.adapter import EmailAdapter
from hub.errors import Unavailable
from hub.types import (
    FailureKind,
    Forged,
    InboundEvent,
    JournalEvent,
    MessageReceived,
    MessageStatus,
    NothingToDo,
    Person,
    RawEvent,
    ReachabilityChanged,
    Receipt,
    Verified,
    WebhookRequest,
)
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.email.kit import KIT, email_adapter
from tests.fixtures.email.sns_wire import TOPIC, Sns

DELIVERY, CONVERSATION = "01KAGVDE11VERY000000000001", "01KAGVC0N0ERSAT10N00000001"
MAIL = b"From: Ada <ada@mail.example>\r\nTo: support@shop.example\r\nMessage-ID: <m1@mail.example>\r\n\r\nHello\r\n"


@pytest.fixture
def sns() -> Iterator[Sns]:
    with Sns() as running:
        yield running


@pytest.fixture
def adapter(sns: Sns) -> EmailAdapter:
    return email_adapter(ses_sns_url=sns.root, ses_topic_arn=TOPIC)


def request(body: bytes) -> WebhookRequest:
    return WebhookRequest(
        "POST", "/webhooks/email/ses", "https://hub.example/webhooks/email/ses", {}, body, RECEIVED_AT
    )


def judged(adapter: EmailAdapter, body: bytes) -> Verified | Forged:
    asyncio.run(adapter.prepare(request(body)))
    return adapter.verify(request(body), ())


def event(name: str, tags: dict[str, list[str]] | None = None, **more: Any) -> dict[str, Any]:
    """An event about a mail of ours."""
    known = {"delivery_id": [DELIVERY], "sender": ["support@shop.example"], "conversation": [CONVERSATION]}
    mail = {
        "messageId": "0107018c-aaaa-bbbb",
        "destination": ["ada@mail.example"],
        "tags": known if tags is None else tags,
    }
    return {"eventType": name, "mail": mail} | more


def meant(adapter: EmailAdapter, raw: RawEvent) -> list[InboundEvent]:
    return adapter.parse(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT), KIT.sender)


def heard(adapter: EmailAdapter, sns: Sns, message: dict[str, Any]) -> tuple[RawEvent, list[InboundEvent]]:
    body = sns.call(message)
    assert isinstance(judged(adapter, body), Verified)
    [raw] = adapter.split(request(body))
    return raw, meant(adapter, raw)


# --- whose calls count ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_call_of_our_topic_counts_under_both_signature_versions(
    adapter: EmailAdapter, sns: Sns, version: str
) -> None:
    assert isinstance(judged(adapter, sns.call(event("Send"), version=version)), Verified)


def test_the_certificate_is_fetched_once(adapter: EmailAdapter, sns: Sns) -> None:
    for _ in range(3):
        assert isinstance(judged(adapter, sns.call(event("Send"))), Verified)
    assert sns.asked == ["/SimpleNotificationService-1.pem"]


def test_a_genuine_call_of_a_strangers_topic_counts_as_forged_and_nothing_is_fetched(
    adapter: EmailAdapter, sns: Sns
) -> None:
    found = judged(adapter, sns.call(event("Send"), TopicArn="arn:aws:sns:eu-central-1:999:theirs"))
    assert isinstance(found, Forged)
    assert "another topic" in found.reason
    assert sns.asked == []


def test_a_certificate_from_elsewhere_is_never_fetched(adapter: EmailAdapter, sns: Sns) -> None:
    for address in ("https://evil.example/x.pem", sns.root + ".evil.example/x.pem", "", "file:///etc/passwd"):
        assert isinstance(judged(adapter, sns.call(event("Send"), SigningCertURL=address)), Forged)
    assert sns.asked == []


def test_one_changed_byte_counts_as_forged(adapter: EmailAdapter, sns: Sns) -> None:
    body = sns.call(event("Send"))
    assert isinstance(judged(adapter, body.replace(DELIVERY.encode(), DELIVERY[:-1].encode() + b"2")), Forged)
    assert isinstance(judged(adapter, body.replace(b'"2"', b'"9"')), Forged)
    assert isinstance(judged(adapter, b"{}"), Forged)
    assert isinstance(judged(adapter, b"\xff" * 10), Forged)


def test_without_the_settings_every_call_counts_as_forged_with_their_names(sns: Sns) -> None:
    found = judged(email_adapter(), sns.call(event("Send")))
    assert isinstance(found, Forged)
    assert "HUB_SES_SNS_URL and HUB_SES_TOPIC_ARN" in found.reason


def test_an_sns_that_cannot_be_asked_makes_the_call_come_again(adapter: EmailAdapter, sns: Sns) -> None:
    sns.broken = True
    with pytest.raises(Unavailable):
        asyncio.run(adapter.prepare(request(sns.call(event("Send")))))


def test_the_subscription_of_our_own_topic_is_confirmed_and_leaves_no_event(adapter: EmailAdapter, sns: Sns) -> None:
    body = sns.confirmation()
    assert isinstance(judged(adapter, body), Verified)
    assert adapter.split(request(body)) == []
    assert sns.asked == ["/SimpleNotificationService-1.pem", "/?Action=ConfirmSubscription&Token=t"]


def test_a_forged_confirmation_is_not_followed(adapter: EmailAdapter, sns: Sns) -> None:
    body = json.loads(sns.confirmation())
    body["Token"] = "another"
    asyncio.run(adapter.prepare(request(json.dumps(body).encode())))
    assert sns.asked == ["/SimpleNotificationService-1.pem"]


# --- what events say ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), [("Send", MessageStatus.SENT), ("Delivery", MessageStatus.DELIVERED)])
def test_an_event_raises_the_mail_it_is_about(
    adapter: EmailAdapter, sns: Sns, name: str, status: MessageStatus
) -> None:
    raw, found = heard(adapter, sns, event(name))
    assert (raw.address, raw.key) == ("support@shop.example", "sns:5b0a1c2d-0000-4000-8000-000000000001")
    assert found == [Receipt(status, None, DELIVERY)]


def test_an_event_of_an_identity_names_the_mail_by_the_id_of_ses(adapter: EmailAdapter, sns: Sns) -> None:
    message = event("Delivery", {"sender": ["support@shop.example"]})
    message["notificationType"] = message.pop("eventType")
    _, found = heard(adapter, sns, message)
    assert found == [Receipt(MessageStatus.DELIVERED, "0107018c-aaaa-bbbb@amazonses.com")]


def test_a_permanent_bounce_fails_the_mail_and_a_transient_one_does_not(adapter: EmailAdapter, sns: Sns) -> None:
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "ada@mail.example", "status": "5.1.1"}]}
    _, [found] = heard(adapter, sns, event("Bounce", bounce=bounce))
    assert isinstance(found, Receipt)
    assert (found.status, found.failure and found.failure.kind) == (MessageStatus.FAILED, FailureKind.RECIPIENT)
    _, [other] = heard(adapter, sns, event("Bounce", bounce=bounce | {"bounceType": "Transient"}))
    assert isinstance(other, NothingToDo)


def test_a_complaint_is_the_persons_own_word(adapter: EmailAdapter, sns: Sns) -> None:
    complaint = {"complainedRecipients": [{"emailAddress": "Ada@Mail.Example"}]}
    _, found = heard(adapter, sns, event("Complaint", complaint=complaint))
    assert found == [
        ReachabilityChanged(
            Person("ada@mail.example"),
            reachable=False,
            reason="marked our mail as spam",
            opted_out=True,
            code="complained",
        )
    ]


def test_an_event_about_a_mail_without_mailbox_is_found_by_its_conversation(adapter: EmailAdapter, sns: Sns) -> None:
    raw, _ = heard(adapter, sns, event("Delivery", {"conversation": [CONVERSATION], "delivery_id": [DELIVERY]}))
    assert (raw.address, raw.conversation_id) == (None, CONVERSATION)


def test_an_event_about_somebody_elses_mail_is_kept_as_unreadable(adapter: EmailAdapter, sns: Sns) -> None:
    body = sns.call(event("Delivery", {}))
    [raw] = adapter.split(request(body))
    assert raw.unreadable == "the event carries no tag of ours: the hub did not send that mail"


@pytest.mark.parametrize("message", ["not json", "[]", '{"eventType": 5}', '{"eventType": "Open", "mail": []}', "{}"])
def test_whatever_the_message_is_something_is_kept(adapter: EmailAdapter, sns: Sns, message: str) -> None:
    [raw] = adapter.split(request(sns.call(message)))
    assert raw.unreadable


# --- mail that arrives ----------------------------------------------------------------------------------


def received(content: bytes, **receipt: Any) -> dict[str, Any]:
    return {
        "notificationType": "Received",
        "mail": {"source": "ada@mail.example", "messageId": "x", "destination": ["support@shop.example"]},
        "receipt": {
            "recipients": ["support@shop.example"],
            "dmarcVerdict": {"status": "PASS"},
            "action": {"type": "SNS", "encoding": "BASE64"},
        }
        | receipt,
        "content": base64.b64encode(content).decode(),
    }


def test_a_mail_arrives_with_the_verdict_on_its_author(adapter: EmailAdapter, sns: Sns) -> None:
    raw, [found] = heard(adapter, sns, received(MAIL))
    assert (raw.address, raw.key) == ("support@shop.example", "m1@mail.example")
    assert isinstance(found, MessageReceived)
    assert found.author.verified
    _, [other] = heard(adapter, sns, received(MAIL, dmarcVerdict={"status": "GRAY"}))
    assert isinstance(other, MessageReceived)
    assert other.author == replace(found.author, verified=False)


def test_a_mail_whose_content_ses_kept_elsewhere_is_said_to_be_unreadable(adapter: EmailAdapter, sns: Sns) -> None:
    message = received(MAIL)
    del message["content"]
    [raw] = adapter.split(request(sns.call(message)))
    assert "let its rule publish the mail to the topic" in str(raw.unreadable)


def test_an_answer_under_the_id_that_ses_gave_our_mail_finds_it(adapter: EmailAdapter, sns: Sns) -> None:
    reply = MAIL.replace(
        b"\r\n\r\n", b"\r\nIn-Reply-To: <0107018c-AAAA-bbbb-cccc@eu-central-1.amazonses.com>\r\n\r\n", 1
    )
    _, [found] = heard(adapter, sns, received(reply))
    assert isinstance(found, MessageReceived)
    assert found.reply_to_external_id == "0107018c-aaaa-bbbb-cccc@amazonses.com"
