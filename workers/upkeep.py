"""Jobs by the clock: they look at everything and wake what has to be done for one sender or organization."""

from datetime import timedelta

from hub import retention
from hub.filing import fetching, removing
from hub.inbound import drain, fetch
from hub.outbound import errands, leases
from hub.privacy import work as privacy
from hub.routing import assignment
from hub.upkeep import forget_old
from workers.services import services

_STRAY_AFTER = timedelta(seconds=1)


def sweep(key: str) -> None:
    """Find work that lost its wake-up: the queue may have been down, or a process died before it could wake anybody."""
    services().queue.clear("workers.upkeep.sweep", key)
    drain.wake_strays(services(), _STRAY_AFTER)
    leases.end_leases(services())
    leases.wake_due(services())
    assignment.wake_waiting(services())
    assignment.end_snoozes(services())


def files(key: str) -> None:
    """Find files to fetch, to remove and to move whose wake-up was lost."""
    services().queue.clear("workers.upkeep.files", key)
    fetching.wake_due(services())
    removing.wake(services())


def poll(key: str) -> None:
    services().queue.clear("workers.upkeep.poll", key)
    fetch.wake_polls(services())


def recover(key: str) -> None:
    services().queue.clear("workers.upkeep.recover", key)
    fetch.wake_recoveries(services())


def catch_up(key: str) -> None:
    services().queue.clear("workers.upkeep.catch_up", key)
    fetch.wake_catch_ups(services())


def expire(key: str) -> None:
    services().queue.clear("workers.upkeep.expire", key)
    forget_old(services())
    errands.end_expired(services())
    privacy.wake_lost(services())


def retain(key: str) -> None:
    services().queue.clear("workers.upkeep.retain", key)
    retention.retain(services(), key)
