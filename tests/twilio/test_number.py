"""A number at Twilio: set up, health, identity, and its account."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from hub.channels.sms.adapter import SmsAdapter
from hub.channels.twilio.adapter import TwilioAdapter
from hub.channels.whatsapp.adapter import WhatsAppAdapter
from hub.errors import Invalid, Unavailable
from hub.types import (
    HealthState,
)
from tests.conformance.kit import Kit
from tests.fixtures.twilio import ACCOUNT, ACCOUNT_SID, NUMBER
from tests.twilio.account import (
    API,
    MESSAGES_URL,
    NUMBERS,
    SENDERS,
    SMS,
    STATUS_URL,
    WHATSAPP,
    a_number,
    a_sender,
)


def test_setup_points_the_number_here_and_clears_what_would_win_over_it(twilio: respx.MockRouter) -> None:
    twilio.get(NUMBERS).respond(json=a_number(sms_url="https://old.example.org/sms", sms_application_sid="AP1"))
    update = twilio.post(f"{API}/IncomingPhoneNumbers/PN1.json").respond(json={"sid": "PN1"})
    asyncio.run(SMS.build().setup(SMS.sender))
    form = parse_qs(update.calls.last.request.content.decode(), keep_blank_values=True)
    assert form == {"SmsUrl": [MESSAGES_URL], "SmsMethod": ["POST"], "SmsApplicationSid": [""]}


def test_setup_points_the_whatsapp_sender_here(twilio: respx.MockRouter) -> None:
    twilio.get(SENDERS).respond(json=a_sender(webhook=None))
    update = twilio.post(f"{SENDERS}/XE1").respond(202, json={"sid": "XE1"})
    asyncio.run(WHATSAPP.build().setup(WHATSAPP.sender))
    hooks = {"callback_url": MESSAGES_URL, "callback_method": "POST"}
    hooks |= {"status_callback_url": STATUS_URL, "status_callback_method": "POST"}
    assert httpx.Response(200, content=update.calls.last.request.content).json() == {"webhook": hooks}


@pytest.mark.parametrize("kit", [SMS, WHATSAPP], ids=lambda kit: str(kit.kind))
def test_setup_changes_nothing_that_is_already_right(kit: Kit, twilio: respx.MockRouter) -> None:
    twilio.get(NUMBERS).respond(json=a_number())
    twilio.get(SENDERS).respond(json=a_sender())
    asyncio.run(kit.build().setup(kit.sender))
    assert [call.request.method for call in twilio.calls] == ["GET"]


@pytest.mark.parametrize("kit", [SMS, WHATSAPP], ids=lambda kit: str(kit.kind))
def test_a_number_the_account_does_not_have_is_named(kit: Kit, twilio: respx.MockRouter) -> None:
    twilio.get(NUMBERS).respond(json=a_number(phone_number="+493023125000"))
    twilio.get(SENDERS).respond(json=a_sender(sender_id="whatsapp:+493023125000"))
    with pytest.raises(Invalid, match=r"no .* number \+4915228895456"):
        asyncio.run(kit.build().setup(kit.sender))
    with pytest.raises(Invalid):
        asyncio.run(kit.build().identify({"address": NUMBER}))
    assert asyncio.run(kit.build().health(kit.sender)).state is HealthState.BROKEN


def test_a_number_is_identified_by_its_name_at_twilio(twilio: respx.MockRouter) -> None:
    twilio.get(NUMBERS).respond(json=a_number())
    profile = asyncio.run(SMS.build().identify({"address": NUMBER}))
    assert (profile.address, profile.name) == (NUMBER, "Support line")


@pytest.mark.parametrize(
    ("adapter", "changes", "problem"),
    [
        (SmsAdapter, {"sms_url": "https://old.example.org/sms"}, "elsewhere"),
        (SmsAdapter, {"sms_application_sid": "AP1"}, "application"),
        (WhatsAppAdapter, {"webhook": {"callback_url": "https://old.example.org"}}, "elsewhere"),
        (WhatsAppAdapter, {"status": "OFFLINE", "offline_reasons": [{"code": "1", "message": "banned"}]}, "banned"),
        (WhatsAppAdapter, {"status": "TWILIO_REVIEW", "offline_reasons": None}, "TWILIO_REVIEW"),
    ],
)
def test_health_names_what_is_wrong(
    adapter: type[TwilioAdapter], changes: dict[str, Any], problem: str, twilio: respx.MockRouter
) -> None:
    kit = SMS if adapter is SmsAdapter else WHATSAPP
    twilio.get(NUMBERS).respond(json=a_number(**changes))
    twilio.get(SENDERS).respond(json=a_sender(**changes))
    health = asyncio.run(adapter(kit.context()).health(kit.sender))
    assert health.state is HealthState.BROKEN
    assert problem in health.problems[0]


def test_a_sender_that_is_being_updated_is_well(twilio: respx.MockRouter) -> None:
    twilio.get(SENDERS).respond(json=a_sender(status="ONLINE:UPDATING"))
    assert asyncio.run(WHATSAPP.build().health(WHATSAPP.sender)).state is HealthState.OK


@pytest.mark.parametrize(
    ("answers", "state", "calls"),
    [
        ([503, 503, 503], HealthState.UNKNOWN, 3),
        ([503, 200], HealthState.OK, 2),
        ([401], HealthState.BROKEN, 1),
        ([429], HealthState.UNKNOWN, 1),
    ],
)
def test_a_look_up_is_repeated_while_that_can_help(
    answers: list[int], state: HealthState, calls: int, twilio: respx.MockRouter
) -> None:
    replies = [httpx.Response(status, json=a_number() if status == 200 else {}) for status in answers]
    route = twilio.get(NUMBERS).mock(side_effect=replies)
    assert asyncio.run(SMS.build().health(SMS.sender)).state is state
    assert route.call_count == calls


@pytest.mark.parametrize(("status", "error"), [(401, Invalid), (503, Unavailable), (429, Unavailable)])
def test_a_set_up_that_fails_says_so_in_our_words(
    status: int, error: type[Exception], twilio: respx.MockRouter
) -> None:
    twilio.get(NUMBERS).respond(status, json={})
    with pytest.raises(error) as raised:
        asyncio.run(SMS.build().setup(SMS.sender))
    assert raised.value.__cause__ is None
    assert "Twilio" in str(raised.value)


def test_an_answer_that_is_no_json_leaves_health_unknown(twilio: respx.MockRouter) -> None:
    twilio.get(NUMBERS).respond(200, text="<html>")
    assert asyncio.run(SMS.build().health(SMS.sender)).state is HealthState.UNKNOWN


def test_nobody_is_identified_without_the_parent_account() -> None:
    bare = SMS.context().settings.model_copy(update={"twilio_account_sid": ""})
    adapter = SmsAdapter(replace(SMS.context(), settings=bare))
    assert adapter.parent_account() is None
    with pytest.raises(Invalid, match="HUB_TWILIO_ACCOUNT_SID"):
        asyncio.run(adapter.identify({"address": NUMBER}))


@pytest.mark.parametrize(
    ("status", "json", "state"),
    [
        (200, {"sid": ACCOUNT_SID, "status": "active"}, HealthState.OK),
        (200, {"sid": ACCOUNT_SID, "status": "suspended"}, HealthState.BROKEN),
        (401, {"code": 20003}, HealthState.BROKEN),
        (500, {}, HealthState.UNKNOWN),
    ],
)
def test_the_account_is_probed(status: int, json: dict[str, str], state: HealthState, twilio: respx.MockRouter) -> None:
    twilio.get(f"{API}.json").respond(status, json=json)
    assert asyncio.run(SMS.build().probe_account(ACCOUNT)).state is state


def test_a_next_page_elsewhere_does_not_get_the_token(twilio: respx.MockRouter) -> None:
    page = a_sender(sender_id="whatsapp:+493023125000")
    page["meta"]["next_page_url"] = "https://evil.example.org/v2/Channels/Senders?Page=1"
    twilio.get(SENDERS).respond(json=page)
    elsewhere = twilio.get(host="evil.example.org").respond(json=a_sender())
    with pytest.raises(Unavailable, match="could not be reached"):
        asyncio.run(WHATSAPP.build().setup(WHATSAPP.sender))
    assert elsewhere.call_count == 0


def test_the_kind_is_off_until_the_parent_account_is_set() -> None:
    assert SMS.build().missing_settings() == ()
    bare = SMS.context().settings.model_copy(update={"twilio_account_sid": ""})
    assert SmsAdapter(replace(SMS.context(), settings=bare)).missing_settings() == ("HUB_TWILIO_ACCOUNT_SID",)
