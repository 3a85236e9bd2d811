"""Looks at one provider take turns: nobody is put off in vain, and what was asked for goes before the clock's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.db import channels
from hub.numbers import detecting, health
from hub.numbers.health import looking, places
from hub.types import Health, HealthState, Sender
from hub.types.bans import Look
from tests.numbers.health.stage import HealthStage, WatchedProvider
from tests.world import Channel

FAMILY = "twilio"


@pytest.fixture(autouse=True)
def _no_place_stays_taken() -> Iterator[None]:
    yield
    kept = [*+places._taken, *+places._by_clock]
    for each in (places._taken, places._by_clock, places._waiting):
        each.clear()
    assert kept == [], "a look keeps its place"


def numbers(stage: HealthStage, count: int) -> list[Channel]:
    """Numbers that are due, the first one for longest."""
    made = [stage.world.channel(stage.org, "whatsapp", f"+49151000000{number:02}") for number in range(count)]
    for place, channel in enumerate(made):
        stage.works(channel)
        stage.set_sender(channel, look_at=stage.clock() - timedelta(seconds=count - place))
    return made


def queued(stage: HealthStage, name: str) -> int:
    return int(stage.services.queue.redis.llen(f"rq:queue:{name}"))  # type: ignore[arg-type]


def looked(stage: HealthStage) -> list[str]:
    return [sender_id for sender_id, _ in stage.watched().looked]


def test_the_clock_wakes_no_more_of_a_provider_than_have_a_place_and_none_is_behind_it(stage: HealthStage) -> None:
    numbers(stage, 10)
    page = stage.world.channel(stage.org, "facebook", "24000001", {"token": "x"})
    stage.set_sender(page, look_at=stage.clock())
    stage.services.queue.redis.flushdb()
    health.wake_due(stage.services)
    assert queued(stage, detecting.CLOCK_QUEUE) == places.BY_CLOCK + 1


def test_a_hand_goes_on_with_the_next_that_is_due_until_its_turn_is_over(
    stage: HealthStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = [each.sender_id for each in numbers(stage, 4)]
    health.look_by_clock(stage.services, due[0])
    assert looked(stage) == due

    stage.clock.forward(minutes=10)
    stage.services.queue.redis.flushdb()
    monkeypatch.setattr(looking, "_TURN", -1.0)
    health.look_by_clock(stage.services, due[0])
    assert looked(stage) == [*due, due[0]]
    assert queued(stage, detecting.CLOCK_QUEUE) == 1


def test_the_clock_leaves_a_place_to_a_look_that_was_asked_for(stage: HealthStage) -> None:
    [number] = numbers(stage, 1)
    planned = stage.sender(number).look_at
    for _ in range(places.BY_CLOCK):
        assert places.take_by_clock(FAMILY)
    health.look_by_clock(stage.services, number.sender_id)
    assert looked(stage) == []
    assert stage.sender(number).look_at == planned

    health.look(stage.services, number.sender_id)
    assert looked(stage) == [number.sender_id]
    for _ in range(places.BY_CLOCK):
        assert not places.leave_by_clock(FAMILY)


class Meanwhile(WatchedProvider):
    """While it is looked at, somebody asks for a look at another sender."""

    stage: HealthStage
    other: Channel

    async def look(self, sender: Sender, now: object) -> Look:
        health.look(self.stage.services, self.other.sender_id)
        return await super().look(sender, now)  # type: ignore[arg-type]


@pytest.mark.parametrize("by_clock", [True, False])
def test_a_look_that_was_asked_for_and_found_no_place_is_woken_as_such(stage: HealthStage, by_clock: bool) -> None:
    first, asked, overdue = numbers(stage, 3)
    provider = Meanwhile(stage.services.adapters["whatsapp"])
    provider.stage, provider.other = stage, asked
    stage.services.adapters["whatsapp"] = provider  # type: ignore[index]
    stage.set_sender(asked, look_at=stage.clock())
    for number in range(places.MOST - 1):
        assert places.take(FAMILY, f"another-{number}")
    stage.services.queue.redis.flushdb()
    (health.look_by_clock if by_clock else health.look)(stage.services, first.sender_id)
    # who was looked at gave its place to the one that waits, not to the one that is overdue
    assert looked(stage) == [first.sender_id]
    assert queued(stage, detecting.LOOK_QUEUE) == 1
    assert stage.sender(overdue).look_at < stage.clock()
    assert stage.sender(asked).look_at == stage.clock()

    for _ in range(places.MOST - 1):
        assert not places.leave(FAMILY)
    health.look(stage.services, asked.sender_id)
    assert looked(stage)[-1] == asked.sender_id


def test_what_a_provider_said_by_itself_counts_as_no_look(stage: HealthStage) -> None:
    [number] = numbers(stage, 1)
    with stage.services.db.transaction(stage.org.id) as tx:
        channels.set_health(tx, number.sender_id, Health(HealthState.BROKEN, ("It is banned",)), stage.clock())
    health.look(stage.services, number.sender_id)
    assert looked(stage) == [number.sender_id]
    # between two looks there is a pause
    stage.set_sender(number, look_at=stage.clock())
    health.look(stage.services, number.sender_id)
    assert looked(stage) == [number.sender_id]
