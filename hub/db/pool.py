"""What arrives on numbers lent to nobody: the platform's to read, each event once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from hub.db.session import Tx
from hub.db.tables.core import POOL_MESSAGE
from hub.ids import new_id

SEALED = "pool_messages.body"
"""The purpose these bytes are sealed for, with the platform's key."""


@dataclass(frozen=True, slots=True)
class NewPoolMessage:
    """Something for a number lent to nobody; `body` is sealed."""

    number_id: str
    key: str
    body: bytes = field(repr=False)
    received_at: datetime


def keep(tx: Tx, arrived: Sequence[NewPoolMessage]) -> None:
    """Write what arrived; an event that is there already is not written again."""
    rows = [
        {
            "id": new_id(),
            "number_id": each.number_id,
            "event_key": each.key[:300],
            "body": each.body,
            "received_at": each.received_at,
        }
        for each in arrived
    ]
    tx.insert_new(POOL_MESSAGE, rows, returning=("id",))


def count(tx: Tx) -> int:
    """Count all that ever arrived."""
    return int(tx.scalar(select(func.count()).select_from(POOL_MESSAGE)) or 0)
