"""One run over what has had its time: its clock, its cutoffs, and what it says about every portion it removed."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import audit
from hub.audit import PLATFORM, Change
from hub.db import retention
from hub.db.session import PlatformWork, Tx
from hub.types import Machine
from hub.wiring import Services

UPLOADS_KEPT = timedelta(days=7)
"""How long a file waits for a message that carries it."""

Counts = Counter[str]
"""kind → how many went."""

TELLINGS_KEPT = timedelta(days=30)
"""How long a call to an organization's own server that ended is listed, and a letter about a ban case is kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: on whose behalf, and until when on the monotonic clock."""

    services: Services
    by: Machine
    now: datetime
    cutoffs: Mapping[str, datetime]
    until: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until


def begin(services: Services, by: Machine, until: float) -> Run:
    now, settings = services.clock(), services.settings
    raw = now - timedelta(days=settings.raw_retention_days)
    cutoffs = {
        retention.EVENT_BYTES.name: raw,
        retention.PARKED_RECEIPTS.name: raw,
        retention.POOL_MESSAGES.name: raw,
        retention.QUARANTINED.name: now - timedelta(days=settings.quarantine_retention_days),
        retention.UPLOADS.name: now - UPLOADS_KEPT,
        retention.ARCHIVES.name: now,
        retention.CALLS.name: now - TELLINGS_KEPT,
        retention.LETTERS.name: now - TELLINGS_KEPT,
    }
    return Run(services, by, now, cutoffs, until)


def reading(run: Run, organization_id: str | None) -> AbstractContextManager[Tx]:
    """Read in one organization, or (None) as the platform."""
    db = run.services.db
    return db.reading(organization_id) if organization_id else db.platform_reading(PlatformWork.UPKEEP)


def writing(run: Run, organization_id: str | None) -> AbstractContextManager[Tx]:
    db = run.services.db
    return db.transaction(organization_id) if organization_id else db.platform_transaction(PlatformWork.UPKEEP)


def account(run: Run, tx: Tx, removed: Counts, organization_id: str | None) -> None:
    """Say in the audit log what an organization, or (None) the platform, loses: counts, no content.

    In the transaction that removes it, so that a run that is killed leaves nothing unsaid.
    """
    if removed:
        change = Change("retention.removed", "organization", organization_id or PLATFORM, before=dict(removed))
        audit.record(run.services, tx, run.by, change, organization_id or PLATFORM)
