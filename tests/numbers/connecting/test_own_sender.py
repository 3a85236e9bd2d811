"""A bot, a page or a mailbox of the customer's own takes a banned one's place, at the API's door."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from hub.db import ban_work, successions
from hub.db.tables.core import AUDIT_ENTRY, SENDER
from hub.numbers import cases
from hub.sandbox import seeds
from hub.types.numbers import OfferKind
from tests.api.conftest import Api
from tests.numbers.accepted import accept
from tests.world import Channel, Organization, World

BOT, OTHER_BOT = ({"bot_token": each.token} for each in seeds.BOTS[:2])
PAGE = {"page_id": seeds.PAGES[0].id, "page_access_token": seeds.PAGES[0].token}
MAILBOX = {"address": seeds.MAILBOX}
OWN = pytest.mark.parametrize(
    ("kind", "address", "credentials"),
    [("telegram", "111222", BOT), ("facebook", "110000000000009", PAGE), ("email", "old@shop.example", MAILBOX)],
)


def bring(api: Api, case_id: str, status: int = 200, **body: Any) -> Any:
    answer: httpx.Response = api.owner("POST", f"/bans/{case_id}/sender", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def hit(world: World, org: Organization, kind: str, address: str) -> Channel:
    return world.channel(org, kind, address, {"bot_token": f"{address}:gone"} if kind == "telegram" else None)


def worked(api: Api, case_id: str) -> dict[str, Any]:
    """The case after its job did what is due."""
    services = api.services
    with services.db.transaction(api.org.id) as tx:
        ban_work.hasten(tx, case_id, "Replace", services.clock())
    cases.work(services, case_id)
    shown: dict[str, Any] = api.owner("GET", f"/bans/{case_id}").json()
    return shown


@OWN
def test_it_becomes_the_current_sender_of_the_same_channel(
    api: Api, world: World, org: Organization, kind: str, address: str, credentials: dict[str, str]
) -> None:
    old = hit(world, org, kind, address)
    case_id = accept(api.services, org, old, OfferKind.OWN_SENDER, kind, {})
    bring(api, case_id, 422, credentials={"nothing": "of the sort"})
    taken = bring(api, case_id, credentials=credentials)
    channel, ban = taken["channel"], taken["ban"]
    assert (channel["id"], channel["group_id"], ban["state"]) == (old.id, org.group_id, "recruiting")
    assert channel["sender"]["id"] == ban["new_sender_id"] != old.sender_id
    assert bool(channel["intake_token"]) == (kind == "email")
    with api.services.db.reading(org.id) as tx:
        before = successions.find_place(tx, old.sender_id)
    assert before and (before.address, before.released) == (address, False)
    assert worked(api, case_id)["state"] == "recruiting"
    now = api.owner("GET", f"/channels/{old.id}").json()
    assert (now["health"]["state"], now["intake_token"], now["sender"]["hold"]) == ("ok", None, None)
    bring(api, case_id, 409, credentials=credentials)


def test_a_mailboxs_token_is_shown_once_and_works(api: Api, world: World, org: Organization) -> None:
    old = world.channel(org, "email", "old@shop.example")
    case_id = accept(api.services, org, old, OfferKind.OWN_SENDER, "email", {})
    caller, key, path = api.token(org.actor), {"Idempotency-Key": "one"}, f"/bans/{case_id}/sender"
    answers = [api.call("POST", path, caller, key, json={"credentials": MAILBOX}) for _ in range(2)]
    first, second = (each.json() for each in answers)
    token = first["channel"]["intake_token"]
    assert (token, first) == (second["channel"]["intake_token"], second)
    for path in (f"/bans/{case_id}", f"/channels/{old.id}", "/audit"):
        assert token not in api.owner("GET", path).text
    with api.services.db.reading(org.id) as tx:
        actions = [row.action for row in tx.all(select(AUDIT_ENTRY.c.action).order_by(AUDIT_ENTRY.c.number))]
    assert actions == ["channel.sender_replaced"]


def test_the_banned_one_itself_and_one_that_is_in_use_are_refused(
    api: Api, world: World, org: Organization, rival: Organization
) -> None:
    old = world.channel(org, "telegram", seeds.BOTS[0].token.partition(":")[0], BOT)
    case_id = accept(api.services, org, old, OfferKind.OWN_SENDER, "telegram", {})
    assert "was banned" in bring(api, case_id, 422, credentials=BOT)["detail"]
    world.channel(rival, "telegram", seeds.BOTS[1].token.partition(":")[0], OTHER_BOT)
    assert "connected to the hub already" in bring(api, case_id, 409, credentials=OTHER_BOT)["detail"]
    bring(api, case_id, 422, credentials=BOT, channel_id=old.id)
    bring(api, case_id, 422)
    assert api.owner("GET", f"/bans/{case_id}").json()["state"] == "accepted"


def test_a_channel_of_another_kind_is_connected_or_chosen(api: Api, world: World, org: Organization) -> None:
    old = hit(world, org, "email", "old@shop.example")
    case_id = accept(api.services, org, old, OfferKind.ANOTHER_KIND, "telegram", {})
    bring(api, case_id, 409, channel_id=old.id)
    bring(api, case_id, 404, channel_id="01AAAAAAAAAAAAAAAAAAAAAAAA")
    taken = bring(api, case_id, credentials=BOT, name="Our bot")
    assert (taken["channel"]["name"], taken["channel"]["group_id"]) == ("Our bot", org.group_id)
    assert (taken["ban"]["state"], taken["ban"]["new_sender_id"]) == ("recruiting", taken["channel"]["sender"]["id"])
    again = accept(
        api.services, org, hit(world, org, "facebook", "110000000000009"), OfferKind.ANOTHER_KIND, "telegram", {}
    )
    chosen = bring(api, again, channel_id=taken["channel"]["id"])
    assert (chosen["channel"]["id"], chosen["ban"]["state"]) == (taken["channel"]["id"], "recruiting")


def test_a_channel_that_does_not_work_takes_over_for_nobody(api: Api, world: World, org: Organization) -> None:
    old, held = hit(world, org, "email", "old@shop.example"), hit(world, org, "telegram", "111222")
    with api.services.db.transaction(org.id) as tx:
        tx.execute(update(SENDER).where(SENDER.c.id == held.sender_id).values(hold="credentials"))
    case_id = accept(api.services, org, old, OfferKind.ANOTHER_KIND, "telegram", {})
    assert "does not work now" in bring(api, case_id, 409, channel_id=held.id)["detail"]
    other = hit(world, org, "facebook", "110000000000009")
    offered = accept(api.services, org, other, OfferKind.ANOTHER_KIND, "telegram", {"channel_id": held.id})
    cases.work(api.services, offered)
    shown = api.owner("GET", f"/bans/{offered}").json()
    assert (shown["new_sender_id"], "ReplacingFailed" in [each["happening"] for each in shown["timeline"]]) == (
        None,
        True,
    )
