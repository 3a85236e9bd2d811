"""Playing events and holding every one of them against what routing promises."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from structlog.testing import capture_logs

from hub.routing.assignment import ASSIGN_JOB, ENTER_JOB, assign_waiting, enter_lines, wake_groupless, wake_waiting
from hub.wiring import Services
from tests.routing.events import Event
from tests.routing.promises import Given, Picture, broken
from tests.routing.recording import Recording

BY_HAND = "by_hand"
"""What stands for the rule where a person gave something."""
_JOBS = {ENTER_JOB: enter_lines, ASSIGN_JOB: assign_waiting}


class Play(Protocol):
    """Where events happen: the hub, or its model."""

    def happen(self, event: Event) -> bool:
        """Let it happen; False if it is about nothing that is there."""
        ...

    def settle(self) -> None:
        """Run the jobs that were woken, and those that the schedule wakes now."""
        ...

    def take(self) -> tuple[Picture, list[Given]]:
        """How things are, and what routing gave by itself since it was asked last."""
        ...


class BrokenError(AssertionError):
    """A promise that was broken, by the last of some events."""

    def __init__(self, problems: Sequence[str], events: Sequence[Event]) -> None:
        super().__init__("\n".join([*problems, *(f"  {each}" for each in events)]))
        self.problems = problems
        self.events = list(events)


class Watched:
    """A play of which every event is looked at."""

    def __init__(self, play: Play, recording: Recording) -> None:
        self._play = play
        self._recording = recording
        self.events: list[Event] = []
        self.given, self.newly = 0, list[Given]()
        self.picture, _ = play.take()
        recording.digests()

    def happen(self, event: Event) -> bool:
        """Let it happen, and one drain after it. Raises BrokenError."""
        self.events.append(event)
        with capture_logs() as logs:
            happened = self._play.happen(event)
            self._play.settle()
        after, given = self._play.take()
        problems = [f"{each['event']}: {each}" for each in logs]
        problems += broken(event.what, self.picture, after, given)
        problems += _other_than_decided(self.picture, after, self._recording.digests())
        self.picture, self.newly = after, given
        self.given += len(given)
        if problems:
            raise BrokenError(problems, self.events)
        return happened


def _other_than_decided(before: Picture, after: Picture, again: Sequence[dict[str, Any]]) -> list[str]:
    """What is stored of a decision is what comes of making it again from its text."""
    changed = {key: each for key, each in after.talks.items() if not _is_known(before, key, each.routing)}
    return [
        f"{key}: deciding again does not give what is stored: {each.routing}"
        for key, each in changed.items()
        if each.routing.get("rule", BY_HAND) != BY_HAND and not any(_same(each.routing, digest) for digest in again)
    ]


def _is_known(before: Picture, key: str, routing: object) -> bool:
    return key in before.talks and before.talks[key].routing == routing


def _same(routing: Any, digest: dict[str, Any]) -> bool:
    """`needs` of the digest may be cut short; the whole stands beside it."""
    return all(routing.get(name) == value for name, value in digest.items() if name != "needs")


def settle(services: Services, organization_id: str, woken: set[str]) -> None:
    """Run what was woken; `woken` is where the queue of `services` notes it."""
    wake_groupless(services)
    wake_waiting(services)
    for name, job in _JOBS.items():
        if name in woken:
            woken.discard(name)
            job(services, organization_id)


def shortest(events: Sequence[Event], play: Callable[[], Watched]) -> BrokenError:
    """Return the failure with as few events as can be left: ever smaller pieces are left out while it still fails."""
    found = _failure(events, play)
    size = len(events)
    while size:
        start = 0
        while found is not None and start < len(found.events):
            fewer = _failure([*found.events[:start], *found.events[start + size :]], play)
            found, start = (fewer, start) if fewer is not None else (found, start + size)
        size //= 2
    if found is None:
        raise RuntimeError("it fails no more when it is played again")
    return found


def _failure(events: Sequence[Event], play: Callable[[], Watched]) -> BrokenError | None:
    watched = play()
    try:
        for each in events:
            watched.happen(each)
    except BrokenError as error:
        return error
    return None


class Listening:
    """A queue that only notes which jobs are woken."""

    def __init__(self, woken: set[str]) -> None:
        self._woken = woken

    def wake(self, _queue: str, job: str, _key: str) -> None:
        self._woken.add(job)

    def wake_many(self, _queue: str, job: str, _keys: Sequence[str]) -> None:
        self._woken.add(job)

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return _deaf


def _deaf(*_args: object, **_values: object) -> None:
    return None
