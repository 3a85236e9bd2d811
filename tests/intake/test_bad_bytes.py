"""Truncated, wrongly typed, empty and undecodable calls: kept, answered, and in nobody's way."""

import hashlib
from collections.abc import Awaitable
from urllib.parse import urlencode

import httpx
import pytest

from hub.wiring import Services
from tests.fixtures.twilio import signature_of
from tests.intake.kit import Calls, bodies, counted, held, kept_of, rows, states, statuses, through_the_door
from tests.line import (
    AUTH_TOKEN,
    TWILIO_URL,
    conversations_of,
    drain_all,
    post_meta,
    post_mime,
    post_telegram,
    said,
    sms_fields,
    telegram_update,
    thread_of,
)
from tests.world import Channel, Organization

NUMBER = "+4915228895456"
MESSAGES = "/webhooks/twilio/messages"


@pytest.mark.parametrize(
    "body", [b"", b'{"object":"page","entry":[{"id"', b"\xff\xfe\x00", b"[]", b"null", b"[" * 9000]
)
def test_what_meta_signed_but_nobody_can_read_is_acknowledged_and_counted(
    services: Services, org: Organization, body: bytes
) -> None:
    assert statuses(services, lambda client: post_meta(client, body)) == [200]
    assert counted(services, None) == {"received": 1, "unreadable": 1}
    assert counted(services, org.actor) == {}
    [kept] = held(services)
    assert (kept.state, kept_of(services, kept)[1]) == ("unreadable", body)


@pytest.mark.parametrize(
    "body", [b"", b'{"update_id":1,', b"\xff\xfe\x00", b"[]", b'{"update_id":"1"}', b'{"update_id":-1}', b"[" * 9000]
)
def test_what_a_bot_cannot_have_sent_is_acknowledged_and_listed_as_unreadable(
    services: Services, org: Organization, bot: Channel, body: bytes
) -> None:
    headers = {"x-telegram-bot-api-secret-token": bot.webhook_secret}
    url = f"/webhooks/telegram/{bot.id}"
    assert statuses(services, lambda client: client.post(url, content=body, headers=headers)) == [200]
    [row] = rows(services)
    assert (row.state, row.organization_id, bodies(services)) == ("unreadable", org.id, [body])
    assert counted(services, org.actor) == {"received": 1, "unreadable": 1}


@pytest.mark.parametrize(
    "message", [None, 7, "text", [], {"message_id": "x", "date": [], "chat": 3}, {"date": 10**30, "chat": {"id": {}}}]
)
def test_a_wrongly_typed_update_stops_nothing_behind_it(
    services: Services, org: Organization, bot: Channel, message: object
) -> None:
    odd = {"update_id": 1, "message": message}
    calls: list[Calls] = [
        lambda client: post_telegram(client, bot, odd),
        lambda client: post_telegram(client, bot, telegram_update(1, "Hello")),
    ]
    assert statuses(services, *calls) == [200, 200]
    drain_all(services, bot)
    assert states(services)[1] == ("9001", "handled")
    assert "pending" not in counted(services, org.actor)


@pytest.mark.usefixtures("number")
def test_a_text_message_that_is_not_utf8_is_acknowledged_and_listed(services: Services, org: Organization) -> None:
    body = urlencode(sms_fields(NUMBER, "SM1")).encode() + b"&Label=%FF"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signature_of(TWILIO_URL, body, AUTH_TOKEN),
    }
    assert statuses(services, lambda client: client.post(MESSAGES, content=body, headers=headers)) == [200]
    assert counted(services, org.actor) == {"received": 1, "unreadable": 1}


@pytest.mark.parametrize(
    "body", [b"", b"\xff\x00=%", b"a" * 5000, b'{"AccountSid":"\\u0000"}', b'{"AccountSid":"\\ud800"}']
)
@pytest.mark.parametrize("path", ["", "?bodySHA256=00"])
def test_a_call_that_is_no_form_of_twilios_is_refused(services: Services, body: bytes, path: str) -> None:
    assert statuses(services, lambda client: client.post(MESSAGES + path, content=body)) == [403]
    assert [kept_of(services, each)[1] for each in held(services)] == [body]


def test_a_nested_body_that_exhausts_a_json_reader_is_refused_like_any_other(services: Services) -> None:
    body = hashlib.sha256(b"[" * 100_000).hexdigest()

    def post(client: httpx.AsyncClient) -> Awaitable[httpx.Response]:
        return client.post(
            f"{MESSAGES}?bodySHA256={body}", content=b"[" * 100_000, headers={"x-twilio-signature": "x" * 28}
        )

    assert statuses(services, post) == [403]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe no mail at all", b"Message-ID: <a\x00b@example.com>\r\n\r\nHello"])
def test_any_bytes_a_mail_server_pipes_in_are_kept(
    services: Services, org: Organization, mailbox: Channel, raw: bytes
) -> None:
    assert statuses(services, lambda client: post_mime(client, mailbox.intake_token, raw)) == [200]
    drain_all(services, mailbox)
    assert counted(services, org.actor)["received"] == 1
    assert "pending" not in counted(services, org.actor)


def test_what_somebody_typed_that_looks_like_an_escape_is_kept_as_it_is(
    services: Services, org: Organization, bot: Channel
) -> None:
    """Six typed characters are no NUL; a real NUL, which PostgreSQL cannot keep, is dropped."""
    typed = "path C:\\u0000 and a real\x00 one, \\\\u0000 too"

    async def write(client: httpx.AsyncClient) -> httpx.Response:
        return await post_telegram(client, bot, telegram_update(1, typed))

    assert through_the_door(services, write).status_code == 200
    drain_all(services, bot)
    [conversation] = conversations_of(services, org.operator)
    [(_, text)] = said(thread_of(services, org.operator, conversation))
    assert text == typed.replace("\x00", "")
