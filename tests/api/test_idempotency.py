"""Idempotency-Key: a repeated creation creates once, and a crash can never lie between the creation and its key."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.access import groups
from hub.access.users import NewUser, create_user
from hub.db import idempotency
from hub.db.groups import GroupView
from hub.db.session import PlatformWork, Tx
from hub.db.tables.core import GROUP, IDEMPOTENCY_KEY
from hub.types import Role
from hub.wiring import Services
from tests.api.conftest import Api

KEY = {"Idempotency-Key": "order 66"}


def group_names(services: Services) -> list[str]:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return [row.name for row in tx.all(select(GROUP.c.name).where(GROUP.c.name != "Support").order_by(GROUP.c.id))]


def test_the_repeat_gets_the_first_status_and_body_and_creates_nothing(api: Api) -> None:
    token = api.token(api.org.actor)
    first = api.call("POST", "/groups", token, KEY, json={"name": "Night", "strategy": "least_busy"})
    groups.change_group(api.services, api.org.actor, first.json()["id"], groups.GroupChanges(name="Renamed meanwhile"))
    repeat = api.call("POST", "/groups", token, KEY, content=b'{"strategy":"least_busy",  "name":"Night"}')
    assert (repeat.status_code, repeat.content) == (first.status_code, first.content) == (201, first.content)
    assert repeat.headers["idempotent-replayed"] == "true"
    assert group_names(api.services) == ["Renamed meanwhile"]


def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    token = api.token(api.org.actor)
    api.call("POST", "/groups", token, KEY, json={"name": "Night"})
    answer = api.call("POST", "/groups", token, KEY, json={"name": "Day"})
    assert answer.status_code == 422
    assert group_names(api.services) == ["Night"]


def test_a_key_belongs_to_one_token_and_one_path(api: Api) -> None:
    first, second = api.token(api.org.actor), api.token(api.org.actor)
    api.call("POST", "/groups", first, KEY, json={"name": "Night"})
    assert api.call("POST", "/groups", second, KEY, json={"name": "Day"}).status_code == 201
    invited = {"email": "a@example.com", "name": "A", "role": "operator"}
    assert api.call("POST", "/users", first, KEY, json=invited).status_code == 201
    assert group_names(api.services) == ["Night", "Day"]


def test_a_failed_creation_leaves_its_key_free(api: Api) -> None:
    token = api.token(api.org.actor)
    create_user(api.services, api.org.actor, NewUser("ada@example.com", "Ada", Role.OPERATOR))
    taken = {"email": "ada@example.com", "name": "A", "role": "operator"}
    assert api.call("POST", "/users", token, KEY, json=taken).status_code == 409
    assert api.call("POST", "/users", token, KEY, json=taken | {"email": "b@example.com"}).status_code == 201


def test_a_crash_before_the_commit_takes_creation_and_key_together(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    token = api.token(api.org.actor)
    keep = idempotency.OncePerKey.keep

    def keep_and_crash(once: idempotency.OncePerKey, tx: Tx, result: GroupView) -> GroupView:
        keep(once, tx, result)
        raise RuntimeError

    monkeypatch.setattr(idempotency.OncePerKey, "keep", keep_and_crash)
    assert api.call("POST", "/groups", token, KEY, json={"name": "Night"}).status_code == 500
    assert group_names(api.services) == []
    monkeypatch.setattr(idempotency.OncePerKey, "keep", keep)
    assert api.call("POST", "/groups", token, KEY, json={"name": "Night"}).status_code == 201
    assert group_names(api.services) == ["Night"]


def test_a_secret_in_a_kept_answer_is_not_stored_readable(api: Api) -> None:
    token = api.token(api.org.actor)
    made = api.call("POST", "/tokens", token, KEY, json={"name": "script"})
    with api.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        kept = str(tx.scalar(select(IDEMPOTENCY_KEY.c.response)))
    assert made.json()["token"] not in kept
    assert api.call("POST", "/tokens", token, KEY, json={"name": "script"}).json() == made.json()


def test_of_two_at_once_one_is_told_to_ask_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    token = api.token(api.org.actor)
    began, may_end = threading.Event(), threading.Event()
    create = groups.create_group

    def slowly(*args: object) -> GroupView:
        began.set()
        assert may_end.wait(10)
        return create(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(groups, "create_group", slowly)
    statuses: list[int] = []
    call = ("POST", "/groups", token, KEY)
    first = threading.Thread(target=lambda: statuses.append(api.call(*call, json={"name": "Night"}).status_code))
    first.start()
    assert began.wait(10)
    second = api.call(*call, json={"name": "Night"})
    may_end.set()
    first.join()
    assert (second.status_code, second.headers["retry-after"]) == (409, "1")
    assert statuses == [201]
    assert api.call(*call, json={"name": "Night"}).status_code == 201
    assert group_names(api.services) == ["Night"]


def test_a_key_another_process_took_first_gives_its_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    token = api.token(api.org.actor)
    first = api.call("POST", "/groups", token, KEY, json={"name": "Night"})
    find, looked = idempotency.find_answer, []

    def find_too_late(tx: Tx, *args: Any) -> idempotency.KeptAnswer | None:
        looked.append(1)
        return None if len(looked) == 1 else find(tx, *args)

    monkeypatch.setattr("hub.web.api.idempotency.find_answer", find_too_late)
    repeat = api.call("POST", "/groups", token, KEY, json={"name": "Night"})
    assert (repeat.status_code, repeat.json()) == (201, first.json())


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_an_unusable_key_is_refused(api: Api, key: str) -> None:
    answer = api.call("POST", "/groups", api.token(api.org.actor), {"Idempotency-Key": key}, json={"name": "Night"})
    assert answer.status_code == 422
