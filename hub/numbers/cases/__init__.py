"""Ban cases: from the judgement of a sender to the last person on the new one."""

from hub.numbers.cases.acting import happen, judged
from hub.numbers.cases.offering import end_overdue
from hub.numbers.cases.recruited import end_won
from hub.numbers.cases.tasks import Done, Later, Task
from hub.numbers.cases.working import act, tell, wake_due, work

__all__ = [
    "Done",
    "Later",
    "Task",
    "act",
    "end_overdue",
    "end_won",
    "happen",
    "judged",
    "tell",
    "wake_due",
    "work",
]
