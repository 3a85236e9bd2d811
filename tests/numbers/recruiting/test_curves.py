"""What bar, plot and table of a ban's people are drawn from: one count, which adds up at every moment."""

from hypothesis import given
from hypothesis import strategies as st

from hub.db.recipient_history import WayHistory
from hub.types import ChannelKind
from hub.types.numbers import RecipientState
from hub.web.bans.curves import ASIDE, WINNABLE, counted, standing, verified_by

MOMENTS = 4
WAYS = (None, ChannelKind("email"), ChannelKind("telegram"))


@st.composite
def groups(draw: st.DrawFn) -> WayHistory:
    """People who stand at one state: invited one after another, verified only after that if they were invited."""
    way, state = draw(st.sampled_from(WAYS)), draw(st.sampled_from(list(RecipientState)))
    people = draw(st.integers(1, 9))
    invited = sorted(draw(st.lists(st.integers(0, people if way else 0), min_size=MOMENTS, max_size=MOMENTS)))
    of = people if state is RecipientState.VERIFIED else 0
    verified = sorted(draw(st.lists(st.integers(0, of), min_size=MOMENTS, max_size=MOMENTS)))
    if way:
        verified = [min(one, other) for one, other in zip(verified, invited, strict=True)]
    return WayHistory(way, state, people, tuple(invited), tuple(verified))


@given(st.lists(groups(), max_size=8))
def test_the_lines_add_up_to_everybody_at_each_moment_and_end_where_the_bar_stands(history: list[WayHistory]) -> None:
    now = counted(history)
    lines = {state: standing(history, state, MOMENTS) for state in WINNABLE}
    assert all(min(line) >= 0 for line in lines.values())
    assert {state: line[-1] for state, line in lines.items()} == {state: now[state] for state in WINNABLE}
    everybody = sum(now[state] for state in WINNABLE)
    assert [sum(at) for at in zip(*lines.values(), strict=True)] == [everybody] * MOMENTS
    assert everybody == sum(now.values()) - sum(now[state] for state in ASIDE)


@given(st.lists(groups(), max_size=8))
def test_the_ways_of_those_who_were_verified_add_up_to_all_of_them(history: list[WayHistory]) -> None:
    ways = verified_by(history, MOMENTS)
    together = [sum(at) for at in zip(*(line for _, line in ways), strict=True)] or [0] * MOMENTS
    assert together == standing(history, RecipientState.VERIFIED, MOMENTS)
