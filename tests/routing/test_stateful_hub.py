"""Anything in any order, through the hub's own use cases on both databases, beside the model of test_stateful.py.

Every event must keep what routing promises, by what SQL finds past routing's own queries; and it must leave the hub and
the model alike: that is what a hundred thousand events on the model are worth.
"""

import os
from collections.abc import Mapping
from random import Random

import pytest

from hub.wiring import Services
from tests.routing.events import draw_event
from tests.routing.hub_picture import Camera
from tests.routing.hub_play import HubPlay
from tests.routing.model_play import ModelPlay
from tests.routing.model_queries import lay_beneath
from tests.routing.promises import Given, Picture, Talk
from tests.routing.recording import recorded
from tests.routing.watching import Watched

EVENTS = int(os.environ.get("ROUTING_HUB_EVENTS", "1500"))
_SEED = int(os.environ.get("ROUTING_HUB_SEED", "5"))


class _Shown:
    """A hub's play with pictures from its tables."""

    def __init__(self, services: Services) -> None:
        play = HubPlay(services)
        self.take, self.happen, self.settle = Camera(play).take, play.happen, play.settle


@pytest.mark.timeout(0 if EVENTS > 1500 else 600)
def test_the_hub_keeps_its_promises_and_does_what_the_model_does(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Random(_SEED)  # noqa: S311 - events, no secrets
    events = [draw_event(draw) for _ in range(EVENTS)]
    with monkeypatch.context() as beneath:
        lay_beneath(beneath)
        model = Watched(ModelPlay(), recorded(beneath))
        expected = [(model.happen(each), model.picture, model.newly) for each in events]
    hub = Watched(_Shown(services), recorded(monkeypatch))
    for number, (event, (happens, picture, given)) in enumerate(zip(events, expected, strict=True)):
        happened = hub.happen(event)
        apart = _apart(picture, hub.picture) + ([] if _by_name(given) == _by_name(hub.newly) else [given, hub.newly])
        assert (apart, happened) == ([], happens), (
            f"event {number}: {event} after {events[max(0, number - 5) : number]}"
        )
    assert hub.given > EVENTS // 20


def _apart(model: Picture, hub: Picture) -> list[object]:
    """In which talks the two differ, with both."""
    shown, found = _standing(model.talks), _standing(hub.talks)
    return [
        (key, shown.get(key), found.get(key)) for key in sorted({*shown, *found}) if shown.get(key) != found.get(key)
    ]


def _standing(talks: Mapping[str, Talk]) -> dict[str, tuple[object, ...]]:
    """Who has a talk, where and how it stands, and the sentence that says why."""
    return {
        key: (each.owner, each.group, each.closed, each.waiting, each.our_turn, each.snoozed_until, each.needs,
              each.last_activity_at, each.routing.get("reason"))
        for key, each in talks.items()
    }  # fmt: skip


def _by_name(given: list[Given]) -> list[tuple[str, str, str | None]]:
    return sorted((each.talk, each.person, each.group) for each in given)
