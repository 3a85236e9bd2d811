"""What "show raw" shows of a webhook."""

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.types import JournalEvent
from tests.conformance.kit import RECEIVED_AT, Kit, load
from tests.twilio.account import SMS, WHATSAPP

NAMES = [(kit, name) for kit in (SMS, WHATSAPP) for name in kit.inbound_names()]
OF_TWILIO = re.compile(r"\b(?:AC|SM|MM|ME|XE|PN|MG|HX)[0-9a-f]{32}\b|api\.twilio\.com|2010-04-01")


def shown(kit: Kit, body: bytes) -> str:
    return kit.build().show_raw(JournalEvent("K", {}, body, RECEIVED_AT))


@pytest.mark.parametrize(("kit", "name"), NAMES, ids=[f"{kit.kind}-{name}" for kit, name in NAMES])
def test_no_id_link_or_error_text_of_twilio_is_shown(kit: Kit, name: str) -> None:
    text = shown(kit, kit.request(name).body)
    assert not OF_TWILIO.search(text)
    assert "Spam rate" not in text and "ErrorCode" not in text and "ChannelStatusMessage" not in text
    assert "DE.1349000000000017" not in text or name.startswith("hidden_phone")


def test_what_the_customer_said_stays_as_it_is() -> None:
    text = shown(WHATSAPP, WHATSAPP.request("location").body)
    assert "Latitude: 52.5200" in text and "Label: Lager Nord" in text and "ProfileName: Mara Köhler" in text
    words = "Meine Kundennummer ist SM" + "0" * 32
    assert f"Body: {words}" in shown(SMS, f"Body={quote(words)}&SmsSid=SM{'0' * 32}".encode())


def test_an_id_in_a_field_nobody_knows_is_masked() -> None:
    text = shown(SMS, f"NewField=see+PN{'a' * 32}&Other=https%3A%2F%2Fapi.twilio.com%2Fx+y".encode())
    assert text == "NewField: see …\nOther: … y"


@given(st.binary(max_size=300))
def test_any_bytes_can_be_shown(body: bytes) -> None:
    shown(SMS, body).encode()


@pytest.mark.parametrize(("name", "word"), [("business_disabled", "DISABLE"), ("business_number_flagged", "FLAGGED")])
def test_what_meta_says_of_a_business_account_shows_its_words_and_none_of_its_ids(name: str, word: str) -> None:
    meta = load("facebook")
    raw = meta.build().split(meta.signed(name))[0]
    seen = WHATSAPP.build().show_raw(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT))
    assert word in seen
    assert "102290129340398" not in seen


def test_an_error_at_twilio_shows_neither_ids_nor_twilios_words() -> None:
    raw = SMS.build().split(SMS.signed("error_business_account_disabled"))[0]
    seen = SMS.build().show_raw(JournalEvent(raw.key, {}, raw.body, RECEIVED_AT))
    assert [word for word in ("NO0000", "AC0000", "MM0000", "disabled by Meta", "63112") if word in seen] == []
