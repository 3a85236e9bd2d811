"""What all rules share: a hub of its own for each run, a choice among what there is, and the look after each step."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from hub.wiring import Services
from tests.numbers.playing.moves import Moves
from tests.numbers.playing.play import Play, set_up
from tests.numbers.playing.promises import Promises
from tests.world import Organization

T = TypeVar("T")
OpenHub = Callable[[], AbstractContextManager[Services]]

ANY = st.integers(0, 5)
"""Which one of those that there are."""
PERSON = st.integers(0, 3)
ORG = st.integers(0, 1)
KIND = st.sampled_from(("sms", "whatsapp"))


def pick(those: Sequence[T], which: int) -> T | None:
    return those[which % len(those)] if those else None


class Machine(RuleBasedStateMachine):
    """A hub that is played with. `sabotage` breaks it, to see that the promises notice."""

    play: Play

    def __init__(self, open_hub: OpenHub) -> None:
        super().__init__()
        self._hub = open_hub()
        self.play = set_up(self._hub.__enter__())
        self.promises = Promises(self.play)
        self.moves = Moves(self.play)
        self.play.told.check = self.promises.check
        self.moves.begin()

    def teardown(self) -> None:
        self._hub.__exit__(None, None, None)

    def org(self, which: int) -> Organization:
        return self.play.orgs[which]

    def done(self, what: str, found: object) -> None:
        """Count what was not refused: a run in which nothing comes about proves nothing."""
        if found is not None:
            self.play.done[what] = self.play.done.get(what, 0) + 1

    @invariant()
    def all_is_promised(self) -> None:
        broken = [*self.moves.broken, *self.promises.broken()]
        assert broken == [], "; ".join(dict.fromkeys(broken))
