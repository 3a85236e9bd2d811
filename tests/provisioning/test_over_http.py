"""Channels, contacts and the platform's routes over the REST API."""

import pytest

from hub.access.permissions import ALL_SCOPES
from hub.db.tables.core import USER
from hub.sandbox import seeds
from hub.types import Actor
from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import Api
from tests.provisioning.conftest import Sandbox
from tests.test_contacts import person
from tests.world import Organization, World

BOT = seeds.BOTS[0]
NUMBER = seeds.NUMBERS[0].number


@pytest.fixture
def api(services: Services, world: World, org: Organization) -> Api:
    return Api(services, create_app(services), world, org)


@pytest.fixture
def root(api: Api, platform: Actor) -> str:
    """A token with all scopes whose user is a platform admin."""
    with api.services.db.transaction(platform.organization_id) as tx:
        tx.execute(USER.update().where(USER.c.id == platform.user_id).values(platform_admin=True))
    return api.token(platform, ALL_SCOPES)


def new_bot(api: Api, **more: object) -> dict[str, object]:
    return {"kind": "telegram", "name": "Our bot", "credentials": {"bot_token": BOT.token}, **more}


def test_a_channel_is_connected_changed_checked_and_given_up(api: Api) -> None:
    made = api.owner("POST", "/channels", json=new_bot(api, group_id=api.org.group_id))
    assert made.status_code == 201, made.text
    path = f"/channels/{made.json()['id']}"
    shown = api.owner("GET", path).json()
    assert (shown["sender"]["address"], shown["health"]["state"], shown["group_id"]) == (
        str(BOT.id),
        "ok",
        api.org.group_id,
    )
    assert api.owner("POST", f"{path}/check").json()["health"]["state"] == "ok"
    assert api.owner("PATCH", path, json={"returning": "new"}).json()["group_id"] == api.org.group_id
    assert api.owner("PATCH", path, json={"group_id": None}).json()["group_id"] is None
    assert api.owner("DELETE", path).status_code == 204
    assert api.owner("GET", path).status_code == 404
    assert api.owner("GET", "/channels").json() == {"items": [], "next": None}


def test_no_answer_shows_a_credential(api: Api) -> None:
    made = api.owner("POST", "/channels", json=new_bot(api))
    answers = [made, api.owner("GET", "/channels"), api.owner("POST", "/channels", json=new_bot(api))]
    answers.append(api.owner("POST", "/channels", json=new_bot(api, credentials={"bot_token": "1:wrong-token"})))
    assert [answer.status_code for answer in answers] == [201, 200, 409, 422]
    assert not any(word in answer.text for answer in answers for word in (BOT.token, "wrong-token", "webhook_secret"))


def test_a_repeated_creation_with_its_key_gives_the_same_channel_and_token(api: Api) -> None:
    new = {"kind": "email", "name": "Our mail", "credentials": {"address": seeds.MAILBOX}}
    token = api.token(api.org.actor)
    first, again = (api.call("POST", "/channels", token, {"Idempotency-Key": "one"}, json=new) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["intake_token"]
    rotated = api.owner("POST", f"/channels/{first.json()['id']}/intake-token").json()
    assert rotated["intake_token"] != first.json()["intake_token"]
    assert api.owner("GET", f"/channels/{first.json()['id']}").json()["intake_token"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 5},
        {"name": ""},
        {"credentials": []},
        {"credentials": {"bot_token": 7}},
        {"delivery": "pigeon"},
        {"x": 1},
    ],
)
def test_wrongly_typed_channels_are_refused(api: Api, changes: dict[str, object]) -> None:
    answer = api.owner("POST", "/channels", json=new_bot(api, **changes))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_number_goes_from_registration_to_a_channel_and_back(api: Api, root: str, sandbox: Sandbox) -> None:
    made = api.call("POST", "/platform/numbers", root, json={"number": NUMBER, "capabilities": ["sms", "whatsapp"]})
    assert made.status_code == 201, made.text
    path = f"/platform/numbers/{made.json()['id']}"
    to = {"organization_id": api.org.id, "kind": "whatsapp", "group_id": api.org.group_id}
    lent = api.call("POST", f"{path}/assign", root, json=to)
    assert (lent.status_code, lent.json()["state"], lent.json()["organization"]["id"]) == (200, "lent", api.org.id)
    (channel,) = api.owner("GET", "/channels").json()["items"]
    assert (channel["kind"], channel["sender"]["address"], channel["health"]["state"]) == ("whatsapp", NUMBER, "ok")
    assert "provider_account" not in str(channel)
    assert api.call("POST", f"{path}/assign", root, json=to).status_code == 409
    assert api.call("POST", f"{path}/release", root).json()["state"] == "owned"
    assert api.call("GET", "/platform/numbers", root).json()["items"][0]["channels"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/platform/organizations"),
        ("POST", "/platform/organizations"),
        ("GET", "/platform/numbers"),
        ("POST", "/platform/numbers"),
        ("POST", "/platform/numbers/x/assign"),
        ("POST", "/platform/numbers/x/release"),
        ("GET", "/platform/provider-accounts"),
        ("POST", "/platform/provider-accounts"),
    ],
)
def test_platform_routes_refuse_an_organizations_token(api: Api, method: str, path: str) -> None:
    assert api.owner(method, path, json={}).status_code == 403


def test_a_new_organization_gets_a_token_for_its_own_routes_only(api: Api, root: str) -> None:
    new = {"name": "Newcomer", "owner_email": "owner@newcomer.example", "owner_password": "long enough"}
    made = api.call("POST", "/platform/organizations", root, json=new)
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    assert api.call("GET", "/channels", token).json()["items"] == []
    assert api.call("GET", "/platform/numbers", token).status_code == 403
    assert made.json()["id"] in api.call("GET", "/platform/organizations", root).text


def test_a_provider_account_is_added_and_never_shows_its_token(api: Api, root: str) -> None:
    new = {"external_id": "AC" + "8" * 32, "auth_token": "the-secret-token", "name": "for Acme"}
    made = api.call("POST", "/platform/provider-accounts", root, json=new)
    assert made.status_code == 201, made.text
    listed = api.call("GET", "/platform/provider-accounts", root)
    assert {account["external_id"] for account in listed.json()["items"]} == {new["external_id"], seeds.ACCOUNT_SID}
    assert "the-secret-token" not in made.text + listed.text


def test_contacts_are_found_changed_merged_and_parted(api: Api, world: World) -> None:
    world.channel(api.org, "telegram", "7100000101", {"bot_token": "1:a"})
    ann, other = person(api.services, api.org, "Ann", "1"), person(api.services, api.org, "Ann at work", "2")
    assert [item["id"] for item in api.owner("GET", "/contacts?q=work").json()["items"]] == [other]
    changed = api.owner("PATCH", f"/contacts/{ann}", json={"name": "Anna", "fields": {"vip": True}}).json()
    assert (changed["name"], changed["fields"]) == ("Anna", {"vip": True})
    merged = api.owner("POST", f"/contacts/{ann}/merge", json={"other_id": other}).json()
    assert sorted(identity["address"] for identity in merged["identities"]) == ["1", "2"]
    assert api.owner("POST", f"/contacts/{other}/merge", json={"other_id": ann}).status_code == 409
    assert api.owner("POST", f"/contacts/{ann}/unmerge").json()["identities"][0]["address"] == "1"
    assert api.owner("GET", f"/contacts/{other}").json()["merged_into_id"] is None
