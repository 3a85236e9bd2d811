"""The choice of an operator: values in, a decision with its reason out."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.routing.policy.choice import Candidate, choose
from hub.types import Presence
from tests.outbound.stage import START


def candidate(
    name: str, taken: int = 0, slots: int = 10, idle: float | None = None, presence: str = "online"
) -> Candidate:
    since = START - timedelta(minutes=idle) if idle is not None else None
    return Candidate(name, name.title(), Presence(presence), slots, taken, since)


def chosen(*candidates: Candidate) -> str | None:
    return choose("g", "Support", "Our bot", candidates).user_id


def test_the_least_busy_is_chosen() -> None:
    assert chosen(candidate("anna", taken=2), candidate("ben", taken=1), candidate("cleo", taken=3)) == "ben"


def test_of_equally_busy_ones_the_longest_idle_is_chosen_and_then_the_same_every_time() -> None:
    assert chosen(candidate("anna", idle=5), candidate("ben", idle=50), candidate("cleo", idle=20)) == "ben"
    assert chosen(candidate("anna", idle=5), candidate("ben")) == "ben"
    assert chosen(candidate("ben"), candidate("anna")) == "anna"


def test_who_is_away_or_has_no_free_slot_is_not_chosen() -> None:
    away, offline = candidate("anna", presence="away"), candidate("ben", presence="offline")
    full = candidate("cleo", taken=2, slots=2)
    assert chosen(away, offline, full, candidate("dora", taken=7)) == "dora"
    assert chosen(away, offline, full) is None


def test_the_reason_is_one_sentence_that_names_the_facts() -> None:
    free, full = candidate("ben", taken=1), candidate("cleo", taken=1, slots=1)
    given_to = choose("g", "Support", "Our bot", [free, full])
    assert given_to.reason == (
        "Our bot belongs to Support; of 1 online with a free slot Ben is the least busy (1 of 10 taken)"
    )
    assert "nobody is online" in choose("g", "Support", "Our bot", []).reason
    assert "no online operator has a free slot" in choose("g", "Support", "Our bot", [full]).reason
    assert "has no group" in choose(None, "", "Our bot", [free]).reason


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.sampled_from("abcdef"),
        st.integers(0, 4),
        st.integers(0, 4),
        st.none() | st.floats(0, 100),
        st.sampled_from([each.value for each in Presence]),
    ),
    unique_by=lambda each: each.user_id,
)


@given(CANDIDATES)
def test_nobody_is_chosen_who_may_not_work_and_somebody_is_if_one_may(candidates: list[Candidate]) -> None:
    may = {each.user_id for each in candidates if each.presence is Presence.ONLINE and each.taken < each.slots}
    decision = choose("g", "Support", "Our bot", candidates)
    assert decision.user_id in may if may else decision.user_id is None
    assert decision.reason
    assert choose("g", "Support", "Our bot", candidates[::-1]) == decision
