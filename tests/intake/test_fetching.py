"""Events that are fetched: a bot that polls, and messages that Twilio holds and did not deliver."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from sqlalchemy import update
from sqlmodel import col

from hub.db import fetch_marks
from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.errors import Unavailable
from hub.inbound import fetch
from hub.wiring import Services
from tests.intake.kit import counted, rows, states, statuses
from tests.line import (
    ACCOUNT_SID,
    conversations_of,
    drain_all,
    post_telegram,
    post_twilio,
    said,
    sms_fields,
    telegram_update,
    thread_of,
)
from tests.world import Channel, Organization, World

UPDATES = "https://api.telegram.org/bot111222:token-for-tests/getUpdates"
MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


class Waiting:
    """What waits at Telegram for a bot: an offset confirms all before it."""

    def __init__(self, *updates: dict[str, Any]) -> None:
        self.updates = list(updates)

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked = parse_qs(request.content.decode()) | parse_qs(request.url.query.decode())
        offset = int(asked.get("offset", ["0"])[0])
        self.updates = [each for each in self.updates if each["update_id"] >= offset]
        return httpx.Response(200, json={"ok": True, "result": self.updates})


@pytest.fixture
def telegram() -> Waiting:
    return Waiting(telegram_update(1, "first"), telegram_update(2, "second"))


def cursor(services: Services, channel: Channel) -> str:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return fetch_marks.poll_cursor(tx, channel.sender_id)


@respx.mock
def test_a_poll_feeds_the_same_journal_and_the_next_one_confirms_it(
    services: Services, org: Organization, bot: Channel, telegram: Waiting
) -> None:
    respx.post(UPDATES).mock(side_effect=telegram.answer)
    fetch.poll(services, bot.sender_id)
    assert cursor(services, bot) == "9003"
    assert [(row.event_key, row.verdict, row.state) for row in rows(services)] == [
        ("9001", "polled", "pending"),
        ("9002", "polled", "pending"),
    ]
    fetch.poll(services, bot.sender_id)
    assert telegram.updates == []
    drain_all(services, bot)
    [conversation] = conversations_of(services, org.operator)
    assert [text for _, text in said(thread_of(services, org.operator, conversation))] == ["first", "second"]
    assert counted(services, org.actor) == {"received": 2, "handled": 2}


@respx.mock
def test_the_cursor_moves_only_with_the_events_it_stands_for(
    services: Services, org: Organization, bot: Channel, telegram: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise Unavailable("the database went away")

    respx.post(UPDATES).mock(side_effect=telegram.answer)
    with monkeypatch.context() as failing:
        failing.setattr(fetch_marks, "keep_poll_cursor", broken)
        with pytest.raises(Unavailable):
            fetch.poll(services, bot.sender_id)
    assert (rows(services), cursor(services, bot)) == ([], "")
    fetch.poll(services, bot.sender_id)
    assert counted(services, org.actor) == {"received": 2, "pending": 2}


@respx.mock
def test_what_a_poll_brings_after_its_webhook_came_counts_as_duplicate(
    services: Services, org: Organization, bot: Channel, telegram: Waiting
) -> None:
    respx.post(UPDATES).mock(side_effect=telegram.answer)
    assert statuses(services, lambda client: post_telegram(client, bot, telegram_update(1, "first"))) == [200]
    fetch.poll(services, bot.sender_id)
    assert states(services) == [("9001", "pending"), ("9002", "pending"), ("9001", "duplicate")]
    drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 3, "handled": 2, "duplicates": 1}


def test_channels_that_poll_are_polled_and_those_with_webhooks_are_recovered(
    services: Services, org: Organization, bot: Channel, page: Channel, number: Channel, world: World
) -> None:
    polling = world.channel(org, "telegram", "333444", {"bot_token": "333444:token-for-tests"})
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(t.Channel).where(col(t.Channel.id) == polling.id).values(delivery="polling"))
    fetch.wake_polls(services)
    fetch.wake_recoveries(services)
    woken = {key.decode() for key in services.queue.redis.scan_iter("wake:*")}
    recovered = {f"wake:{fetch.RECOVER_JOB}:{each.sender_id}" for each in (bot, page, number)}
    assert woken == {f"wake:{fetch.POLL_JOB}:{polling.sender_id}", *recovered}


# --- recovery ---------------------------------------------------------------------------------------------


@pytest.fixture
def number(services: Services, world: World, org: Organization) -> Channel:
    """A number that has been the organization's for two hours."""
    made = world.channel(org, "sms", "+4915228895456")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        fetch_marks.keep_recovered_until(tx, made.sender_id, services.clock() - timedelta(hours=2))
    return made


def listed(services: Services, number: Channel, sid: str, age: timedelta, **changes: str) -> dict[str, Any]:
    """A message as Twilio lists it."""
    created = services.clock() - age
    message = {"sid": sid, "account_sid": ACCOUNT_SID, "from": "+12025550199", "to": number.address}
    message |= {"body": f"text of {sid}", "direction": "inbound", "num_media": "0", "status": "received"}
    return message | {"date_created": created.strftime("%a, %d %b %Y %H:%M:%S +0000")} | changes


