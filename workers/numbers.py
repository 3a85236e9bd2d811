"""Jobs around the platform's numbers and accounts at suppliers."""

from contextlib import ExitStack

from hub.numbers.supply import advancing, approving, opening, quarantine, reconciling, returning, settling
from workers.services import services


def register(registration_id: str) -> None:
    advancing.advance(services(), registration_id)


def tick(key: str) -> None:
    """Wake the registrations that are due: the messenger may have sent a code, or made up its mind."""
    services().queue.clear("workers.numbers.tick", key)
    advancing.wake_due(services())


def approvals(key: str) -> None:
    services().queue.clear("workers.numbers.approvals", key)
    approving.look_at_approvals(services())


def settle(key: str) -> None:
    """Go on with what was interrupted: orders, accounts being opened, numbers being given back."""
    services().queue.clear("workers.numbers.settle", key)
    with ExitStack() as each:
        # all of them run, the last one named first, even if one breaks
        each.callback(returning.settle_returns, services())
        each.callback(opening.settle_accounts, services())
        each.callback(settling.settle_orders, services())


def compare(key: str) -> None:
    """Compare what the suppliers have with what the hub knows, an account at a time."""
    services().queue.clear("workers.numbers.compare", key)
    reconciling.compare_next(services())


def rest(key: str) -> None:
    """Free the numbers whose quarantine is over."""
    services().queue.clear("workers.numbers.rest", key)
    quarantine.end_due(services())
