"""Several sends under way at once: the pace, the order, and what a process that dies leaves behind."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.outbound.pacing import Pace
from hub.types import FailureKind, Level, OutboundMessage, Reach, Sender, SendFailure, Sent
from tests.outbound.stage import START, Stage
from tests.world import Channel

SLOW = 0.05


class Crowd:
    """A provider that takes its time and counts how many calls are under way, in all and for one person."""

    def __init__(self, stage: Stage, parallel: int) -> None:
        self.under_way: Counter[str] = Counter()
        self.most = 0
        self.most_for_one = 0
        self.order: list[tuple[str, str]] = []
        provider = stage.provider()
        provider.capabilities = replace(provider.capabilities, parallel_sends=parallel)
        provider.__dict__["send"] = self.send

    async def send(self, message: OutboundMessage, _sender: Sender) -> Sent:
        person = message.recipient.address
        self.under_way[person] += 1
        self.most = max(self.most, self.under_way.total())
        self.most_for_one = max(self.most_for_one, self.under_way[person])
        await asyncio.sleep(SLOW)
        self.order.append((person, message.text))
        self.under_way[person] -= 1
        return Sent(f"out-{message.delivery_id}")


def answer_people(stage: Stage, bot: Channel, people: int, each: int) -> None:
    for person in range(500, 500 + people):
        conversation = stage.open_conversation(bot, str(person))
        for number in range(each):
            stage.answer(conversation, str(number))


def test_as_many_are_under_way_as_the_channel_allows_and_of_one_person_never_two(stage: Stage, bot: Channel) -> None:
    crowd = Crowd(stage, 4)
    answer_people(stage, bot, 6, 3)
    stage.deliver(bot)
    assert (crowd.most, crowd.most_for_one, len(crowd.order)) == (4, 1, 18)
    for person in range(500, 506):
        assert [text for who, text in crowd.order if who == str(person)] == ["0", "1", "2"]


def test_a_process_that_dies_leaves_no_more_uncertain_than_may_be_under_way(stage: Stage, bot: Channel) -> None:
    crowd = Crowd(stage, 3)
    answer_people(stage, bot, 8, 1)

    async def die(_message: OutboundMessage, _sender: Sender) -> Sent:
        await asyncio.sleep(SLOW)
        raise KeyboardInterrupt

    stage.provider().__dict__["send"] = die
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(bot)
    assert crowd.order == []
    states = Counter(entry.status for each in stage.conversations() for entry in stage.thread(each)[1:])
    assert states["sending"] + states["uncertain"] <= 3
    assert states["queued"] >= 5


def test_a_person_gets_no_more_than_so_many_in_a_second(stage: Stage, bot: Channel) -> None:
    provider = stage.provider()
    provider.capabilities = replace(provider.capabilities, to_one_per_second=1.0, parallel_sends=4)
    answer_people(stage, bot, 2, 2)
    stage.deliver(bot)
    assert provider.texts == ["0", "0"]
    stage.clock.forward(seconds=0.999)
    stage.deliver(bot)
    assert provider.texts == ["0", "0"]
    stage.clock.forward(seconds=0.001)
    stage.deliver(bot)
    assert provider.texts == ["0", "0", "1", "1"]


def test_a_sender_sends_no_faster_than_its_pace_however_many_send_for_it(stage: Stage) -> None:
    one, other = (Pace(stage.services.queue, "sender", 50.0) for _ in range(2))
    began, taken = time.monotonic(), 0
    while time.monotonic() - began < 0.5:
        taken += one.take(3).count + other.take(3).count
    lasted = time.monotonic() - began
    assert 0.8 * 50 * lasted <= taken <= 50 * (lasted + 0.1) + 1


def test_without_redis_a_process_keeps_the_pace_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.services.queue, "evaluate", lambda *_: None)
    pace = Pace(stage.services.queue, "sender", 20.0)
    assert pace.take(5).count == 2
    grant = pace.take(5)
    assert grant.count == 0
    assert 0 < grant.wait <= 0.05
    pace.give_back(1)
    assert pace.take(5).count == 1


def test_tokens_for_which_there_was_nothing_to_send_are_given_back(stage: Stage) -> None:
    pace = Pace(stage.services.queue, "other sender", 1.0)
    for _ in range(3):
        grant = pace.take(4)
        assert grant.count == 1
        pace.give_back(1)


def test_of_two_words_about_a_sender_the_harder_one_stays(stage: Stage, bot: Channel) -> None:
    provider = stage.provider()
    provider.capabilities = replace(provider.capabilities, parallel_sends=2)
    banned = SendFailure(FailureKind.SENDER, "banned", level=Level.BANNED)
    wait = SendFailure(FailureKind.RATE_LIMITED, "slow", retry_after=5, reach=Reach.SENDER)
    provider.answers.extend([banned, wait])
    answer_people(stage, bot, 2, 1)
    stage.deliver(bot)
    assert stage.hold(bot) == ("banned", None)


def test_a_limit_is_waited_for_exactly_while_what_is_under_way_ends(stage: Stage, bot: Channel) -> None:
    provider = stage.provider()
    provider.capabilities = replace(provider.capabilities, parallel_sends=2)
    wait = SendFailure(FailureKind.RATE_LIMITED, "slow", retry_after=7, reach=Reach.SENDER)
    provider.answers.extend([wait, Sent("m-2")])
    answer_people(stage, bot, 3, 1)
    stage.deliver(bot)
    assert stage.hold(bot) == ("rate", START + timedelta(seconds=7))
    assert len(provider.sent) == 2
    stage.clock.forward(seconds=6.999)
    stage.deliver(bot)
    assert len(provider.sent) == 2
    stage.clock.forward(seconds=0.001)
    stage.deliver(bot)
    assert len(provider.sent) == 4
