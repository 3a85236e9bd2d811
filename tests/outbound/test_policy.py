"""The failure table of the house, row by row, and as what the delivery job does."""

from datetime import timedelta

import pytest

from hub.errors import Conflict
from hub.failure_policy import BACK_OFF, DEFAULT_WAIT, MAX_ATTEMPTS, Consequence, Step, consequence
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.types import FailureKind, Level, Reach, SendFailure
from tests.outbound.stage import START, Stage
from tests.world import Channel

K = FailureKind


@pytest.mark.parametrize(
    ("failure", "attempts", "follows"),
    [
        (SendFailure(K.TRY_LATER, "down"), 1, Consequence(Step.RETRY, delay=2.0)),
        (SendFailure(K.TRY_LATER, "down"), 2, Consequence(Step.RETRY, delay=10.0)),
        (SendFailure(K.TRY_LATER, "down"), 4, Consequence(Step.RETRY, delay=300.0)),
        (SendFailure(K.TRY_LATER, "down"), 5, Consequence(Step.FAIL)),
        (SendFailure(K.RATE_LIMITED, "slow", retry_after=3), 1, Consequence(Step.WAIT, delay=3)),
        (SendFailure(K.RATE_LIMITED, "slow", retry_after=40, reach=Reach.RECIPIENT), 9, Consequence(Step.WAIT, 40)),
        (
            SendFailure(K.RATE_LIMITED, "slow", retry_after=3, reach=Reach.SENDER),
            1,
            Consequence(Step.WAIT, delay=3, hold_sender="rate", hold_for=3),
        ),
        (
            SendFailure(K.RATE_LIMITED, "slow", reach=Reach.APP),
            1,
            Consequence(Step.WAIT, delay=DEFAULT_WAIT, hold_sender="rate", hold_for=DEFAULT_WAIT),
        ),
        (SendFailure(K.UNCERTAIN, "lost"), 1, Consequence(Step.UNCERTAIN)),
        (SendFailure(K.RECIPIENT, "blocked"), 1, Consequence(Step.FAIL, identity_unreachable=True)),
        (SendFailure(K.WINDOW, "closed"), 1, Consequence(Step.FAIL)),
        (SendFailure(K.CONTENT, "refused"), 1, Consequence(Step.FAIL)),
        (SendFailure(K.SENDER, "limited", level=Level.RESTRICTED), 1, Consequence(Step.FAIL)),
        (SendFailure(K.SENDER, "banned", level=Level.BANNED), 1, Consequence(Step.HOLD, hold_sender="banned")),
        (SendFailure(K.SENDER, "banned", level=Level.ACCOUNT), 1, Consequence(Step.HOLD, hold_sender="banned")),
        (SendFailure(K.CREDENTIALS, "revoked"), 1, Consequence(Step.HOLD, hold_sender="credentials")),
    ],
)
def test_what_follows_from_a_failure_stands_in_one_table(
    failure: SendFailure, attempts: int, follows: Consequence
) -> None:
    assert consequence(failure, attempts) == follows


