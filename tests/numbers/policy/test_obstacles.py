"""What is said to stand in the way before anything is bought, who mends it, and how long that takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.numbers.policy.obstacles import (
    OBSTACLES,
    Business,
    Portfolio,
    Review,
    SenderPlan,
    SignUp,
    may_buy,
    obstacles,
)
from hub.types import Level
from hub.types.bans import Act
from hub.types.numbers import Mender, Stage, Takes

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CLEAR = SenderPlan(Business(portfolio=Portfolio.VERIFIED), documents=Review.APPROVED, display_name=Review.APPROVED)


def codes(plan: SenderPlan) -> list[str]:
    return [each.code for each in obstacles(plan, NOW)]


def business(**changed: object) -> SenderPlan:
    assert CLEAR.business is not None
    return replace(CLEAR, business=replace(CLEAR.business, **changed))  # type: ignore[arg-type]


def test_where_all_is_approved_nothing_stands_in_the_way() -> None:
    assert obstacles(CLEAR, NOW) == ()


@pytest.mark.parametrize(
    ("portfolio", "senders", "found"),
    [
        (Portfolio.UNVERIFIED, 1, []),
        (Portfolio.UNVERIFIED, 2, ["senders_unverified"]),
        (Portfolio.VERIFIED, 19, []),
        (Portfolio.VERIFIED, 20, ["senders_verified"]),
        (Portfolio.RAISED, 49, []),
        (Portfolio.RAISED, 50, ["senders_raised"]),
    ],
)
def test_a_portfolio_has_as_many_senders_as_the_messenger_allows(
    portfolio: Portfolio, senders: int, found: list[str]
) -> None:
    assert codes(business(portfolio=portfolio, senders=senders)) == found


def test_a_number_is_registered_ten_times_within_three_days_and_then_waits_for_the_first_of_them_to_pass() -> None:
    hours = [timedelta(hours=number) for number in (80, 71, 60, 50, 40, 30, 20, 10, 5, 2)]
    nine = tuple(NOW - each for each in hours)
    assert codes(replace(CLEAR, registrations=nine)) == []
    ten = (*nine, NOW - timedelta(hours=1))
    (found,) = obstacles(replace(CLEAR, registrations=ten), NOW)
    assert (found.code, found.until) == ("registrations_used_up", NOW + timedelta(hours=1))
    assert obstacles(replace(CLEAR, registrations=ten), NOW + timedelta(hours=1)) == ()


def test_a_banned_business_account_gets_no_number_for_ever_and_a_restricted_one_until_it_ends() -> None:
    (banned,) = obstacles(business(level=Level.BANNED), NOW)
    assert (banned.takes, banned.mender, may_buy([banned])) == (Takes.FOR_EVER, Mender.NOBODY, False)
    ends = NOW + timedelta(days=3)
    adding = frozenset({Act.ADDING_SENDERS, Act.UNASKED})
    (restricted,) = obstacles(business(level=Level.RESTRICTED, forbids=adding, until=ends), NOW)
    assert (restricted.code, restricted.until, may_buy([restricted])) == ("business_account_restricted", ends, False)
    assert codes(business(level=Level.RESTRICTED, forbids=frozenset({Act.UNASKED}))) == []


def test_what_has_to_be_cleared_first_is_named_first() -> None:
    plan = SenderPlan(
        Business(SignUp.NEEDED, Level.BANNED, senders=2),
        account_level=Level.ACCOUNT,
        documents=Review.MISSING,
        address=Review.MISSING,
        registrations=(NOW,) * 10,
        display_name=Review.IN_REVIEW,
        templates=(Review.REFUSED, Review.APPROVED, Review.REFUSED),
    )
    assert codes(plan) == [
        "account_inactive",
        "business_account_banned",
        "sign_up_needed",
        "senders_unverified",
        "documents_missing",
        "address_missing",
        "registrations_used_up",
        "name_in_review",
        "template_refused",
    ]


def test_a_kind_without_registration_is_asked_for_nothing_of_it() -> None:
    plan = SenderPlan(None, documents=Review.IN_REVIEW, registrations=(NOW,) * 10, display_name=Review.MISSING)
    assert codes(plan) == ["documents_in_review"]


def test_templates_in_review_keep_nobody_from_buying() -> None:
    found = obstacles(replace(CLEAR, templates=(Review.IN_REVIEW,)), NOW)
    assert [each.stops for each in found] == [Stage.INVITE]
    assert may_buy(found)


def test_whatever_can_be_reviewed_has_its_words() -> None:
    for what in ("documents", "address", "name", "template"):
        for review in (Review.MISSING, Review.REFUSED, Review.IN_REVIEW):
            assert f"{what}_{review}" in OBSTACLES
    assert all(";" in each.text for each in OBSTACLES.values()), "cause; mend"
