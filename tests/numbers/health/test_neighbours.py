"""Looks at senders that share something with others: they lock out nobody, and a storm at one drowns nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub.db import looks, senders, signals
from hub.db.session import PlatformWork
from hub.numbers import detecting, health
from hub.types.bans import Signal, SignalSource
from tests.numbers.health.stage import HealthStage
from tests.rig import until


# on SQLite there is one writer at a time
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_look_that_asks_for_others_holds_no_sender_meanwhile(stage: HealthStage) -> None:
    one, other = (stage.world.channel(stage.org, "whatsapp", f"+491512345678{last}") for last in (1, 2))
    for channel in (one, other):
        stage.works(channel)
    stage.run(10)
    planned = stage.sender(other).look_at
    stage.org.channels["whatsapp"] = one
    stage.sees(one, "sender/OFFLINE", "WhatsApp business account is banned")
    stage.set_sender(one, look_at=stage.clock())
    stage.clock.forward(seconds=3)
    with ThreadPoolExecutor(1) as pool:
        with stage.services.db.transaction(stage.org.id) as tx:
            senders.lock(tx, other.sender_id)
            looking = pool.submit(health.look, stage.services, one.sender_id)
            until("the case", lambda: stage.case_of(one), 20)
            with stage.services.db.transaction(stage.org.id) as meanwhile:
                assert senders.lock(meanwhile, one.sender_id)
        looking.result(30)
    assert stage.sender(other).look_at < planned


def test_what_was_said_once_is_not_drowned_by_what_is_said_all_the_time(
    stage: HealthStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "_MOST", 20)
    monkeypatch.setattr(signals, "_MOST_OF_ONE_CODE", 3)
    channel, now = stage.world.channel(stage.org, "whatsapp", "+4915123456781"), stage.clock()

    def said(code: str, seconds: int) -> Signal:
        return Signal("twilio", SignalSource.WEBHOOK, code, now + timedelta(seconds=seconds))

    with stage.services.db.transaction(stage.org.id) as tx:
        signals.add(tx, channel.sender_id, [said("63018", 0), *(said("429", second) for second in range(1, 60))])
        kept = [each.signal.code for each in signals.list_since(tx, channel.sender_id, now - timedelta(days=1))]
    assert kept == ["63018", *["429"] * 23]


def test_of_a_thousand_bots_those_looked_at_last_are_the_neighbours(
    stage: HealthStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_MOST_NEIGHBOURS", 2)
    bots = [stage.world.channel(stage.org, "telegram", f"11122{last}", {"token": "x"}) for last in range(5)]
    for place, bot in enumerate(bots):
        stage.set_sender(bot, look_at=stage.clock() + timedelta(minutes=place))
    with stage.services.db.platform_reading(PlatformWork.LINE) as tx:
        found = [each.id for each in looks.list_neighbours(tx, bots[0].sender_id)]
    assert found == [bots[0].sender_id, bots[4].sender_id, bots[3].sender_id]


def test_a_look_to_confirm_a_suspicion_goes_before_all_others(stage: HealthStage) -> None:
    suspected, other = (stage.world.channel(stage.org, "whatsapp", f"+491512345678{last}") for last in (1, 2))
    for channel in (suspected, other):
        stage.works(channel)
    stage.run(10)
    stage.org.channels["whatsapp"] = suspected
    stage.sees(suspected, "sender/OFFLINE", "WhatsApp business account is banned")
    stage.set_sender(suspected, look_at=stage.clock())
    stage.run(30, until=lambda: stage.case_of(suspected))
    assert stage.case_of(suspected).state == "suspected"
    stage.clock.forward(minutes=10)
    queue = stage.services.queue
    queue.redis.flushdb()
    health.wake_due(stage.services)
    waiting = {name: queue.redis.llen(f"rq:queue:{name}") for name in (detecting.LOOK_QUEUE, detecting.CLOCK_QUEUE)}
    assert waiting == {detecting.LOOK_QUEUE: 1, detecting.CLOCK_QUEUE: 1}
    queue.redis.delete(*queue.redis.keys("wake:*"))
    health.wake_due(stage.services)
    assert queue.redis.llen(f"rq:queue:{detecting.CLOCK_QUEUE}") == 1
