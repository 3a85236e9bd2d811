"""Who does which effect of a ban case, and which wait for one another: one table each."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Final

from hub.numbers import recruiting
from hub.numbers.cases import informing, replacing
from hub.numbers.cases.marking import mark
from hub.numbers.cases.offering import make_offer
from hub.numbers.cases.tasks import Done, Handler, Task
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.wiring import Services

_FOLLOWS: Final[Mapping[str, tuple[h.Happening, ...]]] = {h.Confirmed.__name__: (h.Informed(),)}
"""What happens because the admins were told of something."""


def tell_admins(services: Services, task: Task) -> Done:
    informing.tell_admins(services, task.case_id, task.data["about"])
    return Done(_FOLLOWS.get(task.data["about"], ()))


def tell_platform(services: Services, task: Task) -> Done:
    informing.tell_platform(services, task.case_id, task.data["about"], task.data.get("work_id"))
    return Done()


def propose(_services: Services, _task: Task) -> Done:
    """The remedies stand in the case: they are before the customer as soon as they may be tried."""
    return Done((h.Proposed(),))


def _of_case(do: Callable[[Services, str], None]) -> Handler:
    """Return the handler that does something of a case which needs to know nothing more."""

    def handle(services: Services, task: Task) -> Done:
        do(services, task.case_id)
        return Done()

    return handle


HANDLERS: Final[Mapping[str, Handler]] = {
    e.Hold.__name__: mark,
    e.Reopen.__name__: mark,
    e.TellAdmins.__name__: tell_admins,
    e.TellPlatform.__name__: tell_platform,
    e.AskWhichStays.__name__: tell_admins,
    e.ProposeRemedies.__name__: propose,
    e.MakeOffer.__name__: make_offer,
    e.Replace.__name__: replacing.replace,
    e.StopReplacing.__name__: replacing.stop_replacing,
    e.PutBack.__name__: replacing.put_back,
    e.BuildLedger.__name__: _of_case(recruiting.build_ledger),
    e.Invite.__name__: _of_case(recruiting.start_inviting),
    e.StopInvitations.__name__: _of_case(recruiting.stop_inviting),
}
"""Effect → what does it. Look and ReleaseOffer are done at once (`hub.numbers.cases.holding`)."""


class Strand(Enum):
    """Effects that are done in the order in which they came about. Those of different strands do not wait for one
    another."""

    MARKING = auto()
    OFFERING = auto()
    REPLACING = auto()
    RECRUITING = auto()
    NONE = auto()
    """Whoever is told of one thing need not wait to be told of the other."""


STRANDS: Final[Mapping[str, Strand]] = {
    e.Hold.__name__: Strand.MARKING,
    e.Reopen.__name__: Strand.MARKING,
    e.TellAdmins.__name__: Strand.NONE,
    e.TellPlatform.__name__: Strand.NONE,
    e.AskWhichStays.__name__: Strand.NONE,
    e.ProposeRemedies.__name__: Strand.NONE,
    e.MakeOffer.__name__: Strand.OFFERING,
    e.Replace.__name__: Strand.REPLACING,
    e.StopReplacing.__name__: Strand.REPLACING,
    e.PutBack.__name__: Strand.REPLACING,
    e.BuildLedger.__name__: Strand.RECRUITING,
    e.Invite.__name__: Strand.RECRUITING,
    e.StopInvitations.__name__: Strand.RECRUITING,
}
QUICK: Final = frozenset({Strand.NONE, Strand.MARKING})
"""What is done in the database alone: no provider and no long ledger keeps it waiting."""
SLOW: Final = frozenset(Strand) - QUICK
