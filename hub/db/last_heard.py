"""When customers last wrote, by channel."""

from datetime import datetime

from sqlalchemy import func, select

from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION


def list_last_heard(tx: Tx) -> dict[str, datetime]:
    """Return by channel id when a customer of the organization last wrote there; a silent channel is left out."""
    talk = CONVERSATION.c
    last = func.max(talk.last_inbound_at).label("last")
    rows = tx.all(
        select(talk.channel_id, last)
        .where(talk.organization_id == tx.organization_id, talk.last_inbound_at.is_not(None))
        .group_by(talk.channel_id)
    )
    return {row.channel_id: row.last for row in rows}
