"""What holds for every line of the API's table, also for lines added tomorrow."""

import re
from typing import Any

from starlette.routing import Route

from hub.access.permissions import ROLE_PERMISSIONS, Permission
from hub.access.tokens import create_token
from hub.ids import new_id
from hub.types import Role
from hub.web.api.frame import PREFIX, Endpoint
from hub.web.api.table import ENDPOINTS
from tests.api.conftest import ONE_DATABASE, Api

SAFE = {"GET"}
ASKING = {"/routing/explain", "/platform/numbers/search"}
"""Posts that change nothing: their question is too long for an address."""
NUMBER = {"organization_id": "01AAAAAAAAAAAAAAAAAAAAAAAA", "kind": "sms"}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/conversations/{id}/assign"): {"take": True},
    ("POST", "/conversations/{id}/messages"): {"text": "hello"},
    ("POST", "/conversations/{id}/snooze"): {"until": "2999-01-01T00:00:00Z"},
    ("POST", "/conversations/{id}/topic"): {"topic": "refund"},
    ("POST", "/conversations/{id}/mail"): {"text": "hello"},
    ("POST", "/conversations/{id}/transcript"): {"to": "me"},
    ("POST", "/channels/{id}/code/confirm"): {"code": "123456"},
    ("POST", "/messages/{id}/react"): {"emoji": ""},
    ("PATCH", "/messages/{id}"): {"text": "hello"},
    ("POST", "/consents"): {
        "purpose": "service",
        "source": "a form",
        "lines": [{"kind": "email", "address": "a@example.com"}],
    },
    ("POST", "/contacts/{id}/consents"): {
        "identity_id": "01AAAAAAAAAAAAAAAAAAAAAAAA",
        "purpose": "service",
        "source": "a form",
    },
    ("POST", "/contacts/{id}/merge"): {"other_id": "01AAAAAAAAAAAAAAAAAAAAAAAA"},
    ("POST", "/contacts/{id}/restrict"): {"reason": "asked for"},
    ("POST", "/contacts/{id}/unrestrict"): {"reason": "asked for"},
    ("POST", "/contacts/{id}/erase"): {"reason": "asked for"},
    ("PUT", "/groups/{id}/members"): {"user_ids": []},
    ("PUT", "/users/{id}/presence"): {"state": "online"},
    ("PUT", "/users/{id}/photo"): {"upload_id": None},
    ("POST", "/bans/{id}/keep"): {"sender": "old"},
    ("POST", "/bans/{id}/order"): {"kinds": []},
    ("POST", "/bans/{id}/cause"): {"cause": "c"},
    ("POST", "/bans/{id}/remedies/{kind}"): {"state": "under_way"},
    ("POST", "/bans/{id}/appeal"): {"state": "filed"},
    ("POST", "/bans/{id}/close"): {"reason": "r"},
    ("POST", "/platform/numbers/{id}/assign"): NUMBER,
    ("POST", "/platform/numbers/{id}/register"): NUMBER | {"kind": "whatsapp", "display_name": "Bakery"},
    ("POST", "/platform/numbers/{id}/code"): {"code": "123456"},
    ("POST", "/platform/numbers/{id}/give-up-registration"): {"kind": "whatsapp"},
    ("POST", "/platform/numbers/search"): {"country": "DE", "kind": "mobile"},
    ("POST", "/platform/numbers/buy"): {"number": "+491700000001", "country": "DE", "kind": "mobile"},
    ("POST", "/platform/provider-accounts/open"): {"organization_id": "01AAAAAAAAAAAAAAAAAAAAAAAA"},
    ("PATCH", "/platform/provider-accounts/{id}"): {"portfolio": "verified"},
    ("POST", "/platform/provider-accounts/{id}/reinstate"): {"reason": "r"},
    ("POST", "/platform/numbers/{id}/reinstate"): {"kind": "sms", "reason": "r"},
    ("POST", "/bans/{id}/sender"): {"credentials": {}},
}
"""The smallest body that is valid, where `{}` is not."""


def name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def path_with(endpoint: Endpoint, value: str) -> str:
    return re.sub(r"\{\w+\}", value, endpoint.path)


def changes(endpoint: Endpoint) -> bool:
    return endpoint.method not in SAFE and endpoint.path not in ASKING


def guarded() -> list[Endpoint]:
    return [endpoint for endpoint in ENDPOINTS if not endpoint.public]


