"""The next step for one person: by which way, after which pause, resting on which consent, or why not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.numbers.policy.caps import Answer, Consent
from hub.numbers.policy.ways import (
    REASONS,
    Done,
    Invitation,
    Invite,
    OnlyByPublishing,
    Outcome,
    Recipient,
    Wait,
    Why,
    next_step,
    ordered,
)
from hub.types import ChannelKind
from hub.types.numbers import Purpose, RecipientState, Way, WayState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAUSE = timedelta(hours=72)
LETTERS = Way("i1", "c1", ChannelKind("letters"))
TEXTS = Way("i2", "c2", ChannelKind("texts"))
CHAT = Way("i3", "c3", ChannelKind("chat"), reply_window=timedelta(hours=24), last_heard_at=NOW - timedelta(hours=3))
BOT = Way("i4", "c4", ChannelKind("bot"), writes_first=True)
FRESH = Recipient(RecipientState.TO_RECRUIT)


def agreed(*ways: Way, purpose: Purpose = Purpose.SERVICE, answer: Answer = Answer.GIVEN) -> tuple[Consent, ...]:
    return tuple(Consent(each.identity_id, purpose, answer, "form", NOW - timedelta(days=9)) for each in ways)


ALL = agreed(LETTERS, TEXTS, CHAT, BOT)


def invited(way: Way, ago: timedelta, outcome: Outcome = Outcome.SENT) -> Recipient:
    return Recipient(RecipientState.INVITED, (Invitation(way.identity_id, NOW - ago, outcome),))


def way_of(recipient: Recipient, ways: Sequence[Way], consents: Sequence[Consent] = ALL) -> Way:
    step = next_step(recipient, ways, consents, NOW)
    assert isinstance(step, Invite)
    return step.way


def test_the_first_way_in_the_customers_order_is_taken_and_kinds_left_out_are_not() -> None:
    order = [TEXTS.kind, LETTERS.kind]
    assert ordered([LETTERS, CHAT, TEXTS], order) == (TEXTS, LETTERS)
    assert way_of(FRESH, ordered([LETTERS, CHAT, TEXTS], order)) == TEXTS


def test_the_next_way_is_taken_after_the_pause_and_never_the_same_twice() -> None:
    lately = invited(LETTERS, PAUSE - timedelta(seconds=1))
    assert next_step(lately, [LETTERS, TEXTS], ALL, NOW) == Wait(NOW + timedelta(seconds=1))
    assert way_of(invited(LETTERS, PAUSE), [LETTERS, TEXTS]) == TEXTS
    assert next_step(invited(LETTERS, PAUSE), [LETTERS], ALL, NOW) == OnlyByPublishing(Why.ALL_TRIED)


def test_an_invitation_that_came_back_needs_no_pause() -> None:
    assert way_of(invited(LETTERS, timedelta(minutes=1), Outcome.RETURNED), [LETTERS, TEXTS]) == TEXTS


def test_without_a_consent_for_that_very_address_there_is_no_invitation() -> None:
    assert way_of(FRESH, [LETTERS, TEXTS], agreed(TEXTS)) == TEXTS
    assert next_step(FRESH, [LETTERS, TEXTS], (), NOW) == OnlyByPublishing(Why.NO_CONSENT)
    assert next_step(FRESH, [LETTERS], agreed(LETTERS, purpose=Purpose.MARKETING), NOW) == OnlyByPublishing(
        Why.NO_CONSENT
    )


def test_an_invitation_that_was_refused_is_not_sent_because_a_service_was_agreed_to() -> None:
    refused = agreed(LETTERS, purpose=Purpose.INVITATION, answer=Answer.WITHDRAWN)
    assert next_step(FRESH, [LETTERS], (*ALL, *refused), NOW) == OnlyByPublishing(Why.NO_CONSENT)


def test_a_window_counts_as_closed_ten_minutes_before_it_closes() -> None:
    def heard(ago: timedelta) -> Way:
        return replace(CHAT, last_heard_at=NOW - ago)

    in_time = heard(timedelta(hours=24) - timedelta(minutes=10, seconds=1))
    assert way_of(FRESH, [in_time]) == in_time
    too_late = heard(timedelta(hours=24) - timedelta(minutes=10))
    assert next_step(FRESH, [too_late], ALL, NOW) == OnlyByPublishing(Why.WINDOW_CLOSED)


def test_who_has_to_write_first_is_not_written_to_before() -> None:
    assert next_step(FRESH, [BOT], ALL, NOW) == OnlyByPublishing(Why.WINDOW_CLOSED)
    assert next_step(FRESH, [replace(CHAT, last_heard_at=None)], ALL, NOW) == OnlyByPublishing(Why.WINDOW_CLOSED)
    long_ago = replace(BOT, last_heard_at=NOW - timedelta(days=900))
    assert way_of(FRESH, [long_ago]) == long_ago


def test_a_channel_that_is_held_is_passed_over_and_waited_for_if_nothing_else_is_left() -> None:
    held = replace(LETTERS, state=WayState.HELD)
    assert way_of(FRESH, [held, TEXTS]) == TEXTS
    assert next_step(FRESH, [held], ALL, NOW) == Wait(None)
    assert next_step(FRESH, [held], (), NOW) == OnlyByPublishing(Why.NO_CONSENT)


@pytest.mark.parametrize(
    ("ways", "why"),
    [
        ([], Why.NO_WAY),
        ([replace(LETTERS, state=WayState.UNREACHABLE)], Why.UNREACHABLE),
        ([replace(LETTERS, state=WayState.OPTED_OUT), replace(TEXTS, state=WayState.UNREACHABLE)], Why.OPTED_OUT),
    ],
)
def test_the_reason_is_the_one_that_is_mended_most_easily(ways: list[Way], why: Why) -> None:
    assert next_step(FRESH, ways, ALL, NOW) == OnlyByPublishing(why)
    assert why in REASONS


@pytest.mark.parametrize(
    "state", [RecipientState.VERIFIED, RecipientState.CLAIMED, RecipientState.OPTED_OUT, RecipientState.ERASED]
)
def test_whoever_is_there_or_must_not_be_written_to_is_never_invited(state: RecipientState) -> None:
    assert next_step(Recipient(state), [LETTERS, TEXTS], ALL, NOW) == Done(state)


def test_the_unreachable_find_the_new_sender_by_what_is_published() -> None:
    recipient = Recipient(RecipientState.UNREACHABLE)
    assert next_step(recipient, [LETTERS], ALL, NOW) == OnlyByPublishing(Why.UNREACHABLE)