def test_every_kind_of_failure_has_a_consequence() -> None:
    assert all(isinstance(consequence(SendFailure(kind, "x"), 1), Consequence) for kind in FailureKind)
    assert len(BACK_OFF) == MAX_ATTEMPTS - 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still: what is due in a millisecond would be waited for until the turn is over."""
    monkeypatch.setattr(deliver, "_IDLE", 0.0)


@pytest.mark.usefixtures("impatient")
def test_what_was_certainly_not_sent_is_tried_again_with_growing_pauses_and_then_fails(
    stage: Stage, bot: Channel
) -> None:
    provider = stage.provider()
    provider.answers.extend([SendFailure(K.TRY_LATER, "the provider is down")] * MAX_ATTEMPTS)
    answer = stage.answer(stage.open_conversation(bot))
    for tried, pause in enumerate(BACK_OFF, 1):
        stage.deliver(bot)
        assert (len(provider.sent), stage.look(answer).status) == (tried, "queued")
        stage.clock.forward(seconds=pause - 0.01)
        stage.deliver(bot)
        assert len(provider.sent) == tried
        stage.clock.forward(seconds=0.01)
    stage.deliver(bot)
    failed = stage.look(answer)
    assert failed.status == "failed"
    assert failed.error is not None
    assert (failed.error.kind, failed.error.detail) == ("try_later", "the provider is down")
    stage.clock.forward(days=1)
    stage.deliver(bot)
    assert stage.attempts(answer) == ["try_later"] * MAX_ATTEMPTS


@pytest.mark.usefixtures("impatient")
def test_a_wait_is_exactly_as_long_as_told_and_costs_no_attempt(stage: Stage, bot: Channel) -> None:
    provider = stage.provider()
    rounds = MAX_ATTEMPTS + 2
    provider.answers.extend([SendFailure(K.RATE_LIMITED, "slow down", retry_after=7.5)] * rounds)
    answer = stage.answer(stage.open_conversation(bot))
    for tried in range(1, rounds + 1):
        stage.deliver(bot)
        stage.clock.forward(seconds=7.499)
        stage.deliver(bot)
        assert len(provider.sent) == tried
        assert stage.deliveries(answer)[0].attempts == 0
        stage.clock.forward(seconds=0.001)
    stage.deliver(bot)
    assert stage.look(answer).status == "sent"


def test_a_limit_of_one_chat_lets_the_others_go_on(stage: Stage, bot: Channel) -> None:
    slow, other = stage.open_conversation(bot, "500"), stage.open_conversation(bot, "501")
    stage.provider().answers.append(SendFailure(K.RATE_LIMITED, "slow", retry_after=60, reach=Reach.RECIPIENT))
    waiting, gone = stage.answer(slow, "waits"), stage.answer(other, "goes")
    stage.deliver(bot)
    assert (stage.look(waiting).status, stage.look(gone).status) == ("queued", "sent")
    assert stage.hold(bot) == (None, None)


def test_a_limit_of_the_sender_holds_it_whole_and_no_other(stage: Stage, bot: Channel) -> None:
    page = stage.channel("sms", "+15550001111")
    mine = [stage.open_conversation(bot, "500"), stage.open_conversation(bot, "501")]
    theirs = stage.open_conversation(page, "+15557770001")
    stage.provider().answers.append(SendFailure(K.RATE_LIMITED, "slow", retry_after=60, reach=Reach.SENDER))
    held, elsewhere = [stage.answer(each) for each in mine], stage.answer(theirs)
    stage.deliver(bot)
    stage.deliver(page)
    assert [stage.look(each).status for each in held] == ["queued", "queued"]
    assert stage.look(elsewhere).status == "sent"
    assert len(stage.provider().sent) == 1
    assert stage.hold(bot) == ("rate", START + timedelta(seconds=60))
    stage.clock.forward(seconds=60)
    stage.deliver(bot)
    assert [stage.look(each).status for each in held] == ["sent", "sent"]


def test_what_may_have_been_sent_is_never_sent_again_by_itself(stage: Stage, bot: Channel) -> None:
    stage.provider().answers.append(SendFailure(K.UNCERTAIN, "the line broke"))
    answer = stage.answer(stage.open_conversation(bot))
    stage.deliver(bot)
    stage.clock.forward(days=3)
    stage.deliver(bot)
    assert (len(stage.provider().sent), stage.look(answer).status) == (1, "uncertain")


def test_somebody_who_cannot_be_reached_is_left_alone_until_they_write(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(SendFailure(K.RECIPIENT, "the person blocked the bot"))
    first, queued = stage.answer(conversation, "one"), stage.answer(conversation, "two")
    stage.deliver(bot)
    assert [stage.look(each).status for each in (first, queued)] == ["failed", "failed"]
    assert stage.provider().texts == ["one"]
    with pytest.raises(Conflict, match="the person blocked the bot") as refused:
        stage.answer(conversation, "three")
    assert refused.value.extra["lawful"]
    assert submit(stage.services, stage.operator, conversation.id, Reply("they blocked us", note=True)).id
    stage.hear(bot, stage.message("I am back"))
    again = stage.answer(conversation, "four")
    stage.deliver(bot)
    assert stage.look(again).status == "sent"


@pytest.mark.parametrize("kind", [K.WINDOW, K.CONTENT])
def test_a_refusal_of_this_message_fails_it_with_the_reason_and_nothing_else(
    stage: Stage, bot: Channel, kind: FailureKind
) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(SendFailure(kind, "in our words", code="131047"))
    refused, following = stage.answer(conversation, "one"), stage.answer(conversation, "two")
    stage.deliver(bot)
    failed = stage.look(refused)
    assert failed.error is not None
    assert (failed.status, failed.error.kind, failed.error.detail) == ("failed", kind, "in our words")
    assert stage.look(following).status == "sent"
    assert stage.hold(bot) == (None, None)


def test_a_restricted_sender_fails_this_message_and_goes_on_answering(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.provider().answers.append(SendFailure(K.SENDER, "may not start", level=Level.RESTRICTED, reach=Reach.SENDER))
    refused, following = stage.answer(conversation, "one"), stage.answer(conversation, "two")
    stage.deliver(bot)
    assert (stage.look(refused).status, stage.look(following).status) == ("failed", "sent")


@pytest.mark.parametrize(
    ("failure", "hold"),
    [
        (SendFailure(K.SENDER, "banned", level=Level.BANNED, reach=Reach.SENDER), "banned"),
        (SendFailure(K.SENDER, "suspended", level=Level.ACCOUNT, reach=Reach.PROVIDER_ACCOUNT), "banned"),
        (SendFailure(K.CREDENTIALS, "the token was revoked", reach=Reach.SENDER), "credentials"),
    ],
)
def test_a_banned_or_locked_out_sender_keeps_everything_queued(
    stage: Stage, bot: Channel, failure: SendFailure, hold: str
) -> None:
    conversations = [stage.open_conversation(bot, person) for person in ("500", "501")]
    stage.provider().answers.append(failure)
    answers = [stage.answer(each) for each in conversations]
    stage.deliver(bot)
    stage.clock.forward(days=30)
    stage.deliver(bot)
    assert len(stage.provider().sent) == 1
    assert [stage.look(each).status for each in answers] == ["queued", "queued"]
    assert [stage.deliveries(each)[0].attempts for each in answers] == [0, 0]
    assert stage.hold(bot) == (hold, None)
