"""Nothing is acknowledged that is not stored: the database away, callers that go away, and commits that are shared."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, event, text

from hub.db import engines, senders
from hub.db.journal import NewEvent, SealedBytes
from hub.db.session import PlatformWork
from hub.errors import Unavailable
from hub.inbound import accept, intake
from hub.wiring import Services, build
from tests.intake.kit import Calls, counted, posted, rows, states, statuses, through_the_door
from tests.line import (
    mail,
    messenger_batch,
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


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait 50 ms for a locked SQLite file instead of 10 s."""
    monkeypatch.setitem(engines._SQLITE_PRAGMAS, "busy_timeout", 50)


@contextmanager
def database_down(services: Services) -> Iterator[None]:
    """Take the database from a running hub: PostgreSQL shuts its door, an SQLite file is held by somebody else."""
    if services.settings.sqlite_path is not None:
        with closing(sqlite3.connect(services.settings.sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    url, _, query = services.settings.database_dsn.partition("?")
    server, _, name = url.rpartition("/")
    admin = create_engine(f"{server}/postgres?{query}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
        )
        yield
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()


def every_platform(bot: Channel, mailbox: Channel) -> list[Calls]:
    return [
        lambda client: post_telegram(client, bot, telegram_update(1, "Hello")),
        lambda client: post_meta(client, messenger_batch((PAGE, [("m_1", "Hello")]))),
        lambda client: post_twilio(client, sms_fields(NUMBER, "SM1")),
        lambda client: post_mime(client, mailbox.intake_token, mail("1@example.com")),
        lambda client: post_meta(client, messenger_batch(("990000000000009", [("m_1", "Hello")]))),
        lambda client: post_meta(client, b"forged", "a wrong secret"),
    ]


@pytest.mark.usefixtures("page", "number")
def test_while_the_database_is_away_every_platform_is_told_to_come_again_and_its_next_try_is_kept(
    services: Services, org: Organization, bot: Channel, mailbox: Channel
) -> None:
    calls = every_platform(bot, mailbox)

    async def through_an_outage(client: httpx.AsyncClient) -> list[httpx.Response]:
        with database_down(services):
            down = [await call(client) for call in calls]
        assert [(await call(client)).status_code for call in calls] == [200, 200, 200, 200, 200, 403]
        return down

    answers: list[httpx.Response] = through_the_door(services, through_an_outage)
    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [(503, "2")] * 6
    assert counted(services, org.actor) == {"received": 4, "pending": 4}
    assert counted(services, None) == {"received": 4, "pending": 4, "quarantined": 2}


@pytest.mark.parametrize("database", ["sqlite:////nowhere/hub.db", "postgresql+psycopg://127.0.0.1:1/hub"])
def test_a_hub_that_never_reached_its_database_acknowledges_nothing(services: Services, database: str) -> None:
    lost = build(services.settings.model_copy(update={"database_url": database}))
    bot = Channel("01HZZZZZZZZZZZZZZZZZZZZZZZ", "", "111222", "secret", "token")
    answers = posted(lost, *every_platform(bot, bot))
    assert {(answer.status_code, answer.headers.get("retry-after")) for answer in answers} == {(503, "2")}
    assert "database" in answers[0].json()["detail"]
    assert str(Path(database).parent) not in "".join(answer.text for answer in answers)
    lost.db.dispose()
    lost.queue.close()


def test_what_was_missed_is_fetched_when_a_web_process_starts_and_with_the_first_event_after_an_outage(
    services: Services, org: Organization, bot: Channel
) -> None:
    redis, flag = services.queue.redis, f"wake:{intake.CATCH_UP_ALL_JOB}:all"
    committing = intake.Intake(services)
    first, lost, after, further = (batch(services, bot, key) for key in ("first", "lost", "after", "further"))

    def woken() -> None:
        deadline = time.monotonic() + 10
        while not redis.delete(flag):
            assert time.monotonic() < deadline, "nobody was woken"

    async def through_an_outage() -> None:
        committing.start()
        woken()
        await committing.commit(first)
        woken()
        with database_down(services), pytest.raises(Unavailable):
            await committing.commit(lost)
        await committing.commit(after)
        woken()
        await committing.commit(further)

    asyncio.run(through_an_outage())
    committing.stop()
    assert not redis.exists(flag)


def test_requests_that_arrive_together_share_a_commit(
    services: Services, org: Organization, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, all_here, commits = count(), threading.Event(), count()
    all_here.set()

    def at_the_door(name: str) -> None:
        if name == "webhook.after_split" and next(arrived) == 60:
            all_here.set()

    def before_a_commit(name: str) -> None:
        if name == "intake.before_insert":
            assert all_here.wait(10)
            next(commits)

    monkeypatch.setattr(accept, "reach", at_the_door)
    monkeypatch.setattr(intake, "reach", before_a_commit)
    written = count()
    event.listen(
        services.db.engine, "commit", lambda made: made.get_execution_options().get("hub_write") and next(written)
    )

    async def all_at_once(client: httpx.AsyncClient) -> list[httpx.Response]:
        # from here on the directory knows the bot, and no request goes by way of a thread
        await post_telegram(client, bot, telegram_update(60, "Hello"))
        all_here.clear()
        return await asyncio.gather(*(post_telegram(client, bot, telegram_update(n, "Hello")) for n in range(60)))

    answers = through_the_door(services, all_at_once)
    assert {answer.status_code for answer in answers} == {200}
    assert counted(services, org.actor) == {"received": 61, "pending": 61}
    # the one before; then one for the first, one for those behind it, and one for who was just on the way
    assert next(written) == next(commits) <= 4


def test_a_commit_that_fails_is_tried_again_for_each_request_by_itself(
    services: Services, org: Organization, bot: Channel
) -> None:
    good, bad = batch(services, bot, "good"), batch(services, Channel("", "no such sender", "", "", ""), "bad")
    committing = intake.Intake(services)

    async def both() -> list[BaseException | None]:
        waiting = [asyncio.ensure_future(committing.commit(each)) for each in (good, bad)]
        await asyncio.sleep(0)
        committing.start()
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, second = asyncio.run(both())
    committing.stop()
    assert first is None
    assert isinstance(second, Unavailable)
    assert states(services) == [("good", "pending")]


def batch(services: Services, channel: Channel, key: str) -> intake.Batch:
    """One event for a channel's sender."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        ref = senders.find_by_id(tx, channel.sender_id)
    return intake.Batch(
        [
            NewEvent(
                organization_id=ref.organization_id if ref else "nobody",
                sender_id=channel.sender_id,
                key=key,
                headers={},
                body=SealedBytes(b"\x01sealed", b""),
                envelope=b"",
                received_at=services.clock(),
                verdict="verified",
            )
        ]
    )


def test_a_caller_that_goes_away_does_not_stop_the_commits_of_the_others(
    services: Services,
) -> None:
    committing = intake.Intake(services)

    async def one_gives_up() -> None:
        lost = asyncio.create_task(committing.commit(intake.Batch()))
        await asyncio.sleep(0)
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
        committing.start()
        await asyncio.wait_for(committing.commit(intake.Batch()), timeout=10)

    asyncio.run(one_gives_up())
    committing.stop()


def test_events_of_one_batch_keep_their_order(services: Services, page: Channel) -> None:
    messages = [(f"m_{number}", f"number {number}") for number in range(150)]
    assert statuses(services, lambda client: post_meta(client, messenger_batch((PAGE, messages)))) == [200]
    assert [key for key, _ in states(services)] == [f"m:{mid}" for mid, _ in messages]
    assert {row.sender_id for row in rows(services)} == {page.sender_id}
