"""Twilio as the supplier: papers and accounts."""

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

import httpx
import pytest

from hub.channels.numbers import (
    AccountState,
    AddressNeed,
    NumberKind,
    PaperState,
)
from hub.channels.twilio.client import AUTH_TOKEN
from hub.channels.twilio.provider import TwilioProvider
from hub.errors import NotFound, Unavailable
from hub.types import ProviderAccount
from tests.fixtures.twilio import ACCOUNT
from tests.twilio.account import SMS
from tests.twilio.answering import (
    ADDRESSES,
    API,
    BUNDLES,
    CONTENT,
    Twilio,
    a_twilio,
    an_account,
    listed,
    sid,
)

PROVIDER = TwilioProvider(SMS.context())
CHILD = ProviderAccount("P2", sid("AC", 2), ACCOUNT.credentials)
LOST = httpx.ReadTimeout("no answer")


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with a_twilio() as found:
        yield found


def test_bundles_come_with_the_approved_ones_first(twilio: Twilio) -> None:
    states = ("draft", "in-review", "provisionally-approved", "twilio-rejected", "twilio-approved", "brand-new")
    bundles = [{"sid": sid("BU", n), "friendly_name": word, "status": word} for n, word in enumerate(states)]
    bundles[2]["valid_until"] = "2027-01-31T00:00:00Z"
    twilio.plan(f"GET {BUNDLES}", listed("results", *bundles))
    found = asyncio.run(PROVIDER.list_bundles(ACCOUNT, "DE", NumberKind.TOLL_FREE))
    query = dict(twilio.requests[0].url.params)
    assert (query["IsoCountry"], query["NumberType"]) == ("DE", "toll-free")
    assert [each.state for each in found[:2]] == [PaperState.APPROVED] * 2
    assert [each.name for each in found if each.state is PaperState.IN_REVIEW] == ["in-review", "brand-new"]
    assert [each.valid_until.year for each in found if each.valid_until] == [2027]


@pytest.mark.parametrize(
    ("need", "cities"),
    [
        (AddressNeed.ANY, ["Berlin", "Paris"]),
        (AddressNeed.LOCAL, ["Berlin"]),
        (AddressNeed.FOREIGN, ["Paris"]),
        (AddressNeed.NONE, []),
    ],
)
def test_addresses_fit_the_need(twilio: Twilio, need: AddressNeed, cities: list[str]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        known = ({"sid": sid("AD", 1), "iso_country": "DE", "city": "Berlin"},
                 {"sid": sid("AD", 2), "iso_country": "FR", "city": "Paris"})  # fmt: skip
        wanted = request.url.params.get("IsoCountry")
        return listed("addresses", *(each for each in known if wanted in {None, each["iso_country"]}))

    twilio.plan(f"GET {ADDRESSES}", answer)
    found = asyncio.run(PROVIDER.list_addresses(ACCOUNT, "DE", need))
    assert [each.locality for each in found] == cities


def test_a_sub_account_comes_with_its_token_which_nothing_shows(twilio: Twilio) -> None:
    made = asyncio.run(PROVIDER.create_account(ACCOUNT, "P2"))
    assert twilio.requests[0].content == b"FriendlyName=hub+P2"
    assert (made.id, made.external_id, str(made.credentials[AUTH_TOKEN])) == ("P2", sid("AC", 2), "token-of-the-child")
    assert "token-of-the-child" not in repr((made, made.credentials))


def test_a_sub_account_whose_answer_is_lost_is_found_by_its_name(twilio: Twilio) -> None:
    twilio.plan(f"POST {API}.json", LOST)
    assert asyncio.run(PROVIDER.create_account(ACCOUNT, "P2")).external_id == sid("AC", 2)
    for other in (an_account(status="closed"), an_account(friendly_name="hub P21")):
        twilio.plan(f"GET {API}.json", listed("accounts", other))
        with pytest.raises(Unavailable, match="may have been done"):
            asyncio.run(PROVIDER.create_account(ACCOUNT, "P2"))


@pytest.mark.parametrize("word", ["active", "suspended", "closed", "frozen"])
def test_an_account_says_how_it_stands(twilio: Twilio, word: str) -> None:
    twilio.plan(f"GET {API}/{{Sid}}.json", httpx.Response(200, json=an_account(status=word)))
    state = asyncio.run(PROVIDER.fetch_account_state(ACCOUNT, sid("AC", 2)))
    assert state == (AccountState.SUSPENDED if word == "frozen" else AccountState(word))


def test_an_address_is_entered_in_another_account_as_it_stands(twilio: Twilio) -> None:
    assert asyncio.run(PROVIDER.copy_address(ACCOUNT, sid("AD"), CHILD)) == sid("AD", 2)
    (made,) = twilio.of(f"POST {ADDRESSES}")
    assert CHILD.external_id in made.url.path
    said = dict(parse_qsl(made.content.decode()))
    assert (said["CustomerName"], said["IsoCountry"], said["AutoCorrectAddress"]) == ("Lampen", "DE", "false")
    with pytest.raises(NotFound):
        asyncio.run(PROVIDER.copy_address(ACCOUNT, sid("AD", 9), CHILD))


def test_a_template_is_made_in_another_account_with_all_that_it_says(twilio: Twilio) -> None:
    types = {"twilio/quick-reply": {"body": "Guten Tag {{1}}", "actions": [{"title": "Ja", "id": "yes", "new": [1]}]}}
    content = {"sid": sid("HX"), "friendly_name": "x", "language": "de", "variables": {"1": "Wanda"}, "types": types}
    twilio.plan(f"GET {CONTENT}/{{Sid}}", httpx.Response(200, json=content))
    assert asyncio.run(PROVIDER.copy_template(ACCOUNT, sid("HX"), CHILD, "lieferung")) == sid("HX", 2)
    (made,) = twilio.of(f"POST {CONTENT}")
    same = {"language": "de", "variables": {"1": "Wanda"}, "types": types}
    assert json.loads(made.content) == {"friendly_name": "lieferung", **same}
