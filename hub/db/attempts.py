"""Attempts: each try of a delivery, what came of it, and the marks a running one leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from hub.db.deliveries import SENDING
from hub.db.due import DueDelivery
from hub.db.session import Tx
from hub.db.tables.core import ATTEMPT, DELIVERY, MESSAGE
from hub.ids import new_id
from hub.types import MessageStatus


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try of a message. `outcome`: sent, or a FailureKind; None while it runs. `detail` in our words."""

    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    detail: str


def start(tx: Tx, deliveries: Sequence[DueDelivery], now: datetime, lease_until: datetime) -> None:
    """Mark deliveries and their messages as being sent, until a lease that outlives the longest possible call."""
    tx.execute(
        update(DELIVERY)
        .where(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id.in_([each.id for each in deliveries]))
        .values(state=SENDING, lease_until=lease_until, attempts=DELIVERY.c.attempts + 1)
    )
    tx.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.id.in_([each.message_id for each in deliveries]),
            MESSAGE.c.status == MessageStatus.QUEUED,
        )
        .values(status=MessageStatus.SENDING, error_kind=None, error_detail=None)
    )
    tx.insert(
        ATTEMPT,
        [
            {"id": new_id(), "organization_id": tx.organization_id, "delivery_id": each.id, "started_at": now}
            for each in deliveries
        ],
    )


def finish(tx: Tx, delivery_ids: Sequence[str], outcome: str, code: str, detail: str, now: datetime) -> None:
    """Record what came of the running attempts of these deliveries: of all of them the same."""
    tx.execute(
        update(ATTEMPT)
        .where(
            ATTEMPT.c.organization_id == tx.organization_id,
            ATTEMPT.c.delivery_id.in_(delivery_ids),
            ATTEMPT.c.outcome.is_(None),
        )
        .values(finished_at=now, outcome=outcome, code=code[:40], detail=detail)
    )


def list_of(tx: Tx, message_id: str) -> list[AttemptView]:
    """Return every try of a message, over all its deliveries, oldest first."""
    rows = tx.all(
        select(ATTEMPT.c.started_at, ATTEMPT.c.finished_at, ATTEMPT.c.outcome, ATTEMPT.c.detail)
        .join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .where(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.message_id == message_id)
        .order_by(ATTEMPT.c.id)
    )
    return [AttemptView(row.started_at, row.finished_at, row.outcome, row.detail) for row in rows]
