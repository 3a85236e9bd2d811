"""Two web processes, two workers, two admins at once: each thing happens once, and order is kept."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import respx
from sqlalchemy import update
from sqlmodel import col

from hub.conversations import commands
from hub.db import fetch_marks
from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.errors import Conflict
from hub.inbound import drain, fetch, journal
from hub.wiring import Services, build
from tests.intake.kit import Calls, counted, held, rows, statuses
from tests.line import (
    ACCOUNT_SID,
    conversations_of,
    drain_all,
    messenger_batch,
    post_meta,
    post_telegram,
    said,
    telegram_update,
    thread_of,
)
from tests.world import Channel, Organization, World

MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


@pytest.fixture
def other(services: Services) -> Iterator[Services]:
    """A second process's parts on the same database and queue."""
    built = build(services.settings)
    yield built
    built.db.dispose()
    built.queue.close()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run works in threads that start together; return what each returned or raised."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait(10)
        try:
            return work()
        except Conflict as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def each_waits_for_the_other(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Hold the first drain that reaches `place` until a second one is there, or for half a second."""
    arrived, met = count(1), threading.Event()

    def reach(name: str) -> None:
        if name != place:
            return
        if next(arrived) == 2:
            met.set()
        met.wait(0.5)

    monkeypatch.setattr(drain, "reach", reach)


def post_many(services: Services, channel: Channel, people: int, each: int) -> None:
    def call(number: int) -> Calls:
        update_ = telegram_update(number, f"number {number}", person=600 + number % people)
        return lambda client: post_telegram(client, channel, update_)

    assert set(statuses(services, *(call(number) for number in range(people * each)))) == {200}


def test_two_drains_of_one_sender_handle_each_event_once_and_keep_the_order(
    services: Services, other: Services, org: Organization, bot: Channel
) -> None:
    post_many(services, bot, people=4, each=25)
    at_once(*(lambda hub=hub: drain.drain(hub, bot.sender_id) for hub in (services, other, services, other)))
    assert counted(services, org.actor) == {"received": 100, "handled": 100}
    found = conversations_of(services, org.operator)
    threads = [[text for _, text in said(thread_of(services, org.operator, each))] for each in found]
    assert sorted(threads) == sorted([[f"number {n}" for n in range(first, 100, 4)] for first in range(4)])


@pytest.mark.parametrize("place", ["drain.after_parse", "drain.after_apply", "drain.before_commit"])
def test_two_drains_that_meet_anywhere_handle_each_event_once(
    services: Services,
    other: Services,
    org: Organization,
    bot: Channel,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    post_many(services, bot, people=1, each=3)
    each_waits_for_the_other(monkeypatch, place)
    at_once(lambda: drain.drain(services, bot.sender_id), lambda: drain.drain(other, bot.sender_id))
    [conversation] = conversations_of(services, org.operator)
    assert [text for _, text in said(thread_of(services, org.operator, conversation))] == [
        f"number {number}" for number in range(3)
    ]
    assert counted(services, org.actor) == {"received": 3, "handled": 3}


@pytest.mark.parametrize("known", [True, False])
def test_the_old_and_the_new_bot_of_a_channel_make_one_conversation_of_the_same_contact(
    services: Services,
    other: Services,
    org: Organization,
    bot: Channel,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,
) -> None:
    if known:
        with_a_closed_conversation(services, org, bot)
    new_bot = world.sender(org, bot.id, "telegram", "333444", {"bot_token": "333444:token-for-tests"})
    calls: list[Calls] = [
        lambda client: post_telegram(client, bot, telegram_update(1, "to the old bot")),
        lambda client: post_telegram(client, new_bot, telegram_update(1, "to the new bot")),
    ]
    assert statuses(services, *calls) == [200, 200]
    each_waits_for_the_other(monkeypatch, "drain.after_apply")
    at_once(lambda: drain.drain(services, bot.sender_id), lambda: drain.drain(other, new_bot.sender_id))
    [conversation] = [each for each in conversations_of(services, org.operator) if each.status != "closed"]
    thread = said(thread_of(services, org.operator, conversation))
    assert sorted(text for _, text in thread) == ["to the new bot", "to the old bot"]
    assert counted(services, org.actor)["handled"] == (3 if known else 2)


def with_a_closed_conversation(services: Services, org: Organization, bot: Channel) -> None:
    """The contact wrote before, and whoever comes back gets a new conversation."""
    assert statuses(services, lambda client: post_telegram(client, bot, telegram_update(0, "long ago"))) == [200]
    drain_all(services, bot)
    [before] = conversations_of(services, org.operator)
    commands.close(services, org.operator, before.id)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(t.Channel).where(col(t.Channel.id) == bot.id).values({"returning": "new"}))


def test_one_delivery_at_two_web_processes_is_one_event_and_one_duplicate(
    services: Services, other: Services, org: Organization, bot: Channel
) -> None:
    def call(number: int) -> Calls:
        return lambda client: post_telegram(client, bot, telegram_update(number, "Hello"))

    calls = [call(number) for number in range(20)]
    answers = at_once(lambda: statuses(services, *calls), lambda: statuses(other, *reversed(calls)))
    assert answers == [[200] * 20] * 2
    assert counted(services, org.actor) == {"received": 40, "pending": 20, "duplicates": 20}


def test_a_release_by_two_admins_at_once_happens_once(
    services: Services, other: Services, org: Organization, world: World
) -> None:
    batch = messenger_batch(("990000000000009", [("m_1", "Hello")]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    [request] = held(services)
    world.channel(org, "facebook", "990000000000009")
    released = at_once(lambda: journal.release(services, request.id), lambda: journal.release(other, request.id))
    assert sorted(type(each).__name__ for each in released) == ["Conflict", "int"]
    assert counted(services, None) == {"received": 1, "pending": 1}


@respx.mock
def test_two_recoveries_of_one_number_at_once_bring_a_message_once(
    services: Services, other: Services, org: Organization, world: World
) -> None:
    number = world.channel(org, "sms", "+4915228895456")
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        fetch_marks.keep_recovered_until(tx, number.sender_id, now - timedelta(hours=2))
    message = {"sid": "SM1", "account_sid": ACCOUNT_SID, "from": "+12025550199", "to": number.address}
    message |= {"body": "Hello", "direction": "inbound", "num_media": "0", "status": "received"}
    message |= {"date_created": (now - timedelta(minutes=9)).strftime("%a, %d %b %Y %H:%M:%S +0000")}
    respx.get(MESSAGES).respond(json={"messages": [message], "next_page_uri": None})
    at_once(lambda: fetch.recover(services, number.sender_id), lambda: fetch.recover(other, number.sender_id))
    assert [(row.event_key, row.recovered) for row in rows(services)] == [("SM1", True)]
