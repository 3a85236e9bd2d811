"""Every request that the hub makes of Twilio is one that Twilio's published description knows."""

import ast
import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.channels.numbers import (
    Ability,
    AddressNeed,
    CodeWay,
    NumberKind,
    NumberSearch,
    Order,
    Papers,
    Registration,
    TemplateCategory,
)
from hub.channels.twilio.provider import TwilioProvider
from hub.types import JournalEvent, OutboundMessage, Person, ProviderAccount, Uncertain
from tests.conformance.cases import outbound_message
from tests.conformance.kit import RECEIVED_AT, Kit
from tests.fixtures.twilio import ACCOUNT, ACCOUNT_SID, NUMBER
from tests.twilio.account import SMS, WHATSAPP
from tests.twilio.answering import ANSWERS, CHANNELS, Twilio, a_twilio, sid
from tests.twilio.openapi import ENDPOINTS, problems

CHILD = ProviderAccount("P2", sid("AC", 2), ACCOUNT.credentials)
PAPERS = Papers(sid("BU"), sid("AD"))
FILE = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid('MM')}/Media/{sid('ME')}"
_VERBS = frozenset({"create_async", "delete_async", "fetch_async", "list_async", "update_async"})


@pytest.fixture(scope="module")
def asked() -> Iterator[Twilio]:
    """A Twilio of which the hub asked everything it ever asks."""
    with a_twilio() as twilio:
        for kit in (SMS, WHATSAPP):
            asyncio.run(_as_adapter(kit))
        asyncio.run(_as_provider(TwilioProvider(SMS.context())))
        yield twilio


async def _as_adapter(kit: Kit) -> None:
    adapter, sender, since = kit.build(), kit.sender, datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    for name in kit.outbound_names():
        await adapter.send(outbound_message(kit, name), sender)
    message = OutboundMessage("D1", "V1", Person("+4915254599371"), "Hallo")
    await adapter.look_up(Uncertain(message, since, frozenset()), sender)
    assert await adapter.recover(sender, since)
    await adapter.download(FILE, JournalEvent("E1", {}, b"", RECEIVED_AT), sender, 1000)
    await adapter.list_templates(sender)
    await adapter.setup(sender)
    await adapter.health(sender)
    await adapter.identify({"address": NUMBER})
    await adapter.probe_account(ACCOUNT)


async def _as_provider(provider: TwilioProvider) -> None:
    for kind in NumberKind:
        await provider.search(ACCOUNT, NumberSearch("DE", kind, frozenset(Ability), "+49*171$"))
        await provider.list_bundles(ACCOUNT, "DE", kind)
        await provider.wants_bundle(ACCOUNT, "DE", kind)
    await provider.buy(ACCOUNT, Order("N1", NUMBER, PAPERS))
    await provider.buy(ACCOUNT, Order("N1", NUMBER))
    await provider.find_bought(ACCOUNT, "N1")
    await provider.find_number(ACCOUNT, NUMBER)
    await provider.list_numbers(ACCOUNT)
    await provider.point(ACCOUNT, sid("PN"), "https://hub.example.org/calls")
    await provider.move(ACCOUNT, sid("PN"), ACCOUNT, CHILD, PAPERS)
    await provider.release(ACCOUNT, sid("PN"))
    await provider.copy_bundle(ACCOUNT, sid("BU"), CHILD)
    for need in AddressNeed:
        await provider.list_addresses(ACCOUNT, "DE", need)
    await provider.copy_address(ACCOUNT, sid("AD"), CHILD)
    await provider.create_account(ACCOUNT, "P2")
    await provider.find_account(ACCOUNT, "P2")
    await provider.fetch_account_state(ACCOUNT, CHILD.external_id)
    for way in CodeWay:
        await provider.register_sender(ACCOUNT, Registration(NUMBER, "Lampen", "1234567", way))
    await provider.hand_in_code(ACCOUNT, sid("XE"), "123456")
    await provider.fetch_sender(ACCOUNT, sid("XE"))
    await provider.find_sender(ACCOUNT, NUMBER)
    await provider.delete_sender(ACCOUNT, sid("XE"))
    await provider.copy_template(ACCOUNT, sid("HX"), CHILD, "lieferung")
    for category in TemplateCategory:
        await provider.submit_template(ACCOUNT, sid("HX"), "Lieferung", category)


