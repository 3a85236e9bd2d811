"""The journal as the proof: one organization a row, each delivery counted, and `hub events` to look at it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col
from typer.testing import CliRunner

from hub import log
from hub.cli import app
from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.errors import NotFound
from hub.inbound import journal
from hub.types import EventState
from hub.wiring import Services
from tests.intake.kit import Calls, bodies, counted, held, rows, states, statuses
from tests.line import (
    conversations_of,
    drain_all,
    messenger_batch,
    post_meta,
    post_telegram,
    post_twilio,
    said,
    sms_fields,
    telegram_update,
    thread_of,
)
from tests.world import Channel, Organization, World

PAGE = "110000000000001"
OTHER_PAGE = "220000000000002"
UNKNOWN_PAGE = "990000000000009"


def test_a_batch_for_two_organizations_and_a_stranger_is_cut_so_that_no_row_holds_data_of_two(
    services: Services, org: Organization, page: Channel, world: World
) -> None:
    beta = world.organization("Beta")
    other = world.channel(beta, "facebook", OTHER_PAGE)
    batch = messenger_batch(
        (PAGE, [("m_1", "secret of Acme"), ("m_2", "more of Acme")]),
        (OTHER_PAGE, [("m_3", "secret of Beta")]),
        (UNKNOWN_PAGE, [("m_4", "nobody's")]),
    )
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    assert [(row.organization_id, row.sender_id, row.event_key) for row in rows(services)] == [
        (org.id, page.sender_id, "m:m_1"),
        (org.id, page.sender_id, "m:m_2"),
        (beta.id, other.sender_id, "m:m_3"),
    ]
    assert [b"Beta" in (body or b"") for body in bodies(services)] == [False, False, True]
    assert [b"Acme" in (body or b"") for body in bodies(services)] == [True, True, False]
    assert [each.addresses for each in held(services)] == [[UNKNOWN_PAGE]]
    assert counted(services, org.actor) == {"received": 2, "pending": 2}
    assert counted(services, beta.actor) == {"received": 1, "pending": 1}
    assert counted(services, None) == {"received": 3, "pending": 3, "quarantined": 1}
    assert journal.balance(services, org.actor, page.id).received == 2


def test_a_page_that_was_given_up_is_nobodys(services: Services, org: Organization, page: Channel) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        given_up = {"state": "released", "released_at": services.clock()}
        tx.execute(update(t.Sender).where(col(t.Sender.id) == page.sender_id).values(given_up))
    batch = messenger_batch((PAGE, [("m_1", "Hello")]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    assert (rows(services), len(held(services))) == ([], 1)
    assert counted(services, org.actor) == {}


def test_a_repeated_delivery_is_a_row_of_its_own_without_the_bytes_we_have(
    services: Services, org: Organization, bot: Channel
) -> None:
    update_ = telegram_update(1, "Hello")
    calls: list[Calls] = [lambda client: post_telegram(client, bot, update_)] * 3
    assert statuses(services, *calls) == [200] * 3
    first, *repeated = rows(services)
    assert json.loads(bodies(services)[0] or b"") == update_
    assert [(row.state, row.body, row.body_sha256) for row in repeated] == [("duplicate", None, first.body_sha256)] * 2
    drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 3, "handled": 1, "duplicates": 2}


def test_a_repeated_delivery_with_another_body_keeps_its_bytes_and_changes_nothing(
    services: Services, org: Organization, bot: Channel
) -> None:
    calls: list[Calls] = [
        lambda client: post_telegram(client, bot, telegram_update(1, "Hello")),
        lambda client: post_telegram(client, bot, telegram_update(1, "Hello, changed")),
    ]
    assert statuses(services, *calls) == [200, 200]
    assert [row.state for row in rows(services)] == ["pending", "duplicate"]
    assert [b"changed" in (body or b"") for body in bodies(services)] == [False, True]
    drain_all(services, bot)
    [conversation] = conversations_of(services, org.operator)
    assert said(thread_of(services, org.operator, conversation)) == [("inbound", "Hello")]


def test_two_equal_items_of_one_batch_are_one_event_and_one_duplicate(
    services: Services, org: Organization, page: Channel
) -> None:
    batch = messenger_batch((PAGE, [("m_1", "Hello"), ("m_1", "Hello"), ("m_2", "again")]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    drain_all(services, page)
    assert counted(services, org.actor) == {"received": 3, "handled": 2, "duplicates": 1}
    [conversation] = conversations_of(services, org.operator)
    assert [text for _, text in said(thread_of(services, org.operator, conversation))] == ["Hello", "again"]


def test_the_same_id_at_two_senders_is_two_events(services: Services, world: World, org: Organization) -> None:
    first = world.channel(org, "sms", "+4915228895456")
    second = world.channel(org, "sms", "+4915228895457")
    calls: list[Calls] = [
        lambda client: post_twilio(client, sms_fields(first.address, "SM1")),
        lambda client: post_twilio(client, sms_fields(second.address, "SM1")),
    ]
    assert statuses(services, *calls) == [200, 200]
    assert [(row.sender_id, row.state) for row in rows(services)] == [
        (first.sender_id, "pending"),
        (second.sender_id, "pending"),
    ]


def test_a_past_bot_still_receives_and_the_same_ids_at_the_new_one_are_messages_of_their_own(
    services: Services, org: Organization, bot: Channel, world: World
) -> None:
    new_bot = world.sender(org, bot.id, "telegram", "333444", {"bot_token": "333444:token-for-tests"})
    assert new_bot.id == bot.id
    calls: list[Calls] = [
        lambda client: post_telegram(client, bot, telegram_update(1, "to the old bot")),
        lambda client: post_telegram(client, new_bot, telegram_update(1, "to the new bot")),
    ]
    assert statuses(services, *calls) == [200, 200]
    assert [row.sender_id for row in rows(services)] == [bot.sender_id, new_bot.sender_id]
    drain_all(services, bot, new_bot)
    [conversation] = conversations_of(services, org.operator)
    thread = [m for m in thread_of(services, org.operator, conversation) if m.direction == "inbound"]
    assert sorted(m.text for m in thread) == ["to the new bot", "to the old bot"]
    assert {m.external_id for m in thread} == {"500:1"}


def test_a_message_from_the_future_takes_its_place_by_the_time_it_arrived(
    services: Services, org: Organization, bot: Channel
) -> None:
    before = services.clock()
    tomorrow = int((before + timedelta(days=1)).timestamp())
    calls: list[Calls] = [
        lambda client: post_telegram(client, bot, telegram_update(1, "dated tomorrow", date=tomorrow)),
        lambda client: post_telegram(client, bot, telegram_update(2, "dated last year", date=1_760_000_000)),
        lambda client: post_telegram(client, bot, telegram_update(3, "dated tomorrow, too", date=tomorrow)),
    ]
    assert statuses(services, *calls) == [200] * 3
    drain_all(services, bot)
    [conversation] = conversations_of(services, org.operator)
    thread = [m for m in thread_of(services, org.operator, conversation) if m.direction == "inbound"]
    assert [m.text for m in thread] == ["dated last year", "dated tomorrow", "dated tomorrow, too"]
    assert [m.position for m in thread[1:]] == [row.received_at for row in rows(services)[::2]]
    assert conversation.last_message_at is not None
    assert before <= conversation.last_message_at <= services.clock()


def test_events_are_listed_newest_first_page_by_page(services: Services, page: Channel) -> None:
    batch = messenger_batch((PAGE, [(f"m_{number}", "Hello") for number in range(5)]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    first = journal.list_events(services, EventState.PENDING, limit=3)
    second = journal.list_events(services, EventState.PENDING, limit=3, cursor=str(first[-1].id))
    assert [event.key for event in (*first, *second)] == [f"m:m_{number}" for number in (4, 3, 2, 1, 0)]
    with pytest.raises(NotFound):
        journal.show_event(services, 999_999)
    with pytest.raises(NotFound):
        journal.replay(services, 999_999)


def hub(services: Services, *arguments: str) -> str:
    """Run `hub events` on the same data directory; return what it printed."""
    settings = services.settings
    assert settings.secret_key
    environment = {
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_SECRET_KEY": settings.secret_key.get_secret_value(),
        "HUB_REDIS_URL": settings.redis_url or "",
        "HUB_DATABASE_URL": settings.database_url or "",
        "HUB_FACEBOOK_APP_SECRET": "app-secret-for-tests",
    }
    done = CliRunner(env=environment).invoke(app, ["events", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


def test_the_command_line_lists_shows_replays_and_releases(
    services: Services, org: Organization, bot: Channel, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the log of the process stays where it is; only the commands' own output is looked at
    monkeypatch.setattr(log, "configure", lambda _level: None)
    headers = {"x-telegram-bot-api-secret-token": bot.webhook_secret}
    calls: list[Calls] = [
        lambda client: client.post(f"/webhooks/telegram/{bot.id}", content=b"no JSON", headers=headers),
        lambda client: post_meta(client, messenger_batch((UNKNOWN_PAGE, [("m_1", "Hello")]))),
        lambda client: post_meta(client, b"no JSON either"),
    ]
    assert statuses(services, *calls) == [200] * 3
    [event] = rows(services)
    assert f"{event.id}  " in hub(services, "list", "--state", "unreadable")
    assert hub(services, "list", "--state", "failed") == ""
    shown = hub(services, "show", str(event.id))
    assert "the body is no JSON" in shown
    assert shown.endswith("\n\nno JSON\n")
    assert bot.webhook_secret not in shown

    hub(services, "replay", str(event.id))
    assert states(services)[0][1] == "pending"
    drain_all(services, bot)
    assert "JSON" in hub(services, "list", "--state", "failed")

    for_a_stranger, unreadable = held(services)
    listed = hub(services, "list", "--quarantined")
    assert for_a_stranger.id in listed
    assert unreadable.id in listed
    world.channel(org, "facebook", UNKNOWN_PAGE)
    assert hub(services, "release", for_a_stranger.id) == "1 events journalled\n"
    assert counted(services, org.actor) == {"received": 2, "failed": 1, "pending": 1}
