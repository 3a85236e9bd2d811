"""Looks at senders of every kind: what they tell ban detection, and that its table knows every word of it.

Those at Twilio stand in tests/twilio/test_looks.py.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx
from aiosmtplib import SMTPAuthenticationError

from hub.channels.email.errors import RelayFailed, Stage
from hub.channels.email.looking import of_relays
from hub.channels.facebook import subscription
from hub.channels.looking import Eye
from hub.channels.telegram.parse import ALLOWED_UPDATES
from hub.types.bans import DriftKind, Look
from hub.types.numbers import Quality
from tests.conformance.kit import RECEIVED_AT, Kit, load
from tests.fixtures.email.kit import KIT as MAIL
from tests.fixtures.email.kit import email_adapter
from tests.fixtures.email.smtp_wire import CLOSE, ScriptedRelay

TELEGRAM, FACEBOOK = load("telegram"), load("facebook")
BOT = f"https://api.telegram.org/bot{TELEGRAM.sender.credentials['bot_token']}"
GRAPH = "https://graph.facebook.com/v26.0"
PAGE = FACEBOOK.sender.address


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    """A bot and a page that are well."""
    with respx.mock(assert_all_called=False) as router:
        me = {"id": 7300000001, "is_bot": True, "first_name": "L", "username": "l_bot"}
        router.post(f"{BOT}/getMe").respond(json={"ok": True, "result": me})
        hook = {"url": "https://hub.example.org/webhooks/telegram/CHANNEL1", "has_custom_certificate": False}
        hook |= {"pending_update_count": 0, "allowed_updates": list(ALLOWED_UPDATES)}
        router.post(f"{BOT}/getWebhookInfo").respond(json={"ok": True, "result": hook})
        router.get(f"{GRAPH}/me").respond(json={"id": PAGE})
        router.get(f"{GRAPH}/debug_token").respond(json={"data": token()})
        app = {"id": "880000000000001", "subscribed_fields": list(subscription.FIELDS)}
        router.get(f"{GRAPH}/{PAGE}/subscribed_apps").respond(json={"data": [app]})
        yield router


def token(**changes: Any) -> dict[str, Any]:
    needed = ["pages_messaging", "pages_manage_metadata"]
    return {"app_id": "880000000000001", "is_valid": True, "profile_id": PAGE, "scopes": needed} | changes


def look(kit: Kit) -> Look:
    found = asyncio.run(kit.build().look(kit.sender, RECEIVED_AT))
    assert all(each.family == kit.build().signal_family and each.at == RECEIVED_AT for each in found.signals)
    return found


def told(found: Look) -> tuple[list[str], bool | None, str]:
    return [each.code for each in found.signals], found.online, found.health.state.value


def refused(status: int, **error: Any) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error_code": status, "description": "told", **error})


@pytest.mark.parametrize(("kit", "code"), [(TELEGRAM, "getMe/ok"), (FACEBOOK, "page/ok")])
def test_a_sender_that_is_well_says_so(wire: respx.MockRouter, kit: Kit, code: str) -> None:
    found = look(kit)
    assert told(found) == ([code], True, "ok")
    assert (found.drift, found.quality, found.daily_limit) == ((), Quality.UNKNOWN, None)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused(401), (["getMe/401"], False, "broken")),
        (refused(404), (["getMe/401"], False, "broken")),
        (refused(400, description="Bad Request: FROZEN_METHOD_INVALID"), (["FROZEN_METHOD_INVALID"], False, "broken")),
        (refused(429, parameters={"retry_after": 7}), (["429"], None, "unknown")),
        (refused(502), (["502"], None, "unknown")),
        (httpx.Response(403, text="<html>"), (["timeout"], None, "unknown")),
        (httpx.ReadTimeout("slow"), (["timeout"], None, "unknown")),
    ],
)
def test_a_bot_is_looked_at(wire: respx.MockRouter, answer: Any, expected: tuple[list[str], bool, str]) -> None:
    wire.post(f"{BOT}/getMe").mock(side_effect=[answer] * 3)
    found = look(TELEGRAM)
    assert told(found) == expected
    if expected[0] == ["429"]:
        assert found.signals[0].until == RECEIVED_AT + timedelta(seconds=7)


@pytest.mark.parametrize(
    ("hook", "kind", "mended"),
    [
        ({"url": ""}, DriftKind.WEBHOOK, True),
        ({"url": "https://elsewhere.example/x"}, DriftKind.WEBHOOK, True),
        ({"allowed_updates": ["message"]}, DriftKind.SUBSCRIPTION, True),
        ({"pending_update_count": 4, "last_error_message": "refused"}, DriftKind.WEBHOOK, False),
    ],
)
def test_a_webhook_that_is_not_ours_is_drift_and_no_ban(
    wire: respx.MockRouter, hook: dict[str, Any], kind: DriftKind, mended: bool
) -> None:
    well = {"url": "https://hub.example.org/webhooks/telegram/CHANNEL1", "pending_update_count": 0}
    well |= {"has_custom_certificate": False, "allowed_updates": list(ALLOWED_UPDATES)}
    wire.post(f"{BOT}/getWebhookInfo").respond(json={"ok": True, "result": well | hook})
    found = look(TELEGRAM)
    assert told(found) == (["getMe/ok"], True, "broken")
    assert [(each.kind, each.mended_by_setup) for each in found.drift] == [(kind, mended)]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 190, "error_subcode": 460}, (["190/460"], False, "broken")),
        ({"code": 190, "error_subcode": 12345}, (["190/12345"], False, "broken")),
        ({"code": 10, "error_subcode": 99}, (["10"], False, "broken")),
        ({"code": 10, "error_subcode": 1893063}, (["10/1893063"], False, "broken")),
        ({"code": 368}, (["368"], False, "broken")),
        ({"code": 613}, (["613"], None, "unknown")),
        ({"code": 2}, (["timeout"], None, "unknown")),
        ({"code": 99999}, (["timeout"], None, "unknown")),
    ],
)
def test_a_page_is_looked_at(
    wire: respx.MockRouter, error: dict[str, int], expected: tuple[list[str], bool, str]
) -> None:
    wire.get(f"{GRAPH}/me").respond(400, json={"error": {"message": "told", **error}})
    assert told(look(FACEBOOK)) == expected


@pytest.mark.parametrize(
    ("answer", "code"), [(httpx.Response(503, json={}), "503"), (httpx.ConnectError("down"), "timeout")]
)
def test_a_page_that_meta_does_not_answer_for_is_not_known(wire: respx.MockRouter, answer: Any, code: str) -> None:
    wire.get(f"{GRAPH}/me").mock(side_effect=[answer] * 3)
    assert told(look(FACEBOOK)) == ([code], None, "unknown")


@pytest.mark.parametrize(
    ("changes", "code", "kind"),
    [
        ({"is_valid": False}, "190", DriftKind.TOKEN),
        ({"app_id": "1"}, "190", DriftKind.TOKEN),
        ({"profile_id": "999"}, "190", DriftKind.TOKEN),
        ({"scopes": ["pages_messaging"]}, "10", DriftKind.PERMISSION),
    ],
)
def test_what_meta_says_of_the_token_counts_as_what_it_would_say_to_a_send(
    wire: respx.MockRouter, changes: dict[str, Any], code: str, kind: DriftKind
) -> None:
    wire.get(f"{GRAPH}/debug_token").respond(json={"data": token(**changes)})
    found = look(FACEBOOK)
    assert told(found) == ([code], False, "broken")
    assert [(each.kind, each.mended_by_setup) for each in found.drift] == [(kind, False)]


@pytest.mark.parametrize(
    ("sent", "kind"), [([], DriftKind.WEBHOOK), (list(subscription.FIELDS[1:]), DriftKind.SUBSCRIPTION)]
)
def test_a_page_that_sends_too_little_is_mended_by_setup(
    wire: respx.MockRouter, sent: list[str], kind: DriftKind
) -> None:
    app = {"id": "880000000000001", "subscribed_fields": sent}
    wire.get(f"{GRAPH}/{PAGE}/subscribed_apps").respond(json={"data": [app]})
    found = look(FACEBOOK)
    assert told(found) == (["page/ok"], True, "broken")
    assert [(each.kind, each.mended_by_setup) for each in found.drift] == [(kind, True)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, (["login/ok"], True, "ok")),
        ({"AUTH": "535 5.7.8 no"}, (["535 5.7.8"], False, "broken")),
        ({"AUTH": "454 4.7.0 later"}, (["timeout"], None, "broken")),
        ({"CONNECT": CLOSE}, (["timeout"], None, "broken")),
        ({"NOOP": "554 5.7.1 Account is disabled"}, (["554 5.7.1"], False, "broken")),
        ({"NOOP": "554 5.7.1 no"}, (["timeout"], None, "broken")),
    ],
)
def test_a_relay_is_looked_at(script: dict[str, str], expected: tuple[list[str], bool, str]) -> None:
    with ScriptedRelay(script) as relay:
        adapter = email_adapter(mail_primary_url=f"smtp://u:p@127.0.0.1:{relay.port}")
        assert told(asyncio.run(adapter.look(MAIL.sender, RECEIVED_AT))) == expected


def test_one_relay_that_takes_mail_is_enough_and_the_other_is_drift() -> None:
    failed = RelayFailed(Stage.AUTH, "HUB_MAIL_PRIMARY_URL", SMTPAuthenticationError(535, "5.7.8 no"))
    found = of_relays(Eye("mail", RECEIVED_AT), 2, [failed], [])
    assert told(found) == (["login/ok"], True, "broken")
    assert [each.kind for each in found.drift] == [DriftKind.TOKEN]
    assert "HUB_MAIL_PRIMARY_URL" in found.drift[0].words
