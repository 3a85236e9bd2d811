"""A number of a country that asks for papers ends in the customer's own account, bought there or moved there."""

from collections.abc import Sequence

import pytest

from hub.db import accounts, stock
from hub.db.session import PlatformWork
from hub.numbers.supply.homing import bring_home, desk_at
from hub.sandbox import seeds
from tests.numbers.supply.conftest import GERMAN, Platform

LANDLINE = {"country": "DE", "kind": "local"}
"""Such ones ask for an address, too."""
SORTS = pytest.mark.parametrize("sort", [GERMAN, LANDLINE], ids=["mobile", "landline"])


def opened(platform: Platform) -> tuple[str, str]:
    """The customer's account at the supplier: our id of it, and the supplier's."""
    made = platform.done("POST", "/provider-accounts/open", organization_id=platform.scene.org.id)
    return made["id"], made["external_id"]


def papers_of(platform: Platform, account_sid: str) -> tuple[Sequence[str], Sequence[str]]:
    known = platform.providers.provisioned
    bundles = [each["iso_country"] for each in known.bundles.values() if each["account_sid"] == account_sid]
    addresses = [each["iso_country"] for each in known.addresses.values() if each["account_sid"] == account_sid]
    return bundles, addresses


def papers_there(platform: Platform, number: str) -> set[str]:
    """Whose the papers are that the supplier has with a number."""
    (there,) = platform.at_supplier(number)
    known = platform.providers.provisioned
    ids = [(known.bundles, there["bundle_sid"]), (known.addresses, there["address_sid"])]
    return {held[key]["account_sid"] for held, key in ids if key}


@SORTS
def test_it_is_bought_in_the_customers_account_with_copies_of_the_platforms_papers(
    platform: Platform, sort: dict[str, str]
) -> None:
    account, there = opened(platform)
    found = platform.done("POST", "/numbers/search", **sort, provider_account_id=account)
    assert found["obstacles"] == []
    for number in [each["number"] for each in found["items"][:2]]:
        made = platform.order(number, **sort, provider_account_id=account)
        assert made.status_code == 201, made.text
        assert (platform.at_supplier(number)[0]["account_sid"], papers_there(platform, number)) == (there, {there})
    # the second one was bought with what the first one had copied
    assert papers_of(platform, there) == (["DE"], ["DE"] if sort is LANDLINE else [])


@SORTS
def test_what_was_bought_with_the_platforms_papers_moves_to_the_customer_and_back(
    platform: Platform, sort: dict[str, str]
) -> None:
    account, there = opened(platform)
    number = platform.first(**sort)
    made = platform.order(number, **sort).json()
    parent = made["provider_account_id"]
    for home, sid in ((account, there), (parent, seeds.ACCOUNT_SID), (account, there)):
        for _ in range(2):
            bring_home(platform.services, desk_at(platform.services, home), made["id"], platform.clock())
        with platform.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            assert stock.get(tx, made["id"]).provider_account_id == home
            assert accounts.get(tx, home).external_id == sid
        assert (platform.at_supplier(number)[0]["account_sid"], papers_there(platform, number)) == (sid, {sid})
    assert papers_of(platform, there) == (["DE"], ["DE"] if sort is LANDLINE else [])


def test_what_nobody_has_is_said_before_a_purchase_in_the_customers_account(platform: Platform) -> None:
    account, _ = opened(platform)
    for bundle in platform.providers.provisioned.bundles.values():
        bundle["status"] = "twilio-rejected"
    number = platform.first(**GERMAN)
    refused = platform.order(number, **GERMAN, provider_account_id=account)
    assert (refused.status_code, refused.json()["obstacles"]) == (409, ["documents_refused"])
    assert platform.at_supplier(number) == []
