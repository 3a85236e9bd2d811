"""An effect of a ban case on its way to being done, and what whoever does it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.db.ban_cases import CaseRecord
from hub.errors import Conflict
from hub.numbers.policy.happenings import Happening
from hub.types.people import JsonObject
from hub.wiring import Services

TELL_QUEUE, TELL_JOB = "cases", "workers.bans.tell"
WORK_QUEUE, WORK_JOB = "asking", "workers.bans.work"
"""The key of both is the case's id: one does what is in the database alone, the other what asks providers or takes
long."""


@dataclass(frozen=True, slots=True)
class Task:
    """One effect to be done. It may have been begun before, by a process that died: doing it again does no harm.

    id        of its row
    record    the case as it stood when the task was begun; it may have moved on
    effect    its name in `hub.numbers.policy.effects`
    data      what it needs: `about` of TellAdmins and TellPlatform (and `work_id`: what is stuck), `offer_id` of
              Replace, `channel_kind` of MakeOffer,
              `reserved` of PutBack and StopReplacing: what was put aside until then
    attempts  how often it was tried before
    """

    id: str
    record: CaseRecord
    effect: str
    data: JsonObject
    attempts: int = 0

    @property
    def case_id(self) -> str:
        return self.record.id

    @property
    def organization_id(self) -> str:
        return self.record.organization_id


@dataclass(frozen=True, slots=True)
class Done:
    """It is done, and this happens to the case, in the same transaction that notes it.

    trouble  why it came to nothing, for whoever runs the hub; "": it did not
    """

    happenings: tuple[Happening, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It is under way and looked at again at `due_at`; the case's next tasks do not wait for it.

    words    what it waits for, in ours, as the organization may read it
    trouble  the same for whoever runs the hub, where there is more to say
    """

    due_at: datetime
    words: str = ""
    trouble: str = ""


class NotToBeHad(Conflict):
    """What was accepted cannot be had, for a reason that the organization may read.

    problems  (of `extra`) what else whoever runs the hub has to know
    """


def wake(services: Services, case_ids: Sequence[str]) -> None:
    """Have done what is due for cases."""
    if case_ids:
        services.queue.wake_many(TELL_QUEUE, TELL_JOB, case_ids)
        services.queue.wake_many(WORK_QUEUE, WORK_JOB, case_ids)


Handler = Callable[[Services, Task], Done | Later]
"""Does an effect. No transaction is open when it is called; it opens its own. What it raises is tried again later, and
the next ones of its strand wait for it; the detail of a HubError is shown to whoever runs the hub as the reason."""
