"""Jobs around routing: giving conversations to operators, saying what it wants said, presence by browser."""

from hub.access import tabs
from hub.outbound import automatic
from hub.routing import assignment
from workers.services import services


def assign_waiting(organization_id: str) -> None:
    assignment.assign_waiting(services(), organization_id)


def enter_lines(organization_id: str) -> None:
    assignment.enter_lines(services(), organization_id)


def by_clock(key: str) -> None:
    """What is due by seconds."""
    services().queue.clear("workers.routing.by_clock", key)
    assignment.return_from_offline(services())
    assignment.end_choices(services())
    assignment.overflow_due(services())
    assignment.tell_supervisors(services())


def tidy(key: str) -> None:
    """What is due by days."""
    services().queue.clear("workers.routing.tidy", key)
    assignment.close_silent(services())
    assignment.forget_lines(services())
    assignment.wake_groupless(services())


def say(key: str) -> None:
    services().queue.clear("workers.routing.say", key)
    automatic.say_due(services())


def presence(key: str) -> None:
    services().queue.clear("workers.routing.presence", key)
    tabs.end_silent(services())
