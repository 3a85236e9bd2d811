"""Forgetting what has had its time: notices, receipts, kept answers, sessions, sign-ins, ended errands, left pages."""

from datetime import timedelta

from hub.db import connections, errands, idempotency, incidents, notices, parked, sign_in, signals, tabs, wrong_codes
from hub.db.session import PlatformWork
from hub.numbers.policy.limits import LIMITS
from hub.wiring import Services

NOTICES_KEPT = timedelta(hours=24)
ERRANDS_KEPT = timedelta(days=7)
"""How long one that ended can still be seen in the database."""
TABS_KEPT = timedelta(days=1)
"""Far longer than a silent page may count as open."""
SIGNALS_KEPT = timedelta(days=90)
"""Of senders whose ban case is still open they are kept until it is over."""
INCIDENTS_KEPT = timedelta(days=365)
"""After their end."""


def forget_old(services: Services) -> None:
    """Remove what is past its time; list as unmatched the receipts nobody claimed."""
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.UPKEEP) as tx:
        notices.remove_before(tx, now - NOTICES_KEPT)
        idempotency.forget_old(tx, now)
        sign_in.delete_expired(tx, now)
        connections.delete_expired(tx, now)
        parked.mark_unmatched(tx, now)
        errands.delete_ended(tx, now - ERRANDS_KEPT)
        tabs.forget_before(tx, now - TABS_KEPT)
        signals.remove_before(tx, now - SIGNALS_KEPT)
        incidents.remove_before(tx, now - INCIDENTS_KEPT)
        wrong_codes.remove_everywhere(tx, now - LIMITS.attempts_within)
