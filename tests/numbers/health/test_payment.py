"""That an account is not paid is told by refused messages only, and taken back by messages that cost and arrive."""

from datetime import timedelta

from hub.db.tables.core import DELIVERY, SIGNAL
from hub.numbers import cases
from hub.numbers.cases import commands
from hub.numbers.policy import happenings as h
from hub.types import FailureKind, Level, MessageStatus, Reach, Receipt, SendFailure
from hub.types.bans import RemedyKind
from tests.numbers.health.stage import HealthStage, sees
from tests.world import Channel

UNPAID = SendFailure(
    FailureKind.SENDER, "Meta has no valid payment", "131042", Level.RESTRICTED, Reach.BUSINESS_ACCOUNT
)


def unpaid(stage: HealthStage) -> tuple[Channel, Channel]:
    """Two numbers of one account, of which the first has a case: the account is not paid."""
    one, other = (stage.world.channel(stage.org, "whatsapp", f"+491512345678{last}") for last in (1, 2))
    for channel in (one, other):
        stage.works(channel)
        stage.watched().found[channel.sender_id] = sees("twilio", "sender/ONLINE", online=True)
    stage.run(400)
    stage.org.channels["whatsapp"] = one
    stage.fail(one, UNPAID)
    stage.run(400)
    assert (stage.case_of(one).level, stage.sender(one).hold) == ("account", "banned")
    stage.org.channels["whatsapp"] = other
    return one, other


def delivered(stage: HealthStage, channel: Channel, person: str, *, unasked: bool) -> None:
    """A message goes out now, and arrives."""
    message = stage.answer(stage.open_conversation(channel, person))
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(DELIVERY.update().where(DELIVERY.c.message_id == message.id).values(unasked=unasked))
    stage.deliver(channel)
    [delivery] = stage.deliveries(message)
    stage.clock.forward(seconds=5)
    stage.hear(channel, Receipt(MessageStatus.DELIVERED, delivery_id=delivery.id))


def test_what_costs_and_is_delivered_says_that_the_account_is_paid(stage: HealthStage) -> None:
    one, other = unpaid(stage)
    delivered(stage, other, "601", unasked=False)
    stage.run(400)
    assert stage.case_of(one).over_at is None
    delivered(stage, other, "602", unasked=True)
    assert stage.run(60, until=lambda: stage.case_of(one).over_at) <= 10
    assert (stage.case_of(one).state, stage.sender(one).hold) == ("reinstated", None)
    before = len(stage.signals(one))
    delivered(stage, other, "603", unasked=True)
    assert len(stage.signals(one)) == before
    stage.org.channels["whatsapp"] = one
    stage.fail(one, UNPAID, "700")
    stage.run(60)
    assert stage.sender(one).level == "account"


def test_what_was_sent_before_it_was_refused_says_nothing_of_the_payment(stage: HealthStage) -> None:
    one, other = unpaid(stage)
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(SIGNAL.update().where(SIGNAL.c.code == "131042").values(at=stage.clock() + timedelta(seconds=60)))
    delivered(stage, other, "601", unasked=True)
    assert "message/delivered" not in {each.code for each in stage.signals(one)}


def test_who_says_that_it_is_paid_is_believed_until_the_next_refusal(stage: HealthStage) -> None:
    one, _ = unpaid(stage)
    paid = h.RemedyEnded(RemedyKind.PAY, helped=True, result="The card was renewed")
    for _ in range(3):
        cases.work(stage.services, stage.case_of(one).id)
    commands.end_remedy(stage.services, stage.org.actor, stage.case_of(one).id, paid)
    stage.run(20)
    assert (stage.case_of(one).state, stage.sender(one).hold) == ("reinstated", None)
