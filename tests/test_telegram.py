"""The Telegram adapter's talk with the Bot API: connecting, setting up, probing and polling."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from hub.channels.telegram.adapter import TelegramAdapter
from hub.channels.telegram.parse import ALLOWED_UPDATES
from hub.errors import Invalid, Unavailable
from hub.types import HealthState, JournalEvent, MessageReceived, Secret, Sender, SenderProfile, Text
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.telegram.kit import KIT

TOKEN = str(KIT.sender.credentials["bot_token"])
ROOT = f"https://api.telegram.org/bot{TOKEN}"
POLLING = replace(KIT.sender, credentials={**KIT.sender.credentials, "delivery": Secret("polling")})
URL = "https://hub.example.org/webhooks/telegram/CHANNEL1"
ME = {"id": 7300000001, "is_bot": True, "first_name": "Lindenhof", "username": "lindenhof_support_bot"}


def ok(result: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": result})


def refused(status: int, description: str) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error_code": status, "description": description})


def info(**changes: Any) -> httpx.Response:
    plain = {"url": URL, "has_custom_certificate": False, "pending_update_count": 0}
    return ok({**plain, "allowed_updates": list(ALLOWED_UPDATES), **changes})


def form(request: httpx.Request) -> dict[str, str]:
    return dict(httpx.QueryParams(request.content.decode()))


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{ROOT}/getMe").mock(return_value=ok(ME))
        yield router


@pytest.fixture
def adapter() -> TelegramAdapter:
    return TelegramAdapter(KIT.context())


def test_a_token_tells_whose_bot_it_is(api: respx.MockRouter, adapter: TelegramAdapter) -> None:
    found = asyncio.run(adapter.identify({"bot_token": f" {TOKEN}\n"}))
    assert found == SenderProfile("7300000001", "@lindenhof_support_bot")


@pytest.mark.parametrize("credentials", [{}, {"bot_token": ""}, {"bot_token": 7}, {"bot_token": None}])
def test_a_missing_token_is_invalid_without_a_call(
    api: respx.MockRouter, adapter: TelegramAdapter, credentials: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        asyncio.run(adapter.identify(credentials))
    assert not api.calls


@pytest.mark.parametrize("status", [401, 404])
def test_a_refused_token_is_invalid_and_not_told(api: respx.MockRouter, adapter: TelegramAdapter, status: int) -> None:
    api.post(f"{ROOT}/getMe").mock(return_value=refused(status, "Unauthorized"))
    with pytest.raises(Invalid) as caught:
        asyncio.run(adapter.identify({"bot_token": TOKEN}))
    assert TOKEN not in f"{caught.value!r} {caught.value.detail}"


def test_an_unreachable_telegram_is_asked_three_times_and_then_unavailable(
    api: respx.MockRouter, adapter: TelegramAdapter
) -> None:
    route = api.post(f"{ROOT}/getMe").mock(side_effect=httpx.ConnectError("down"))
    with pytest.raises(Unavailable):
        asyncio.run(adapter.identify({"bot_token": TOKEN}))
    assert route.call_count == 3


def test_setup_sets_our_url_secret_and_updates_and_never_drops_what_waits(
    api: respx.MockRouter, adapter: TelegramAdapter
) -> None:
    route = api.post(f"{ROOT}/setWebhook").mock(return_value=ok(True))
    asyncio.run(adapter.setup(KIT.sender))
    sent = form(route.calls.last.request)
    assert json.loads(sent.pop("allowed_updates")) == list(ALLOWED_UPDATES)
    assert sent == {"url": URL, "secret_token": KIT.sender.credentials["webhook_secret"]}


def test_setup_of_a_polling_channel_removes_the_webhook_and_keeps_what_waits(
    api: respx.MockRouter, adapter: TelegramAdapter
) -> None:
    route = api.post(f"{ROOT}/deleteWebhook").mock(return_value=ok(True))
    asyncio.run(adapter.setup(POLLING))
    assert form(route.calls.last.request) == {}


def test_a_refused_webhook_address_names_the_setting_to_mend(api: respx.MockRouter, adapter: TelegramAdapter) -> None:
    route = api.post(f"{ROOT}/setWebhook").mock(
        return_value=refused(400, "Bad Request: bad webhook: HTTPS url must be provided")
    )
    with pytest.raises(Invalid, match="HUB_PUBLIC_URL"):
        asyncio.run(adapter.setup(KIT.sender))
    assert route.call_count == 1


def test_a_bot_that_points_at_us_is_healthy(api: respx.MockRouter, adapter: TelegramAdapter) -> None:
    api.post(f"{ROOT}/getWebhookInfo").mock(return_value=info())
    assert asyncio.run(adapter.health(KIT.sender)).state is HealthState.OK


@pytest.mark.parametrize(
    ("sender", "changes", "words"),
    [
        (KIT.sender, {"url": "https://elsewhere.example/hook"}, "points elsewhere"),
        (POLLING, {}, "points elsewhere"),
        (KIT.sender, {"url": ""}, "no webhook"),
        (KIT.sender, {"pending_update_count": 4, "last_error_message": "Connection refused"}, "Connection refused"),
        (KIT.sender, {"allowed_updates": ["message"]}, "every kind of update"),
    ],
)
def test_health_names_what_is_wrong_with_the_webhook(
    api: respx.MockRouter, adapter: TelegramAdapter, sender: Sender, changes: dict[str, Any], words: str
) -> None:
    api.post(f"{ROOT}/getWebhookInfo").mock(return_value=info(**changes))
    found = asyncio.run(adapter.health(sender))
    assert found.state is HealthState.BROKEN
    assert words in found.problems[0]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (refused(401, "Unauthorized"), HealthState.BROKEN),
        (refused(500, "Internal Server Error"), HealthState.UNKNOWN),
        (httpx.Response(200, text="<html>"), HealthState.UNKNOWN),
        (httpx.Response(200, json={"ok": True}), HealthState.UNKNOWN),
    ],
)
def test_health_never_raises(
    api: respx.MockRouter, adapter: TelegramAdapter, answer: httpx.Response, state: HealthState
) -> None:
    api.post(f"{ROOT}/getMe").mock(return_value=answer)
    assert asyncio.run(adapter.health(KIT.sender)).state is state


def test_a_poll_brings_events_like_webhooks_and_the_next_cursor(
    api: respx.MockRouter, adapter: TelegramAdapter
) -> None:
    update = json.loads(KIT.request("text").body)
    route = api.post(url__startswith=f"{ROOT}/getUpdates").mock(return_value=ok([update, {"no": "id"}]))
    polled = asyncio.run(adapter.poll(POLLING, "81200441"))
    assert dict(route.calls.last.request.url.params) == {"timeout": "0", "limit": "100", "offset": "81200441"}
    assert polled.cursor == "81200442"
    assert [event.unreadable is None for event in polled.events] == [True, False]
    [message] = adapter.parse(JournalEvent(polled.events[0].key, {}, polled.events[0].body, RECEIVED_AT), POLLING)
    assert isinstance(message, MessageReceived)
    assert message.parts == (Text(update["message"]["text"]),)


def test_an_empty_poll_keeps_its_cursor_and_the_first_asks_without_one(
    api: respx.MockRouter, adapter: TelegramAdapter
) -> None:
    route = api.post(url__startswith=f"{ROOT}/getUpdates").mock(return_value=ok([]))
    assert asyncio.run(adapter.poll(POLLING, "")).cursor == ""
    assert "offset" not in route.calls.last.request.url.params
