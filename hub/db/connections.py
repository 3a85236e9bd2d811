"""Sign-ins at a provider that somebody began in order to connect a channel, and who connected which sender."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, CONNECTION, SENDER
from hub.types import ChannelKind

SEALED = "connections.candidates"
"""The purpose candidates are sealed for, with their organization's key."""


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """A sign-in under way. `candidates` are sealed; None until the provider sent the person back."""

    id: str
    user_id: str
    kind: ChannelKind
    expires_at: datetime
    candidates: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ConnectedSender:
    """A sender that still receives, with its credentials sealed."""

    id: str
    organization_id: str
    credentials: bytes = field(repr=False)


def begin(tx: Tx, record: ConnectionRecord, now: datetime) -> None:
    tx.insert(
        CONNECTION,
        [
            {
                "id": record.id,
                "organization_id": tx.organization_id,
                "user_id": record.user_id,
                "kind": record.kind,
                "candidates": record.candidates,
                "expires_at": record.expires_at,
                "created_at": now,
            }
        ],
    )


def find(tx: Tx, connection_id: str) -> ConnectionRecord | None:
    """Return one of the organization's sign-ins, whoever began it."""
    row = tx.first(
        select(CONNECTION).where(CONNECTION.c.organization_id == tx.organization_id, CONNECTION.c.id == connection_id)
    )
    if row is None:
        return None
    sealed = bytes(row.candidates) if row.candidates is not None else None
    return ConnectionRecord(row.id, row.user_id, ChannelKind(row.kind), row.expires_at, sealed)


def keep_candidates(tx: Tx, connection_id: str, candidates: bytes) -> bool:
    """Keep what can be chosen; False when the sign-in came back before, or is gone."""
    here = (
        CONNECTION.c.organization_id == tx.organization_id,
        CONNECTION.c.id == connection_id,
        CONNECTION.c.candidates.is_(None),
    )
    return tx.execute(update(CONNECTION).where(*here).values(candidates=candidates)).rowcount == 1


def remove(tx: Tx, connection_id: str) -> None:
    tx.execute(
        delete(CONNECTION).where(CONNECTION.c.organization_id == tx.organization_id, CONNECTION.c.id == connection_id)
    )


def delete_expired(tx: Tx, now: datetime) -> None:
    tx.execute(delete(CONNECTION).where(CONNECTION.c.expires_at <= now))


def channels_of(tx: Tx, kind: ChannelKind, addresses: Collection[str]) -> dict[str, str]:
    """Return address → channel, of those addresses that speak for a channel of the organization now."""
    rows = tx.all(
        select(SENDER.c.address, SENDER.c.channel_id)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(
            SENDER.c.organization_id == tx.organization_id,
            CHANNEL.c.organization_id == tx.organization_id,
            CHANNEL.c.deleted_at.is_(None),
            SENDER.c.kind == kind,
            SENDER.c.address.in_(list(addresses)),
            SENDER.c.state == "current",
        )
    )
    return {row.address: row.channel_id for row in rows}


def list_senders(tx: Tx, kind: ChannelKind) -> list[ConnectedSender]:
    """Return every organization's senders of a kind. Platform work."""
    rows = tx.all(
        select(SENDER.c.id, SENDER.c.organization_id, SENDER.c.credentials)
        .where(SENDER.c.kind == kind, SENDER.c.released_at.is_(None))
        .order_by(SENDER.c.id)
    )
    return [ConnectedSender(row.id, row.organization_id, bytes(row.credentials)) for row in rows]


def change_credentials(tx: Tx, before: ConnectedSender, credentials: bytes) -> bool:
    """Put other sealed credentials in the place of those that were read; False when they were changed meanwhile."""
    here = (
        SENDER.c.organization_id == tx.organization_id,
        SENDER.c.id == before.id,
        SENDER.c.credentials == before.credentials,
    )
    return tx.execute(update(SENDER).where(*here).values(credentials=credentials)).rowcount == 1