def test_no_two_lines_answer_the_same_call() -> None:
    calls = [name(endpoint) for endpoint in ENDPOINTS]
    assert len(set(calls)) == len(calls)


def test_only_the_descriptions_of_the_api_are_public() -> None:
    assert [endpoint.path for endpoint in ENDPOINTS if endpoint.public] == ["/openapi.json", "/docs"]


def test_every_guarded_line_names_its_permission() -> None:
    assert [name(endpoint) for endpoint in guarded() if endpoint.permission is None] == []


def test_an_auditors_permissions_open_no_changing_line() -> None:
    allowed = ROLE_PERMISSIONS[Role.AUDITOR]
    assert [name(each) for each in guarded() if changes(each) and each.permission in allowed] == []


@ONE_DATABASE
def test_every_line_refuses_callers_without_and_with_unknown_tokens(api: Api) -> None:
    for endpoint in guarded():
        for token in (None, "unknown"):
            answer = api.call(endpoint.method, path_with(endpoint, new_id()), token)
            assert answer.status_code == 401, name(endpoint)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"


@ONE_DATABASE
def test_an_auditor_changes_nothing_anywhere(api: Api) -> None:
    token = api.token(api.world.user(api.org.id, "Alma Auditor", Role.AUDITOR))
    for endpoint in guarded():
        if changes(endpoint):
            answer = api.call(endpoint.method, path_with(endpoint, new_id()), token)
            assert answer.status_code == 403, name(endpoint)


@ONE_DATABASE
def test_an_organizations_token_never_reaches_the_platform(api: Api) -> None:
    issued = create_token(api.services, api.org.actor, "all of ours", ["admin", "read", "team", "channels"])
    platform = [endpoint for endpoint in guarded() if endpoint.path.startswith("/platform")]
    assert platform
    for endpoint in platform:
        assert endpoint.permission is Permission.PLATFORM, name(endpoint)
        answer = api.call(endpoint.method, path_with(endpoint, new_id()), issued.token)
        assert answer.status_code == 403, name(endpoint)


def foreign_ids(api: Api) -> dict[str, str]:
    """Ids that exist, in another organization, by the first word of a path."""
    other = api.world.organization("Other")
    channel = api.world.channel(other, "telegram", "2000")
    token = create_token(api.services, other.actor, "theirs", ["read"])
    return {
        "channels": channel.id,
        "groups": other.group_id,
        "users": other.operator.user_id,
        "tokens": token.view.id,
    }


def test_ids_of_another_organization_are_not_found_like_unknown_ones(api: Api) -> None:
    token, foreign = api.token(api.org.actor), foreign_ids(api)
    for endpoint in guarded():
        if "{" not in endpoint.path or endpoint.permission is Permission.PLATFORM:
            continue
        for value in (foreign.get(endpoint.path.split("/")[1], new_id()), "no-id", "%00"):
            body = BODIES.get((endpoint.method, endpoint.path), {}) if endpoint.body else None
            answer = api.call(endpoint.method, path_with(endpoint, value), token, json=body)
            assert answer.status_code == 404, (name(endpoint), value, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


def test_the_openapi_document_has_every_route_and_only_those(api: Api) -> None:
    served = {
        (method, route.path)
        for route in api.app.routes
        if isinstance(route, Route) and route.path.startswith(PREFIX)
        for method in (route.methods or set()) - {"HEAD"}
    }
    document = api.call("GET", "/openapi.json").json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == served
    assert served == {(endpoint.method, PREFIX + endpoint.path) for endpoint in ENDPOINTS}


@ONE_DATABASE
def test_the_openapi_document_is_3_1_and_every_reference_leads_somewhere(api: Api) -> None:
    answer = api.call("GET", "/openapi.json")
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    defined = {f"#/components/schemas/{each}" for each in document["components"]["schemas"]}
    used = set(re.findall(r'"\$ref": ?"([^"]+)"', answer.text))
    assert used
    assert used <= defined
    operations = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(set(operations)) == len(operations)


@ONE_DATABASE
def test_the_readable_docs_show_every_route_and_load_nothing_from_elsewhere(api: Api) -> None:
    page = api.call("GET", "/docs")
    assert page.headers["content-type"].startswith("text/html")
    for endpoint in ENDPOINTS:
        assert f"<code>{PREFIX}{endpoint.path}</code>" in page.text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert "<script" not in page.text
