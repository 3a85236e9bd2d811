"""What arrives on numbers lent to nobody: the platform's to read, each event once."""

from collections.abc import Sequence

from sqlalchemy import func, select

from hub.db.journal import NewEvent
from hub.db.session import Tx
from hub.db.tables.core import POOL_MESSAGE
from hub.ids import new_id


def keep(tx: Tx, arrived: Sequence[tuple[str, NewEvent]]) -> None:
    """Write (number id, event) pairs; an event that is there already is not written again."""
    rows = [
        {
            "id": new_id(),
            "number_id": number_id,
            "event_key": event.key[:300],
            "body": event.body,
            "received_at": event.received_at,
        }
        for number_id, event in arrived
    ]
    tx.insert_new(POOL_MESSAGE, rows, returning=("id",))


def count(tx: Tx) -> int:
    """Count all that ever arrived."""
    return int(tx.scalar(select(func.count()).select_from(POOL_MESSAGE)) or 0)
