"""How far fetching has come for a sender: where polling goes on, and up to when its messages were compared."""

from datetime import datetime

from sqlalchemy import select, update

from hub.db.session import Tx
from hub.db.tables.core import SENDER


def poll_cursor(tx: Tx, sender_id: str) -> str | None:
    """Return where polling goes on; None when the sender was released."""
    return tx.scalar(select(SENDER.c.poll_cursor).where(SENDER.c.id == sender_id, SENDER.c.released_at.is_(None)))


def keep_poll_cursor(tx: Tx, sender_id: str, cursor: str) -> None:
    tx.execute(update(SENDER).where(SENDER.c.id == sender_id).values(poll_cursor=cursor))


def recovered_until(tx: Tx, sender_id: str) -> datetime | None:
    """Return up to when the provider's list of messages was compared with ours; None when the sender was released."""
    return tx.scalar(select(SENDER.c.recovered_until).where(SENDER.c.id == sender_id, SENDER.c.released_at.is_(None)))


def keep_recovered_until(tx: Tx, sender_id: str, until: datetime) -> None:
    tx.execute(update(SENDER).where(SENDER.c.id == sender_id).values(recovered_until=until))
