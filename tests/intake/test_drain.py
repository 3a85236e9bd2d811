"""Draining the journal: poison stays alone, order is kept, and neither queue nor wake-up is needed for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from hub.conversations import apply as applying
from hub.db import tables as t
from hub.db.session import Tx
from hub.errors import Unavailable
from hub.inbound import drain, journal
from hub.inbound.intake import DRAIN_JOB
from hub.queue import Queue
from hub.types import InboundEvent, JournalEvent, MessageReceived, Sender
from hub.wiring import Services
from tests.intake.kit import Calls, counted, rows, states, statuses
from tests.line import (
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

PAGE = "110000000000001"
POISON = "9003"


def five_messages(bot: Channel) -> list[Calls]:
    def call(number: int) -> Calls:
        return lambda client: post_telegram(client, bot, telegram_update(number, f"number {number}"))

    return [call(number) for number in range(1, 6)]


def texts(services: Services, org: Organization) -> list[str]:
    [conversation] = conversations_of(services, org.operator)
    return [text for _, text in said(thread_of(services, org.operator, conversation))]


def poison_the_parser(services: Services, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    adapter = services.adapters["telegram"]  # type: ignore[index]
    genuine = adapter.parse

    def parse(event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        if event.key == POISON:
            raise error
        return genuine(event, sender)

    monkeypatch.setattr(adapter, "parse", parse)


def poison_the_application(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    genuine = applying.apply

    def apply(tx: Tx, setting: applying.Setting, arrived: Sequence[applying.Arrived], changes: Any) -> None:
        genuine(tx, setting, arrived, changes)
        if any(isinstance(each.event, MessageReceived) and each.event.external_id == "500:3" for each in arrived):
            raise error

    monkeypatch.setattr(drain, "apply", apply)


@pytest.mark.parametrize("where", ["parse", "apply"])
@pytest.mark.parametrize("words", ["nobody expected this", "a NUL \x00 and half a pair \ud800", "long " * 2000])
def test_a_poison_event_is_marked_failed_and_the_rest_go_on_in_order(
    services: Services, org: Organization, bot: Channel, monkeypatch: pytest.MonkeyPatch, where: str, words: str
) -> None:
    assert statuses(services, *five_messages(bot)) == [200] * 5
    with monkeypatch.context() as poisoned:
        if where == "parse":
            poison_the_parser(services, poisoned, ValueError(words))
        else:
            poison_the_application(poisoned, ValueError(words))
        drain_all(services, bot)
    assert texts(services, org) == ["number 1", "number 2", "number 4", "number 5"]
    assert counted(services, org.actor) == {"received": 5, "handled": 4, "failed": 1}
    [failed] = [row for row in rows(services) if row.state == "failed"]
    assert failed.event_key == POISON
    assert failed.error.startswith(f"ValueError: {words[:5]}")
    assert len(failed.error) <= 2000

    # after the mend the replay puts it in its place
    journal.replay(services, failed.id)
    drain_all(services, bot)
    assert texts(services, org) == [f"number {number}" for number in range(1, 6)]
    assert counted(services, org.actor) == {"received": 5, "handled": 5}


def test_neither_the_log_nor_the_error_of_a_failed_event_quotes_the_customer(
    services: Services,
    org: Organization,
    bot: Channel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    genuine = applying.apply

    def apply(tx: Tx, setting: applying.Setting, arrived: Sequence[applying.Arrived], changes: Any) -> None:
        genuine(tx, setting, arrived, changes)
        tx.insert(t.Organization, [{"id": org.id, "name": "the customer's own words", "created_at": setting.now}])

    monkeypatch.setattr(drain, "apply", apply)
    assert statuses(services, five_messages(bot)[0]) == [200]
    drain_all(services, bot)
    [failed] = rows(services)
    logged = "".join(capsys.readouterr())
    assert "event.failed" in logged
    assert "hub/inbound/drain.py" in logged
    assert (failed.state, failed.error.partition(":")[1]) == ("failed", ":")
    assert "own words" not in logged + failed.error


def test_a_poison_event_that_is_replayed_before_the_mend_fails_again(
    services: Services, org: Organization, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statuses(services, *five_messages(bot)) == [200] * 5
    poison_the_parser(services, monkeypatch, ValueError("still"))
    drain_all(services, bot)
    journal.replay(services, rows(services)[2].id)
    drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 5, "handled": 4, "failed": 1}


def test_a_replay_of_what_is_handled_changes_nothing(services: Services, org: Organization, bot: Channel) -> None:
    calls = five_messages(bot)
    assert statuses(services, *calls, calls[0]) == [200] * 6
    drain_all(services, bot)
    before = rows(services)
    for row in before:
        journal.replay(services, row.id)
    drain_all(services, bot)
    assert rows(services) == before
    assert texts(services, org) == [f"number {number}" for number in range(1, 6)]


def test_an_outage_of_the_database_is_no_poison(
    services: Services, org: Organization, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statuses(services, *five_messages(bot)) == [200] * 5
    with monkeypatch.context() as down:
        poison_the_application(down, Unavailable("the database does not answer"))
        with pytest.raises(Unavailable):
            drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 5, "pending": 5}
    drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 5, "handled": 5}


def test_one_senders_poison_does_not_hold_up_another_sender(
    services: Services, org: Organization, bot: Channel, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = messenger_batch((PAGE, [("m_1", "from Messenger")]))
    assert statuses(services, *five_messages(bot), lambda client: post_meta(client, batch)) == [200] * 6
    poison_the_parser(services, monkeypatch, ValueError("poison"))
    drain_all(services, bot, page)
    assert counted(services, org.actor) == {"received": 6, "handled": 5, "failed": 1}


def test_more_events_than_a_batch_takes_are_handled_in_order(
    services: Services, org: Organization, page: Channel
) -> None:
    messages = [(f"m_{number}", f"number {number}") for number in range(190)]
    assert statuses(services, lambda client: post_meta(client, messenger_batch((PAGE, messages)))) == [200]
    while counted(services, org.actor).get("pending"):
        drain_all(services, page)
    assert texts(services, org) == [text for _, text in messages]


def waiting(services: Services) -> int:
    return int(services.queue.redis.llen("rq:queue:intake"))


def test_wake_ups_of_one_sender_are_coalesced_until_its_job_begins(services: Services, bot: Channel) -> None:
    first, *others = five_messages(bot)
    assert statuses(services, first, *others[:3]) == [200] * 4
    assert waiting(services) == 1
    # the job takes the flag back before it reads, so that what comes while it works wakes the next one
    drain_all(services, bot)
    assert statuses(services, others[3]) == [200]
    assert waiting(services) == 2


def test_without_a_queue_messages_are_kept_and_handled(services: Services, org: Organization, bot: Channel) -> None:
    alone = replace(services, queue=Queue("redis://127.0.0.1:1/0"))
    assert statuses(alone, *five_messages(bot)) == [200] * 5
    drain_all(alone, bot)
    assert texts(services, org) == [f"number {number}" for number in range(1, 6)]
    journal.replay(alone, rows(services)[0].id)
    alone.queue.close()


def test_the_sweep_finds_events_whose_wake_up_was_lost(services: Services, bot: Channel, page: Channel) -> None:
    alone = replace(services, queue=Queue("redis://127.0.0.1:1/0"))
    assert statuses(alone, *five_messages(bot)) == [200] * 5
    alone.queue.close()
    assert waiting(services) == 0
    drain.wake_strays(services, timedelta(hours=1))
    assert waiting(services) == 0
    drain.wake_strays(services, timedelta(0))
    drain.wake_strays(services, timedelta(0))
    [job] = RqQueue("intake", connection=services.queue.redis, serializer=JSONSerializer).jobs
    assert (job.func_name, list(job.args)) == (DRAIN_JOB, [bot.sender_id])
    drain_all(services, bot)
    assert {state for _, state in states(services)} == {"handled"}


def test_draining_nothing_changes_nothing(services: Services, org: Organization, bot: Channel, world: World) -> None:
    drain_all(services, bot)
    drain.drain(services, "no such sender")
    assert counted(services, None) == {}
