"""Whatever happens to numbers, bans and people, in whatever order: what is promised holds after every step.

The use cases are the hub's own, on a real database; the supplier and the messengers are in memory, and the clock moves.
`make numbers-soak` plays longer, and others each time.
"""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.numbers.playing.everything import Numbers
from tests.numbers.playing.machine import OpenHub
from tests.numbers.playing.play import PEOPLE

_RUNS = int(os.environ.get("NUMBERS_RUNS", "6"))
_STEPS = int(os.environ.get("NUMBERS_STEPS", "40"))
_IS_SOAK = "NUMBERS_RUNS" in os.environ


def play(open_hub: OpenHub, machine: Callable[[OpenHub], Numbers] = Numbers) -> None:
    """Play on hubs of their own. The short run is the same each time."""
    short = (Phase.explicit, Phase.generate)
    run_state_machine_as_test(
        lambda: machine(open_hub),  # type: ignore[arg-type]  # whatever makes one will do
        settings=settings(
            max_examples=_RUNS,
            stateful_step_count=_STEPS,
            deadline=None,
            derandomize=not _IS_SOAK,
            database=None,
            phases=(*short, Phase.shrink) if _IS_SOAK else short,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(0 if _IS_SOAK else 250)
def test_what_is_promised_holds_whatever_happens(open_hub: OpenHub) -> None:
    play(open_hub)


@pytest.mark.parametrize(("what", "undone"), [("confirm", 1), ("deny", 0)])
def test_a_stranger_with_a_code_gets_as_far_as_the_decision(day: Numbers, what: str, undone: int) -> None:
    day.a_code_is_brought_by_a_stranger(0, PEOPLE, what, undone=True)
    day.all_is_promised()
    expected = {"accept": 1, "claim": 1, what: 1, "undo": undone}
    assert {name: day.play.done.get(name, 0) for name in expected} == expected
