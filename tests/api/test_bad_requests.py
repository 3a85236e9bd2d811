"""Requests that cannot work: each gets the answer that says why, as a problem document."""

from typing import Any

import pytest

from hub.access.users import NewUser, create_user
from hub.errors import Unavailable
from hub.types import Role
from hub.web.bodies import JSON_LIMIT
from tests.api.conftest import ONE_DATABASE, Api


def detail(api: Api, method: str, path: str, status: int, **content: Any) -> str:
    """Call as the owner, expect a problem of this status, return its detail."""
    answer = api.owner(method, path, **content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    return str(problem["detail"])


@ONE_DATABASE
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"name": 5}',
        b'{"name": ""}',
        b'{"name": "a", "colour": "red"}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"name": "' + b"a" * 201 + b'"}',
        b'{"name": "a", "strategy": "by magic"}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_what_the_route_takes_is_refused(api: Api, content: bytes) -> None:
    detail(api, "POST", "/groups", 422, content=content)


def test_the_refusal_names_the_field_and_never_the_value(api: Api) -> None:
    sent = {"email": "a@example.com", "name": "A", "role": "king", "password": "x" * 2000}
    answer = api.owner("POST", "/users", json=sent)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"role", "password"}
    assert "xxx" not in answer.text


def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Api) -> None:
    assert str(JSON_LIMIT) in detail(api, "POST", "/groups", 413, content=b"a" * (JSON_LIMIT + 1))


@ONE_DATABASE
@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "colour=red", "cursor=%00"])
def test_a_query_that_means_nothing_is_refused(api: Api, query: str) -> None:
    detail(api, "GET", f"/groups?{query}", 422)


def test_a_cursor_that_is_not_ours_is_refused(api: Api) -> None:
    assert "cursor" in detail(api, "GET", "/conversations?cursor=nonsense", 422)


def test_an_unknown_path_and_an_unknown_method_are_problems_too(api: Api) -> None:
    detail(api, "GET", "/nowhere", 404)
    detail(api, "PATCH", "/groups", 405)


@ONE_DATABASE
@pytest.mark.parametrize("email", ["nobody", "@", "a@", "a b@example.com", "a@b@c.example"])
def test_an_address_that_is_none_is_refused(api: Api, email: str) -> None:
    detail(api, "POST", "/users", 422, json={"email": email.ljust(3), "name": "A", "role": "operator"})


def test_a_taken_address_is_a_conflict(api: Api) -> None:
    create_user(api.services, api.org.actor, NewUser("ada@example.com", "Ada", Role.OPERATOR))
    detail(api, "POST", "/users", 409, json={"email": "ADA@example.com", "name": "A", "role": "operator"})


def test_a_database_that_is_away_is_503_with_a_time_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    token = api.token(api.org.actor)

    def away(*_args: object) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr("hub.web.auth.tokens.actor_of_token", away)
    answer = api.call("GET", "/groups", token)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_an_unexpected_error_is_500_with_a_trace_and_without_its_text(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("hub.web.api.groups.groups.list_groups", crash)
    answer = api.owner("GET", "/groups")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["trace"]
    assert "secret words" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
