"""What split and parse make of odd requests."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from hub.channels.twilio.parse import RECEIPTS
from hub.types import (
    JournalEvent,
)
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.twilio import NUMBER
from tests.twilio.account import SMS, WHATSAPP, a_form


def test_one_url_serves_both_kinds_and_the_address_says_which() -> None:
    for kit in (SMS, WHATSAPP):
        for adapter in (SMS.build(), WHATSAPP.build()):
            (event,) = adapter.split(kit.request("text"))
            assert (event.kind, event.address) == (kit.kind, NUMBER)


def test_the_delivery_of_the_callback_url_is_kept_beside_the_fields() -> None:
    request = SMS.request("status_sent")
    (event,) = SMS.build().split(request)
    assert event.body == request.body + b"&HubDelivery=01JD0000000000000000000001"


@pytest.mark.parametrize("field", ["MessageSid", "From", "To"])
def test_a_field_that_cannot_be_stored_makes_the_event_unreadable(field: str) -> None:
    fields = {"MessageSid": "SM1", "From": "+4915254599371", "To": NUMBER, "Body": "x"} | {field: "a\x01b" * 200}
    (event,) = SMS.build().split(a_form(SMS, SMS.path, fields))
    assert event.unreadable == f"the field {field} is missing or malformed"
    assert event.address == (None if field == "To" else NUMBER)


def test_a_delivery_on_a_message_changes_nothing() -> None:
    request = replace(SMS.request("text"), query={"delivery": "D1"})
    assert SMS.build().split(request)[0].body == request.body


@pytest.mark.parametrize("word", sorted(RECEIPTS))
def test_every_status_word_of_twilio_is_a_receipt(word: str) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": word, "From": NUMBER, "To": "+4915254599371"}
    adapter = SMS.build()
    (event,) = adapter.split(a_form(SMS, "/webhooks/twilio/status", fields, {"delivery": "D1"}))
    (receipt,) = adapter.parse(JournalEvent(event.key, {}, event.body, RECEIVED_AT), SMS.sender)
    assert (receipt.status, receipt.external_id, receipt.delivery_id) == (RECEIPTS[word], "SM1", "D1")  # type: ignore[union-attr]


def test_a_body_that_stopped_being_utf8_does_not_parse() -> None:
    with pytest.raises(ValueError, match="not UTF-8"):
        SMS.build().parse(JournalEvent("k", {}, b"MessageSid=SM1&From=1&Body=%FF", RECEIVED_AT), SMS.sender)


def test_cancel_ends_our_writing_on_sms_and_is_plain_text_on_whatsapp() -> None:
    body = urlencode({"MessageSid": "SM1", "From": "+4915254599371", "To": NUMBER, "Body": "Cancel"}).encode()
    event = JournalEvent("SM1", {}, body, RECEIVED_AT)
    assert len(SMS.build().parse(event, SMS.sender)) == 2
    assert len(WHATSAPP.build().parse(event, WHATSAPP.sender)) == 1
