"""Accounts at the supplier: one for each organization, opened once whatever happens, and the customer's own sign-up."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from hub.channels.numbers import SignedUp
from hub.db import accounts, ban_places
from hub.db.session import PlatformWork
from hub.errors import Conflict, Forbidden, Invalid
from hub.numbers.supply import businesses, opening, reconciling, returning, settling, signing_up
from hub.sandbox import seeds
from hub.types import Level
from tests.dying import die_at
from tests.numbers.supply.conftest import Platform
from tests.world import Organization
from workers import numbers as jobs

_OPEN = """
from hub.numbers.supply.opening import NewSubAccount, open_account
from hub.types import Machine
open_account(services, Machine("cli"), NewSubAccount("{id}"))
"""


def opened(platform: Platform, org: Organization) -> dict[str, Any]:
    return platform.done("POST", "/provider-accounts/open", organization_id=org.id)


def children(platform: Platform) -> list[str]:
    """Names of the sub-accounts that the supplier has."""
    return [each.name for each in platform.providers.accounts.values() if each.sid != each.owner]


def signed_up(platform: Platform, url: str, **more: str) -> dict[str, str]:
    """What the messenger's dialog at an address hands back to somebody who goes through it."""
    filled = {"number": f"+4915200{len(platform.providers.provisioned.businesses):06d}", "name": "Bakery"}
    asked = dict(parse_qsl(urlsplit(url).query)) | filled | {"business_name": "Bakery"}
    dialog = f"{platform.sandbox.url}/v26.0/dialog/oauth"
    httpx.get(dialog, params=asked | {"answer": "next"}).raise_for_status()
    code = platform.providers.provisioned.codes[filled["number"]]["code"]
    (name,) = platform.providers.provisioned.sign_ups
    done = httpx.get(dialog, params=asked | {"answer": "finish", "sign_up": name, "code": code})
    return dict(parse_qsl(urlsplit(done.headers["location"]).query)) | more


def test_an_organization_gets_one_account_of_its_own(platform: Platform, rival: Organization) -> None:
    org = platform.scene.org
    made = opened(platform, org)
    assert (made["state"], made["organization"]["id"], made["signed_up"]) == ("active", org.id, False)
    assert children(platform) == [f"hub {made['id']}"]
    again = platform.call("POST", "/provider-accounts/open", json={"organization_id": org.id})
    assert again.status_code == 409
    assert opened(platform, rival)["id"] != made["id"]
    assert len(children(platform)) == 2
    assert platform.call("POST", "/provider-accounts/open", json={"organization_id": "nobody"}).status_code == 422
    shown = platform.call("GET", "/provider-accounts").text
    tokens = [each.token for each in platform.providers.accounts.values()]
    assert not any(token in shown for token in tokens)


@pytest.mark.parametrize("point", ["account.after_row", "account.after_open"])
def test_an_account_whose_opening_died_here_is_opened_once(platform: Platform, tmp_path: Path, point: str) -> None:
    org = platform.scene.org
    die_at(platform.services.settings, tmp_path, point, _OPEN.format(id=org.id))
    opening.settle_accounts(platform.services)
    if point == "account.after_row":
        # it may be on its way: it is asked for again when the supplier's list would show it
        assert children(platform) == []
        platform.clock.after(minutes=31)
        opening.settle_accounts(platform.services)
    (known,) = [each for each in platform.done("GET", "/provider-accounts")["items"] if each["organization"]]
    assert (known["state"], children(platform)) == ("active", [f"hub {known['id']}"])


def test_whoever_asks_for_an_account_that_is_being_opened_opens_no_second_one(
    platform: Platform, tmp_path: Path
) -> None:
    body = {"organization_id": platform.scene.org.id}
    # somebody else's call has made the row, and is on its way to the supplier
    die_at(platform.services.settings, tmp_path, "account.after_row", _OPEN.format(id=platform.scene.org.id))
    early = platform.call("POST", "/provider-accounts/open", json=body)
    assert (early.status_code, "at this moment" in early.json()["detail"]) == (503, True)
    assert children(platform) == []
    platform.clock.after(minutes=1)
    assert opened(platform, platform.scene.org)["state"] == "active"
    assert len(children(platform)) == 1


