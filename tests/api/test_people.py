"""Organization, users, groups, presence and tokens through the API."""

import anyio
import httpx

from hub.access.sessions import sign_in
from hub.access.tabs import choose
from hub.access.users import NewUser, create_user
from hub.types import Presence, Role
from hub.web.auth import COOKIE
from tests.api.conftest import BASE, Api, client

PASSWORD = "correct horse battery"


def test_a_group_lives_from_creation_to_deletion(api: Api) -> None:
    made = api.owner("POST", "/groups", json={"name": "Night shift"})
    assert made.status_code == 201
    group = made.json()
    assert group == {
        "id": group["id"],
        "name": "Night shift",
        "strategy": "least_busy",
        "members": [],
        "rules": {
            "sticky": True,
            "skills": "required",
            "languages": "preferred",
            "hours": None,
            "closed_answer": "",
            "overflow_group_id": None,
            "overflow_after": 300,
            "tell_after": None,
            "slot_minutes": 60,
        },
        "created_at": group["created_at"],
    }
    changed = api.owner("PUT", f"/groups/{group['id']}/members", json={"user_ids": [api.org.operator.user_id]})
    assert changed.json()["members"] == [{"id": api.org.operator.user_id, "name": "Ben Operator"}]
    renamed = api.owner("PATCH", f"/groups/{group['id']}", json={"name": "Late shift"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Late shift")
    assert [each["name"] for each in api.owner("GET", "/groups").json()["items"]] == ["Support", "Late shift"]
    gone = api.owner("DELETE", f"/groups/{group['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.owner("GET", f"/groups/{group['id']}").status_code == 404


def test_a_list_names_the_cursor_of_its_next_page(api: Api) -> None:
    first = api.owner("GET", "/users?limit=1").json()
    second = api.owner("GET", "/users", params={"limit": 1, "cursor": first["next"]}).json()
    names = [page["items"][0]["name"] for page in (first, second)]
    assert (names, second["next"]) == (["Olga Owner", "Ben Operator"], None)


def test_a_user_is_invited_changed_and_disabled(api: Api) -> None:
    made = api.owner("POST", "/users", json={"email": "Ada@example.com", "name": "Ada", "role": "operator"})
    assert made.status_code == 201
    user = made.json()
    assert user["email"] == "ada@example.com"
    assert user["invited"]
    assert user["invitation"].startswith("/invitations/")
    shown = api.owner("GET", f"/users/{user['id']}").json()
    assert "invitation" not in shown
    assert "password" not in str(shown)
    changed = api.owner("PATCH", f"/users/{user['id']}", json={"role": "supervisor", "slots": 3})
    assert (changed.json()["role"], changed.json()["slots"]) == ("supervisor", 3)
    assert api.owner("DELETE", f"/users/{user['id']}").status_code == 204
    assert api.owner("GET", f"/users/{user['id']}").json()["disabled_at"]


def test_presence_that_is_set_by_token_follows_no_browser_any_more(api: Api) -> None:
    choose(api.services, api.org.operator, Presence.ONLINE)
    path = f"/users/{api.org.operator.user_id}"
    assert api.owner("GET", path).json()["by_browser"]
    answer = api.owner("PUT", f"{path}/presence", json={"state": "away"}).json()
    assert (answer["presence"], answer["by_browser"]) == ("away", False)


def test_who_is_disabled_is_offline_whatever_their_browser_says(api: Api) -> None:
    choose(api.services, api.org.operator, Presence.ONLINE)
    path = f"/users/{api.org.operator.user_id}"
    assert api.owner("DELETE", path).status_code == 204
    gone = api.owner("GET", path).json()
    assert (gone["presence"], gone["by_browser"]) == ("offline", False)


def test_a_token_is_shown_once_and_works_until_it_is_revoked(api: Api) -> None:
    made = api.owner("POST", "/tokens", json={"name": "script", "scopes": ["read"]}).json()
    assert api.call("GET", "/organization", made["token"]).json()["name"] == "Acme"
    assert api.call("PATCH", "/organization", made["token"], json={"name": "x"}).status_code == 403
    listed = api.owner("GET", "/tokens")
    assert made["token"] not in listed.text
    assert api.owner("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert api.call("GET", "/organization", made["token"]).status_code == 401


def test_an_admin_without_the_flag_cannot_issue_platform_scope(api: Api) -> None:
    assert api.owner("POST", "/tokens", json={"name": "x", "scopes": ["platform:*"]}).status_code == 403


def test_the_organization_is_shown_and_changed(api: Api) -> None:
    changed = api.owner("PATCH", "/organization", json={"name": "Acme Ltd", "time_zone": "Asia/Tokyo"})
    assert changed.json() == api.owner("GET", "/organization").json()
    assert changed.json()["time_zone"] == "Asia/Tokyo"
    assert api.owner("PATCH", "/organization", json={"time_zone": "Mars"}).status_code == 422


def test_the_intake_balance_is_the_organizations_own(api: Api) -> None:
    names = ("received", "handled", "pending", "failed", "unreadable", "duplicates", "quarantined", "recovered")
    assert api.owner("GET", "/intake").json() == dict.fromkeys(names, 0)


def test_the_browsers_session_needs_its_csrf_token_to_change_something(api: Api) -> None:
    create_user(api.services, api.org.actor, NewUser("ada@example.com", "Ada", Role.ADMIN, PASSWORD))
    session = sign_in(api.services, "ada@example.com", PASSWORD, "192.0.2.1")

    async def calls() -> list[httpx.Response]:
        async with client(api.app) as http:
            http.cookies.set(COOKIE, session.token, domain="hub.example.com")
            post = {"method": "POST", "url": f"{BASE}/groups"}
            return [
                await http.get(f"{BASE}/groups"),
                await http.request(**post, json={"name": "one"}),
                await http.request(**post, json={"name": "two"}, headers={"X-CSRF-Token": "wrong"}),
                await http.request(**post, json={"name": "three"}, headers={"X-CSRF-Token": session.csrf_token}),
            ]

    assert [answer.status_code for answer in anyio.run(calls)] == [200, 403, 403, 201]
