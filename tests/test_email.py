"""The e-mail adapter beside the conformance suite: reply addresses, proofs, trust."""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.channels.email.adapter import EmailAdapter
from hub.channels.email.forms import read_form
from hub.channels.email.reply_address import ReplyAddresses
from hub.crypto import DataKey, token_hash
from hub.ids import new_id
from hub.types import (
    Forged,
    JournalEvent,
    MessageReceived,
    Person,
    Secret,
    Verdict,
    Verified,
    WebhookSecret,
)
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.email.kit import INTAKE_TOKEN, KIT, SIGNING_KEY, email_adapter

CONVERSATION = "01KAGVC0N0ERSAT10N00000001"


def addresses(domain: str = "reply.hub.example") -> ReplyAddresses:
    return ReplyAddresses(lambda: DataKey(b"k" * 32), domain)


def parse_raw(raw: bytes) -> Any:
    made = email_adapter()
    [event] = made.split(KIT.make(raw, {"path": "/webhooks/email/mime"}))
    [found] = made.parse(JournalEvent(event.key, {}, event.body, RECEIVED_AT), KIT.sender)
    return found


# --- reply addresses -------------------------------------------------------------------------------------


def test_a_reply_address_leads_back_to_its_conversation_in_any_case_and_in_both_forms() -> None:
    conversation = new_id()
    made = addresses().make(conversation)
    assert len(made.partition("@")[0]) <= 64
    for form in (made, made.upper(), f"Shop <{made}>", made.replace("reply+", "r-")):
        assert addresses().conversation(["other@x.example", form]) == conversation


def test_an_altered_foreign_or_unsigned_reply_address_leads_nowhere() -> None:
    made = addresses().make(CONVERSATION)
    other = made.replace(CONVERSATION.lower(), "0" * 26)
    foreign_key = ReplyAddresses(lambda: DataKey(b"z" * 32), "reply.hub.example").make(CONVERSATION)
    elsewhere = made.replace("@reply.hub.example", "@reply.hub.example.evil.example")
    for forged in (other, foreign_key, elsewhere, f"reply+{CONVERSATION.lower()}@reply.hub.example", ""):
        assert addresses().conversation([forged]) is None


def test_without_a_reply_domain_no_address_is_made_or_recognised() -> None:
    assert addresses("").make(CONVERSATION) == ""
    assert addresses("").conversation([addresses().make(CONVERSATION)]) is None


# --- signatures and tokens -------------------------------------------------------------------------------


def signed_at(moment: datetime, token: str = "t" * 50) -> Verdict:
    stamp = str(int(moment.timestamp()))
    made = hmac.new(SIGNING_KEY.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    body = f"recipient=a%40b.example&timestamp={stamp}&token={token}&signature={made}".encode()
    return email_adapter().verify(KIT.make(body), KIT.secrets)


def test_a_mailgun_signature_lives_twelve_hours_and_no_future() -> None:
    assert isinstance(signed_at(RECEIVED_AT - timedelta(hours=11, minutes=59)), Verified)
    assert isinstance(signed_at(RECEIVED_AT + timedelta(minutes=14)), Verified)
    assert isinstance(signed_at(RECEIVED_AT - timedelta(hours=12, seconds=1)), Forged)
    assert isinstance(signed_at(RECEIVED_AT + timedelta(minutes=16)), Forged)
    assert isinstance(signed_at(RECEIVED_AT, token="t" * 5), Forged)


def test_a_mailgun_mail_carries_its_one_time_token() -> None:
    for name in ("mailgun_parsed_form", "gmail_reply_with_quote", "event_delivered"):
        [event] = email_adapter().split(KIT.signed(name))
        assert event.once == "c0ffee" + "5" * 44


def test_the_intake_tokens_hash_finds_and_verifies_but_is_no_token_itself() -> None:
    request = KIT.signed("no_message_id")
    hashed = token_hash(INTAKE_TOKEN)
    secrets = (WebhookSecret(Secret(hashed), sender_id="SENDER1"),)
    assert email_adapter().verify(request, secrets) == Verified(secrets[0])
    stolen = replace(request, headers={**request.headers, "authorization": f"Bearer {hashed}"})
    assert isinstance(email_adapter().verify(stolen, secrets), Forged)


def test_mailgun_is_told_not_to_come_back_with_a_forged_call() -> None:
    forged = {route.path: route.forged.status for route in EmailAdapter.routes}
    assert forged == {
        "/webhooks/email/mailgun": 406,
        "/webhooks/email/mailgun/mime": 406,
        "/webhooks/email/mailgun/events": 406,
        "/webhooks/email/mime": 403,
        "/webhooks/email/ses": 403,
    }


def test_a_retry_of_a_parsed_mail_without_message_id_has_the_same_key() -> None:
    request = KIT.request("mailgun_store_route")
    body = b"recipient=a%40b.example&from=c%40d.example&body-plain=hello"
    first, again, other = (
        email_adapter().split(replace(request, body=text))[0].key
        for text in (body + b"&token=1&timestamp=2&signature=3", body + b"&token=4&timestamp=5", body + b"+you&token=1")
    )
    assert first == again
    assert first != other


def test_a_urlencoded_form_keeps_every_byte() -> None:
    every = bytes(range(256))
    escaped = "".join(f"%{byte:02X}" for byte in every).encode()
    form = read_form(b"a=1&body-mime=" + escaped + b"&b=x+y&empty=&bare", "application/x-www-form-urlencoded")
    assert form.first("body-mime") == every
    assert form.text("b") == "x y"
    assert form.has("empty")
    assert form.has("bare")


def test_the_mime_of_a_mailgun_form_is_stored_byte_for_byte() -> None:
    [event] = email_adapter().split(KIT.signed("mailgun_mime_form_not_utf8"))
    line, _, raw = event.body.partition(b"\n")
    assert line.startswith(b'{"form":"mailgun-mime"')
    assert raw.endswith(b"Caf\xe9 = 3 + 4 & more\r\n")
    assert raw in KIT.signed("mailgun_mime_form_not_utf8").body


# --- trust -----------------------------------------------------------------------------------------------

_VOUCHED = KIT.request("gmail_reply_with_quote").body


@pytest.mark.parametrize(
    ("found", "replaced"),
    [
        (b"Check-Result%3A+Pass", b"Check-Result%3A+Fail"),
        (b"d%3Dmail.example", b"d%3Devil.example"),
        (b"MIME-Version", b"X-Mailgun-Dkim-Check-Result%3A+Pass%0D%0AMIME-Version"),
        (b"MIME-Version", b"From%3A+a%40mail.example%0D%0AMIME-Version"),
    ],
)
def test_only_an_aligned_verdict_of_mailgun_vouches_for_the_author(found: bytes, replaced: bytes) -> None:
    def author(body: bytes) -> Person:
        made = email_adapter()
        [raw] = made.split(KIT.make(body, {"path": "/webhooks/email/mailgun/mime"}))
        [event] = made.parse(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT), KIT.sender)
        assert isinstance(event, MessageReceived)
        return event.author

    assert found in _VOUCHED
    assert author(_VOUCHED).verified
    assert not author(_VOUCHED.replace(found, replaced, 1)).verified


def test_a_raw_mail_cannot_bring_its_own_verdict() -> None:
    raw = b"From: a@b.example\r\nX-Mailgun-Dkim-Check-Result: Pass\r\nDKIM-Signature: d=b.example\r\n\r\nHi"
    assert not parse_raw(raw).author.verified
