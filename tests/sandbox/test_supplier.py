"""The hub's own way to numbers, at the sandbox: from the search to a sender that is online, and what can go wrong."""

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

import pytest

from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.channels.numbers import (
    AccountState,
    AddressNeed,
    ApprovalState,
    CodeWay,
    NumberForSale,
    NumberKind,
    NumberSearch,
    Order,
    OwnedNumber,
    Papers,
    Registration,
    TemplateCategory,
)
from hub.channels.twilio.client import AUTH_TOKEN
from hub.channels.twilio.provider import TwilioProvider
from hub.channels.twilio.split import MESSAGES_PATH
from hub.errors import Conflict, Invalid, NotFound, Unavailable
from hub.sandbox import seeds
from hub.types import ProviderAccount, Secret
from hub.types.numbers import Quality, RegistrationState
from tests.sandbox.twilio import Account, code_of
from tests.sandbox.world import Receiver, Sandbox, until
from tests.twilio.account import SMS

PARENT = ProviderAccount("P1", seeds.ACCOUNT_SID, {AUTH_TOKEN: Secret(seeds.ACCOUNT_TOKEN)})
_URLS = ("twilio_api_url", "twilio_messaging_url", "twilio_numbers_url", "twilio_content_url")


@dataclass(frozen=True)
class Desk:
    """A platform admin's desk: the hub's provider against a sandbox, whose webhooks come to the receiver."""

    sandbox: Sandbox
    provider: TwilioProvider

    def run(self, verb: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(verb)

    def first(self, country: str = "US", kind: NumberKind = NumberKind.LOCAL) -> NumberForSale:
        found: list[NumberForSale] = self.run(self.provider.search(PARENT, NumberSearch(country, kind)))
        return found[0]

    def bought(self, number_id: str = "N1", account: ProviderAccount = PARENT) -> OwnedNumber:
        made: OwnedNumber = self.run(self.provider.buy(account, Order(number_id, self.first().number)))
        return made

    @property
    def business(self) -> str:
        return str(self.sandbox.get("/control/numbers")["businesses"][0]["id"])

    def state(self, external_id: str) -> RegistrationState:
        state: RegistrationState = self.run(self.provider.fetch_sender(PARENT, external_id)).state
        return state


@pytest.fixture
def desk(sandbox: Sandbox, receiver: Receiver) -> Desk:
    changes = {**dict.fromkeys(_URLS, sandbox.url), "public_url": receiver.url}
    context = SMS.context()
    settings = context.settings.model_copy(update=changes)
    context = replace(context, settings=settings, http=HttpFactory(Egress(settings, frozenset)))
    return Desk(sandbox, TwilioProvider(context))


# --- the way to a sender --------------------------------------------------------------------------------


def test_a_number_is_bought_pointed_here_registered_and_proven_by_its_own_sms(desk: Desk, receiver: Receiver) -> None:
    number = desk.bought()
    assert (number.number_id, number.messages_here) == ("N1", False)
    desk.run(desk.provider.point(PARENT, number.external_id))
    assert desk.run(desk.provider.find_number(PARENT, number.number)).messages_here
    wanted = Registration(number.number, "Bakery", desk.business)
    sender = desk.run(desk.provider.register_sender(PARENT, wanted))
    assert sender.state is RegistrationState.SUBMITTED
    until(lambda: desk.state(sender.external_id) is RegistrationState.CODE_NEEDED)
    told = until(lambda: receiver.of(MESSAGES_PATH))[0].form
    code = "".join(re.findall(r"\d", told["Body"]))
    with pytest.raises(Invalid, match="wrong"):
        desk.run(desk.provider.hand_in_code(PARENT, sender.external_id, "000000"))
    desk.run(desk.provider.hand_in_code(PARENT, sender.external_id, code))
    until(lambda: desk.state(sender.external_id) is RegistrationState.ONLINE)
    again = desk.run(desk.provider.register_sender(PARENT, wanted))
    assert again.external_id == sender.external_id


def test_a_number_without_sms_has_its_code_spoken_to_the_url_for_calls(desk: Desk, receiver: Receiver) -> None:
    (bundle, *_) = desk.run(desk.provider.list_bundles(PARENT, "DE", NumberKind.LOCAL))
    berlin = desk.first("DE")
    (address, *_) = desk.run(desk.provider.list_addresses(PARENT, "DE", berlin.address))
    papers = Papers(bundle.external_id, address.external_id)
    number = desk.run(desk.provider.buy(PARENT, Order("N1", berlin.number, papers)))
    desk.run(desk.provider.point(PARENT, number.external_id, f"{receiver.url}/calls"))
    wanted = Registration(number.number, "Bakery", desk.business, CodeWay.VOICE)
    sender = desk.run(desk.provider.register_sender(PARENT, wanted))
    until(lambda: receiver.of("/calls"))
    desk.run(desk.provider.hand_in_code(PARENT, sender.external_id, code_of(desk.sandbox, number.number)))
    until(lambda: desk.state(sender.external_id) is RegistrationState.ONLINE)


# --- purchases ------------------------------------------------------------------------------------------


def test_a_purchase_whose_answer_is_lost_is_found_again_and_paid_once(desk: Desk) -> None:
    wanted = desk.first()
    desk.sandbox.fault("twilio", "purchase", "lost_answer")
    order = Order("N7", wanted.number)
    assert desk.run(desk.provider.buy(PARENT, order)).number == wanted.number
    assert desk.run(desk.provider.buy(PARENT, order)).number == wanted.number
    numbers = desk.run(desk.provider.list_numbers(PARENT))
    assert [each.number for each in numbers if each.number_id] == [wanted.number]


def test_a_purchase_that_twilio_never_took_is_not_there(desk: Desk) -> None:
    desk.sandbox.fault("twilio", "purchase", "close")
    with pytest.raises(Unavailable, match="look before you try"):
        desk.bought()
    assert desk.run(desk.provider.find_bought(PARENT, "N1")) is None
    assert desk.bought().number_id == "N1"


def test_a_number_is_sold_with_its_papers_only_and_never_twice(desk: Desk) -> None:
    mobile = desk.first("DE", NumberKind.MOBILE)
    with pytest.raises(Conflict, match="approved bundle"):
        desk.run(desk.provider.buy(PARENT, Order("N1", mobile.number)))
    with pytest.raises(Conflict, match="wants an address"):
        desk.run(desk.provider.buy(PARENT, Order("N1", desk.first("DE").number)))
    number = desk.bought()
    with pytest.raises(Conflict, match="not for sale"):
        desk.run(desk.provider.buy(PARENT, Order("N2", number.number)))
    assert desk.run(desk.provider.search(PARENT, NumberSearch("US", NumberKind.MOBILE))) == []


def test_a_number_that_was_given_back_is_gone_and_can_be_given_back_again(desk: Desk) -> None:
    number = desk.bought()
    for _ in range(2):
        desk.run(desk.provider.release(PARENT, number.external_id))
    assert desk.run(desk.provider.find_bought(PARENT, "N1")) is None
    with pytest.raises(NotFound):
        desk.run(desk.provider.point(PARENT, number.external_id))


# --- sub-accounts ---------------------------------------------------------------------------------------


def test_a_sub_account_gets_a_bundle_and_a_number_and_gives_both_up(desk: Desk) -> None:
    child = desk.run(desk.provider.create_account(PARENT, "P2"))
    assert desk.run(desk.provider.find_account(PARENT, "P2")) == child
    (bundle, *_) = desk.run(desk.provider.list_bundles(PARENT, "DE", NumberKind.MOBILE))
    papers = Papers(bundle.external_id)
    order = Order("N1", desk.first("DE", NumberKind.MOBILE).number, papers)
    number = desk.run(desk.provider.buy(PARENT, order))
    with pytest.raises(Conflict, match="approved bundle"):
        desk.run(desk.provider.move(PARENT, number.external_id, PARENT, child, papers))
    copied = desk.run(desk.provider.copy_bundle(PARENT, bundle.external_id, child))
    assert [each.external_id for each in desk.run(desk.provider.list_bundles(child, "DE", NumberKind.MOBILE))] == [
        copied
    ]
    desk.run(desk.provider.move(PARENT, number.external_id, PARENT, child, Papers(copied)))
    assert desk.run(desk.provider.find_bought(PARENT, "N1")) is None
    assert desk.run(desk.provider.find_bought(child, "N1")) == number
    desk.run(desk.provider.move(PARENT, number.external_id, child, PARENT, papers))
    assert desk.run(desk.provider.find_bought(PARENT, "N1")) == number


def test_an_account_that_is_suspended_or_closed_says_so(desk: Desk) -> None:
    child = desk.run(desk.provider.create_account(PARENT, "P2"))
    for word in AccountState:
        path = f"/2010-04-01/Accounts/{child.external_id}.json"
        Account(desk.sandbox).call("POST", path, data={"Status": word.value})
        assert desk.run(desk.provider.fetch_account_state(PARENT, child.external_id)) is word
        if word is AccountState.SUSPENDED:
            with pytest.raises(Conflict, match="suspended"):
                desk.run(desk.provider.list_numbers(child))
    assert desk.run(desk.provider.find_account(PARENT, "P2")) is None


def test_a_sender_needs_a_business_account_that_belongs_to_its_account(desk: Desk) -> None:
    child = desk.run(desk.provider.create_account(PARENT, "P2"))
    number = desk.bought(account=child)
    with pytest.raises(Conflict, match="sign up first"):
        desk.run(desk.provider.register_sender(child, Registration(number.number, "Bakery", desk.business)))
    signed_up = {"number": number.number, "name": "Bakery", "business_name": "Bakery"}
    business = desk.sandbox.post("/control/embedded_signup", signed_up)["business_id"]
    made = desk.run(desk.provider.register_sender(child, Registration(number.number, "Bakery", business)))
    until(lambda: desk.run(desk.provider.fetch_sender(child, made.external_id)).state is RegistrationState.ONLINE)


# --- afterwards -----------------------------------------------------------------------------------------


def test_quality_and_a_ban_are_seen_by_looking(desk: Desk) -> None:
    number = seeds.NUMBERS[0].number
    sender = desk.run(desk.provider.find_sender(PARENT, number))
    assert (sender.state, sender.quality, sender.daily_limit) == (RegistrationState.ONLINE, Quality.HIGH, 10_000)
    desk.sandbox.post("/control/quality", {"to": number, "rating": "LOW"})
    desk.sandbox.post("/control/bans", {"channel": "whatsapp", "level": "banned", "to": number})
    banned = desk.run(desk.provider.find_sender(PARENT, number))
    assert (banned.state, banned.quality, banned.daily_limit) == (RegistrationState.OFFLINE, Quality.LOW, 1_000)
    assert banned.problems
    assert {each.code.split("/")[0] for each in banned.signs} == {"sender", "quality"}
    desk.run(desk.provider.delete_sender(PARENT, banned.external_id))
    assert desk.run(desk.provider.find_sender(PARENT, number)) is None


def test_a_template_is_submitted_and_approved(desk: Desk) -> None:
    body = {"language": "de", "types": {"twilio/text": {"body": "Hallo {{1}}, bitte schreiben Sie uns hier."}}}
    template = Account(desk.sandbox).call("POST", "/v1/Content", json=body).json()["sid"]
    assert desk.run(desk.provider.fetch_approval(PARENT, template)) is ApprovalState.UNSUBMITTED
    submitted = desk.provider.submit_template(PARENT, template, "Neue Nummer", TemplateCategory.UTILITY)
    assert desk.run(submitted) in {ApprovalState.IN_REVIEW, ApprovalState.APPROVED}
    until(lambda: desk.run(desk.provider.fetch_approval(PARENT, template)) is ApprovalState.APPROVED)


def test_no_address_is_listed_where_none_is_needed(desk: Desk) -> None:
    assert desk.run(desk.provider.list_addresses(PARENT, "US", AddressNeed.NONE)) == []
    assert desk.run(desk.provider.list_addresses(PARENT, "FR", AddressNeed.LOCAL)) == []
    assert len(desk.run(desk.provider.list_addresses(PARENT, "FR", AddressNeed.FOREIGN))) == 1
