"""Forgetting what has had its time: notices, parked receipts, answers kept for repeated requests, sessions."""

from datetime import timedelta

from hub.db import idempotency, notices, parked, sign_in
from hub.db.session import PlatformWork
from hub.wiring import Services

NOTICES_KEPT = timedelta(hours=24)


def forget_old(services: Services) -> None:
    """Remove what is past its time; list as unmatched the receipts nobody claimed."""
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.UPKEEP) as tx:
        notices.remove_before(tx, now - NOTICES_KEPT)
        idempotency.forget_old(tx, now)
        sign_in.delete_expired(tx, now)
        parked.mark_unmatched(tx, now)
