"""Every changing route and command leaves exactly one entry; what was refused or changed nothing leaves none (K25)."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.routing import Route

from hub.web.api.frame import PREFIX
from hub.web.api.table import ENDPOINTS
from tests.audit.ban_pages import STEPS as PAGE_STEPS
from tests.audit.commands import COMMANDS, EXEMPT, commands_of_the_hub
from tests.audit.pages import PAGES, Browser
from tests.audit.routes import MAIL, ROUTES, STEPS
from tests.audit.scene import REASON, Scene

READING = {("GET", "/audit/export"), ("GET", "/contacts/{id}/export")}
"""Takes data out: it leaves an entry without changing anything."""
PASSING = {
    ("POST", "/conversations/{id}/typing"),
    ("POST", "/routing/explain"),
    ("POST", "/platform/numbers/search"),
}
"""Shows something for a moment, or only asks; nothing is kept."""
_SIGN_UP = "/platform/accounts/{account_id}/sign-up"
PASSING_PAGES = {"/inbox/presence/beat", "/inbox/presence/leave", "/admin/routing/try", _SIGN_UP}
"""Tells that a page is open; what follows from it leaves an entry (tests/routing/test_tabs.py). Or only asks."""


def test_every_changing_route_of_the_api_is_walked() -> None:
    changing = {(each.method, each.path) for each in ENDPOINTS if each.method != "GET"}
    assert (changing - PASSING) | READING == set(ROUTES)


def test_every_changing_route_of_the_api_leaves_one_entry(scene: Scene) -> None:
    wrong = []
    for (method, path), make in ROUTES.items():
        asked = make(scene)
        known = scene.entries("*")
        asked_path = re.sub(r"\{\w+\}", asked.part, path.replace("{id}", asked.id))
        answer = scene.call(method, asked_path, **(asked.content or {}))
        left = scene.newest(known)
        if not answer.is_success or len(left) != STEPS.get((method, path), 1):
            wrong.append((method, path, answer.status_code, answer.text[:200], [each.action for each in left]))
            continue
        assert left[0].content is not None
        said = (left[0].actor_type, left[0].actor_name, left[0].origin, left[0].content["reason"])
        if said != (
            "token",
            scene.org.actor.name,
            "127.0.0.1",
            (asked.content or {}).get("json", {}).get("reason") or REASON,
        ):
            wrong.append((method, path, said))
    assert wrong == [], "\n".join(map(str, wrong))
    assert all(each.faults == () for each in scene.verify_all())


def changing_pages(scene: Scene) -> set[str]:
    return {
        route.path
        for route in scene.app.routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
        if not route.path.startswith((PREFIX, "/webhooks/"))
    }


def test_every_changing_page_is_walked_and_leaves_one_entry(scene: Scene) -> None:
    assert changing_pages(scene) - PASSING_PAGES == set(PAGES)
    wrong = []
    for path, act in PAGES.items():
        browser = Browser(scene)
        prepared = act(browser)
        known = scene.entries("*")
        answer = prepared()
        left = scene.newest(known)
        if answer.status_code not in {200, 204, 303} or len(left) != PAGE_STEPS.get(path, 1):
            wrong.append((path, answer.status_code, answer.text[-200:], [each.action for each in left]))
        elif left[0].origin != "127.0.0.1":
            wrong.append((path, left[0].origin))
    assert wrong == [], "\n".join(map(str, wrong))


def test_every_command_is_walked_or_exempt_for_a_reason() -> None:
    assert set(commands_of_the_hub()) == set(COMMANDS) | set(EXEMPT)


def test_every_changing_command_leaves_one_entry(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = []
    for command, prepare in COMMANDS.items():
        run = prepare(scene, monkeypatch)
        known = scene.entries("*")
        outcome = run()
        left = scene.newest(known)
        if outcome.exit_code != 0 or len(left) != 1:
            wrong.append((command, outcome.exit_code, outcome.output[-300:], repr(outcome.exception), left))
        elif (left[0].actor_type, left[0].origin, bool(left[0].actor_name)) != ("cli", "cli", True):
            wrong.append((command, left[0]))
    assert wrong == [], "\n".join(map(str, wrong))


Asking = Callable[[Scene], httpx.Response]


def repeats(scene: Scene) -> Iterator[tuple[str, httpx.Response]]:
    """What changes nothing, because it is so already."""
    conversation, group = scene.conversation(), scene.made("/groups", name="Same")["id"]
    member = {"user_ids": [scene.org.operator.user_id]}
    for path, body in (("close", None), ("read", None)):
        scene.call("POST", f"/conversations/{conversation}/{path}", json=body)
    scene.call("PUT", f"/groups/{group}/members", json=member)
    before = scene.count()
    yield "close", scene.call("POST", f"/conversations/{conversation}/close")
    yield "read", scene.call("POST", f"/conversations/{conversation}/read")
    yield "rename", scene.call("PATCH", f"/groups/{group}", json={"name": "Same"})
    yield "members", scene.call("PUT", f"/groups/{group}/members", json=member)
    yield "presence", scene.call("PUT", f"/users/{scene.org.operator.user_id}/presence", json={"state": "online"})
    yield "nothing", scene.call("PATCH", "/organization", json={})
    assert scene.count() == before


def test_a_request_that_changes_nothing_leaves_no_entry(scene: Scene) -> None:
    assert [(name, answer.status_code) for name, answer in repeats(scene) if not answer.is_success] == []


def test_a_refused_request_leaves_no_entry(scene: Scene) -> None:
    before = scene.count()
    refused = [
        scene.call("POST", "/groups", json={"name": "Support"}),
        scene.call("POST", "/groups", json={"name": " "}),
        scene.call("DELETE", f"/groups/{scene.org.group_id}"),
        scene.call("DELETE", "/tokens/unknown"),
        scene.call("POST", "/channels", json={**MAIL, "credentials": {}}),
        scene.call("PATCH", "/organization", json={"time_zone": "Middle/Earth"}),
        scene.call("POST", "/groups", json={"name": "New"}, headers={"X-Reason": "x" * 501}),
        scene.api.call("POST", "/groups", "unknown", json={"name": "New"}),
    ]
    assert [answer.status_code for answer in refused] == [409, 422, 409, 404, 422, 422, 422, 401]
    assert scene.count() == before


def test_a_creation_repeated_with_its_key_leaves_one_entry(scene: Scene) -> None:
    before = scene.count()
    for _ in range(3):
        answer = scene.call("POST", "/groups", json={"name": "Once"}, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201
    assert scene.count() == before + 1
