"""Events that name no address: of a whole business account at Meta, or of one message at Twilio."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select, update
from sqlmodel import col

from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.inbound.drain import drain
from hub.wiring import Services
from tests.fixtures.twilio import signature_of
from tests.intake.kit import account, held, rows, statuses
from tests.line import ACCOUNT_SID, AUTH_TOKEN, post_meta, post_twilio, sms_fields
from tests.world import Channel, Organization, World

BUSINESS, ANOTHER = "102290129340398", "102290129340399"
FIRST, SECOND, ELSEWHERE = "+4915228895456", "+4915228895457", "+4915228895458"
CHILD, CHILD_TOKEN = "AC00000000000000000000000000000002", "token-of-the-child"
ERRORS = "/webhooks/twilio/errors"
MESSAGE = "SM" + "a" * 32


@pytest.fixture
def numbers(services: Services, world: World, org: Organization) -> dict[str, Channel]:
    """Two WhatsApp senders of one business account, one of another, and an SMS sender in the first one's account."""
    made = {number: world.channel(org, "whatsapp", number) for number in (FIRST, SECOND, ELSEWHERE)}
    made["sms"] = world.channel(org, "sms", "+4915228895459")
    child = account(services, CHILD, CHILD_TOKEN)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(t.Sender).where(col(t.Sender.address) == ELSEWHERE).values(provider_account_id=child))
        for external_id, business in ((ACCOUNT_SID, BUSINESS), (CHILD, ANOTHER)):
            named = col(t.ProviderAccount.external_id) == external_id
            tx.execute(update(t.ProviderAccount).where(named).values(business_id=business))
    return made


def told(*changes: Mapping[str, Any], business: str = BUSINESS) -> dict[str, Any]:
    entry = {"id": business, "time": 1_795_173_600, "changes": list(changes)}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def disabled(state: str) -> dict[str, Any]:
    return {"field": "account_update", "value": {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}}}


def flagged(number: str) -> dict[str, Any]:
    value = {"display_phone_number": number, "event": "FLAGGED", "current_limit": "TIER_250"}
    return {"field": "phone_number_quality_update", "value": value}


def failed(code: int, message: str = MESSAGE, account_sid: str = ACCOUNT_SID) -> dict[str, str]:
    payload = {"resource_sid": message, "error_code": str(code), "more_info": {"Msg": "disabled by Meta"}}
    return {"Sid": f"NO{code:032x}", "AccountSid": account_sid, "Level": "ERROR", "Payload": json.dumps(payload)}


async def post_error(client: httpx.AsyncClient, fields: Mapping[str, str], token: str = AUTH_TOKEN) -> httpx.Response:
    body = urlencode(fields).encode()
    signature = signature_of("https://hub.example.com" + ERRORS, body, token)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return await client.post(ERRORS, content=body, headers=headers)


def wrote(services: Services, channel: Channel) -> None:
    """Let there be a message of a number under Twilio's id."""
    assert statuses(services, lambda twilio: post_twilio(twilio, sms_fields(channel.address, MESSAGE))) == [200]
    drain(services, channel.sender_id)


def health_of(services: Services, channel: Channel) -> str:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        health = tx.scalar(select(col(t.Sender.health)).where(col(t.Sender.id) == channel.sender_id)) or {}
    return str(health.get("state"))


def test_a_ban_of_a_business_account_reaches_each_of_its_senders_and_nobody_else(
    services: Services, numbers: dict[str, Channel]
) -> None:
    assert statuses(services, lambda meta: post_meta(meta, told(disabled("DISABLE")))) == [200]
    reached = {numbers[FIRST].sender_id, numbers[SECOND].sender_id}
    assert {row.sender_id for row in rows(services)} == reached
    assert held(services) == []
    for channel in numbers.values():
        drain(services, channel.sender_id)
    assert {row.state for row in rows(services)} == {"handled"}
    states = {name: health_of(services, channel) for name, channel in numbers.items()}
    assert states == {FIRST: "broken", SECOND: "broken", ELSEWHERE: "None", "sms": "None"}


def test_a_repeated_notification_is_a_duplicate_for_each_sender(
    services: Services, numbers: dict[str, Channel]
) -> None:
    batch = told(disabled("DISABLE"))
    assert statuses(services, *[lambda meta: post_meta(meta, batch)] * 2) == [200, 200]
    assert sorted(row.state for row in rows(services)) == ["duplicate", "duplicate", "pending", "pending"]


def test_the_quality_of_a_number_reaches_its_whatsapp_sender_alone(
    services: Services, numbers: dict[str, Channel]
) -> None:
    assert statuses(services, lambda meta: post_meta(meta, told(flagged("+49 1522 8895457")))) == [200]
    assert [row.sender_id for row in rows(services)] == [numbers[SECOND].sender_id]


def test_a_business_account_that_nobody_has_is_kept_aside(services: Services, numbers: dict[str, Channel]) -> None:
    batch = told(disabled("DISABLE"), business="102290129340397")
    assert statuses(services, lambda meta: post_meta(meta, batch)) == [200]
    assert rows(services) == []
    assert [each.reason for each in held(services)] == ["no provider account has the business account it names"]


def test_nobody_but_meta_speaks_for_a_business_account(services: Services, numbers: dict[str, Channel]) -> None:
    batch = told(disabled("DISABLE"))
    assert statuses(services, lambda meta: post_meta(meta, batch, "another app's secret")) == [403]
    assert rows(services) == []


def test_an_error_at_twilio_reaches_the_sender_of_the_message_it_names(
    services: Services, numbers: dict[str, Channel]
) -> None:
    wrote(services, numbers["sms"])
    assert statuses(services, lambda twilio: post_error(twilio, failed(63112))) == [204]
    [_, row] = rows(services)
    assert (row.sender_id, row.event_key) == (numbers["sms"].sender_id, f"error:NO{63112:032x}")
    drain(services, row.sender_id)
    assert health_of(services, numbers["sms"]) == "broken"


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        # of a message that is not ours: somebody sent it in Twilio's console
        (failed(63112, "SM" + "b" * 32), AUTH_TOKEN),
        # of the same id in another account
        (failed(63112, account_sid=CHILD), CHILD_TOKEN),
        # nothing of the sender: the person's phone is off, or our own webhook failed
        (failed(30003), AUTH_TOKEN),
        (failed(11200), AUTH_TOKEN),
        (failed(63112, "CA" + "a" * 32), AUTH_TOKEN),
    ],
)
def test_an_error_that_says_nothing_of_our_senders_is_answered_and_not_kept(
    services: Services, numbers: dict[str, Channel], fields: dict[str, str], token: str
) -> None:
    wrote(services, numbers["sms"])
    assert statuses(services, lambda twilio: post_error(twilio, fields, token)) == [204]
    assert ([row.event_key for row in rows(services)], held(services)) == ([MESSAGE], [])


def test_an_error_that_twilio_did_not_sign_is_refused(services: Services, numbers: dict[str, Channel]) -> None:
    assert statuses(services, lambda twilio: post_error(twilio, failed(63112), "another token")) == [403]
    assert len(held(services)) == 1
