"""Every route of the application, every caller, own, foreign and unknown ids: each answer as the table says."""

import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from hub.crypto import token_hash
from hub.db.session import PlatformWork
from hub.db.tables import ApiToken, Session, User
from hub.web.app import create_app
from hub.wiring import Services
from tests.isolation.expected import API, CALLERS, GUESTS, PAGES, PUBLIC, ROLES, Line
from tests.isolation.filling import LATER, NOW, SEALED, Filled, fill, stored

BASE, PREFIX = "https://hub.example.com", "/api/v1"
UNKNOWN = "01AAAAAAAAAAAAAAAAAAAAAAAA"
ONE_DATABASE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@dataclass
class Hub:
    """One application over two organizations; every caller has a token and a session."""

    services: Services
    app: Starlette
    own: Filled
    foreign: Filled
    http: httpx.AsyncClient = field(init=False, repr=False)
    copy: sqlite3.Connection = field(init=False, repr=False)

    def snapshot(self) -> None:
        self.copy = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(self._file()) as file:
            file.backup(self.copy)

    def restore(self) -> None:
        """Undo whatever a call has changed, so that no call depends on the one before."""
        with closing(self._file()) as file:
            self.copy.backup(file)

    def _file(self) -> sqlite3.Connection:
        path = self.services.settings.sqlite_path
        assert path is not None
        return sqlite3.connect(path, timeout=30)


@pytest.fixture
def hub(services: Services) -> Hub:
    platform = fill(services.db, "PLATF", 1)
    foreign = fill(services.db, "ALPHA", 7_100_000_000, platform, without=SEALED)
    own = fill(services.db, "BRAVO", 8_200_000_000, platform, without=SEALED)
    made = Hub(services, create_app(services), own, foreign)
    services.vault.platform()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        for whose in (own, foreign):
            services.vault.create(tx, whose.organization_id, NOW)
        for caller in (*ROLES.split(), "platform"):
            tx.insert(User, [_user(made.own, caller)])
        for caller in CALLERS[:-2]:
            tx.insert(ApiToken, [_token(made.own, caller)])
        for caller in (*ROLES.split(), "platform"):
            tx.insert(Session, [_session(made.own, caller)])
    return made


def _id(caller: str) -> str:
    return "01CALLER" + caller.upper().ljust(18, "0")[:18].replace(":", "0").replace("*", "0")


def _user(own: Filled, caller: str) -> dict[str, Any]:
    return {
        **own.rows["users"][0], "id": _id(caller), "email": f"{caller}@example.com", "name": caller,
        "role": "auditor" if caller == "platform" else caller, "platform_admin": caller == "platform",
    }  # fmt: skip


def _token(own: Filled, caller: str) -> dict[str, Any]:
    scopes = ["read", "conversations", "channels", "team", "admin"]
    if caller == "platform":
        scopes = ["platform:*"]
    if caller.startswith("scope:"):
        scopes = [caller.removeprefix("scope:")]
    return {
        **own.rows["api_tokens"][0], "id": _id("token" + caller), "name": caller, "scopes": scopes,
        "token_hash": token_hash(f"token of {caller}"), "revoked_at": None,
        "user_id": _id("owner" if caller.startswith("scope:") else caller),
    }  # fmt: skip


def _session(own: Filled, caller: str) -> dict[str, Any]:
    return {
        "token_hash": token_hash(f"session of {caller}"), "organization_id": own.organization_id,
        "user_id": _id(caller), "csrf_token": "csrf", "created_at": LATER, "expires_at": LATER,
    }  # fmt: skip


# --- the table is whole ---------------------------------------------------------------------------------


def served(app: Starlette) -> set[str]:
    """Every route of the application as `METHOD /path`; what Starlette adds to a GET is left out."""
    found = set()
    for route in app.routes:
        if isinstance(route, Mount):
            found.add(f"GET {route.path}/{{path}}")
            continue
        assert isinstance(route, Route), route
        found |= {f"{method} {route.path}" for method in (route.methods or {"GET"}) - {"HEAD"}}
    return found


@ONE_DATABASE
def test_the_table_has_every_route_of_the_application_and_no_other(hub: Hub) -> None:
    api = [*(line.route for line in API), *PUBLIC]
    listed = [*(each.replace(" ", f" {PREFIX}", 1) for each in api), *(line.route for line in PAGES), *GUESTS]
    assert len(set(listed)) == len(listed)
    assert set(listed) == served(hub.app)


# --- calling --------------------------------------------------------------------------------------------


def inside(hub: Hub, work: Callable[[], Awaitable[None]]) -> None:
    """Run calls against the application, started as a web process starts it."""

    async def run() -> None:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=hub.app), base_url=BASE)
        async with hub.app.router.lifespan_context(hub.app), client as hub.http:
            hub.snapshot()
            await work()

    anyio.run(run)


def path_of(line: Line, whose: Filled | None) -> str:
    path = line.route.split()[1]
    if not line.of:
        return path
    # the second user is no owner, who may not go; the third message is one that we sent
    which = {"users": 1, "messages": 2}.get(line.of, 0)
    value = whose.id(line.of, which) if whose else UNKNOWN
    if whose and line.of == "provider_accounts":
        value = whose.rows["senders"][0]["provider_account_id"]
    return re.sub(r"\{\w+\}", value, path)