def test_an_interrupted_opening_goes_on_when_it_is_asked_for_again(platform: Platform) -> None:
    org = platform.scene.org
    platform.sandbox.fault("twilio")
    assert platform.call("POST", "/provider-accounts/open", json={"organization_id": org.id}).status_code == 503
    platform.sandbox.mend()
    platform.clock.after(minutes=1)
    assert opened(platform, org)["state"] == "active"
    assert len(children(platform)) == 1


@pytest.mark.parametrize("asked_again", [False, True])
def test_an_account_that_is_entered_by_hand_while_it_is_opened_is_known_once(
    platform: Platform, tmp_path: Path, *, asked_again: bool
) -> None:
    org = platform.scene.org
    die_at(platform.services.settings, tmp_path, "account.after_open", _OPEN.format(id=org.id))
    (there,) = [each for each in platform.providers.accounts.values() if each.sid != each.owner]
    entered = {"external_id": there.sid, "auth_token": there.token, "organization_id": org.id}
    made = platform.done("POST", "/provider-accounts", **entered)
    if asked_again:
        assert opened(platform, org)["id"] == made["id"]
    opening.settle_accounts(platform.services)
    known = [each for each in platform.done("GET", "/provider-accounts")["items"] if each["organization"]]
    assert {each["id"]: each["state"] for each in known} == {known[0]["id"]: "closed", made["id"]: "active"}
    again = platform.call("POST", "/provider-accounts/open", json={"organization_id": org.id})
    assert (again.status_code, len(children(platform))) == (409, 1)


