"""Anything in any order: what always holds of routing.

A step is a burst of events by a seed that hypothesis draws: 100,000 events in CI, ROUTING_EVENTS for more (`make
routing-soak`). An event costs the hub's use cases 25 ms on a database, so here dictionaries stand in its place, beneath
the same use cases (model_queries.py); test_stateful_hub.py plays fewer on both databases and compares the two.
"""

import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.routing.events import BEGINNINGS, DAYLIGHT_SAVING, WEIGHTS, draw_event, draw_one
from tests.routing.model_play import ModelPlay
from tests.routing.model_queries import lay_beneath
from tests.routing.recording import Recording, recorded, same_elsewhere
from tests.routing.watching import BrokenError, Watched, shortest

EVENTS = int(os.environ.get("ROUTING_EVENTS", "100000"))
_STEPS, _BURST = 40, 125


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Recording:
    lay_beneath(monkeypatch)
    return recorded(monkeypatch)


@pytest.mark.timeout(0 if EVENTS > 100_000 else 1500)
def test_whatever_happens_routing_keeps_its_promises(recording: Recording, tmp_path: Path) -> None:
    seen, happened, days, begun = Counter[str](), Counter[str](), set[str](), list[datetime]()

    class Routing(RuleBasedStateMachine):
        """Six people in three groups, twelve customers on each of two channels."""

        def __init__(self) -> None:
            super().__init__()
            # each machine at another time of the year
            begun.append(BEGINNINGS[len(begun) % len(BEGINNINGS)])
            self.watched = Watched(ModelPlay(begun[-1]), recording)

        @rule(what=st.sampled_from(sorted(WEIGHTS)), seed=st.integers(0, 2**32))
        def happen(self, what: str, seed: int) -> None:
            # hypothesis likes to draw the same seed again
            draw = Random(f"{seed} {len(self.watched.events)}")  # noqa: S311 - events, no secrets
            for event in (draw_one(what, draw), *(draw_event(draw) for _ in range(_BURST - 1))):
                happened[event.what] += self.watched.happen(event)
                seen[event.what] += 1
                days.add(f"{self.watched.picture.now:%Y-%m-%d}")

        def teardown(self) -> None:
            seen["given"] += self.watched.given

    try:
        while (done := sum(seen[what] for what in WEIGHTS)) < EVENTS:
            run_state_machine_as_test(Routing, settings=_settings(max(1, (EVENTS - done) // (_STEPS * _BURST))))
    except BrokenError as error:
        fewest = shortest(error.events, lambda: Watched(ModelPlay(begun[-1]), recording))
        pytest.fail(f"after {sum(seen.values())} events; as few as it takes:\n{fewest}")
    same_elsewhere(recording, tmp_path)
    assert seen["given"] > EVENTS // 20
    assert min(happened[what] for what in WEIGHTS) > EVENTS // 500
    assert days >= set(DAYLIGHT_SAVING) or EVENTS < 100_000


def _settings(examples: int) -> settings:
    """Its failures are made short by `shortest`, event by event."""
    return settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


def test_a_broken_promise_is_noticed_and_made_short(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were slots not looked at, it would be seen within some hundred events."""
    draw = Random(11)  # noqa: S311 - events, no secrets
    monkeypatch.setattr("hub.routing.policy.choosing.obstacle_of", lambda _operator, _required: None)
    watched = Watched(ModelPlay(), recording)
    with pytest.raises(BrokenError) as failed:
        for _ in range(1_000):
            watched.happen(draw_event(draw))
    fewest = shortest(failed.value.events, lambda: Watched(ModelPlay(), recording))
    assert len(fewest.events) <= 3
