"""A choice goes out as buttons where the channel has them, else as a numbered text; long texts go out in pieces."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hub.db.tables.core import CONVERSATION
from hub.outbound.automatic import say_due
from hub.types import Buttons
from tests.outbound.stage import Stage
from tests.outbound.wishes import LABELS, WHOM, offer, ours, set_row, state_of, want, why_not
from tests.world import Channel


def test_a_choice_goes_out_as_buttons_where_the_channel_has_them(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    offer(stage, conversation)
    say_due(stage.services)
    stage.deliver(bot)
    [sent] = stage.provider().sent
    [buttons] = sent.parts
    assert isinstance(buttons, Buttons)
    assert [(each.label, each.payload) for each in buttons.options] == [(each, each) for each in LABELS]
    assert sent.text == WHOM


@pytest.mark.parametrize(
    ("kind", "address", "person"),
    [
        ("whatsapp", "+15550001111", "+15557770001"),
        ("sms", "+15550001112", "+15557770001"),
        ("email", "help@acme.example", "carla@example.com"),
    ],
)
def test_a_choice_goes_out_as_a_numbered_text_elsewhere(stage: Stage, kind: str, address: str, person: str) -> None:
    channel = stage.channel(kind, address)
    conversation = stage.open_conversation(channel, person)
    offer(stage, conversation)
    say_due(stage.services)
    stage.deliver(channel)
    [sent] = stage.provider(kind).sent
    assert (sent.text, sent.parts) == (f"{WHOM}\n\n1. Sales\n2. Support", ())


@pytest.mark.parametrize(
    "labels", [("Sales and everything about new orders", "Support"), [f"Group {n}" for n in range(14)]]
)
def test_what_its_buttons_cannot_carry_goes_out_numbered(stage: Stage, labels: Sequence[str]) -> None:
    """Messenger has 13 quick replies of 20 characters."""
    page = stage.channel("facebook", "102030405060708")
    conversation = stage.open_conversation(page)
    offer(stage, conversation, options=labels)
    say_due(stage.services)
    [said] = ours(stage, conversation)
    assert said.text.endswith(f"{len(labels)}. {labels[-1]}")
    assert [part["type"] for part in said.parts] == ["text"]


def test_a_choice_that_was_made_or_given_up_meanwhile_is_not_offered(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    wanted = offer(stage, conversation)
    set_row(stage, CONVERSATION, conversation.id, routing={"reason": "They waited long enough", "rule": "r"})
    say_due(stage.services)
    assert (ours(stage, conversation), state_of(stage, wanted)) == ([], "cancelled")
    assert "without a choice" in why_not(stage, conversation)


def test_a_text_that_the_channel_cannot_say_is_told_in_the_thread(stage: Stage) -> None:
    channel = stage.channel("email", "help@acme.example")
    provider = stage.provider("email")
    provider.capabilities = replace(provider.capabilities, text_limit=10, splits_text=False)
    conversation = stage.open_conversation(channel, "carla@example.com")
    wanted = want(stage, conversation)
    say_due(stage.services)
    assert (ours(stage, conversation), state_of(stage, wanted)) == ([], "cancelled")
    assert "at most 10 characters" in why_not(stage, conversation)


def test_a_long_text_goes_out_in_pieces_and_in_order(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    want(stage, conversation, "word " * 1200)
    say_due(stage.services)
    pieces = ours(stage, conversation)
    assert len(pieces) == 2
    stage.deliver(bot)
    assert stage.provider().texts == [each.text for each in pieces]
