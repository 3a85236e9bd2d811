"""Messages that Twilio holds and did not deliver."""

import asyncio
from datetime import UTC, datetime

import respx

from hub.types import (
    JournalEvent,
    MessageReceived,
    Person,
)
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.twilio import ACCOUNT_SID, NUMBER
from tests.twilio.account import (
    API,
    SMS,
    WHATSAPP,
    a_message,
)


def test_missed_messages_are_listed_over_all_pages_oldest_first(twilio: respx.MockRouter) -> None:
    since = datetime(2026, 11, 20, 11, 10, tzinfo=UTC)
    next_page = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?Page=1&PageToken=PASM2"
    listed = [
        a_message("SM4", 40),
        a_message("SM3", 30, direction="outbound-api"),
    ]
    first = {"messages": listed, "next_page_uri": next_page}
    second = {"messages": [a_message("SM2", 20), a_message("SM1", 5)], "next_page_uri": None}
    twilio.get(f"{API}/Messages.json", params={"Page": "1"}).respond(json=second)
    asked = twilio.get(f"{API}/Messages.json").respond(json=first)
    events = asyncio.run(SMS.build().recover(SMS.sender, since))
    at = [(event.key, event.occurred_at) for event in events]
    assert at == [(f"SM{n}", datetime(2026, 11, 20, 11, n * 10, tzinfo=UTC)) for n in (2, 4)]
    assert asked.calls[0].request.url.params["To"] == NUMBER
    assert asked.calls[0].request.url.params["DateSent>"] == "2026-11-20T11:10:00Z"


def test_a_recovered_message_says_what_its_webhook_would_have_said_and_when(twilio: respx.MockRouter) -> None:
    since = datetime(2026, 11, 20, 11, 20, 0, 999_999, tzinfo=UTC)
    listed = a_message("SM1", 20, to=f"whatsapp:{NUMBER}", **{"from": "whatsapp:+4915254599371"}, body="Grüße & mehr ")
    twilio.get(f"{API}/Messages.json").respond(json={"messages": [listed], "next_page_uri": None})
    adapter = WHATSAPP.build()
    (event,) = asyncio.run(adapter.recover(WHATSAPP.sender, since))
    assert (event.kind, event.key, event.address) == (WHATSAPP.kind, "SM1", NUMBER)
    (message,) = adapter.parse(JournalEvent(event.key, {}, event.body, RECEIVED_AT), WHATSAPP.sender)
    assert isinstance(message, MessageReceived)
    assert message.position == datetime(2026, 11, 20, 11, 20, tzinfo=UTC)
    assert message.author == Person("+4915254599371")
    assert message.parts[0].text == "Grüße & mehr "  # type: ignore[union-attr]
