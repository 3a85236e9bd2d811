"""What we said lately: the texts that a person's answer may repeat."""

from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import MESSAGE
from hub.types import Direction


def list_newest(tx: Tx, conversation_id: str, limit: int) -> list[str]:
    """Return our newest texts in a conversation, newest first."""
    rows = tx.all(
        select(MESSAGE.c.text)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.direction == Direction.OUTBOUND,
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(limit)
    )
    return [row.text for row in rows if row.text]
