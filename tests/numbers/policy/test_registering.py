"""The steps of a registration, what the provider may have it jump over, and what can never follow."""

import pytest

from hub.errors import Conflict
from hub.numbers.policy.registering import MOVES, observe, step
from hub.types.numbers import RegistrationState as S


def test_every_state_has_its_row_and_every_step_says_why() -> None:
    assert set(MOVES) == set(S)
    assert all(reason for moves in MOVES.values() for reason in moves.values())


def test_a_step_that_is_not_in_the_table_is_refused() -> None:
    for state in S:
        for to in S:
            if to in MOVES[state]:
                assert step(state, to) is to
            else:
                with pytest.raises(Conflict):
                    step(state, to)


def test_the_usual_way_leads_online() -> None:
    state = S.DRAFT
    for to in (S.SUBMITTED, S.CODE_NEEDED, S.VERIFYING, S.CODE_NEEDED, S.VERIFYING, S.IN_REVIEW, S.ONLINE, S.UPDATING):
        state = step(state, to)
    assert step(step(state, S.ONLINE), S.OFFLINE) is S.OFFLINE


def test_steps_between_two_looks_may_be_missed() -> None:
    assert observe(S.DRAFT, S.ONLINE) is S.ONLINE
    assert observe(S.SUBMITTED, S.OFFLINE) is S.OFFLINE
    assert observe(S.OFFLINE, S.CODE_NEEDED) is S.CODE_NEEDED
    assert observe(S.ONLINE, S.ONLINE) is S.ONLINE


def test_nothing_comes_after_the_removal_and_nothing_becomes_a_draft_again() -> None:
    for state in S:
        assert observe(S.REMOVED, state) is S.REMOVED
        assert observe(state, S.DRAFT) is state


def test_every_registration_can_fail_or_be_removed_at_any_time() -> None:
    for state in set(S) - {S.REMOVED, S.FAILED}:
        assert {S.FAILED, S.REMOVED} <= set(MOVES[state])
