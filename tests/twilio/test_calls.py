"""Calls to the platform's numbers, through the door: forwarded while a code is waited for, refused otherwise."""

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import insert, update
from sqlmodel import col

from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.ids import new_id
from hub.types.numbers import RegistrationState
from hub.wiring import Services
from tests.fixtures.twilio import signature_of
from tests.intake.kit import account, held, posted, rows
from tests.line import ACCOUNT_SID
from tests.world import Organization

VOICE = "/webhooks/twilio/voice"
TOKEN, ANOTHER, ANOTHER_TOKEN = "token-of-the-number", "AC00000000000000000000000000000009", "token-of-another"
OURS, ADMIN = "+4915228895456", "+493023125000"
REFUSED = "<Response><Reject/></Response>"
FORWARDED = f"<Response><Dial>{ADMIN}</Dial></Response>"


@pytest.fixture
def account_id(services: Services) -> str:
    account(services, ANOTHER, ANOTHER_TOKEN)
    return account(services, ACCOUNT_SID, TOKEN)


@pytest.fixture
def number_id(services: Services, account_id: str) -> str:
    """A number whose calls with codes go to an admin's phone."""
    made = new_id()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            insert(t.Number).values(
                id=made,
                number=OURS,
                capabilities=["voice"],
                provider_account_id=account_id,
                forward_to=ADMIN,
                created_at=services.clock(),
            )
        )
    return made


@pytest.fixture
def registration_id(services: Services, org: Organization, account_id: str, number_id: str) -> str:
    """Its registration, whose code is waited for."""
    made, now = new_id(), services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            insert(t.Registration).values(
                id=made,
                number_id=number_id,
                kind="whatsapp",
                provider_account_id=account_id,
                organization_id=org.id,
                state=RegistrationState.CODE_NEEDED,
                created_at=now,
            )
        )
    return made


def call(services: Services, to: str = OURS, sid: str = ACCOUNT_SID, token: str = TOKEN) -> httpx.Response:
    fields = {"CallSid": "CA1", "AccountSid": sid, "From": "+447700900500", "To": to, "CallStatus": "ringing"}

    async def post(client: httpx.AsyncClient) -> httpx.Response:
        body = urlencode(fields).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        headers["x-twilio-signature"] = signature_of("https://hub.example.com" + VOICE, body, token)
        return await client.post(VOICE, content=body, headers=headers)

    [answer] = posted(services, post)
    return answer


def change(services: Services, table: type[t.Number] | type[t.Registration], values: Mapping[str, object]) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(table).where(col(table.id).is_not(None)).values(dict(values)))


def test_a_call_with_the_code_that_is_waited_for_is_forwarded_and_nothing_is_kept(
    services: Services, registration_id: str
) -> None:
    answer = call(services)
    assert (answer.status_code, answer.text) == (200, FORWARDED)
    assert answer.headers["content-type"].startswith("text/xml")
    assert (rows(services), held(services)) == ([], [])


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (t.Number, {"forward_to": ""}),
        (t.Number, {"forward_to": "<Play>x</Play>"}),
        (t.Registration, {"state": RegistrationState.ONLINE}),
        (t.Registration, {"state": RegistrationState.FAILED}),
    ],
)
def test_a_call_that_nobody_waits_for_is_refused(
    services: Services, registration_id: str, table: type[t.Number], values: dict[str, str]
) -> None:
    change(services, table, values)
    answer = call(services)
    assert (answer.status_code, answer.text) == (200, REFUSED)


def test_a_number_without_a_registration_takes_no_calls(services: Services, number_id: str) -> None:
    assert call(services).text == REFUSED


@pytest.mark.parametrize("to", ["+4915228895457", "", "\x00"])
def test_a_number_that_is_not_ours_takes_no_calls(services: Services, registration_id: str, to: str) -> None:
    assert call(services, to).text == REFUSED


def test_another_account_learns_nothing_of_the_number(services: Services, registration_id: str) -> None:
    assert call(services, sid=ANOTHER, token=ANOTHER_TOKEN).text == REFUSED


def test_a_call_that_twilio_did_not_sign_is_refused_at_the_door(services: Services, registration_id: str) -> None:
    assert call(services, token="another token").status_code == 403
    assert len(held(services)) == 1
