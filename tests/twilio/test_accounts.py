"""Several provider accounts on the same URLs: what one account signs never reaches a number of another."""

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.wiring import Services
from tests.fixtures.twilio import signature_of
from tests.intake.kit import account, held, rows, statuses
from tests.line import AUTH_TOKEN, sms_fields
from tests.world import Channel, Organization, World

PARENT = "AC00000000000000000000000000000001"
FURTHER, FURTHER_TOKEN = "AC00000000000000000000000000000002", "token-of-the-further-account"
BASE = "https://hub.example.com"
OURS, THEIRS = "+4915228895456", "+4915228817386"


@pytest.fixture
def ours(world: World, org: Organization) -> Channel:
    return world.channel(org, "sms", OURS)


@pytest.fixture
def theirs(services: Services, world: World) -> Channel:
    """A number of another organization, in an account of its own."""
    rival = world.organization("Rival")
    made = world.channel(rival, "sms", THEIRS)
    further = account(services, FURTHER, FURTHER_TOKEN)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        mine = col(t.Sender.address) == THEIRS
        tx.execute(update(t.Sender).where(mine).values(provider_account_id=further))
    return made


async def post(client: httpx.AsyncClient, path: str, fields: Mapping[str, str], token: str) -> httpx.Response:
    body = urlencode(fields).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    headers["x-twilio-signature"] = signature_of(BASE + path, body, token)
    return await client.post(path, content=body, headers=headers)


def answers(services: Services, path: str, fields: Mapping[str, str], token: str) -> list[int]:
    return statuses(services, lambda client: post(client, path, fields, token))


def status_of(number: str, account_sid: str) -> dict[str, str]:
    fields = {"MessageSid": "SM7", "MessageStatus": "delivered", "AccountSid": account_sid}
    return fields | {"From": number, "To": "+12025550199"}


def test_each_account_reaches_its_own_numbers(services: Services, ours: Channel, theirs: Channel) -> None:
    messages = "/webhooks/twilio/messages"
    assert answers(services, messages, sms_fields(OURS, "SM1"), AUTH_TOKEN) == [200]
    assert answers(services, messages, sms_fields(THEIRS, "SM2", account_sid=FURTHER), FURTHER_TOKEN) == [200]
    assert {(row.event_key, row.sender_id) for row in rows(services)} == {
        ("SM1", ours.sender_id),
        ("SM2", theirs.sender_id),
    }


@pytest.mark.parametrize(
    ("account_sid", "token", "number"), [(FURTHER, FURTHER_TOKEN, OURS), (PARENT, AUTH_TOKEN, THEIRS)]
)
def test_a_message_signed_by_another_account_is_kept_aside(
    services: Services, ours: Channel, theirs: Channel, account_sid: str, token: str, number: str
) -> None:
    fields = sms_fields(number, "SM1", account_sid=account_sid)
    assert answers(services, "/webhooks/twilio/messages", fields, token) == [200]
    assert rows(services) == []
    assert len(held(services)) == 1


def test_a_receipt_signed_by_another_account_is_kept_aside(services: Services, ours: Channel, theirs: Channel) -> None:
    path = "/webhooks/twilio/status?delivery=01JD0000000000000000000001"
    assert answers(services, path, status_of(OURS, FURTHER), FURTHER_TOKEN) == [204]
    assert rows(services) == []
    assert len(held(services)) == 1


def test_naming_an_account_without_its_token_is_forged(services: Services, ours: Channel, theirs: Channel) -> None:
    fields = sms_fields(OURS, "SM1", account_sid=PARENT)
    assert answers(services, "/webhooks/twilio/messages", fields, FURTHER_TOKEN) == [403]
    fields = sms_fields(THEIRS, "SM1", account_sid=FURTHER)
    assert answers(services, "/webhooks/twilio/messages", fields, AUTH_TOKEN) == [403]
    assert rows(services) == []
