"""The Messenger adapter's talk with the Graph API, and Meta's check of the webhook URL."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from hub.channels.facebook import subscription
from hub.channels.facebook.adapter import FacebookAdapter
from hub.errors import Invalid, Unavailable
from hub.types import HealthState, JsonObject, SenderProfile, WebhookRequest
from tests.fixtures.facebook.kit import KIT

ROOT = "https://graph.facebook.com/v26.0"
PAGE = KIT.sender.address
TOKEN = str(KIT.sender.credentials["page_access_token"])
CREDENTIALS = {"page_id": PAGE, "page_access_token": TOKEN}
EXPIRED = httpx.Response(400, json={"error": {"message": "expired", "code": 190, "error_subcode": 463}})


APP = "880000000000001"
NEEDED = ["pages_messaging", "pages_manage_metadata"]


def told(**changes: Any) -> httpx.Response:
    """What Meta says of a token: a good one, changed."""
    granular = [{"scope": scope, "target_ids": [PAGE]} for scope in NEEDED]
    facts = {"app_id": APP, "type": "PAGE", "is_valid": True, "profile_id": PAGE, "user_id": "3001", "scopes": NEEDED}
    return httpx.Response(200, json={"data": {**facts, "granular_scopes": granular, **changes}})


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{ROOT}/me").mock(return_value=httpx.Response(200, json={"id": PAGE, "name": "Lindenhof"}))
        router.get(f"{ROOT}/debug_token").mock(return_value=told())
        yield router


@pytest.fixture
def adapter() -> FacebookAdapter:
    return FacebookAdapter(KIT.context())


def challenge(**changes: str) -> WebhookRequest:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-token-of-the-fixtures", "hub.challenge": "1158201444"}
    named = {f"hub.{name}": value for name, value in changes.items()}
    return replace(KIT.make(b""), method="GET", query={**query, **named})


def test_the_right_verify_token_gets_the_bare_challenge_back(adapter: FacebookAdapter) -> None:
    answer = adapter.answer_challenge(challenge(), ())
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"1158201444")


@pytest.mark.parametrize("changes", [{"verify_token": "guess"}, {"verify_token": ""}, {"mode": "unsubscribe"}])
def test_a_wrong_verify_token_or_mode_is_refused(adapter: FacebookAdapter, changes: dict[str, str]) -> None:
    answer = adapter.answer_challenge(challenge(**changes), ())
    assert answer is not None
    assert answer.status == 403
    assert b"1158201444" not in answer.body


def test_a_notification_is_no_challenge(adapter: FacebookAdapter) -> None:
    assert adapter.answer_challenge(KIT.signed("text"), KIT.secrets) is None


def test_a_batch_is_cut_into_items_that_remember_their_envelope(adapter: FacebookAdapter) -> None:
    events = adapter.split(KIT.signed("batch_of_two_pages"))
    bodies = [json.loads(event.body) for event in events]
    assert [event.address for event in events] == [PAGE, PAGE, "110000000000002", PAGE]
    assert {frozenset(body) for body in bodies} == {frozenset({"item", "entry_time", "envelope_sha256"})}
    assert len({body["envelope_sha256"] for body in bodies}) == 1


def test_a_missing_setting_is_named(adapter: FacebookAdapter) -> None:
    context = KIT.context()
    bare = context.settings.model_copy(update={"facebook_app_id": ""})
    assert FacebookAdapter(replace(context, settings=bare)).missing_settings() == ("HUB_FACEBOOK_APP_ID",)
    assert adapter.missing_settings() == ()


def test_a_token_tells_whose_page_it_is_and_stays_out_of_the_url(
    api: respx.MockRouter, adapter: FacebookAdapter
) -> None:
    assert asyncio.run(adapter.identify(CREDENTIALS)) == SenderProfile(PAGE, "Lindenhof", {"connected_by": "3001"})
    request = api.calls.last.request
    assert TOKEN not in str(request.url)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert len(request.url.params["appsecret_proof"]) == 64


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"page_id": PAGE},
        {"page_id": "../me", "page_access_token": TOKEN},
        {"page_id": PAGE, "page_access_token": 7},
    ],
)
def test_credentials_that_cannot_be_right_are_invalid_without_a_call(
    api: respx.MockRouter, adapter: FacebookAdapter, credentials: JsonObject
) -> None:
    with pytest.raises(Invalid):
        asyncio.run(adapter.identify(credentials))
    assert not api.calls


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"is_valid": False}, "no longer valid"),
        ({"app_id": "1"}, "another app"),
        ({"profile_id": "999"}, "same page"),
        ({"scopes": ["pages_messaging"], "granular_scopes": []}, "lacks pages_manage_metadata"),
        ({"granular_scopes": [{"scope": "pages_messaging", "target_ids": ["999"]}]}, "lacks pages_messaging"),
        ({"scopes": [], "granular_scopes": []}, "lacks pages_messaging and pages_manage_metadata"),
    ],
)
def test_a_pasted_token_is_refused_for_its_reason_with_the_mend(
    api: respx.MockRouter, adapter: FacebookAdapter, facts: JsonObject, words: str
) -> None:
    api.get(f"{ROOT}/debug_token").mock(return_value=told(**facts))
    with pytest.raises(Invalid, match=words) as caught:
        asyncio.run(adapter.identify(CREDENTIALS))
    assert TOKEN not in repr(caught.value)


def test_a_scope_that_is_granted_for_all_pages_will_do(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    api.get(f"{ROOT}/debug_token").mock(return_value=told(granular_scopes=[{"scope": each} for each in NEEDED]))
    assert asyncio.run(adapter.identify(CREDENTIALS)).address == PAGE


@pytest.mark.parametrize(
    ("answer", "page", "words"),
    [
        (EXPIRED, PAGE, "refuses the page's token"),
        (httpx.Response(200, json={"id": "999", "name": "Other"}), PAGE, "same page"),
        (httpx.Response(200, json={"id": "3001", "name": "Anna"}), "", "no token of a page"),
    ],
)
def test_a_token_that_speaks_for_another_page_or_nobody_is_invalid(
    api: respx.MockRouter, adapter: FacebookAdapter, answer: httpx.Response, page: str, words: str
) -> None:
    api.get(f"{ROOT}/debug_token").mock(return_value=told(profile_id=page))
    api.get(f"{ROOT}/me").mock(return_value=answer)
    with pytest.raises(Invalid, match=words) as caught:
        asyncio.run(adapter.identify(CREDENTIALS))
    assert TOKEN not in repr(caught.value)


def test_an_unreachable_meta_is_asked_three_times_and_then_unavailable(
    api: respx.MockRouter, adapter: FacebookAdapter
) -> None:
    route = api.get(f"{ROOT}/debug_token").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(Unavailable):
        asyncio.run(adapter.identify(CREDENTIALS))
    assert route.call_count == 3


def test_setup_subscribes_the_page_to_every_event_we_read(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    route = api.post(f"{ROOT}/{PAGE}/subscribed_apps").mock(return_value=httpx.Response(200, json={"success": True}))
    asyncio.run(adapter.setup(KIT.sender))
    fields = json.loads(route.calls.last.request.content)["subscribed_fields"].split(",")
    assert {"messages", "message_echoes", "messaging_policy_enforcement", "business_integrity"} <= set(fields)


def subscribed(app: str, fields: list[str]) -> httpx.Response:
    return httpx.Response(200, json={"data": [{"id": app, "name": "Hub", "subscribed_fields": fields}]})


@pytest.mark.parametrize(
    ("app", "missing", "state"),
    [
        ("880000000000001", "", HealthState.OK),
        ("880000000000001", "message_reads", HealthState.BROKEN),
        ("1", "", HealthState.BROKEN),
    ],
)
def test_health_looks_at_the_subscription(
    api: respx.MockRouter, adapter: FacebookAdapter, app: str, missing: str, state: HealthState
) -> None:
    set_up = api.post(f"{ROOT}/{PAGE}/subscribed_apps").mock(return_value=httpx.Response(200, json={"success": True}))
    asyncio.run(adapter.setup(KIT.sender))
    fields = json.loads(set_up.calls.last.request.content)["subscribed_fields"].split(",")
    api.get(f"{ROOT}/{PAGE}/subscribed_apps").mock(return_value=subscribed(app, [f for f in fields if f != missing]))
    assert asyncio.run(adapter.health(KIT.sender)).state is state


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (EXPIRED, HealthState.BROKEN),
        (httpx.Response(200, json={"id": "999"}), HealthState.BROKEN),
        (httpx.Response(500, json={"error": {"code": 2}}), HealthState.UNKNOWN),
        (httpx.Response(200, text="<html>"), HealthState.UNKNOWN),
    ],
)
def test_health_never_raises(api: respx.MockRouter, adapter: FacebookAdapter, answer: Any, state: HealthState) -> None:
    api.get(f"{ROOT}/me").mock(return_value=answer)
    assert asyncio.run(adapter.health(KIT.sender)).state is state


def test_health_says_what_a_token_lacks(api: respx.MockRouter, adapter: FacebookAdapter) -> None:
    api.get(f"{ROOT}/debug_token").mock(return_value=told(scopes=["pages_messaging"], granular_scopes=[]))
    found = asyncio.run(adapter.health(KIT.sender))
    assert found.state is HealthState.BROKEN
    assert "pages_manage_metadata" in found.problems[0]


@pytest.mark.parametrize("kept", [[], ["messages"]])
def test_recovery_subscribes_a_page_again_that_meta_dropped(
    api: respx.MockRouter, adapter: FacebookAdapter, kept: list[str]
) -> None:
    edge = f"{ROOT}/{PAGE}/subscribed_apps"
    api.get(edge).mock(return_value=subscribed(APP, kept))
    made = api.post(edge).mock(return_value=httpx.Response(200, json={"success": True}))
    assert asyncio.run(adapter.recover(KIT.sender, datetime(2026, 11, 20, tzinfo=UTC))) == []
    assert made.call_count == 1


def test_recovery_leaves_a_whole_subscription_and_a_refusing_page_alone(
    api: respx.MockRouter, adapter: FacebookAdapter
) -> None:
    edge = f"{ROOT}/{PAGE}/subscribed_apps"
    made = api.post(edge).mock(return_value=httpx.Response(200, json={"success": True}))
    for answer in (subscribed(APP, list(subscription.FIELDS)), EXPIRED):
        api.get(edge).mock(return_value=answer)
        assert asyncio.run(adapter.recover(KIT.sender, datetime(2026, 11, 20, tzinfo=UTC))) == []
    assert made.call_count == 0
