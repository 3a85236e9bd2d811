"""What a failure and an ending do beyond one message: to the person, the sender, and whoever comes after."""

import pytest
from sqlalchemy import select

from hub.access.groups import create_group, set_members
from hub.access.presence import set_presence
from hub.db.tables.core import PARKED
from hub.outbound import marking, recording
from hub.privacy import cases, work
from hub.privacy.cases import Request
from hub.provisioning.channels import ChannelChanges, change_channel, delete_channel
from hub.routing.assignment import assign_waiting
from hub.types import FailureKind, Level, MessageStatus, OutboundMessage, Presence, Receipt, Role, SendFailure, Sent
from tests.outbound.stage import Stage
from tests.world import Channel

S = MessageStatus


def test_a_released_sender_sends_nothing_more(stage: Stage, bot: Channel) -> None:
    """Its address may be somebody else's by now."""
    conversation = stage.open_conversation(bot)
    answer = stage.answer(conversation)
    delete_channel(stage.services, stage.org.actor, bot.id)
    stage.deliver(bot)
    assert stage.provider().sent == []
    ended = stage.look(answer)
    assert ended.status == S.FAILED
    assert ended.error is not None
    assert "disconnected" in ended.error.detail


def test_a_failure_that_comes_as_a_receipt_reaches_the_person_and_the_sender_too(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    blocked, banned = stage.answer(conversation, "first"), stage.answer(conversation, "second")
    stage.deliver(bot)
    gone = SendFailure(FailureKind.RECIPIENT, "the person blocked the bot")
    stage.hear(bot, Receipt(S.FAILED, external_id=stage.look(blocked).external_id, failure=gone))
    assert stage.look(blocked).status == S.FAILED
    assert stage.hold(bot)[0] is None
    ban = SendFailure(FailureKind.SENDER, "the sender is banned", level=Level.BANNED)
    stage.hear(bot, Receipt(S.FAILED, external_id=stage.look(banned).external_id, failure=ban))
    assert stage.hold(bot)[0] == "banned"


BAN = SendFailure(FailureKind.SENDER, "the sender is banned", level=Level.BANNED)


def test_a_late_word_that_it_was_sent_does_not_end_what_came_back_and_waits_again(stage: Stage, bot: Channel) -> None:
    answer = stage.answer(stage.open_conversation(bot))
    stage.deliver(bot)
    [first] = stage.deliveries(answer)
    external_id = stage.look(answer).external_id
    stage.hear(bot, Receipt(S.FAILED, external_id, first.id, failure=BAN))
    stage.hear(bot, Receipt(S.SENT, external_id, first.id))
    assert [each.state for each in stage.deliveries(answer)] == ["sent", "queued"]
    assert stage.look(answer).status == "queued"


def test_the_sends_own_answer_does_not_end_what_came_back_before_it(stage: Stage, bot: Channel) -> None:
    def given_back(message: OutboundMessage) -> Sent:
        stage.hear(bot, Receipt(S.FAILED, delivery_id=message.delivery_id, failure=BAN))
        return Sent("m-1")

    answer = stage.answer(stage.open_conversation(bot))
    stage.provider().answers.append(given_back)
    stage.deliver(bot)
    assert [each.state for each in stage.deliveries(answer)] == ["failed", "queued"]
    assert stage.look(answer).status == "queued"


def test_a_process_that_slept_past_its_lease_sends_nothing(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep has called the message uncertain meanwhile, and a person may have sent it anew."""
    conversation = stage.open_conversation(bot)
    answer = stage.answer(conversation)

    def sleep_after_marking(failpoint: str) -> None:
        if failpoint == "delivery.after_mark":
            stage.clock.forward(hours=1)

    with monkeypatch.context() as patched:
        patched.setattr(marking, "reach", sleep_after_marking)
        stage.deliver(bot)
    assert stage.provider().sent == []
    assert stage.look(answer).status == S.QUEUED


def test_a_group_where_nobody_works_hides_no_other_group(stage: Stage, bot: Channel) -> None:
    services, org = stage.services, stage.org
    set_presence(services, org.actor, org.operator.user_id, Presence.OFFLINE)
    stage.hear(bot, *(stage.message("Hello", str(1000 + person)) for person in range(130)))
    other = stage.channel("sms", "+15550001112")
    ada = stage.world.user(org.id, "Ada", Role.OPERATOR)
    night = create_group(services, org.actor, "Night shift")
    set_members(services, org.actor, night.id, [ada.user_id])
    change_channel(services, org.actor, other.id, ChannelChanges(group_id=night.id))
    stage.hear(other, stage.message("Is anybody there?", "+15557770001"))
    set_presence(services, org.actor, ada.user_id, Presence.ONLINE)
    assign_waiting(services, org.id)
    [mine] = [each for each in stage.conversations() if each.channel.id == other.id]
    assert mine.assignee is not None
    assert mine.assignee.name == "Ada"


def test_an_erasure_during_a_send_keeps_nothing_of_it_but_the_senders_hold(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = stage.open_conversation(bot)
    stage.answer(conversation)

    def erase_before_recording(failpoint: str) -> None:
        if failpoint == "delivery.before_record":
            asked = Request(stage.org.id, stage.org.actor, conversation.contact.id, "they asked for it")
            case = cases.begin_erasure(stage.services, asked)
            while not work.work_on(stage.services, case.id, 60):
                continue

    monkeypatch.setattr(recording, "reach", erase_before_recording)
    stage.provider().answers.append(SendFailure(FailureKind.SENDER, "the sender is banned", level=Level.BANNED))
    stage.deliver(bot)
    assert stage.hold(bot)[0] == "banned"
    assert stage.conversations() == []


def test_a_receipt_of_an_erased_message_leaves_nothing(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    [sent] = stage.deliveries(stage.answer(conversation))
    stage.deliver(bot)
    case = cases.begin_erasure(
        stage.services, Request(stage.org.id, stage.org.actor, conversation.contact.id, "they asked for it")
    )
    while not work.work_on(stage.services, case.id, 60):
        continue
    failure = SendFailure(FailureKind.CONTENT, "no route to +491711234567")
    stage.hear(bot, Receipt(S.FAILED, external_id="gone", delivery_id=sent.id, failure=failure))
    with stage.services.db.reading(stage.org.id) as tx:
        assert tx.all(select(PARKED)) == []