def test_every_request_is_as_described(asked: Twilio) -> None:
    assert [problem for request in asked.requests for problem in problems(request)] == []


def test_every_call_in_the_code_was_made_here(asked: Twilio) -> None:
    known = {(str(path), function) for path in CHANNELS.rglob("*.py") for function in _calling(path)}
    assert len(known) > 20
    assert known - asked.callers == set()


def test_nothing_is_described_that_is_not_asked(asked: Twilio) -> None:
    assert {endpoint.call for endpoint in ENDPOINTS} == set(ANSWERS)
    assert [endpoint.call for endpoint in ENDPOINTS if not asked.of(endpoint.call)] == []


def _calling(path: Path) -> Iterator[str]:
    """Names of the functions of a file that call Twilio's library."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.AsyncFunctionDef):
            inside = (node for node in ast.walk(function) if isinstance(node, ast.Attribute))
            if any(node.attr in _VERBS for node in inside):
                yield function.name


# --- the check itself -----------------------------------------------------------------------------------

_ONE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}"
_SENDER = f"https://messaging.twilio.com/v2/Channels/Senders/{sid('XE')}"


@pytest.mark.parametrize(
    ("method", "url", "body", "problem"),
    [
        ("GET", f"{_ONE}/Calls.json", {}, "is not in openapi.toml"),
        ("PUT", f"{_ONE}.json", {}, "is not in openapi.toml"),
        ("GET", "https://api.twilio.com/2010-04-01/Accounts/XX1.json", {}, "Sid='XX1' is not sid AC"),
        ("GET", f"{_ONE}/Addresses.json?City=Berlin", {}, "City is not a parameter"),
        ("GET", f"{_ONE}/Addresses.json?PageSize=many", {}, "PageSize='many' is not integer"),
        ("GET", f"{_ONE}/Addresses.json?IsoCountry=", {}, "IsoCountry='' is not country"),
        ("GET", f"{_ONE}/AvailablePhoneNumbers/DE/Mobile.json?SmsEnabled=True", {}, "'True' is not boolean"),
        ("GET", f"{_ONE}/AvailablePhoneNumbers/DE/Pager.json", {}, "Kind='Pager' is not ["),
        ("GET", "https://messaging.twilio.com/v2/Channels/Senders", {}, "Channel is missing"),
        ("DELETE", _SENDER, {"json": {}}, "has a body"),
        ("POST", f"{_ONE}/Messages.json", {"data": {"From": "+491", "Body": "Hi"}}, "To is missing"),
        ("POST", f"{_ONE}/Messages.json", {"data": {"To": "+491", "Body": "Hi"}}, "one of From, Mess"),
        ("POST", f"{_ONE}/Messages.json", {"data": {"To": ["+491", "+492"]}}, "To is given 2 times"),
        ("POST", f"{_ONE}/Messages.json", {"json": {"To": "+491"}}, "is application/json instead of"),
        ("POST", f"{_ONE}/Messages.json", {"data": {"MediaUrl": "cat.png"}}, "'cat.png' is not uris"),
        ("POST", _SENDER, {"json": {"configuration": {"code": "1"}}}, "configuration.code is not a member"),
        ("POST", _SENDER, {"json": {"configuration": {"verification_code": 1}}}, "=1 is not string"),
        ("POST", _SENDER, {"json": {"profile": "Lampen"}}, "profile. is not an object"),
    ],
)
def test_what_the_description_does_not_know_is_found(method: str, url: str, body: dict[str, Any], problem: str) -> None:
    assert any(problem in each for each in problems(httpx.Request(method, url, **body)))
