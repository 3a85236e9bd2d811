"""Giving conversations to groups and people: by decision, by a person's hand, by the clock, and when somebody comes.

`route_new` stands in the line; `assign_waiting` serves those who wait; `assign` is a person's hand; the rest runs by
the clock. All of them lock conversations first, then routing (`hub.db.routing_setup.lock_routing`), then users.
"""

from hub.routing.assignment.arriving import route_new
from hub.routing.assignment.backlog import ASSIGN_JOB, assign_waiting, forget_lines, wake_waiting
from hub.routing.assignment.by_clock import overflow_due, return_from_offline, tell_supervisors
from hub.routing.assignment.by_hand import Assignment, assign
from hub.routing.assignment.endings import close_silent, end_choices, end_snoozes
from hub.routing.assignment.entering import ENTER_JOB, enter_lines, wake_groupless
from hub.routing.assignment.explaining import Hypothesis, explain

__all__ = [
    "ASSIGN_JOB",
    "ENTER_JOB",
    "Assignment",
    "Hypothesis",
    "assign",
    "assign_waiting",
    "close_silent",
    "end_choices",
    "end_snoozes",
    "enter_lines",
    "explain",
    "forget_lines",
    "overflow_due",
    "return_from_offline",
    "route_new",
    "tell_supervisors",
    "wake_groupless",
    "wake_waiting",
]
