"""Messages that nobody asked for: refused, counted and held, while whoever writes gets an answer."""

import pytest

from hub.db.session import PlatformWork
from hub.db.tables.core import CONVERSATION, DELIVERY, ORGANIZATION
from hub.errors import Conflict
from hub.outbound.submit import retry
from hub.types import ConversationView, FailureKind, SendFailure
from hub.types.people import JsonObject
from tests.numbers.health.stage import HealthStage
from tests.world import Channel


@pytest.fixture
def bot(stage: HealthStage) -> Channel:
    return stage.channel()


def stranger(stage: HealthStage, bot: Channel, person: str) -> ConversationView:
    """A conversation with somebody who has never written: they were brought along from elsewhere."""
    conversation = stage.open_conversation(bot, person)
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(CONVERSATION.update().where(CONVERSATION.c.id == conversation.id).values(last_inbound_at=None))
    return conversation


def caps(stage: HealthStage, **values: int) -> None:
    bans: JsonObject = {"caps": values}
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(ORGANIZATION.update().where(ORGANIZATION.c.id == stage.org.id).values(bans=bans))


def unasked(stage: HealthStage) -> list[bool]:
    with stage.services.db.reading(stage.org.id) as tx:
        return [row.unasked for row in tx.all(DELIVERY.select().order_by(DELIVERY.c.id))]


def test_what_goes_to_somebody_who_wrote_is_an_answer_and_all_else_is_unasked(stage: HealthStage, bot: Channel) -> None:
    stage.answer(stage.open_conversation(bot, "1"))
    stage.answer(stranger(stage, bot, "2"))
    assert unasked(stage) == [False, True]


def test_a_sender_that_may_only_answer_refuses_the_rest_with_what_may_be_done(stage: HealthStage, bot: Channel) -> None:
    asked, other = stage.open_conversation(bot, "1"), stranger(stage, bot, "2")
    stage.set_sender(bot, forbids=["unasked"])
    stage.answer(asked)
    with pytest.raises(Conflict, match="may only answer") as refused:
        stage.answer(other)
    assert refused.value.extra["lawful"]
    stage.set_sender(bot, forbids=["unasked"], forbids_until=stage.clock())
    stage.answer(other)
    assert unasked(stage) == [False, True]


def test_what_was_queued_unasked_is_held_and_answers_pass_it(stage: HealthStage, bot: Channel) -> None:
    conversation = stranger(stage, bot, "1")
    stage.answer(conversation, "An offer")
    stage.set_sender(bot, forbids=["unasked"])
    stage.deliver(bot)
    assert stage.provider().texts == []
    stage.write(bot, "Who are you?", "1")
    stage.answer(conversation, "We are Acme")
    stage.deliver(bot)
    assert stage.provider().texts == ["We are Acme"]
    stage.set_sender(bot, forbids=[])
    stage.deliver(bot)
    assert stage.provider().texts == ["We are Acme", "An offer"]


def test_caps_bound_people_and_messages_of_a_day_and_quality_shares_them_out(stage: HealthStage, bot: Channel) -> None:
    people = [stranger(stage, bot, str(number)) for number in range(5)]
    caps(stage, recipients=2, unasked=4)
    stage.answer(people[0])
    stage.answer(people[1])
    with pytest.raises(Conflict, match="as many people"):
        stage.answer(people[2])
    stage.answer(people[0], "Once more")
    stage.set_sender(bot, quality="medium")
    with pytest.raises(Conflict, match="as many messages"):
        stage.answer(people[0])
    stage.clock.forward(hours=25)
    stage.answer(people[2])
    stage.set_sender(bot, quality="low")
    with pytest.raises(Conflict, match="complain"):
        stage.answer(people[2])
    stage.answer(stage.open_conversation(bot, "9"))


def test_sending_again_is_asked_for_anew(stage: HealthStage, bot: Channel) -> None:
    other = stranger(stage, bot, "1")
    message = stage.answer(other)
    stage.provider().answers.append(SendFailure(FailureKind.CONTENT, "Refused"))
    stage.deliver(bot)
    stage.set_sender(bot, forbids=["unasked"])
    with pytest.raises(Conflict, match="may only answer"):
        retry(stage.services, stage.operator, message.id)
    stage.write(bot, "Hello", "1")
    retry(stage.services, stage.operator, message.id)
    assert unasked(stage) == [True, False]


def test_what_the_messenger_allows_bounds_operators_and_counts_all_senders_of_its_kind(
    stage: HealthStage, bot: Channel
) -> None:
    people = [stranger(stage, bot, str(number)) for number in range(3)]
    stage.set_sender(bot, daily_limit=2)
    stage.answer(people[0])
    stage.world.sender(stage.org, bot.id, "telegram", "333", {"bot_token": "333:token-for-tests"})
    stage.answer(people[1])
    stage.set_sender(stage.org.channels["telegram"], daily_limit=2)
    with pytest.raises(Conflict, match="no more people unasked"):
        stage.answer(people[2])
    stage.answer(people[1], "Once more")
    stage.clock.forward(hours=25)
    stage.answer(people[2])
