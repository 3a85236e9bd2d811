"""Queries on organizations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from hub.db.session import Tx
from hub.db.tables.core import ORGANIZATION
from hub.errors import NotFound
from hub.types import Secret

_COLUMNS = (
    "id",
    "name",
    "time_zone",
    "created_at",
    "conversation_retention_days",
    "suspended_at",
    "suspended_reason",
    "notifying",
    "routing",
    "bans",
)
_VIEW = (*(ORGANIZATION.c[name] for name in _COLUMNS), ORGANIZATION.c.webhook_url)


@dataclass(frozen=True, slots=True)
class WebhookView:
    """Where the organization's own server is told. `secret` signs the calls; it is known only when it was just made."""

    url: str
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """A customer of the hub. `time_zone` is an IANA name; a suspended one is so since a time and for a reason (B6).

    conversation_retention_days   after which a closed conversation is removed; None: it is kept
    notifying                     which mails of the hub's own are wanted (`hub.notifying.policy.Wishes`)
    routing                       `hub.types.RoutingWishes` as they are stored
    bans                          `hub.types.bans.BanWishes` as they are stored
    webhook                       None: no server of theirs is told
    """

    id: str
    name: str
    time_zone: str
    created_at: datetime
    conversation_retention_days: int | None = None
    suspended_at: datetime | None = None
    suspended_reason: str | None = None
    notifying: Mapping[str, Any] = field(default_factory=dict)
    routing: Mapping[str, Any] = field(default_factory=dict)
    bans: Mapping[str, Any] = field(default_factory=dict)
    webhook: WebhookView | None = None


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


def names(tx: Tx, organization_ids: Collection[str]) -> dict[str, str]:
    """Return id → name of those organizations that there are. Platform work."""
    rows = tx.all(select(ORGANIZATION.c.id, ORGANIZATION.c.name).where(ORGANIZATION.c.id.in_(list(organization_ids))))
    return {row.id: row.name for row in rows}


def get_own(tx: Tx) -> OrganizationView:
    """Return the organization this transaction is bound to. Raises NotFound."""
    return _own(tx, select(*_VIEW))


def lock_own(tx: Tx) -> OrganizationView:
    """Return it likewise; nobody else changes it until the transaction ends. Raises NotFound."""
    return _own(tx, select(*_VIEW).with_for_update(key_share=True))


def _own(tx: Tx, wanted: Select[Any]) -> OrganizationView:
    row = tx.first(wanted.where(ORGANIZATION.c.id == tx.organization_id))
    if row is None:
        raise NotFound("there is no such organization")
    return _view(row)


def update_own(tx: Tx, changes: Mapping[str, Any]) -> None:
    """Set the named columns."""
    if changes:
        tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == tx.organization_id).values(**changes))


def _view(row: Row[Any]) -> OrganizationView:
    webhook = WebhookView(row.webhook_url) if row.webhook_url else None
    return OrganizationView(**{name: getattr(row, name) for name in _COLUMNS}, webhook=webhook)
