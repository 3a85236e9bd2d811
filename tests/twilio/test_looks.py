"""What a look at a number tells ban detection: its codes, its quality, and what is not as it should be."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from hub.types import HealthState
from hub.types.bans import DriftKind, Look, SignalSource
from hub.types.numbers import Quality
from tests.conformance.kit import RECEIVED_AT, Kit
from tests.fixtures.twilio import ACCOUNT_SID
from tests.twilio.account import API, NUMBERS, SENDERS, SMS, WHATSAPP, a_number, a_sender


def look(kit: Kit) -> Look:
    return asyncio.run(kit.build().look(kit.sender, RECEIVED_AT))


def codes(found: Look) -> list[str]:
    assert all(each.family == "twilio" and each.at == RECEIVED_AT for each in found.signals)
    return [each.code for each in found.signals]


def test_a_sender_that_is_well_says_so_with_its_quality_and_its_limit(twilio: respx.MockRouter) -> None:
    told = {"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"}
    twilio.get(SENDERS).respond(json=a_sender(properties=told))
    found = look(WHATSAPP)
    assert codes(found) == ["account/active", "sender/ONLINE", "quality/HIGH"]
    assert (found.quality, found.daily_limit, found.online, found.drift) == (Quality.HIGH, 10_000, True, ())
    assert found.health.state is HealthState.OK


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (None, ["sender/OFFLINE"]),
        ([{"message": "banned"}], ["sender/OFFLINE"]),
        ([{"code": "21211400", "message": "is banned by provider"}, {"code": "30008"}],
         ["sender/OFFLINE/21211400", "sender/OFFLINE/30008"]),
    ],
)  # fmt: skip
def test_an_offline_sender_is_told_with_its_reasons(
    twilio: respx.MockRouter, reasons: Any, expected: list[str]
) -> None:
    twilio.get(SENDERS).respond(json=a_sender(status="OFFLINE", offline_reasons=reasons))
    found = look(WHATSAPP)
    assert codes(found)[1:] == expected
    assert (found.online, found.health.state) == (False, HealthState.BROKEN)
    assert "by provider" not in repr(found.health)


def test_reasons_of_a_sender_that_is_back_online_are_not_held_against_it(twilio: respx.MockRouter) -> None:
    reasons = [{"code": "21211400", "message": "is banned by provider"}]
    twilio.get(SENDERS).respond(json=a_sender(status="ONLINE", offline_reasons=reasons))
    assert codes(look(WHATSAPP))[1:] == ["sender/ONLINE"]


def test_a_sender_that_is_still_being_registered_says_nothing_of_a_ban(twilio: respx.MockRouter) -> None:
    twilio.get(SENDERS).respond(json=a_sender(status="TWILIO_REVIEW"))
    found = look(WHATSAPP)
    assert (codes(found), found.online) == (["account/active"], None)


@pytest.mark.parametrize(("kit", "code"), [(WHATSAPP, "sender/missing"), (SMS, "number/missing")])
def test_what_the_account_does_not_have_is_missing(twilio: respx.MockRouter, kit: Kit, code: str) -> None:
    twilio.get(SENDERS).respond(json=a_sender(sender_id="whatsapp:+493023125000"))
    twilio.get(NUMBERS).respond(json=a_number(phone_number="+493023125000"))
    found = look(kit)
    assert codes(found) == ["account/active", code]
    assert [(each.kind, each.mended_by_setup) for each in found.drift] == [(DriftKind.NUMBER, False)]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"sms_url": "https://old.example.org"}, DriftKind.WEBHOOK), ({"sms_application_sid": "AP1"}, DriftKind.NUMBER)],
)
def test_a_number_that_leads_elsewhere_is_drift_that_setup_mends(
    twilio: respx.MockRouter, changes: dict[str, str], kind: DriftKind
) -> None:
    twilio.get(NUMBERS).respond(json=a_number(**changes))
    found = look(SMS)
    assert codes(found) == ["account/active", "number/owned"]
    assert [(each.kind, each.mended_by_setup) for each in found.drift] == [(kind, True)]


@pytest.mark.parametrize(
    ("answer", "expected", "state"),
    [
        (httpx.Response(200, json={"sid": ACCOUNT_SID, "status": "suspended"}), "account/suspended", "broken"),
        (httpx.Response(200, json={"sid": ACCOUNT_SID, "status": "closed"}), "account/closed", "broken"),
        (httpx.Response(401, json={"code": 20003}), "account/refused", "broken"),
        (httpx.Response(404, json={"code": 20404}), "account/refused", "broken"),
        (httpx.Response(403, json={"code": 20005}), "20005", "broken"),
        (httpx.Response(503, json={"code": 20003}), "503", "unknown"),
        (httpx.Response(200, text="<html>"), "timeout", "unknown"),
        (httpx.ConnectError("down"), "timeout", "unknown"),
    ],
)
def test_an_account_that_is_not_active_is_all_that_is_told(
    twilio: respx.MockRouter, answer: Any, expected: str, state: str
) -> None:
    twilio.get(f"{API}.json").mock(side_effect=[answer] * 3)
    found = look(SMS)
    assert codes(found) == [expected]
    assert found.signals[0].source is SignalSource.ACCOUNT
    assert (found.health.state, found.online) == (state, None)


@pytest.mark.parametrize(
    ("answer", "expected", "state"),
    [
        (httpx.Response(401, json={"code": 20003}), ["account/refused"], "broken"),
        (httpx.Response(403, json={"code": 20005}), ["20005"], "broken"),
        (httpx.Response(400, json={"code": 99999}), [], "broken"),
        (httpx.Response(502, text="<html>"), ["502"], "unknown"),
        (httpx.ReadTimeout("slow"), ["timeout"], "unknown"),
    ],
)
def test_a_number_that_cannot_be_looked_at_is_not_called_missing(
    twilio: respx.MockRouter, answer: Any, expected: list[str], state: str
) -> None:
    twilio.get(SENDERS).mock(side_effect=[answer] * 3)
    found = look(WHATSAPP)
    assert codes(found) == ["account/active", *expected]
    assert (found.health.state, found.online) == (state, None)


def test_a_look_that_comes_too_often_says_when_to_come_again(twilio: respx.MockRouter) -> None:
    twilio.get(SENDERS).respond(429, headers={"retry-after": "20"}, json={"code": 20429})
    [_, told] = look(WHATSAPP).signals
    assert (told.code, told.until) == ("20429", RECEIVED_AT + timedelta(seconds=20))


def test_twilios_words_reach_ban_detection_and_no_text_of_an_error(twilio: respx.MockRouter) -> None:
    said = "Account AC00 is suspended\x00 for \ud800 fraud"
    told = json.dumps({"code": 20003, "message": said})
    twilio.get(f"{API}.json").respond(401, text=told)
    found = look(SMS)
    assert found.signals[0].text == "Account AC00 is suspended  for   fraud"
    assert "fraud" not in repr(found.health)
