"""A delivery on its way: order, time-outs, processes that die, and holds that are let go."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub.db import channels as stored
from hub.db import senders
from hub.outbound import leases
from hub.outbound.jobs import DELIVER_JOB
from hub.outbound.submit import retry
from hub.provisioning import channels
from hub.provisioning.channels import ChannelChanges
from hub.types import (
    FailureKind,
    Health,
    HealthState,
    JsonObject,
    MessageStatus,
    OutboundMessage,
    Reach,
    Receipt,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
)
from hub.wiring import Services
from tests.outbound.stage import START, Stage
from tests.world import Channel

DOWN = SendFailure(FailureKind.TRY_LATER, "the provider is down")


class Killed(BaseException):
    """Stands for a process that ends in the middle of a send: nothing after it runs."""


def kill_in_the_middle_of_a_send(stage: Stage, bot: Channel) -> None:
    stage.provider().answers.append(Killed())
    with pytest.raises(Killed):
        stage.deliver(bot)


def lease_of(services: Services) -> timedelta:
    return timedelta(seconds=services.settings.send_timeout + services.settings.send_lease_grace)


def test_a_waiting_delivery_holds_back_the_later_ones_of_its_conversation_and_no_other(
    stage: Stage, bot: Channel
) -> None:
    slow, other = stage.open_conversation(bot, "500"), stage.open_conversation(bot, "501")
    stage.provider().answers.append(DOWN)
    for conversation, text in ((slow, "first"), (slow, "second"), (other, "elsewhere")):
        stage.answer(conversation, text)
    stage.deliver(bot)
    assert stage.provider().texts == ["first", "elsewhere"]
    stage.clock.forward(seconds=2)
    stage.deliver(bot)
    assert stage.provider().texts == ["first", "elsewhere", "first", "second"]


def test_a_delivery_that_ended_badly_does_not_hold_back_the_next(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(SendFailure(FailureKind.UNCERTAIN, "the line broke"))
    stage.answer(conversation, "first")
    following = stage.answer(conversation, "second")
    stage.deliver(bot)
    assert stage.look(following).status == "sent"


def test_two_processes_at_once_send_every_message_once_and_in_order(stage: Stage, bot: Channel) -> None:
    conversations = [stage.open_conversation(bot, str(person)) for person in range(500, 504)]
    for number in range(4):
        for conversation in conversations:
            stage.answer(conversation, str(number))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(stage.deliver, [bot] * 3))
    stage.deliver(bot)
    for conversation in conversations:
        mine = [each.text for each in stage.provider().sent if each.conversation_id == conversation.id]
        assert mine == ["0", "1", "2", "3"]


def test_a_process_that_dies_leaves_a_lease_and_then_an_uncertain_message(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    answer, following = stage.answer(conversation, "one"), stage.answer(conversation, "two")
    kill_in_the_middle_of_a_send(stage, bot)
    [delivery] = stage.deliveries(answer)
    assert (delivery.state, delivery.lease_until) == ("sending", START + lease_of(stage.services))
    stage.deliver(bot)
    assert stage.provider().texts == ["one"]
    stage.clock.now = delivery.lease_until - timedelta(milliseconds=1)
    leases.end_leases(stage.services)
    assert stage.look(answer).status == "sending"
    stage.clock.now = delivery.lease_until
    leases.end_leases(stage.services)
    ended = stage.look(answer)
    assert ended.error is not None
    assert (ended.status, ended.error.kind) == ("uncertain", "uncertain")
    assert stage.attempts(answer) == ["uncertain"]
    stage.deliver(bot)
    assert stage.provider().texts == ["one", "two"]
    assert stage.look(following).status == "sent"


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ])
def test_a_later_receipt_says_what_became_of_an_uncertain_message(
    stage: Stage, bot: Channel, status: MessageStatus
) -> None:
    answer = stage.answer(stage.open_conversation(bot))
    kill_in_the_middle_of_a_send(stage, bot)
    stage.clock.forward(hours=1)
    leases.end_leases(stage.services)
    [delivery] = stage.deliveries(answer)
    stage.hear(bot, Receipt(status, external_id="500:77", delivery_id=delivery.id))
    now = stage.look(answer)
    assert (now.status, now.external_id, now.error) == (status, "500:77", None)


def test_a_process_that_was_only_slow_changes_nothing_after_its_lease(stage: Stage, bot: Channel) -> None:
    """It wakes up when a person has sent the message anew: its own failure is about the old delivery."""
    answer = stage.answer(stage.open_conversation(bot))

    def sleep_too_long(_message: OutboundMessage) -> Sent:
        stage.clock.forward(hours=1)
        leases.end_leases(stage.services)
        retry(stage.services, stage.operator, answer.id)
        raise ConnectionRefusedError

    stage.provider().answers.extend([sleep_too_long, Sent("500:78")])
    stage.provider().__dict__["classify"] = lambda _error: DOWN
    stage.deliver(bot)
    stage.clock.forward(hours=1)
    stage.deliver(bot)
    assert stage.provider().texts == ["Good morning", "Good morning"]
    assert stage.look(answer).status == "sent"
    assert [each.state for each in stage.deliveries(answer)] == ["uncertain", "sent"]


def test_no_answer_in_time_is_uncertain(stage: Stage, bot: Channel) -> None:
    async def never(_message: OutboundMessage, _sender: Sender) -> Sent:
        await asyncio.Event().wait()
        raise AssertionError

    object.__setattr__(stage.services, "settings", stage.services.settings.model_copy(update={"send_timeout": 0.05}))
    stage.provider().__dict__["send"] = never
    answer = stage.answer(stage.open_conversation(bot))
    stage.deliver(bot)
    assert stage.look(answer).status == "uncertain"


def test_a_time_out_of_the_providers_client_means_what_the_adapter_says(stage: Stage, bot: Channel) -> None:
    """A connection that never came about is certainly not a message sent."""
    stage.provider().answers.append(TimeoutError("connect"))
    stage.provider().__dict__["classify"] = lambda _error: DOWN
    answer = stage.answer(stage.open_conversation(bot))
    stage.deliver(bot)
    assert stage.look(answer).status == "queued"


def test_an_unforeseen_error_of_an_adapter_ends_its_own_message_only(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(ZeroDivisionError("what is this"))
    first, second = stage.answer(conversation, "one"), stage.answer(conversation, "two")
    stage.deliver(bot)
    assert (stage.look(first).status, stage.look(second).status) == ("uncertain", "sent")


def test_the_sweep_wakes_who_has_something_due_and_may_send(stage: Stage, bot: Channel) -> None:
    held = stage.channel("sms", "+15550001111")
    for channel, person in ((bot, "500"), (held, "+15557770001")):
        stage.answer(stage.open_conversation(channel, person))
    stage.provider("sms").answers.append(SendFailure(FailureKind.CREDENTIALS, "revoked", reach=Reach.SENDER))
    stage.deliver(held)
    stage.services.queue.redis.flushdb()
    woken: list[str] = []
    object.__setattr__(stage.services.queue, "wake_many", lambda _queue, job, keys: woken.extend([job, *keys]))
    leases.wake_due(stage.services)
    assert woken == [DELIVER_JOB, bot.sender_id]


def test_a_new_token_lets_the_held_messages_go(stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    async def identify(_credentials: JsonObject) -> SenderProfile:
        return SenderProfile(bot.address, "@our_bot")

    async def setup(_sender: Sender) -> None:
        return

    async def health(_sender: Sender) -> Health:
        return Health(HealthState.OK)

    provider = stage.provider()
    provider.__dict__.update(identify=identify, setup=setup, health=health)
    provider.answers.append(SendFailure(FailureKind.CREDENTIALS, "revoked", reach=Reach.SENDER))
    answer = stage.answer(stage.open_conversation(bot))
    stage.deliver(bot)
    assert stage.hold(bot)[0] == "credentials"
    changes = ChannelChanges(credentials={"bot_token": "111222:a-new-token"})
    channels.change_channel(stage.services, stage.org.actor, bot.id, changes)
    stage.deliver(bot)
    assert stage.hold(bot) == (None, None)
    assert stage.look(answer).status == "sent"


def test_a_new_token_does_not_lift_a_ban(stage: Stage, bot: Channel) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        senders.hold(tx, bot.sender_id, "banned", None, "banned")
        stored.clear_hold(tx, bot.sender_id, "credentials")
    assert stage.hold(bot)[0] == "banned"


def test_an_answer_given_while_another_is_sent_waits_for_it(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.answer(conversation, "one")
    under_way, go_on = threading.Event(), threading.Event()

    def slow(message: OutboundMessage) -> Sent:
        under_way.set()
        assert go_on.wait(10)
        return Sent(f"out-{message.delivery_id}")

    stage.provider().answers.append(slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(stage.deliver, bot)
        assert under_way.wait(10)
        stage.answer(conversation, "two")
        stage.deliver(bot)
        assert stage.provider().texts == ["one"]
        go_on.set()
        first.result()
    assert stage.provider().texts == ["one", "two"]
