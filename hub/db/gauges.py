"""What the platform watches: ages and counts of work that waits or went wrong. Platform work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from hub.db.session import Tx
from hub.db.suspension import resting_senders
from hub.db.tables.core import CONTACT, CONVERSATION, DELIVERY, EVENT, MESSAGE, PARKED, QUARANTINE

_WATCHED_MESSAGES = ("failed", "uncertain")
_WATCHED_EVENTS = ("pending", "failed", "unreadable")
_WATCHED_DELIVERIES = ("queued", "sending")


@dataclass(frozen=True, slots=True)
class Gauges:
    """Counts by state; the oldest of what waits, None when nothing does.

    The two oldest leave out suspended senders: what these have waits on purpose. `resting` counts their events.
    `forgotten`: genuine requests that have been in quarantine for too long; 0 where nobody asked for it.
    """

    events: dict[str, int]
    deliveries: dict[str, int]
    messages: dict[str, int]
    unmatched: int
    quarantined: int
    oldest_event: datetime | None
    oldest_delivery: datetime | None
    resting: int = 0
    forgotten: int = 0


def read(tx: Tx) -> Gauges:
    """Return the gauges of the whole hub."""
    return Gauges(
        events=_by_state(tx, EVENT.c.state, _WATCHED_EVENTS),
        deliveries=_by_state(tx, DELIVERY.c.state, _WATCHED_DELIVERIES),
        messages=_by_state(tx, MESSAGE.c.status, _WATCHED_MESSAGES),
        unmatched=_by_state(tx, PARKED.c.state, ("unmatched",))["unmatched"],
        quarantined=_by_state(tx, QUARANTINE.c.state, ("held",))["held"],
        oldest_event=tx.scalar(
            select(func.min(EVENT.c.received_at)).where(
                EVENT.c.state == "pending", EVENT.c.sender_id.not_in(resting_senders())
            )
        ),
        oldest_delivery=tx.scalar(
            select(func.min(DELIVERY.c.created_at))
            .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
            .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
            .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
            .where(
                DELIVERY.c.state.in_(_WATCHED_DELIVERIES),
                DELIVERY.c.sender_id.not_in(resting_senders()),
                MESSAGE.c.suspended_at.is_(None),
                CONTACT.c.restricted_at.is_(None),
            )
        ),
        resting=int(
            tx.scalar(
                select(func.count())
                .select_from(EVENT)
                .where(EVENT.c.state == "pending", EVENT.c.sender_id.in_(resting_senders()))
            )
            or 0
        ),
    )


def _by_state(tx: Tx, column: Any, states: Sequence[str]) -> dict[str, int]:
    statement = select(column, func.count()).where(column.in_(states)).group_by(column)
    rows: Sequence[Any] = tx.all(statement)
    found = {str(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in states}
