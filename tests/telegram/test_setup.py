"""The Telegram adapter's talk with the Bot API: connecting, setting up, probing, mending and polling."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from hub.channels.base import Adapter
from hub.channels.http import HttpFactory
from hub.channels.telegram.parse import ALLOWED_UPDATES
from hub.errors import Invalid, Unavailable
from hub.types import Health, HealthState, JournalEvent, MessageReceived, Secret, Sender, SenderProfile, Text
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.telegram.kit import KIT
from tests.telegram.bot_api import ROOT, TOKEN, form, ok, refused

POLLING = replace(KIT.sender, credentials={**KIT.sender.credentials, "delivery": Secret("polling")})
URL = "https://hub.example.org/webhooks/telegram/CHANNEL1"


def info(**changes: Any) -> httpx.Response:
    plain = {"url": URL, "has_custom_certificate": False, "pending_update_count": 0}
    return ok({**plain, "allowed_updates": list(ALLOWED_UPDATES), **changes})


def test_a_token_tells_whose_bot_it_is(api: respx.MockRouter, adapter: Adapter) -> None:
    found = asyncio.run(adapter.identify({"bot_token": f" {TOKEN}\n"}))
    assert found == SenderProfile("7300000001", "@lindenhof_support_bot")


@pytest.mark.parametrize("credentials", [{}, {"bot_token": ""}, {"bot_token": 7}, {"bot_token": None}])
def test_a_missing_token_is_invalid_without_a_call(
    api: respx.MockRouter, adapter: Adapter, credentials: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        asyncio.run(adapter.identify(credentials))
    assert not api.calls


@pytest.mark.parametrize("status", [401, 404])
def test_a_refused_token_is_invalid_and_not_told(api: respx.MockRouter, adapter: Adapter, status: int) -> None:
    api.post(f"{ROOT}/getMe").mock(return_value=refused(status, "Unauthorized"))
    with pytest.raises(Invalid) as caught:
        asyncio.run(adapter.identify({"bot_token": TOKEN}))
    assert TOKEN not in f"{caught.value!r} {caught.value.detail}"


def test_an_unreachable_telegram_is_asked_three_times_and_then_unavailable(
    api: respx.MockRouter, adapter: Adapter
) -> None:
    route = api.post(f"{ROOT}/getMe").mock(side_effect=httpx.ConnectError("down"))
    with pytest.raises(Unavailable):
        asyncio.run(adapter.identify({"bot_token": TOKEN}))
    assert route.call_count == 3


def test_setup_sets_our_url_secret_and_updates_and_never_drops_what_waits(
    api: respx.MockRouter, adapter: Adapter
) -> None:
    route = api.post(f"{ROOT}/setWebhook").mock(return_value=ok(True))
    asyncio.run(adapter.setup(KIT.sender))
    sent = form(route.calls.last.request)
    assert json.loads(sent.pop("allowed_updates")) == list(ALLOWED_UPDATES)
    assert sent == {"url": URL, "secret_token": KIT.sender.credentials["webhook_secret"]}


def test_setup_of_a_polling_channel_removes_the_webhook_and_keeps_what_waits(
    api: respx.MockRouter, adapter: Adapter
) -> None:
    route = api.post(f"{ROOT}/deleteWebhook").mock(return_value=ok(True))
    asyncio.run(adapter.setup(POLLING))
    assert form(route.calls.last.request) == {}


def test_a_refused_webhook_address_names_the_setting_to_mend(api: respx.MockRouter, adapter: Adapter) -> None:
    route = api.post(f"{ROOT}/setWebhook").mock(
        return_value=refused(400, "Bad Request: bad webhook: HTTPS url must be provided")
    )
    with pytest.raises(Invalid, match="HUB_PUBLIC_URL"):
        asyncio.run(adapter.setup(KIT.sender))
    assert route.call_count == 1


def test_a_bot_that_points_at_us_is_healthy(api: respx.MockRouter, adapter: Adapter) -> None:
    api.post(f"{ROOT}/getWebhookInfo").mock(return_value=info())
    assert asyncio.run(adapter.health(KIT.sender)).state is HealthState.OK


@pytest.mark.parametrize(
    ("sender", "changes", "words"),
    [
        (KIT.sender, {"url": "https://elsewhere.example/hook"}, "points elsewhere"),
        (POLLING, {}, "points elsewhere"),
        (KIT.sender, {"url": ""}, "no webhook"),
        (KIT.sender, {"pending_update_count": 4, "last_error_message": "Connection refused"}, "Connection refused"),
        (KIT.sender, {"pending_update_count": 400}, "400 updates wait"),
        (KIT.sender, {"allowed_updates": ["message"]}, "every kind of update"),
    ],
)
def test_health_names_what_is_wrong_with_the_webhook(
    api: respx.MockRouter, adapter: Adapter, sender: Sender, changes: dict[str, Any], words: str
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
    api: respx.MockRouter, adapter: Adapter, answer: httpx.Response, state: HealthState
) -> None:
    api.post(f"{ROOT}/getMe").mock(return_value=answer)
    assert asyncio.run(adapter.health(KIT.sender)).state is state


@pytest.mark.parametrize(
    "lost", [{"url": ""}, {"url": "https://elsewhere.example/hook"}, {"allowed_updates": ["poll"]}]
)
def test_recovering_sets_a_lost_webhook_again_without_dropping_what_waits(
    api: respx.MockRouter, adapter: Adapter, lost: dict[str, Any]
) -> None:
    api.post(f"{ROOT}/getWebhookInfo").mock(return_value=info(**lost))
    route = api.post(f"{ROOT}/setWebhook").mock(return_value=ok(True))
    assert asyncio.run(adapter.recover(KIT.sender, RECEIVED_AT)) == []
    sent = form(route.calls.last.request)
    assert sent["url"] == URL
    assert "drop_pending_updates" not in sent


@pytest.mark.parametrize(("sender", "changes"), [(KIT.sender, {}), (POLLING, {"url": ""})])
def test_recovering_leaves_a_webhook_alone_that_stands_as_it_should(
    api: respx.MockRouter, adapter: Adapter, sender: Sender, changes: dict[str, Any]
) -> None:
    api.post(f"{ROOT}/getWebhookInfo").mock(return_value=info(**changes))
    route = api.post(f"{ROOT}/setWebhook").mock(return_value=ok(True))
    assert asyncio.run(adapter.recover(sender, RECEIVED_AT)) == []
    assert not route.called


class CountingFactory(HttpFactory):
    """Counts the connection pools it was asked for."""

    pools = 0

    def transport(self) -> httpx.AsyncHTTPTransport:
        self.pools += 1
        return super().transport()


def test_calls_within_open_share_their_connections_and_those_outside_do_not(api: respx.MockRouter) -> None:
    api.post(f"{ROOT}/getWebhookInfo").mock(return_value=info())
    context = KIT.context()
    http = CountingFactory(context.http.egress)
    adapter = type(KIT.build())(replace(context, http=http))

    async def probe_within_and_without() -> list[Health]:
        async with adapter.open():
            within = await asyncio.gather(adapter.health(KIT.sender), adapter.health(KIT.sender))
        return [*within, await adapter.health(KIT.sender)]

    assert [found.state for found in asyncio.run(probe_within_and_without())] == [HealthState.OK] * 3
    assert http.pools == 2


def test_a_poll_brings_events_like_webhooks_and_the_next_cursor(api: respx.MockRouter, adapter: Adapter) -> None:
    update = json.loads(KIT.request("text").body)
    route = api.post(url__startswith=f"{ROOT}/getUpdates").mock(return_value=ok([update, {"no": "id"}]))
    polled = asyncio.run(adapter.poll(POLLING, "81200441"))
    assert dict(route.calls.last.request.url.params) == {"timeout": "0", "limit": "100", "offset": "81200441"}
    assert polled.cursor == "81200442"
    assert [event.unreadable is None for event in polled.events] == [True, False]
    [message] = adapter.parse(JournalEvent(polled.events[0].key, {}, polled.events[0].body, RECEIVED_AT), POLLING)
    assert isinstance(message, MessageReceived)
    assert message.parts == (Text(update["message"]["text"]),)


def test_an_empty_poll_keeps_its_cursor_and_the_first_asks_without_one(api: respx.MockRouter, adapter: Adapter) -> None:
    route = api.post(url__startswith=f"{ROOT}/getUpdates").mock(return_value=ok([]))
    assert asyncio.run(adapter.poll(POLLING, "")).cursor == ""
    assert "offset" not in route.calls.last.request.url.params
