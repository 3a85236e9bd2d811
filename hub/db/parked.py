"""Receipts that came before the hub knew their message (house decision 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update

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


def take(tx: Tx, sender_id: str, external_id: str | None, delivery_id: str | None) -> list[JsonObject]:
    """Remove and return, oldest first, what is parked for a message whose ids are known now."""
    rows = tx.all(
        delete(PARKED)
        .where(
            PARKED.c.sender_id == sender_id,
            or_(
                and_(PARKED.c.external_id.is_not(None), PARKED.c.external_id == external_id),
                and_(PARKED.c.delivery_id.is_not(None), PARKED.c.delivery_id == delivery_id),
            ),
        )
        .returning(PARKED.c.id, PARKED.c.receipt)
    )
    return [row.receipt for row in sorted(rows, key=lambda row: row.id)]


def mark_unmatched(tx: Tx, now: datetime) -> int:
    """List as unmatched what waited too long; return how many there are new."""
    done = tx.execute(
        update(PARKED).where(PARKED.c.state == PARKED_STATE, PARKED.c.expires_at <= now).values(state=UNMATCHED)
    )
    return done.rowcount
