"""Incidents: what is not as it should be with a sender at its provider, from when it was found until it was mended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select, update

from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, INCIDENT, ORGANIZATION
from hub.ids import new_id
from hub.types import Page


class Side(StrEnum):
    """Whose it is to mend: the hub's, the provider's, or the organization's own."""

    OURS = "ours"
    PROVIDER = "provider"
    YOURS = "yours"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a look found wrong. `what`: one word for its sort; `words`: cause and mend, ours."""

    what: str
    side: Side
    words: str


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident; `restored_at` None: it lasts. `repaired`: the hub put it right by itself."""

    id: str
    organization_id: str
    organization: str
    channel_id: str
    channel: str
    what: str
    side: Side
    words: str
    repaired: bool
    opened_at: datetime
    restored_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long it lasted; None while it does."""
        return (self.restored_at - self.opened_at).total_seconds() if self.restored_at else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is not as it should be."""

    sender_id: str
    channel_id: str


def list_open(tx: Tx, sender_id: str) -> frozenset[str]:
    """Return the sorts of incidents that a sender has now."""
    rows = tx.all(
        select(INCIDENT.c.what).where(
            INCIDENT.c.organization_id == tx.organization_id,
            INCIDENT.c.sender_id == sender_id,
            INCIDENT.c.restored_at.is_(None),
        )
    )
    return frozenset(row.what for row in rows)


def open_all(tx: Tx, place: Place, found: Sequence[Trouble], now: datetime) -> None:
    """Open incidents, of sorts that the sender does not have."""
    tx.insert(INCIDENT, [_row(tx, place, each, now) for each in found])


def note_repaired(tx: Tx, place: Place, found: Sequence[Trouble], now: datetime) -> None:
    """Keep what was found and put right at once."""
    tx.insert(INCIDENT, [{**_row(tx, place, each, now), "repaired": True, "restored_at": now} for each in found])


def restore(tx: Tx, sender_id: str, what: Collection[str], now: datetime) -> None:
    """End the incidents of these sorts."""
    if not what:
        return
    tx.execute(
        update(INCIDENT)
        .where(
            INCIDENT.c.organization_id == tx.organization_id,
            INCIDENT.c.sender_id == sender_id,
            INCIDENT.c.what.in_(list(what)),
            INCIDENT.c.restored_at.is_(None),
        )
        .values(restored_at=now)
    )


def list_of_channel(tx: Tx, channel_id: str, limit: int, cursor: str | None) -> Page[IncidentView]:
    """Return a channel's incidents, newest first; the cursor is the last one's id."""
    wanted = _views().where(INCIDENT.c.organization_id == tx.organization_id, INCIDENT.c.channel_id == channel_id)
    return _page(tx, wanted, limit, cursor)


def list_everywhere(tx: Tx, limit: int, cursor: str | None) -> Page[IncidentView]:
    """Return all incidents of the hub, newest first. Platform work."""
    return _page(tx, _views(), limit, cursor)


def list_lasting(tx: Tx, before: datetime, limit: int) -> list[IncidentView]:
    """Return what began before a time and is not mended, the oldest first. Platform work."""
    lasting = INCIDENT.c.restored_at.is_(None), INCIDENT.c.opened_at < before
    return [_view(row) for row in tx.all(_views().where(*lasting).order_by(INCIDENT.c.id).limit(limit))]


def count_open(tx: Tx) -> dict[str, int]:
    """Return side → how many incidents there are now. Platform work."""
    rows: Sequence[Any] = tx.all(
        select(INCIDENT.c.side, func.count()).where(INCIDENT.c.restored_at.is_(None)).group_by(INCIDENT.c.side)
    )
    return {each.value: 0 for each in Side} | {row[0]: int(row[1]) for row in rows}


def remove_before(tx: Tx, before: datetime) -> int:
    """Remove what ended before a time. Platform work."""
    return tx.execute(INCIDENT.delete().where(INCIDENT.c.restored_at < before)).rowcount


def _row(tx: Tx, place: Place, trouble: Trouble, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "organization_id": tx.organization_id,
        "sender_id": place.sender_id,
        "channel_id": place.channel_id,
        "what": trouble.what,
        "side": trouble.side.value,
        "words": trouble.words,
        "repaired": False,
        "opened_at": now,
        "restored_at": None,
    }


def _views() -> Select[Any]:
    return (
        select(INCIDENT, ORGANIZATION.c.name.label("organization"), CHANNEL.c.name.label("channel"))
        .join(ORGANIZATION, ORGANIZATION.c.id == INCIDENT.c.organization_id)
        .join(CHANNEL, CHANNEL.c.id == INCIDENT.c.channel_id)
    )


def _page(tx: Tx, wanted: Select[Any], limit: int, cursor: str | None) -> Page[IncidentView]:
    newest = wanted.order_by(INCIDENT.c.id.desc()).limit(limit + 1)
    if cursor:
        newest = newest.where(INCIDENT.c.id < cursor)
    return page_by_id([_view(row) for row in tx.all(newest)], limit)


def _view(row: Any) -> IncidentView:
    return IncidentView(
        id=row.id,
        organization_id=row.organization_id,
        organization=row.organization,
        channel_id=row.channel_id,
        channel=row.channel,
        what=row.what,
        side=Side(row.side),
        words=row.words,
        repaired=row.repaired,
        opened_at=row.opened_at,
        restored_at=row.restored_at,
    )