def looked_until(services: Services, number: Channel) -> datetime:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = fetch_marks.recovered_until(tx, number.sender_id)
    assert found
    return found


@respx.mock
def test_a_message_whose_webhook_was_missed_is_journalled_once(
    services: Services, org: Organization, number: Channel
) -> None:
    assert statuses(services, lambda client: post_twilio(client, sms_fields(number.address, "SM1"))) == [200]
    messages = [
        listed(services, number, "SM1", timedelta(minutes=30)),
        listed(services, number, "SM2", timedelta(minutes=20)),
        listed(services, number, "SM3", timedelta(minutes=10), direction="outbound-api"),
        listed(services, number, "SM4", timedelta(seconds=5)),
        listed(services, number, "SM5", timedelta(hours=3)),
    ]
    respx.get(MESSAGES).respond(json={"messages": messages, "next_page_uri": None})
    assert fetch.recover(services, number.sender_id) == 1
    assert fetch.recover(services, number.sender_id) == 0
    assert [(row.event_key, row.recovered) for row in rows(services)] == [("SM1", False), ("SM2", True)]
    drain_all(services, number)
    assert counted(services, org.actor) == {"received": 2, "handled": 2, "recovered": 1}


@respx.mock
def test_after_an_outage_a_message_of_any_age_was_missed(
    services: Services, org: Organization, number: Channel
) -> None:
    messages = [listed(services, number, f"SM{age}", timedelta(seconds=age)) for age in (90, 5, -3)]
    respx.get(MESSAGES).respond(json={"messages": messages, "next_page_uri": None})
    assert fetch.recover(services, number.sender_id) == 1
    assert fetch.catch_up(services, number.sender_id) == 2
    assert fetch.catch_up(services, number.sender_id) == 0
    assert sorted((row.event_key, row.recovered) for row in rows(services)) == [
        ("SM-3", True),
        ("SM5", True),
        ("SM90", True),
    ]
    assert looked_until(services, number) < services.clock() - timedelta(minutes=10)


@respx.mock
def test_the_webhook_of_a_recovered_message_that_comes_late_counts_as_duplicate(
    services: Services, org: Organization, number: Channel
) -> None:
    message = listed(services, number, "SM2", timedelta(minutes=20))
    respx.get(MESSAGES).respond(json={"messages": [message], "next_page_uri": None})
    fetch.recover(services, number.sender_id)
    late = sms_fields(number.address, "SM2", "text of SM2")
    assert statuses(services, lambda client: post_twilio(client, late)) == [200]
    drain_all(services, number)
    assert counted(services, org.actor) == {"received": 2, "handled": 1, "duplicates": 1, "recovered": 1}
    # the webhook knows more than the list did, so its bytes are kept
    assert [row.body is None for row in rows(services)] == [False, False]
    [conversation] = conversations_of(services, org.operator)
    assert said(thread_of(services, org.operator, conversation)) == [("inbound", "text of SM2")]


@respx.mock
def test_the_look_back_moves_on_but_overlaps_and_never_goes_back(services: Services, number: Channel) -> None:
    respx.get(MESSAGES).respond(json={"messages": [], "next_page_uri": None})
    before = looked_until(services, number)
    fetch.recover(services, number.sender_id)
    first = looked_until(services, number)
    now = services.clock()
    assert before < first
    assert now - timedelta(minutes=12) < first < now - timedelta(minutes=10)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        fetch_marks.keep_recovered_until(tx, number.sender_id, now)
    fetch.recover(services, number.sender_id)
    assert looked_until(services, number) == now


@respx.mock
def test_the_look_back_moves_only_with_the_events_it_stands_for(
    services: Services, number: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise Unavailable("the database went away")

    message = listed(services, number, "SM2", timedelta(minutes=20))
    respx.get(MESSAGES).respond(json={"messages": [message], "next_page_uri": None})
    before = looked_until(services, number)
    with monkeypatch.context() as failing:
        failing.setattr(fetch_marks, "keep_recovered_until", broken)
        with pytest.raises(Unavailable):
            fetch.recover(services, number.sender_id)
    assert (rows(services), looked_until(services, number)) == ([], before)
    assert fetch.recover(services, number.sender_id) == 1


@respx.mock
def test_a_list_that_cannot_be_had_moves_nothing(services: Services, number: Channel) -> None:
    respx.get(MESSAGES).respond(401, json={"code": 20003, "message": "Authenticate", "status": 401})
    before = looked_until(services, number)
    with pytest.raises(Exception, match="401"):
        fetch.recover(services, number.sender_id)
    assert (rows(services), looked_until(services, number)) == ([], before)


def test_a_sender_that_is_gone_is_neither_polled_nor_recovered(services: Services) -> None:
    fetch.poll(services, "no such sender")
    assert fetch.recover(services, "no such sender") == 0
    assert rows(services) == []
