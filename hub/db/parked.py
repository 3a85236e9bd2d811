"""Receipts that came before the hub knew their message (house decision 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import PARKED
from hub.ids import new_id
from hub.types import JsonObject

PARKED_STATE = "parked"
UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class NewParked:
    """A receipt to be parked; `receipt` is its JSON form (`hub.conversations.receipts`)."""

    sender_id: str
    external_id: str | None
    delivery_id: str | None
    receipt: JsonObject
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What was parked, and under which ids."""

    external_id: str | None
    delivery_id: str | None
    receipt: JsonObject


def park(tx: Tx, receipts: Sequence[NewParked]) -> None:
    tx.insert(
        PARKED,
        [
            {
                "id": new_id(),
                "organization_id": tx.organization_id,
                "sender_id": receipt.sender_id,
                "external_id": receipt.external_id,
                "delivery_id": receipt.delivery_id,
                "receipt": receipt.receipt,
                "state": PARKED_STATE,
                "expires_at": receipt.expires_at,
            }
            for receipt in receipts
        ],
    )


def waited_for(tx: Tx, sender_id: str, external_ids: Sequence[str]) -> set[str]:
    """Return under which of these ids something is parked."""
    if not external_ids:
        return set()
    rows = tx.all(
        select(PARKED.c.external_id).where(
            PARKED.c.organization_id == tx.organization_id,
            PARKED.c.sender_id == sender_id,
            PARKED.c.external_id.in_(list(external_ids)),
        )
    )
    return {row.external_id for row in rows}


def take(tx: Tx, sender_id: str, external_ids: Sequence[str], delivery_ids: Sequence[str]) -> list[Taken]:
    """Remove and return, oldest first, what is parked for messages whose ids are known now."""
    rows = tx.all(
        delete(PARKED)
        .where(
            PARKED.c.sender_id == sender_id,
            or_(PARKED.c.external_id.in_(external_ids), PARKED.c.delivery_id.in_(delivery_ids)),
        )
        .returning(PARKED.c.id, PARKED.c.external_id, PARKED.c.delivery_id, PARKED.c.receipt)
    )
    return [Taken(row.external_id, row.delivery_id, row.receipt) for row in sorted(rows, key=lambda row: row.id)]


def mark_unmatched(tx: Tx, now: datetime) -> int:
    """List as unmatched what waited too long; return how many there are new."""
    done = tx.execute(
        update(PARKED).where(PARKED.c.state == PARKED_STATE, PARKED.c.expires_at <= now).values(state=UNMATCHED)
    )
    return done.rowcount
