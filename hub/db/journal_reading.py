"""The journal as people read it: its balance, its rows, the age of what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from hub.db.session import Tx
from hub.db.tables.core import EVENT, SENDER
from hub.types import EventState


@dataclass(frozen=True, slots=True)
class EventView:
    """A journal row for people; the body stays with `body_of`."""

    id: int
    organization_id: str
    sender_id: str
    key: str
    state: EventState
    verdict: str
    recovered: bool
    received_at: datetime
    handled_at: datetime | None
    error: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Balance:
    """received = handled + pending + failed + unreadable + duplicates, counted in events."""

    received: int
    handled: int
    pending: int
    failed: int
    unreadable: int
    duplicates: int
    quarantined: int
    recovered: int


def balance(tx: Tx, organization_id: str | None, channel_id: str | None, quarantined: int) -> Balance:
    """Count the journal: of one organization, of one of its channels, or (None) of the whole hub."""
    counts = select(EVENT.c.state, func.count().label("n"), func.sum(case((EVENT.c.recovered, 1), else_=0)).label("r"))
    if organization_id is not None:
        counts = counts.where(EVENT.c.organization_id == organization_id)
    if channel_id is not None:
        counts = counts.join(SENDER, SENDER.c.id == EVENT.c.sender_id).where(SENDER.c.channel_id == channel_id)
    rows = {row.state: row for row in tx.all(counts.group_by(EVENT.c.state))}

    def of(state: EventState) -> int:
        return int(rows[state].n) if state in rows else 0

    return Balance(
        received=sum(int(row.n) for row in rows.values()),
        handled=of(EventState.HANDLED),
        pending=of(EventState.PENDING),
        failed=of(EventState.FAILED),
        unreadable=of(EventState.UNREADABLE),
        duplicates=of(EventState.DUPLICATE),
        quarantined=quarantined,
        recovered=sum(int(row.r) for row in rows.values()),
    )


def list_events(tx: Tx, state: EventState | None, limit: int, before: int | None) -> list[EventView]:
    """Return journal rows, newest first, starting below `before`."""
    query = select(EVENT).order_by(EVENT.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(EVENT.c.state == state)
    if before is not None:
        query = query.where(EVENT.c.id < before)
    return [_view(row) for row in tx.all(query)]


def find_event(tx: Tx, event_id: int) -> tuple[EventView, bytes] | None:
    """Return a journal row and its bytes, sealed (empty when a duplicate's were the first one's)."""
    row = tx.first(select(EVENT).where(EVENT.c.id == event_id))
    return (_view(row), bytes(row.body or b"")) if row else None


def _view(row: object) -> EventView:
    values = row._mapping  # type: ignore[attr-defined]
    return EventView(
        id=values["id"],
        organization_id=values["organization_id"],
        sender_id=values["sender_id"],
        key=values["event_key"],
        state=EventState(values["state"]),
        verdict=values["verdict"],
        recovered=values["recovered"],
        received_at=values["received_at"],
        handled_at=values["handled_at"],
        error=values["error"],
        headers=values["headers"],
    )


def oldest_pending(tx: Tx) -> datetime | None:
    """Return when the oldest unhandled event came."""
    return tx.scalar(select(func.min(EVENT.c.received_at)).where(EVENT.c.state == EventState.PENDING))
