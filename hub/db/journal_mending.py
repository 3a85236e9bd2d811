"""What people do to journal rows: they give up on them, or put them back to work."""

from datetime import datetime

from sqlalchemy import update

from hub.db.session import Tx
from hub.db.tables.core import EVENT
from hub.types import EventState


def fail_all_pending(tx: Tx, organization_id: str, error: str, now: datetime) -> None:
    """Give up on what an organization has waiting; nothing can open it any more."""
    tx.execute(
        update(EVENT)
        .where(EVENT.c.organization_id == organization_id, EVENT.c.state == EventState.PENDING)
        .values(state=EventState.FAILED, handled_at=now, error=error)
    )


def mark_pending(tx: Tx, event_id: int) -> str | None:
    """Put a failed or unreadable event back to work; return its sender, None when it is neither."""
    row = tx.execute(
        update(EVENT)
        .where(EVENT.c.id == event_id, EVENT.c.state.in_((EventState.FAILED, EventState.UNREADABLE)))
        .values(state=EventState.PENDING, handled_at=None, error=None)
        .returning(EVENT.c.sender_id)
    ).first()
    return row.sender_id if row else None
