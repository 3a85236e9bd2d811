"""Sends over Twilio's REST API."""

import asyncio
from dataclasses import replace

import pytest
import respx

from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.channels.twilio.client import Refused
from hub.channels.whatsapp.adapter import WhatsAppAdapter
from hub.errors import Misconfigured, UnsupportedContent
from hub.types import (
    FailureKind,
    HealthState,
    OutboundMessage,
    Person,
)
from tests.fixtures.twilio import ACCOUNT_SID, TOKEN
from tests.twilio.account import (
    API,
    SMS,
    WHATSAPP,
    a_sender,
    send,
)


@pytest.mark.parametrize("text", ["", "x" * 1601])
def test_what_cannot_be_said_is_refused_before_any_call(text: str, twilio: respx.MockRouter) -> None:
    with pytest.raises(UnsupportedContent):
        send(SMS, text)
    assert not twilio.calls


def test_a_sender_without_account_pauses_as_one_without_credentials() -> None:
    with pytest.raises(Misconfigured) as error:
        send(SMS, account=None)
    assert SMS.build().classify(error.value).kind is FailureKind.CREDENTIALS


def test_a_failed_send_is_not_repeated_and_shows_no_secret(twilio: respx.MockRouter) -> None:
    route = twilio.post(f"{API}/Messages.json").respond(500, json={"code": 20500, "message": "Hallo"})
    with pytest.raises(Refused) as refused:
        send(SMS)
    assert route.call_count == 1
    assert TOKEN not in repr(refused.value) + str(refused.value)
    assert "Hallo" not in repr(refused.value) + str(refused.value)


def test_calls_go_to_the_configured_roots(twilio: respx.MockRouter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "frankfurt")
    monkeypatch.setenv("TWILIO_REGION", "de1")
    roots = {"twilio_api_url": "http://127.0.0.1:9001", "twilio_messaging_url": "http://127.0.0.1:9002"}
    context = WHATSAPP.context()
    settings = context.settings.model_copy(update=roots)
    adapter = WhatsAppAdapter(replace(context, settings=settings, http=HttpFactory(Egress(settings, frozenset))))
    sent = twilio.post(f"http://127.0.0.1:9001/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json")
    sent.respond(201, json={"sid": "SM1", "status": "queued"})
    account = twilio.get(f"http://127.0.0.1:9001/2010-04-01/Accounts/{ACCOUNT_SID}.json")
    account.respond(json={"sid": ACCOUNT_SID, "status": "active"})
    listed = twilio.get("http://127.0.0.1:9002/v2/Channels/Senders").respond(json=a_sender())
    asyncio.run(adapter.send(OutboundMessage("D1", "V1", Person("+4915254599371"), "Hallo"), WHATSAPP.sender))
    assert asyncio.run(adapter.health(WHATSAPP.sender)).state is HealthState.OK
    assert (sent.call_count, listed.call_count) == (1, 1)
