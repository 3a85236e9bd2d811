"""What each platform is answered, and that nothing is acknowledged that is not stored."""

import json
from collections.abc import AsyncIterator

import pytest

from hub.wiring import Services
from tests.intake.kit import Calls, counted, held, kept_of, posted, rows, statuses
from tests.line import (
    mail,
    messenger_batch,
    post_mailgun,
    post_meta,
    post_mime,
    post_telegram,
    post_twilio,
    sms_fields,
    telegram_update,
)
from tests.world import Channel, Organization

PAGE = "110000000000001"
NUMBER = "+4915228895456"
MESSAGES = "/webhooks/twilio/messages"
MAILGUN_TOKEN = "c0ffee" + "5" * 44


def every_platform(services: Services, bot: Channel, mailbox: Channel) -> dict[str, Calls]:
    """One genuine call of each platform."""
    now = int(services.clock().timestamp())
    return {
        "telegram": lambda client: post_telegram(client, bot, telegram_update(1, "Hello")),
        "meta": lambda client: post_meta(client, messenger_batch((PAGE, [("m_1", "Hello")]))),
        "twilio": lambda client: post_twilio(client, sms_fields(NUMBER, "SM1")),
        "mail server": lambda client: post_mime(client, mailbox.intake_token, mail("1@example.com")),
        "mailgun": lambda client: post_mailgun(client, mail("2@example.com"), MAILGUN_TOKEN, now),
    }


def forged(services: Services, bot: Channel) -> dict[str, Calls]:
    """The same with a wrong secret."""
    now = int(services.clock().timestamp())
    wrong = Channel(bot.id, bot.sender_id, bot.address, "not the secret", "")
    return {
        "telegram": lambda client: post_telegram(client, wrong, telegram_update(1, "Hello")),
        "meta": lambda client: post_meta(client, messenger_batch((PAGE, [("m_1", "Hello")])), "not the secret"),
        "twilio": lambda client: post_twilio(client, sms_fields(NUMBER, "SM1"), "not the secret"),
        "mail server": lambda client: post_mime(client, "not the token", mail("1@example.com")),
        "mailgun": lambda client: post_mailgun(client, mail("2@example.com"), MAILGUN_TOKEN, now, "not the key"),
    }


@pytest.mark.usefixtures("page", "number")
def test_each_platform_gets_its_answer_once_the_event_is_in_the_journal(
    services: Services, org: Organization, bot: Channel, mailbox: Channel
) -> None:
    answers = posted(services, *every_platform(services, bot, mailbox).values())
    assert [answer.status_code for answer in answers] == [200] * 5
    assert (answers[2].text, answers[2].headers["content-type"].partition(";")[0]) == ("<Response/>", "text/xml")
    assert counted(services, org.actor) == {"received": 5, "pending": 5}


@pytest.mark.usefixtures("page", "number", "mailbox")
def test_a_forged_call_is_refused_and_kept_in_quarantine(services: Services, org: Organization, bot: Channel) -> None:
    calls = forged(services, bot)
    assert dict(zip(calls, statuses(services, *calls.values()), strict=True)) == {
        "telegram": 403,
        "meta": 403,
        "twilio": 403,
        "mail server": 403,
        "mailgun": 406,
    }
    assert rows(services) == []
    assert [(each.kind, each.genuine) for each in held(services)] == [
        ("telegram", False),
        ("facebook", False),
        ("whatsapp", False),
        ("email", False),
        ("email", False),
    ]
    assert counted(services, None) == {"quarantined": 5}
    # Telegram's URL names the channel, so its people see the refused call in their count
    assert counted(services, org.actor) == {"quarantined": 1}


@pytest.mark.usefixtures("page", "number")
def test_a_repeated_call_is_answered_like_the_first(
    services: Services, org: Organization, bot: Channel, mailbox: Channel
) -> None:
    calls = [call for call in every_platform(services, bot, mailbox).values() for _ in range(2)]
    assert statuses(services, *calls) == [200] * 10
    assert counted(services, org.actor) == {"received": 10, "pending": 5, "duplicates": 5}


