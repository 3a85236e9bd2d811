"""Twilio as the supplier of numbers: what is asked, how answers are read, and what is tried only once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from hub.channels.numbers import (
    Ability,
    AddressNeed,
    NumberKind,
    NumberProvider,
    NumberSearch,
    Order,
    Papers,
    Registration,
    TemplateCategory,
)
from hub.channels.twilio.provider import TwilioProvider
from hub.errors import Conflict, HubError, Invalid, TooMany, Unavailable
from hub.types import ProviderAccount
from tests.fixtures.twilio import ACCOUNT, ACCOUNT_SID, NUMBER
from tests.twilio.account import MESSAGES_URL, SMS
from tests.twilio.answering import (
    API,
    AVAILABLE,
    BUNDLES,
    CONTENT,
    NUMBERS,
    SENDERS,
    Twilio,
    a_twilio,
    an_owned,
    listed,
    refusing,
    sid,
)

PROVIDER: NumberProvider = TwilioProvider(SMS.context())
CHILD = ProviderAccount("P2", sid("AC", 2), ACCOUNT.credentials)
ORDER = Order("N1", NUMBER, Papers(sid("BU"), sid("AD")))
WANTED = Registration(NUMBER, "Lampen", "1234567")
LISTED, BOUGHT, CHANGED = f"GET {NUMBERS}.json", f"POST {NUMBERS}.json", f"POST {NUMBERS}/{{Sid}}.json"
GIVEN_BACK = f"DELETE {NUMBERS}/{{Sid}}.json"
LOST = httpx.ReadTimeout("no answer")
NOTHING = listed("incoming_phone_numbers")


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with a_twilio() as found:
        yield found


def form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


# --- numbers --------------------------------------------------------------------------------------------


def test_a_search_names_what_is_wanted_and_reads_what_is_for_sale(twilio: Twilio) -> None:
    wanted = NumberSearch("DE", NumberKind.MOBILE, frozenset({Ability.SMS}), "+49171", limit=5)
    (found,) = asyncio.run(PROVIDER.search(ACCOUNT, wanted))
    (asked,) = twilio.requests
    assert asked.url.path.endswith("/AvailablePhoneNumbers/DE/Mobile.json")
    assert dict(asked.url.params) == {"Contains": "+49171", "SmsEnabled": "true", "PageSize": "5"}
    assert (found.number, found.country, found.address) == ("+4917139200000", "DE", AddressNeed.NONE)
    assert found.abilities == {Ability.SMS, Ability.VOICE}


def test_a_kind_that_a_country_has_not_is_an_empty_list(twilio: Twilio) -> None:
    twilio.plan(f"GET {AVAILABLE}", refusing(20404, 404))
    assert asyncio.run(PROVIDER.search(ACCOUNT, NumberSearch("US", NumberKind.MOBILE))) == []


def test_a_number_is_bought_under_our_name_with_its_papers(twilio: Twilio) -> None:
    bought = asyncio.run(PROVIDER.buy(ACCOUNT, ORDER))
    papers = {"BundleSid": sid("BU"), "AddressSid": sid("AD")}
    assert form(twilio.requests[0]) == {"PhoneNumber": NUMBER, "FriendlyName": "hub N1", **papers}
    assert (bought.external_id, bought.number, bought.number_id) == (sid("PN"), NUMBER, "N1")
    assert bought.abilities == {Ability.SMS, Ability.VOICE}


@pytest.mark.parametrize("answer", [LOST, httpx.Response(500, json={}), refusing(21422)])
def test_a_purchase_whose_answer_is_lost_is_found_again_by_its_name(
    twilio: Twilio, answer: httpx.Response | Exception
) -> None:
    twilio.plan(BOUGHT, answer)
    assert asyncio.run(PROVIDER.buy(ACCOUNT, ORDER)).number_id == "N1"
    assert [dict(each.url.params)["FriendlyName"] for each in twilio.of(LISTED)] == ["hub N1"]
    assert len(twilio.of(BOUGHT)) == 1


def test_a_purchase_that_cannot_be_found_says_that_it_may_have_been_done(twilio: Twilio) -> None:
    twilio.plan(BOUGHT, LOST)
    for answer in (NOTHING, LOST):
        twilio.plan(LISTED, answer)
        with pytest.raises(Unavailable, match="may have been done nevertheless, so look"):
            asyncio.run(PROVIDER.buy(ACCOUNT, ORDER))
    assert len(twilio.of(BOUGHT)) == 2


def test_a_purchase_that_never_reached_twilio_was_not_done(twilio: Twilio) -> None:
    twilio.plan(BOUGHT, httpx.ConnectError("down"))
    twilio.plan(LISTED, NOTHING)
    with pytest.raises(Unavailable) as raised:
        asyncio.run(PROVIDER.buy(ACCOUNT, ORDER))
    assert "nevertheless" not in raised.value.detail


def test_a_number_is_found_by_exactly_its_name_or_exactly_its_number(twilio: Twilio) -> None:
    other = an_owned(friendly_name="hub N12", phone_number=f"{NUMBER}7")
    twilio.plan(LISTED, listed("incoming_phone_numbers", other))
    assert asyncio.run(PROVIDER.find_bought(ACCOUNT, "N1")) is None
    assert asyncio.run(PROVIDER.find_number(ACCOUNT, NUMBER)) is None


@pytest.mark.parametrize(
    ("changes", "number_id", "here"),
    [
        ({"sms_url": MESSAGES_URL}, "N1", True),
        ({"sms_url": MESSAGES_URL.partition("#")[0], "friendly_name": "Support line"}, "", True),
        ({"sms_url": MESSAGES_URL, "sms_application_sid": sid("AP")}, "N1", False),
        ({"sms_url": "https://old.example.org", "capabilities": None}, "N1", False),
    ],
)
def test_a_number_says_whose_it_is_and_whether_its_messages_come_here(
    twilio: Twilio, changes: dict[str, Any], number_id: str, here: bool
) -> None:
    twilio.plan(LISTED, listed("incoming_phone_numbers", an_owned(**changes)))
    (found,) = asyncio.run(PROVIDER.list_numbers(ACCOUNT))
    assert (found.number_id, found.messages_here) == (number_id, here)


def test_pointing_asks_twilio_to_try_again_and_clears_what_would_win_over_the_urls(twilio: Twilio) -> None:
    asyncio.run(PROVIDER.point(ACCOUNT, sid("PN")))
    asyncio.run(PROVIDER.point(ACCOUNT, sid("PN"), "https://hub.example.org/calls"))
    messages = {"SmsUrl": MESSAGES_URL, "SmsMethod": "POST", "SmsApplicationSid": ""}
    calls = {"VoiceUrl": "https://hub.example.org/calls#rc=5&rp=all", "VoiceMethod": "POST", "VoiceApplicationSid": ""}
    assert [form(each) for each in twilio.requests] == [messages, messages | calls]


def test_a_number_is_moved_by_the_owner_in_the_name_of_the_account_that_has_it(twilio: Twilio) -> None:
    asyncio.run(PROVIDER.move(ACCOUNT, sid("PN"), CHILD, ACCOUNT, Papers()))
    (asked,) = twilio.requests
    assert asked.url.path == f"/2010-04-01/Accounts/{CHILD.external_id}/IncomingPhoneNumbers/{sid('PN')}.json"
    assert form(asked) == {"AccountSid": ACCOUNT_SID}


def test_giving_back_is_repeated_until_the_number_is_gone(twilio: Twilio) -> None:
    twilio.plan(GIVEN_BACK, LOST, refusing(20404, 404))
    asyncio.run(PROVIDER.release(ACCOUNT, sid("PN")))
    assert len(twilio.of(GIVEN_BACK)) == 2


# --- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (refusing(21422), Conflict, "not for sale"),
        (refusing(21649), Conflict, "approved bundle"),
        (refusing(21631), Conflict, "address"),
        (refusing(21613), Conflict, "address"),
        (refusing(21421), Invalid, "not a phone number"),
        (refusing(20003, 401), Conflict, "auth token"),
        (refusing(20005, 403), Conflict, "suspended"),
        (refusing(20249), TooMany, "too often"),
        (refusing(20429, 429, **{"Retry-After": "7"}), TooMany, "too many requests"),
        (refusing(12345), Invalid, "console"),
        (refusing(20500, 500), Unavailable, "failed"),
        (httpx.Response(201, text="<html>"), Unavailable, "could not be understood"),
        (httpx.Response(201, json={}), Unavailable, "could not be understood"),
    ],
)
def test_refusals_are_told_in_our_words_without_an_id(
    twilio: Twilio, answer: httpx.Response, error: type[HubError], words: str
) -> None:
    twilio.plan(BOUGHT, answer)
    twilio.plan(LISTED, NOTHING)
    with pytest.raises(error, match=words) as raised:
        asyncio.run(PROVIDER.buy(ACCOUNT, ORDER))
    assert ACCOUNT_SID not in str(raised.value)
    assert "own words" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_waiting_takes_as_long_as_twilio_says(twilio: Twilio) -> None:
    twilio.plan(BOUGHT, refusing(20429, 429, **{"Retry-After": "7"}))
    with pytest.raises(TooMany) as raised:
        asyncio.run(PROVIDER.buy(ACCOUNT, ORDER))
    assert raised.value.retry_after == 7.0


MAKING: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
    (BOUGHT, lambda: PROVIDER.buy(ACCOUNT, ORDER)),
    (CHANGED, lambda: PROVIDER.move(ACCOUNT, sid("PN"), ACCOUNT, CHILD, Papers())),
    (f"POST {BUNDLES}/{{BundleSid}}/Clones", lambda: PROVIDER.copy_bundle(ACCOUNT, sid("BU"), CHILD)),
    (f"POST {API}.json", lambda: PROVIDER.create_account(ACCOUNT, "P2")),
    (f"POST {SENDERS}", lambda: PROVIDER.register_sender(ACCOUNT, WANTED)),
    (f"POST {SENDERS}/{{Sid}}", lambda: PROVIDER.hand_in_code(ACCOUNT, sid("XE"), "1")),
    (
        f"POST {CONTENT}/{{ContentSid}}/ApprovalRequests/whatsapp",
        lambda: PROVIDER.submit_template(ACCOUNT, sid("HX"), "x", TemplateCategory.UTILITY),
    ),
]
REPEATED: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
    (LISTED, lambda: PROVIDER.find_number(ACCOUNT, NUMBER)),
    (CHANGED, lambda: PROVIDER.point(ACCOUNT, sid("PN"))),
    (f"GET {BUNDLES}", lambda: PROVIDER.list_bundles(ACCOUNT, "DE", NumberKind.MOBILE)),
    (f"GET {API}/{{Sid}}.json", lambda: PROVIDER.fetch_account_state(ACCOUNT, ACCOUNT_SID)),
    (f"GET {SENDERS}", lambda: PROVIDER.find_sender(ACCOUNT, NUMBER)),
    (f"GET {SENDERS}/{{Sid}}", lambda: PROVIDER.fetch_sender(ACCOUNT, sid("XE"))),
    (f"DELETE {SENDERS}/{{Sid}}", lambda: PROVIDER.delete_sender(ACCOUNT, sid("XE"))),
    (f"GET {CONTENT}/{{Sid}}/ApprovalRequests", lambda: PROVIDER.fetch_approval(ACCOUNT, sid("HX"))),
]


async def _ended(verb: Callable[[], Awaitable[Any]]) -> None:
    try:
        await verb()
    except Unavailable:
        return


@pytest.mark.parametrize(("call", "verb"), MAKING, ids=[call for call, _ in MAKING])
def test_what_makes_something_is_tried_once(twilio: Twilio, call: str, verb: Callable[[], Awaitable[Any]]) -> None:
    twilio.plan(call, httpx.Response(503, json={}))
    asyncio.run(_ended(verb))
    assert len(twilio.of(call)) == 1


@pytest.mark.parametrize(("call", "verb"), REPEATED, ids=[call for call, _ in REPEATED])
def test_what_is_safe_to_repeat_is_repeated(twilio: Twilio, call: str, verb: Callable[[], Awaitable[Any]]) -> None:
    twilio.plan(call, httpx.Response(503, json={}))
    asyncio.run(_ended(verb))
    assert len(twilio.of(call)) == 3
