"""The ledger of a ban: what each event makes of a person, and that everybody is counted once."""

import pytest

from hub.errors import Conflict
from hub.numbers.policy.ledger import INVITABLE, MOVES, Entry, Event, Progress, advance, may
from hub.numbers.policy.ledger import entry_of as begin
from hub.types.numbers import RecipientState as S


def test_every_state_has_its_row_and_what_is_not_in_it_is_refused() -> None:
    assert set(MOVES) == set(S)
    for state in S:
        for event in set(Event) - set(MOVES[state]):
            assert not may(Entry(state), event)
            with pytest.raises(Conflict):
                advance(Entry(state), event)


def test_the_usual_way_is_an_invitation_and_an_answer() -> None:
    entry = advance(begin(None), Event.INVITED)
    assert (entry.state, entry.invitations) == (S.INVITED, 1)
    assert advance(entry, Event.WROTE).state is S.VERIFIED


def test_whoever_opted_out_before_begins_opted_out() -> None:
    assert begin("they wrote STOP") == Entry(S.OPTED_OUT)


def test_an_opt_out_ends_by_the_persons_own_wish_only() -> None:
    out = advance(begin(None), Event.OPTED_OUT)
    for event in set(MOVES[S.OPTED_OUT]) - {Event.OPTED_IN}:
        assert advance(out, event).state is S.OPTED_OUT
    assert advance(advance(out, Event.ERASED), Event.OPTED_IN).state is S.TO_RECRUIT


def test_whoever_takes_an_opt_out_back_goes_on_where_they_stood() -> None:
    invited = advance(begin(None), Event.INVITED)
    assert advance(advance(invited, Event.OPTED_OUT), Event.OPTED_IN).state is S.INVITED
    came = advance(advance(begin("they wrote STOP"), Event.WROTE), Event.OPTED_IN)
    assert came.state is S.VERIFIED, "they wrote to the new sender while they had opted out"


def test_only_who_has_not_come_yet_is_invited() -> None:
    assert frozenset({S.TO_RECRUIT, S.INVITED}) == INVITABLE


def test_a_claim_waits_for_an_operator_who_can_take_a_confirmation_back() -> None:
    invited = advance(begin(None), Event.INVITED)
    claimed = advance(invited, Event.CODE_USED)
    assert claimed.state is S.CLAIMED
    assert advance(claimed, Event.DENIED) == invited
    confirmed = advance(claimed, Event.CONFIRMED)
    assert confirmed.state is S.VERIFIED
    undone = advance(confirmed, Event.UNDONE)
    assert undone.state is S.CLAIMED
    assert advance(undone, Event.DENIED) == invited


def test_only_a_confirmation_can_be_taken_back() -> None:
    known = advance(begin(None), Event.WROTE)
    assert not may(known, Event.UNDONE)
    confirmed = advance(advance(begin(None), Event.CODE_USED), Event.CONFIRMED)
    assert may(confirmed, Event.UNDONE)
    assert not may(advance(confirmed, Event.WROTE), Event.UNDONE), "they have written from the identity we know since"


def test_whoever_was_invited_before_goes_back_to_invited() -> None:
    never = advance(advance(begin(None), Event.OUT_OF_REACH), Event.IN_REACH)
    assert never.state is S.TO_RECRUIT
    once = advance(advance(advance(begin(None), Event.INVITED), Event.OUT_OF_REACH), Event.IN_REACH)
    assert once.state is S.INVITED


def test_whoever_opted_out_or_was_won_is_not_left_to_win() -> None:
    progress = Progress({S.TO_RECRUIT: 5, S.INVITED: 1, S.VERIFIED: 1, S.OPTED_OUT: 2})
    assert (progress.total, progress.winnable, progress.left) == (9, 7, 6)
