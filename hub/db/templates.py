"""Message templates as the provider keeps them for a sender: fetched from there, never made here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, select, update

from hub.db.channels import CURRENT
from hub.db.session import Tx
from hub.db.tables.core import SENDER, TEMPLATE
from hub.ids import new_id
from hub.types import TemplateView

APPROVED = "approved"
"""The one status under which a template can be sent."""
IN_REVIEW = ("received", "pending", "in_review")
"""Words for one that the messenger is looking at."""
IN_USE = (APPROVED, *IN_REVIEW, "paused")
"""Words for one that is used, or is about to be."""


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A template. `external_id` is the provider's, never shown; `variables` in the order of the text."""

    id: str
    sender_id: str
    external_id: str = field(repr=False)
    name: str
    language: str
    text: str
    variables: tuple[str, ...]
    category: str
    status: str
    synced_at: datetime


def list_of_channel(tx: Tx, channel_id: str) -> tuple[TemplateRecord, ...]:
    """Return the templates of the channel's current sender, by name and language."""
    wanted = _of_channel(tx, channel_id).order_by(TEMPLATE.c.name, TEMPLATE.c.language, TEMPLATE.c.id)
    return tuple(_record(row) for row in tx.all(wanted))


def find(tx: Tx, channel_id: str, template_id: str) -> TemplateRecord | None:
    """Return a template of the channel's current sender: another sender's cannot be sent from there."""
    row = tx.first(_of_channel(tx, channel_id).where(TEMPLATE.c.id == template_id))
    return _record(row) if row else None


@dataclass(frozen=True, slots=True)
class TemplateInReview:
    """A template that the messenger is looking at. `external_id` is the provider's."""

    id: str
    organization_id: str
    sender_id: str
    channel_id: str
    external_id: str = field(repr=False)
    status: str


def list_of_sender(tx: Tx, sender_id: str) -> tuple[TemplateRecord, ...]:
    """Return the templates of any sender of the organization, by name."""
    mine = (TEMPLATE.c.organization_id == tx.organization_id, TEMPLATE.c.sender_id == sender_id)
    return tuple(_record(row) for row in tx.all(select(TEMPLATE).where(*mine).order_by(TEMPLATE.c.name, TEMPLATE.c.id)))


def list_lost(tx: Tx, former_id: str, sender_id: str) -> list[str]:
    """Return the templates in use of a sender, name and language, that the one after it has not, or was not allowed."""
    there = {(each.name, each.language) for each in list_of_sender(tx, sender_id) if each.status in IN_USE}
    used = [(each.name, each.language) for each in list_of_sender(tx, former_id) if each.status in IN_USE]
    return [f"{name} ({language})" for name, language in dict.fromkeys(used) if (name, language) not in there]


def list_in_review(tx: Tx, before: datetime, limit: int) -> list[TemplateInReview]:
    """Return the templates of all organizations that are looked at, and were not asked about since. Platform work."""
    rows = tx.all(
        select(TEMPLATE.c.id, TEMPLATE.c.organization_id, TEMPLATE.c.sender_id, SENDER.c.channel_id,
               TEMPLATE.c.external_id, TEMPLATE.c.status)
        .join(SENDER, SENDER.c.id == TEMPLATE.c.sender_id)
        .where(SENDER.c.state == CURRENT, TEMPLATE.c.status.in_(IN_REVIEW), TEMPLATE.c.synced_at <= before)
        .order_by(TEMPLATE.c.synced_at)
        .limit(limit)
    )  # fmt: skip
    return [TemplateInReview(**row._mapping) for row in rows]


def set_status(tx: Tx, template_id: str, status: str, now: datetime) -> None:
    """Keep what the provider says of one template."""
    mine = (TEMPLATE.c.organization_id == tx.organization_id, TEMPLATE.c.id == template_id)
    tx.execute(update(TEMPLATE).where(*mine).values(status=status, synced_at=now))


def replace(tx: Tx, sender_id: str, found: Sequence[TemplateView], now: datetime) -> None:
    """Make what is known of a sender's templates equal to what the provider keeps; ids of known ones stay."""
    mine = (TEMPLATE.c.organization_id == tx.organization_id, TEMPLATE.c.sender_id == sender_id)
    given = {view.external_id: view for view in found}
    tx.execute(delete(TEMPLATE).where(*mine, TEMPLATE.c.external_id.not_in(list(given))))
    known = {row.external_id for row in tx.all(select(TEMPLATE.c.external_id).where(*mine))}
    for external_id in known:
        same = (*mine, TEMPLATE.c.external_id == external_id)
        tx.execute(update(TEMPLATE).where(*same).values(_values(given[external_id], now)))
    new = [_new(tx, sender_id, view, now) for view in given.values() if view.external_id not in known]
    if new:
        tx.insert_new(TEMPLATE, new, ("id",))


def _new(tx: Tx, sender_id: str, view: TemplateView, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "organization_id": tx.organization_id,
        "sender_id": sender_id,
        "external_id": view.external_id,
        **_values(view, now),
    }


def _values(view: TemplateView, now: datetime) -> dict[str, Any]:
    return {
        "name": view.name,
        "language": view.language,
        "text": view.text,
        "variables": list(view.variables),
        "category": view.category,
        "status": view.status,
        "synced_at": now,
    }


def _of_channel(tx: Tx, channel_id: str) -> Select[Any]:
    return (
        select(TEMPLATE)
        .join(SENDER, (SENDER.c.id == TEMPLATE.c.sender_id) & (SENDER.c.state == CURRENT))
        .where(TEMPLATE.c.organization_id == tx.organization_id, SENDER.c.channel_id == channel_id)
    )


def _record(row: Row[Any]) -> TemplateRecord:
    return TemplateRecord(
        id=row.id,
        sender_id=row.sender_id,
        external_id=row.external_id,
        name=row.name,
        language=row.language,
        text=row.text,
        variables=tuple(row.variables),
        category=row.category,
        status=row.status,
        synced_at=row.synced_at,
    )
