"""Consents and caps: whom an organization may write to, and how much."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.numbers.policy.caps import (
    REFUSALS,
    Answer,
    Caps,
    Consent,
    Refusal,
    Sending,
    Spent,
    consent_for,
    ground_for,
    refusal,
    share_of,
)
from hub.types.numbers import Purpose, Quality

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def said(purpose: Purpose, answer: Answer, hours_ago: int = 0, identity_id: str = "i1") -> Consent:
    return Consent(identity_id, purpose, answer, "form", NOW - timedelta(hours=hours_ago), "v1")


def test_what_somebody_said_last_counts() -> None:
    given, withdrawn = said(Purpose.SERVICE, Answer.GIVEN, 1), said(Purpose.SERVICE, Answer.WITHDRAWN, 2)
    assert consent_for([given, withdrawn], "i1", Purpose.SERVICE) == given
    assert ground_for([given, withdrawn], "i1") == given
    assert consent_for([given], "i2", Purpose.SERVICE) is None
    assert consent_for([given], "i1", Purpose.MARKETING) is None


def test_of_two_answers_of_one_moment_the_withdrawal_counts() -> None:
    both = [said(Purpose.SERVICE, Answer.WITHDRAWN), said(Purpose.SERVICE, Answer.GIVEN)]
    assert ground_for(both, "i1") is None
    assert ground_for(both[::-1], "i1") is None


def test_an_invitation_rests_on_a_consent_to_it_or_to_the_service_and_never_on_one_to_marketing() -> None:
    assert ground_for([said(Purpose.INVITATION, Answer.GIVEN)], "i1")
    assert ground_for([said(Purpose.SERVICE, Answer.GIVEN)], "i1")
    assert ground_for([said(Purpose.MARKETING, Answer.GIVEN)], "i1") is None
    assert (
        ground_for([said(Purpose.SERVICE, Answer.GIVEN), said(Purpose.INVITATION, Answer.WITHDRAWN, 5)], "i1") is None
    )


@pytest.mark.parametrize(
    ("cap", "quality", "left"),
    [
        (2000, Quality.UNKNOWN, 2000),
        (2000, Quality.HIGH, 2000),
        (2000, Quality.MEDIUM, 1000),
        (2001, Quality.MEDIUM, 1000),
        (1, Quality.MEDIUM, 1),
        (0, Quality.MEDIUM, 0),
        (2000, Quality.LOW, 0),
    ],
)
def test_quality_leaves_of_a_cap(cap: int, quality: Quality, left: int) -> None:
    assert share_of(cap, quality) == left


@pytest.mark.parametrize(
    ("spent", "quality", "why"),
    [
        (Spent(9, 19), Quality.HIGH, None),
        (Spent(10, 19), Quality.HIGH, Refusal.RECIPIENTS),
        (Spent(10, 19, known=True), Quality.HIGH, None),
        (Spent(10, 20, known=True), Quality.HIGH, Refusal.UNASKED),
        (Spent(4, 9), Quality.MEDIUM, None),
        (Spent(5, 9), Quality.MEDIUM, Refusal.RECIPIENTS),
        (Spent(0, 0), Quality.LOW, Refusal.QUALITY),
        (Spent(7, 9, there=7), Quality.HIGH, None),
        (Spent(8, 9, there=8), Quality.HIGH, Refusal.MESSENGER),
        (Spent(8, 9, known=True, there=8), Quality.HIGH, None),
        (Spent(4, 9, there=4), Quality.MEDIUM, Refusal.MESSENGER),
    ],
)
def test_what_nobody_asked_for_is_capped(spent: Spent, quality: Quality, why: Refusal | None) -> None:
    assert refusal(Caps(10, 20, 8), spent, Sending.UNASKED, quality) is why
    assert why is None or REFUSALS[why]


def test_an_answer_is_never_capped() -> None:
    for quality in Quality:
        assert refusal(Caps(0, 0), Spent(10, 10), Sending.ANSWER, quality) is None