@pytest.mark.parametrize("channel_id", ["01HZZZZZZZZZZZZZZZZZZZZZZZ", "%00", "%ED%A0%80", "x" * 3000, "%F0%9F%98%80"])
def test_a_channel_that_does_not_exist_is_answered_404_and_kept(services: Services, channel_id: str) -> None:
    url = f"/webhooks/telegram/{channel_id}?source=%00"
    assert statuses(services, lambda client: client.post(url, content=b'{"update_id":1}')) == [404]
    [kept] = held(services)
    assert (kept.genuine, kept_of(services, kept)[1]) == (False, b'{"update_id":1}')


@pytest.mark.usefixtures("page", "number")
def test_a_genuine_call_for_somebody_we_do_not_know_is_acknowledged_and_held(services: Services) -> None:
    calls: list[Calls] = [
        lambda client: post_meta(client, messenger_batch(("990000000000009", [("m_1", "Hello")]))),
        lambda client: post_twilio(client, sms_fields("+4915200000000", "SM1")),
    ]
    assert statuses(services, *calls) == [200, 200]
    assert [(each.genuine, each.addresses) for each in held(services)] == [
        (True, ["990000000000009"]),
        (True, ["+4915200000000"]),
    ]
    assert rows(services) == []


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/webhooks/telegram/{bot}", 1 << 20),
        ("/webhooks/facebook", 1 << 20),
        (MESSAGES, 1 << 20),
        ("/webhooks/twilio/status", 1 << 20),
        ("/webhooks/twilio/voice", 1 << 20),
        ("/webhooks/email/mailgun", 40 << 20),
        ("/webhooks/email/mime", 40 << 20),
    ],
)
def test_a_body_over_the_limit_is_refused_and_nothing_of_it_is_kept(
    services: Services, bot: Channel, path: str, limit: int
) -> None:
    url = path.format(bot=bot.id)
    headers = {"content-length": str(limit + 1), "x-telegram-bot-api-secret-token": bot.webhook_secret}
    assert statuses(services, lambda client: client.post(url, content=b"short", headers=headers)) == [413]
    assert (rows(services), held(services)) == ([], [])


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(services: Services, bot: Channel) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (1 << 16)

    headers = {"x-telegram-bot-api-secret-token": bot.webhook_secret}
    url = f"/webhooks/telegram/{bot.id}"
    assert statuses(services, lambda client: client.post(url, content=pieces(), headers=headers)) == [413]
    assert (rows(services), held(services)) == ([], [])


def test_metas_check_of_the_url_is_answered_with_its_challenge_only(services: Services) -> None:
    def check(token: str) -> Calls:
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
        return lambda client: client.get("/webhooks/facebook", params=query)

    right, wrong = posted(services, check("verify-token-for-tests"), check("another"))
    assert (right.status_code, right.text) == (200, "1158201444")
    assert (wrong.status_code, "1158201444" in wrong.text) == (403, False)


def test_secrets_are_not_kept_beside_the_event(services: Services, bot: Channel, mailbox: Channel) -> None:
    calls: list[Calls] = [
        lambda client: post_telegram(client, bot, telegram_update(1, "Hello")),
        lambda client: post_mime(client, mailbox.intake_token, mail("1@example.com")),
        lambda client: post_mime(client, "a wrong token", mail("2@example.com")),
    ]
    assert statuses(services, *calls) == [200, 200, 403]
    stored = [(each.request.about, each.request.body) for each in held(services)]
    kept = json.dumps([row.headers for row in rows(services)]) + repr(stored)
    assert kept.count("sha256:") == 2
    assert not any(secret in kept for secret in (bot.webhook_secret, mailbox.intake_token, "a wrong token"))
