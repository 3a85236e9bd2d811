"""A rehearsal: how many would be invited, by which way, in how many days, and nobody twice."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.numbers.policy.caps import Answer, Consent
from hub.numbers.policy.pacing import Limit, Nature, Scope
from hub.numbers.policy.rehearsal import ByWay, Lane, Rehearsal, rehearse
from hub.numbers.policy.ways import Done, Invite, OnlyByPublishing, Step, Wait, Why
from hub.types import ChannelKind
from hub.types.numbers import Purpose, Quality, RecipientState, Way

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
LETTERS, TEXTS = ChannelKind("letters"), ChannelKind("texts")


def by(kind: ChannelKind) -> Invite:
    return Invite(Way("i", "c", kind), Consent("i", Purpose.SERVICE, Answer.GIVEN, "form", NOW))


def daily(most: int) -> Limit:
    return Limit(most, DAY, Scope.ORGANIZATION)


SLOW = Limit(1, timedelta(seconds=1), Scope.SENDER, Nature.TECHNICAL)
LANES = {TEXTS: Lane([SLOW, daily(100)]), LETTERS: Lane([daily(250)])}


def test_everybody_is_counted_once_and_by_their_first_way() -> None:
    steps: list[Step] = [by(LETTERS)] * 300 + [by(TEXTS)] * 40
    steps += [OnlyByPublishing(Why.NO_CONSENT)] * 5 + [Wait(None)] * 3 + [Done(RecipientState.OPTED_OUT)] * 2
    found = rehearse(steps, LANES)
    assert found.ways == (ByWay(TEXTS, 40, 1), ByWay(LETTERS, 300, 2))
    assert (found.total, found.reachable, found.waiting, found.days) == (350, 340, 3, 2)
    assert (found.published, found.done) == ({Why.NO_CONSENT: 5}, {RecipientState.OPTED_OUT: 2})


def test_limits_that_all_ways_share_make_it_longer_in_the_customers_order() -> None:
    found = rehearse([by(LETTERS)] * 300 + [by(TEXTS)] * 100, LANES, [daily(100)])
    assert found.ways == (ByWay(TEXTS, 100, 1), ByWay(LETTERS, 300, 4))


def test_medium_quality_doubles_the_days_and_low_makes_them_never() -> None:
    steps = [by(LETTERS)] * 500
    assert rehearse(steps, {LETTERS: Lane([daily(250)], Quality.MEDIUM)}).days == 4
    low = rehearse([*steps, by(TEXTS)], {**LANES, LETTERS: Lane([daily(250)], Quality.LOW)})
    assert (low.days, low.ways) == (None, (ByWay(TEXTS, 1, 1), ByWay(LETTERS, 500, None)))


def test_speed_alone_counts_over_the_whole_day() -> None:
    assert rehearse([by(TEXTS)] * 86_401, {TEXTS: Lane([SLOW])}).days == 2


def test_a_way_without_limits_sends_nothing() -> None:
    assert rehearse([by(TEXTS)], {TEXTS: Lane([])}).days is None
    assert rehearse([by(TEXTS)], {}).ways == (ByWay(TEXTS, 1, None),)


def test_nobody_is_nothing() -> None:
    assert rehearse([], LANES) == Rehearsal(0, (), {}, 0, {}, 0)


@settings(max_examples=100, deadline=None)
@given(
    people=st.fixed_dictionaries({LETTERS: st.integers(0, 60), TEXTS: st.integers(0, 60)}),
    each=st.integers(1, 9),
    together=st.integers(1, 9),
)
def test_no_day_sends_more_than_it_may(people: Mapping[ChannelKind, int], each: int, together: int) -> None:
    lanes = {LETTERS: Lane([daily(each)]), TEXTS: Lane([daily(each)])}
    steps = [by(kind) for kind, count in people.items() for _ in range(count)]
    found = rehearse(steps, lanes, [daily(together)])
    assert found.reachable == found.total == sum(people.values())
    assert found.days is not None
    assert found.days * together >= found.total
    assert all(way.days is not None and way.days * each >= way.people for way in found.ways)
    assert found.days <= found.total
