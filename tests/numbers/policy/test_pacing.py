"""How many may go out now: never more than any limit within any time, whoever begins anew."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from hub.numbers.policy.pacing import (
    Allowance,
    Limit,
    Nature,
    Scope,
    Sent,
    allowance,
    most_of,
    since,
)
from hub.types.numbers import Quality

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAILY = Limit(10, timedelta(hours=24), Scope.PORTFOLIO)


def rate(per_second: int) -> Limit:
    return Limit(per_second, timedelta(seconds=1), Scope.SENDER, Nature.TECHNICAL)


FAST = rate(5)


def test_the_tightest_limit_decides() -> None:
    assert allowance([Sent(FAST), Sent(DAILY)], NOW).count == 5
    assert allowance([Sent(FAST, 2, NOW), Sent(DAILY, 9, NOW)], NOW).count == 1


def test_when_nothing_may_go_out_it_says_when_to_look_again() -> None:
    oldest = NOW - timedelta(hours=20)
    found = allowance([Sent(FAST, 5, NOW), Sent(DAILY, 10, oldest)], NOW)
    assert found == Allowance(0, NOW + timedelta(hours=4), found.by)
    assert allowance([Sent(FAST, 5, NOW), Sent(DAILY, 3, oldest)], NOW) == Allowance(
        0, NOW + timedelta(seconds=1), FAST
    )


def test_medium_quality_halves_the_caps_and_low_stops_everything() -> None:
    assert allowance([Sent(rate(80)), Sent(DAILY)], NOW, Quality.MEDIUM).count == 5
    assert allowance([Sent(rate(80))], NOW, Quality.MEDIUM).count == 80, "speed is no matter of quality"
    for limits in ([Sent(FAST)], [Sent(DAILY)], [Sent(FAST), Sent(DAILY)]):
        assert allowance(limits, NOW, Quality.LOW) == Allowance(0, None, limits[0].limit)


def test_a_cap_that_falls_below_what_was_sent_lets_nothing_out() -> None:
    assert allowance([Sent(DAILY, 8, NOW)], NOW, Quality.MEDIUM).count == 0


def test_without_any_limit_nothing_goes_out() -> None:
    assert allowance([], NOW).count == 0


class Pacing(RuleBasedStateMachine):
    """Workers that come and go: all they know is the list of what was sent."""

    @initialize(
        limits=st.lists(
            st.builds(
                Limit,
                most=st.integers(1, 9),
                per=st.sampled_from([timedelta(seconds=1), timedelta(seconds=7), timedelta(hours=1)]),
                scope=st.sampled_from(Scope),
                nature=st.sampled_from(Nature),
            ),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    def begin(self, limits: list[Limit]) -> None:
        self.limits, self.now, self.quality = limits, NOW, Quality.HIGH
        self.sent: list[datetime] = []

    @rule(seconds=st.sampled_from([0.0, 0.3, 0.7, 1.0, 3.0, 7.0, 1800.0, 3600.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(quality=st.sampled_from(Quality))
    def change_quality(self, quality: Quality) -> None:
        self.quality = quality

    @rule(crashes_after=st.none() | st.integers(0, 4))
    def send_what_may_go(self, crashes_after: int | None) -> None:
        """A worker counts, and queues one by one; it may die on the way."""
        found = allowance([self._count(each) for each in self.limits], self.now, self.quality)
        for _ in range(found.count if crashes_after is None else min(found.count, crashes_after)):
            self.sent.append(self.now)
        if found.count:
            for limit in self.limits:
                assert self._count(limit).count <= most_of(limit, self.quality)
        else:
            self._check_waiting(found)
        assert all(self._most_within(limit) <= limit.most for limit in self.limits)

    def _check_waiting(self, found: Allowance) -> None:
        """It is not told to look too late, and at that moment the limit that held it has room."""
        assert (found.again_at is None) == (self.quality is Quality.LOW)
        if found.again_at is not None:
            assert found.again_at > self.now
            later, self.now = self.now, found.again_at - timedelta(microseconds=1)
            blocked = allowance([self._count(each) for each in self.limits], self.now, self.quality)
            assert blocked.count == 0
            self.now = later

    def _count(self, limit: Limit) -> Sent:
        counted = self.sent[bisect_right(self.sent, since(limit, self.now)) :]
        return Sent(limit, len(counted), counted[0] if counted else None)

    def _most_within(self, limit: Limit) -> int:
        """The most that was sent within any half-open time of the limit's length."""
        ends = [bisect_right(self.sent, each) for each in self.sent]
        begins = [bisect_right(self.sent, each - limit.per) for each in self.sent]
        return max((end - start for start, end in zip(begins, ends, strict=True)), default=0)


def test_no_limit_is_ever_exceeded_whoever_crashes_and_begins_anew() -> None:
    run_state_machine_as_test(Pacing, settings=settings(max_examples=100, stateful_step_count=30, deadline=None))