async def call_api(hub: Hub, line: Line, caller: str, whose: Filled | None) -> httpx.Response:
    method = "HEAD" if line.route == "GET /stream" else line.route.split()[0]
    headers = {} if caller == "nobody" else {"Authorization": f"Bearer token of {caller}"}
    return await hub.http.request(method, PREFIX + path_of(line, whose), headers=headers, json=line.body)


async def call_page(hub: Hub, line: Line, caller: str, whose: Filled | None) -> httpx.Response:
    headers = {"X-CSRF-Token": "csrf"}
    if caller != "nobody":
        headers["Cookie"] = f"hub_session=session of {caller}"
    return await hub.http.request(line.route.split()[0], path_of(line, whose), headers=headers, data=line.body)


Call = Callable[[Hub, Line, str, Filled | None], Awaitable[httpx.Response]]


async def differences(
    hub: Hub, lines: tuple[Line, ...], callers: tuple[str, ...], call: Call, nobody: int
) -> list[str]:
    """Walk the table; return what is answered otherwise than it says."""
    found: list[str] = []
    for line in lines:
        for caller in callers:
            for whose, expected in cases(hub, line, caller, nobody):
                answer = await call(hub, line, caller, whose)
                if answer.status_code != expected:
                    name = "unknown" if whose is None else whose.word
                    found.append(f"{line.route} as {caller} on {name}: {answer.status_code}, not {expected}"
                                 f" {answer.text[:150]}")  # fmt: skip
                if not line.route.startswith("GET") and answer.status_code < 400:
                    hub.restore()
    return found


def cases(hub: Hub, line: Line, caller: str, nobody: int) -> Iterator[tuple[Filled | None, int]]:
    for whose, expected in ((hub.own, line.own), (hub.foreign, line.other), (None, _unknown(line)))[
        : 3 if line.of else 1
    ]:
        if caller in ("nobody", "unknown"):
            yield whose, nobody
        elif caller in line.bounded.split():
            yield whose, 403 if whose is hub.own else expected
        else:
            yield whose, expected if caller in line.may.split() else 403


def _unknown(line: Line) -> int:
    """An unknown id is answered like a foreign one, but to the platform, to which nothing is foreign."""
    return 404 if line.may == "platform" else line.other


# --- the walks ------------------------------------------------------------------------------------------


@ONE_DATABASE
def test_every_route_of_the_api_answers_every_caller_as_the_table_says(hub: Hub) -> None:
    found: list[str] = []

    async def walk() -> None:
        found.extend(await differences(hub, API, CALLERS, call_api, nobody=401))

    inside(hub, walk)
    assert found == [], "\n".join(found)


@ONE_DATABASE
def test_every_page_answers_every_visitor_as_the_table_says(hub: Hub) -> None:
    found: list[str] = []
    visitors = (*ROLES.split(), "nobody")

    async def walk() -> None:
        found.extend(await differences(hub, PAGES, visitors, call_page, nobody=303))

    inside(hub, walk)
    assert found == [], "\n".join(found)


@ONE_DATABASE
def test_what_anybody_may_call_gives_nothing_to_who_proves_nothing(hub: Hub) -> None:
    answers, before = {}, stored(hub.services.db, hub.foreign)

    async def walk() -> None:
        for route in (*GUESTS, *(each.replace(" ", f" {PREFIX}", 1) for each in PUBLIC)):
            method, path = route.split()
            answer = await hub.http.request(method, re.sub(r"\{\w+\}", hub.foreign.id("channels", 0), path))
            answers[route.replace(PREFIX, "")] = answer.status_code
            assert hub.foreign.word + "0" not in answer.text

    inside(hub, walk)
    assert answers == {**GUESTS, **PUBLIC}
    assert stored(hub.services.db, hub.foreign) == before


def test_a_foreign_id_is_answered_like_an_unknown_one_and_touches_nothing(hub: Hub) -> None:
    before, found = stored(hub.services.db, hub.foreign), []
    lines = [(line, call_api) for line in API if line.of and line.may != "platform"]
    pages: list[tuple[Line, Call]] = [(line, call_page) for line in PAGES if line.of]

    async def walk() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=hub.app), base_url=BASE) as hub.http:
            for line, call in [*lines, *pages]:
                theirs, nobodys = [await call(hub, line, "owner", whose) for whose in (hub.foreign, None)]
                which = next(part for part in path_of(line, hub.foreign).split("/") if part.startswith("01ALPHA"))
                if _shown(theirs, which) != _shown(nobodys, which):
                    found.append(line.route)

    anyio.run(walk)
    assert found == [], "\n".join(found)
    assert stored(hub.services.db, hub.foreign) == before


def _shown(answer: httpx.Response, theirs: str) -> tuple[int, str]:
    """An answer without the id that was asked for, and without what differs from page to page."""
    return answer.status_code, answer.text.replace(theirs, "ID").replace(UNKNOWN, "ID")
