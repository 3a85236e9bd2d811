"""Jobs about bans: looking at senders, and doing what their cases ask for."""

from hub.numbers import cases, health, recruiting
from workers.services import services

TICK_JOB = "workers.bans.tick"
MINUTE_JOB = "workers.bans.minute"


def look(sender_id: str) -> None:
    health.look(services(), sender_id)


def look_by_clock(sender_id: str) -> None:
    health.look_by_clock(services(), sender_id)


def tell(case_id: str) -> None:
    cases.tell(services(), case_id)


def work(case_id: str) -> None:
    cases.act(services(), case_id)


def invite(case_id: str) -> None:
    recruiting.invite_due(services(), case_id)


def tick(key: str) -> None:
    """Find what is due: looks, invitations, and work whose wake-up was lost or that waited for its time."""
    services().queue.clear(TICK_JOB, key)
    health.wake_due(services())
    cases.wake_due(services())
    recruiting.wake_inviting(services())


def minute(key: str) -> None:
    """End the offers that nobody answered in time, and the cases whose people are all won."""
    services().queue.clear(MINUTE_JOB, key)
    cases.end_overdue(services())
    cases.end_won(services())