def test_what_breaks_one_settlement_keeps_no_other_from_its_turn(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def broken(_services: object) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(jobs, "services", lambda: platform.services)
    for settlements, name in ((settling, "settle_orders"), (opening, "settle_accounts")):
        monkeypatch.setattr(settlements, name, broken)
    monkeypatch.setattr(returning, "settle_returns", lambda _services: ran.append("returns"))
    with pytest.raises(RuntimeError):
        jobs.settle("settle")
    assert ran == ["returns"]


def test_what_becomes_of_an_account_at_the_supplier_shows_here(platform: Platform) -> None:
    made = opened(platform, platform.scene.org)
    there = next(each for each in platform.providers.accounts.values() if each.sid == made["external_id"])
    there.status = "suspended"
    platform.compare()
    assert platform.done("GET", f"/provider-accounts/{made['id']}")["state"] == "suspended"
    assert platform.actions()[-1] == "provider_account.changed"
    platform.sandbox.fault("twilio")
    platform.compare()
    assert platform.done("GET", f"/provider-accounts/{made['id']}")["state"] == "suspended"


def test_the_platform_says_how_far_a_business_is_trusted(platform: Platform) -> None:
    path = f"/provider-accounts/{opened(platform, platform.scene.org)['id']}"
    assert platform.done("PATCH", path, portfolio="verified")["portfolio"] == "verified"
    assert platform.call("PATCH", path, json={"portfolio": "famous"}).status_code == 422


# --- the sign-up ----------------------------------------------------------------------------------------


def test_an_admin_goes_through_the_messengers_sign_up_and_what_it_made_is_kept(platform: Platform) -> None:
    org, services = platform.scene.org, platform.services
    made = opened(platform, org)
    link = platform.done("GET", f"/provider-accounts/{made['id']}/sign-up")["url"]
    assert link == "https://hub.example.com/admin/business-account"
    url = signing_up.begin(services, org.actor)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert urlsplit(url).path == "/v26.0/dialog/oauth"
    assert (asked["client_id"], asked["config_id"]) == (seeds.APP_ID, "4711")
    assert asked["redirect_uri"] == f"{link}/connected"
    back = signed_up(platform, url)
    # whose the business account is says the messenger, not whoever comes back
    theirs = back["business_id"]
    for _ in range(2):
        # a page that is loaded anew changes nothing
        signing_up.come_back(services, org.actor, back | {"business_id": "7654321"})
    shown = platform.done("GET", f"/provider-accounts/{made['id']}")
    assert (shown["signed_up"], shown["business_id"], shown["portfolio_id"]) == (True, back["waba_id"], theirs)
    assert platform.actions().count("provider_account.signed_up") == 1
    assert platform.call("GET", f"/provider-accounts/{made['id']}/sign-up").status_code == 409
    with pytest.raises(Conflict, match="known already"):
        signing_up.begin(services, org.actor)


def test_the_messenger_tells_the_hub_of_a_business_account_and_does_so_again(platform: Platform) -> None:
    org, services = platform.scene.org, platform.services
    account_id = opened(platform, org)["id"]
    path = f"/provider-accounts/{account_id}"
    back = signed_up(platform, signing_up.begin(services, org.actor))
    (business,) = [each for each in platform.providers.provisioned.businesses.values() if each.id == back["waba_id"]]
    assert not business.subscribed
    signing_up.come_back(services, org.actor, back)
    assert business.subscribed
    assert platform.done("GET", path)["subscribed_at"] is not None
    changes = platform.actions().count("provider_account.changed")
    # somebody takes the app off in the messenger's console
    business.subscribed = False
    platform.sandbox.fault("facebook")
    reconciling.compare(services, account_id)
    assert not business.subscribed
    platform.sandbox.mend()
    for _ in range(2):
        reconciling.compare(services, account_id)
    assert business.subscribed
    assert platform.actions().count("provider_account.changed") == changes + 1


def test_a_sign_up_is_bound_to_who_began_it_and_to_their_own_business(platform: Platform, rival: Organization) -> None:
    org, services = platform.scene.org, platform.services
    with pytest.raises(Conflict, match="ask the platform"):
        signing_up.begin(services, org.actor)
    for each in (org, rival):
        opened(platform, each)
    url = signing_up.begin(services, org.actor)
    back = signed_up(platform, url)
    foreign = signed_up(platform, url)["waba_id"]
    for by, query in (
        (rival.actor, back),
        (org.actor, back | {"state": back["state"] + "0"}),
        (org.actor, {"state": back["state"], "error": "access_denied"}),
        (org.actor, back | {"waba_id": "1; drop"}),
        (org.actor, back | {"code": "C1"}),
        # another's business account, by its id alone; the code is used with it
        (org.actor, back | {"waba_id": foreign}),
        (org.actor, back),
    ):
        with pytest.raises(Invalid):
            signing_up.come_back(services, by, query)
    with pytest.raises(Forbidden):
        signing_up.begin(services, org.operator)
    mine = signed_up(platform, url)
    signing_up.come_back(services, org.actor, mine)
    theirs = signed_up(platform, signing_up.begin(services, rival.actor))
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        own = accounts.list_of(tx, rival.id)[0]
        with pytest.raises(Conflict, match="another customer"):
            businesses.keep_business(services, tx, rival.actor, own.id, SignedUp(mine["waba_id"]))
    platform.clock.after(hours=2)
    with pytest.raises(Invalid, match="run out"):
        signing_up.come_back(services, rival.actor, theirs)


def test_a_business_account_goes_from_an_account_that_was_closed_to_the_next_one_of_its_organization(
    platform: Platform, rival: Organization
) -> None:
    org, services = platform.scene.org, platform.services
    old, theirs = opened(platform, org), opened(platform, rival)
    made = SignedUp(signed_up(platform, signing_up.begin(services, org.actor))["waba_id"], "2001")

    def kept(account_id: str) -> dict[str, Any]:
        with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            businesses.keep_business(services, tx, org.actor, account_id, made)
        return platform.done("GET", f"/provider-accounts/{account_id}")

    kept(old["id"])
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        ban_places.hold_account(tx, old["id"], Level.BANNED, (), None)
    next(each for each in platform.providers.accounts.values() if each.sid == old["external_id"]).status = "closed"
    platform.compare()
    new = opened(platform, org)
    with pytest.raises(Conflict, match="another customer"):
        kept(theirs["id"])
    # what is held against it goes with it
    assert (kept(new["id"])["business_id"], kept(new["id"])["level"]) == (made.business_id, "banned")
    closed = platform.done("GET", f"/provider-accounts/{old['id']}")
    assert (closed["state"], closed["signed_up"], closed["portfolio_id"]) == ("closed", False, "2001")
