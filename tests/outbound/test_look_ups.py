"""Sends that nobody answered: the provider is asked, and whatever it says happens once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from hub.outbound import leases, looking
from hub.outbound.submit import retry
from hub.types import (
    FailureKind,
    Found,
    LookUp,
    MessageStatus,
    MessageView,
    NotKnown,
    NotSent,
    Receipt,
    Sender,
    SendFailure,
    Sent,
    Uncertain,
)
from tests.outbound.stage import Stage
from tests.world import Channel

AFTER = 20.0
NO_ANSWER = SendFailure(FailureKind.UNCERTAIN, "no answer")


class Oracle:
    """What the provider says when it is asked; `meanwhile` happens before it answers."""

    def __init__(self, stage: Stage) -> None:
        self.answers: list[LookUp | Exception] = []
        self.asked: list[Uncertain] = []
        self.meanwhile: Callable[[], object] = lambda: None
        provider = stage.provider()
        provider.capabilities = replace(provider.capabilities, look_up_after=AFTER)
        provider.__dict__["look_up"] = self.look_up

    async def look_up(self, uncertain: Uncertain, _sender: Sender) -> LookUp:
        self.asked.append(uncertain)
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else NotKnown()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def oracle(stage: Stage) -> Oracle:
    return Oracle(stage)


def uncertain_answer(stage: Stage, bot: Channel) -> MessageView:
    stage.provider().answers.append(NO_ANSWER)
    answer = stage.answer(stage.open_conversation(bot))
    stage.deliver(bot)
    assert stage.look(answer).status == "uncertain"
    return answer


def ask(stage: Stage, seconds: float = AFTER) -> None:
    stage.clock.forward(seconds=seconds)
    looking.look_up(stage.services, "all")


def test_what_the_provider_has_is_sent_and_takes_the_receipts_that_waited_for_its_id(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    answer = uncertain_answer(stage, bot)
    began = stage.clock()
    stage.hear(bot, Receipt(MessageStatus.READ, external_id="m-1"))
    ask(stage, AFTER - 1)
    assert oracle.asked == []
    oracle.answers.append(Found("m-1"))
    ask(stage, 1)
    now = stage.look(answer)
    assert (now.status, now.external_id, now.error) == ("read", "m-1", None)
    assert [(each.message.text, each.tried_at) for each in oracle.asked] == [("Good morning", began)]
    ask(stage, 3600)
    assert len(oracle.asked) == 1


def test_what_the_provider_never_got_is_sent_again_and_counts_as_an_attempt(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    answer = uncertain_answer(stage, bot)
    oracle.answers.append(NotSent())
    ask(stage)
    assert stage.look(answer).status == "queued"
    stage.deliver(bot)
    assert stage.look(answer).status == "sent"
    assert stage.attempts(answer) == ["uncertain", "sent"]
    assert [each.attempts for each in stage.deliveries(answer)] == [2]


def test_what_never_gets_through_fails_after_as_many_attempts_as_everything_else(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    answer = uncertain_answer(stage, bot)
    for _ in range(4):
        oracle.answers.append(NotSent())
        stage.provider().answers.append(NO_ANSWER)
        ask(stage)
        stage.deliver(bot)
    oracle.answers.append(NotSent())
    ask(stage)
    failed = stage.look(answer)
    assert failed.error is not None
    assert (failed.status, failed.error.kind, len(stage.provider().sent)) == ("failed", "try_later", 5)


@pytest.mark.parametrize("answer_of_provider", [NotKnown(), ConnectionError("away")])
def test_without_an_answer_it_is_asked_again_later_and_later_and_then_left_to_a_person(
    stage: Stage, bot: Channel, oracle: Oracle, answer_of_provider: LookUp | Exception
) -> None:
    answer = uncertain_answer(stage, bot)
    oracle.answers += [answer_of_provider] * 50
    times = []
    while (due := stage.deliveries(answer)[0].look_up_at) is not None:
        ask(stage, (due - stage.clock()).total_seconds() - 1)
        assert len(oracle.asked) == len(times)
        ask(stage, 1)
        times.append(stage.clock())
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert len(times) == len(oracle.asked) > 5
    ask(stage, 86_400)
    assert (len(oracle.asked), stage.look(answer).status) == (len(times), "uncertain")


def test_a_process_that_died_over_a_send_is_looked_up_too(stage: Stage, bot: Channel, oracle: Oracle) -> None:
    stage.provider().answers.append(KeyboardInterrupt())
    answer = stage.answer(stage.open_conversation(bot))
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(bot)
    stage.clock.forward(hours=1)
    leases.end_leases(stage.services)
    oracle.answers.append(Found("m-1", MessageStatus.DELIVERED))
    ask(stage)
    assert stage.look(answer).status == "delivered"


def test_a_receipt_that_comes_meanwhile_goes_before_the_answer(stage: Stage, bot: Channel, oracle: Oracle) -> None:
    answer = uncertain_answer(stage, bot)
    [delivery] = stage.deliveries(answer)
    oracle.meanwhile = lambda: stage.hear(
        bot, Receipt(MessageStatus.DELIVERED, external_id="m-1", delivery_id=delivery.id)
    )
    oracle.answers.append(NotSent())
    ask(stage)
    assert stage.look(answer).status == "delivered"
    stage.deliver(bot)
    assert len(stage.provider().sent) == 1


def test_a_person_who_sends_it_again_meanwhile_goes_before_the_answer(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    answer = uncertain_answer(stage, bot)
    oracle.meanwhile = lambda: retry(stage.services, stage.operator, answer.id)
    oracle.answers.append(NotSent())
    ask(stage)
    stage.deliver(bot)
    ask(stage)
    stage.deliver(bot)
    assert len(stage.provider().sent) == 2
    assert [each.state for each in stage.deliveries(answer)] == ["uncertain", "sent"]


def test_a_late_answer_to_an_earlier_question_sends_nothing(stage: Stage, bot: Channel, oracle: Oracle) -> None:
    """Two processes ask; the first answer queues it again, it becomes uncertain anew, then the second answer comes."""
    answer = uncertain_answer(stage, bot)

    def overtake() -> None:
        oracle.meanwhile = lambda: None
        oracle.answers.append(NotSent())
        ask(stage, timedelta(minutes=5).total_seconds())
        stage.provider().answers.append(NO_ANSWER)
        stage.deliver(bot)
        oracle.answers.append(NotSent())

    with ThreadPoolExecutor(1) as other_process:
        oracle.meanwhile = lambda: other_process.submit(overtake).result(30)
        ask(stage)
    assert (stage.look(answer).status, len(stage.provider().sent)) == ("uncertain", 2)
    stage.deliver(bot)
    assert len(stage.provider().sent) == 2


def test_a_channel_that_cannot_tell_shows_it_to_a_person(stage: Stage, bot: Channel) -> None:
    answer = uncertain_answer(stage, bot)
    assert stage.deliveries(answer)[0].look_up_at is None
    looking.look_up(stage.services, "all")
    assert stage.look(answer).status == "uncertain"


def test_what_belongs_to_another_message_is_never_taken_for_the_lost_one(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers += [NO_ANSWER, Sent("m-other", also=("m-further",))]
    lost, other = stage.answer(conversation), stage.answer(conversation)
    stage.deliver(bot)
    oracle.answers += [Found("m-other"), Found("m-further"), Found("m-own")]
    states = []
    for _ in range(3):
        ask(stage, 600)
        states.append(stage.look(lost).status)
    assert states == ["uncertain", "uncertain", "sent"]
    assert [stage.look(each).external_id for each in (lost, other)] == ["m-own", "m-other"]
    assert all(each.known == {"m-other", "m-further"} for each in oracle.asked)


def test_of_two_lost_messages_the_second_is_asked_about_knowing_what_the_first_one_found(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers += [NO_ANSWER, NO_ANSWER]
    lost = [stage.answer(conversation), stage.answer(conversation)]
    stage.deliver(bot)
    oracle.answers += [Found("m-1"), NotSent()]
    ask(stage)
    assert [each.known for each in oracle.asked] == [frozenset(), {"m-1"}]
    assert [stage.look(each).status for each in lost] == ["sent", "queued"]


def test_nobody_asks_while_another_message_to_the_same_person_is_being_sent(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(NO_ANSWER)
    lost = stage.answer(conversation)
    stage.deliver(bot)
    stage.provider().answers.append(KeyboardInterrupt())
    stage.answer(conversation)
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(bot)
    ask(stage)
    assert oracle.asked == []
    stage.clock.forward(hours=1)
    leases.end_leases(stage.services)
    oracle.answers.append(Found("m-1"))
    ask(stage, 0)
    assert stage.look(lost).status == "sent"


def test_what_is_found_while_another_message_is_being_sent_may_be_that_one(
    stage: Stage, bot: Channel, oracle: Oracle
) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(NO_ANSWER)
    lost = stage.answer(conversation)
    stage.deliver(bot)
    stage.answer(conversation)

    def die_over_the_next() -> None:
        stage.provider().answers.append(KeyboardInterrupt())
        with ThreadPoolExecutor(1) as other_process, pytest.raises(KeyboardInterrupt):
            other_process.submit(stage.deliver, bot).result(30)

    oracle.meanwhile = die_over_the_next
    oracle.answers.append(Found("m-1"))
    ask(stage)
    assert stage.look(lost).status == "uncertain"
