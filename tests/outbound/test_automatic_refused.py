"""What routing wants said is not said where it may not be, nor when it means nothing any more."""

from typing import Any

import pytest

from hub.conversations import commands
from hub.db.tables.core import CHANNEL, CONTACT, SENDER
from hub.outbound.automatic import say_due
from hub.types import ConversationView, Person, ReachabilityChanged
from tests.outbound.stage import Stage
from tests.outbound.wishes import CLOSED, ours, set_row, state_of, want, why_not
from tests.world import Channel


def opt_out(stage: Stage, bot: Channel, _conversation: ConversationView) -> None:
    stage.hear(bot, ReachabilityChanged(Person("500"), reachable=False, reason="STOP", opted_out=True))


def disconnect(stage: Stage, bot: Channel, _conversation: ConversationView) -> None:
    set_row(stage, SENDER, bot.sender_id, state="past")


def close(stage: Stage, _bot: Channel, conversation: ConversationView) -> None:
    commands.close(stage.services, stage.operator, conversation.id)


def answer(stage: Stage, _bot: Channel, conversation: ConversationView) -> None:
    stage.answer(conversation, "I am here")


def wait_long(stage: Stage, _bot: Channel, _conversation: ConversationView) -> None:
    stage.clock.forward(hours=1, seconds=1)


REFUSED = [
    (opt_out, "asked not to be written to"),
    (disconnect, "is disconnected"),
    (close, "closed first"),
    (answer, "somebody answered first"),
    (wait_long, "could not be said in time"),
]


@pytest.mark.parametrize(("happen", "reason"), REFUSED, ids=[each[0].__name__ for each in REFUSED])
def test_it_is_not_said_where_it_may_not_be_or_means_nothing_any_more(
    stage: Stage, bot: Channel, happen: Any, reason: str
) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)
    happen(stage, bot, conversation)
    before = len(ours(stage, conversation))
    say_due(stage.services)
    assert len(ours(stage, conversation)) == before
    assert (reason in why_not(stage, conversation), state_of(stage, wanted)) == (True, "cancelled")
    stage.deliver(bot)
    assert CLOSED not in stage.provider().texts


@pytest.mark.parametrize(("kind", "address"), [("facebook", "102030405060708"), ("whatsapp", "+15550001111")])
def test_it_is_not_said_into_a_closed_reply_window_nor_with_the_tag_for_people(
    stage: Stage, kind: str, address: str
) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, "+15557770001")
    stage.clock.forward(hours=24)
    wanted = want(stage, conversation)
    say_due(stage.services)
    assert (ours(stage, conversation), state_of(stage, wanted)) == ([], "cancelled")
    assert "the reply window is closed" in why_not(stage, conversation)


def test_a_window_that_closes_on_the_way_lets_it_fail_unsent(stage: Stage) -> None:
    page = stage.channel("facebook", "102030405060708")
    conversation = stage.open_conversation(page)
    want(stage, conversation)
    say_due(stage.services)
    stage.clock.forward(hours=24)
    stage.deliver(page)
    [said] = ours(stage, conversation)
    assert (said.status, stage.provider("facebook").sent) == ("failed", [])


@pytest.mark.parametrize("rests", ["channel", "contact"])
def test_while_it_may_not_be_shown_it_waits_and_nothing_is_told(stage: Stage, bot: Channel, rests: str) -> None:
    conversation = stage.open_conversation(bot)
    wanted = want(stage, conversation)
    table, row_id, column = {
        "channel": (CHANNEL, bot.id, "suspended_at"),
        "contact": (CONTACT, conversation.contact.id, "restricted_at"),
    }[rests]
    set_row(stage, table, row_id, **{column: stage.clock()})
    say_due(stage.services)
    assert state_of(stage, wanted) == "queued"
    set_row(stage, table, row_id, **{column: None})
    say_due(stage.services)
    assert (len(ours(stage, conversation)), why_not(stage, conversation)) == (1, "")
