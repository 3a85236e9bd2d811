"""Queries on organizations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from hub.db.session import Tx
from hub.db.tables.core import ORGANIZATION
from hub.errors import NotFound

_VIEW = (ORGANIZATION.c.id, ORGANIZATION.c.name, ORGANIZATION.c.time_zone, ORGANIZATION.c.created_at)


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """A customer of the hub. `time_zone` is an IANA name."""

    id: str
    name: str
    time_zone: str
    created_at: datetime


def insert_organization(tx: Tx, view: OrganizationView) -> None:
    """Platform work: the organization does not exist before."""
    row = {"id": view.id, "name": view.name, "time_zone": view.time_zone, "created_at": view.created_at}
    tx.insert(ORGANIZATION, [row])


def list_organizations(tx: Tx, limit: int, after: str | None) -> list[OrganizationView]:
    """Return all organizations in the order they were created, from behind the id `after`. Platform work."""
    statement = select(*_VIEW)
    if after is not None:
        statement = statement.where(ORGANIZATION.c.id > after)
    return [_view(row) for row in tx.all(statement.order_by(ORGANIZATION.c.id).limit(limit))]


def get_own(tx: Tx) -> OrganizationView:
    """Return the organization this transaction is bound to. Raises NotFound."""
    row = tx.first(select(*_VIEW).where(ORGANIZATION.c.id == tx.organization_id))
    if row is None:
        raise NotFound("there is no such organization")
    return _view(row)


def update_own(tx: Tx, changes: Mapping[str, Any]) -> None:
    """Set the named columns."""
    if changes:
        tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == tx.organization_id).values(**changes))


def _view(row: Row[Any]) -> OrganizationView:
    return OrganizationView(row.id, row.name, row.time_zone, row.created_at)
