"""What was written to a number since a moment: where a one-time code is looked for. Platform work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION, MESSAGE, POOL_MESSAGE, SENDER
from hub.types import Direction

MOST = 50


@dataclass(frozen=True, slots=True)
class PoolText:
    """What the supplier posted for a number lent to nobody; `body` is sealed as `hub.db.pool` says."""

    body: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelText:
    """What somebody wrote to a number that carries a channel."""

    text: str = field(repr=False)
    at: datetime


def list_in_pool(tx: Tx, number_id: str, since: datetime) -> Sequence[PoolText]:
    """Return what came later than `since` while the number was lent to nobody, oldest first, and not all at once."""
    rows = tx.all(
        select(POOL_MESSAGE.c.body, POOL_MESSAGE.c.received_at)
        .where(
            POOL_MESSAGE.c.number_id == number_id,
            POOL_MESSAGE.c.received_at > since,
            func.length(POOL_MESSAGE.c.body) > 0,
        )
        .order_by(POOL_MESSAGE.c.received_at, POOL_MESSAGE.c.id)
        .limit(MOST)
    )
    return [PoolText(bytes(row.body), row.received_at) for row in rows]


def list_on_channels(tx: Tx, number_id: str, since: datetime, naming: str) -> Sequence[ChannelText]:
    """Return what people wrote later than `since` to the channels that the number carries, oldest first.

    naming  a word that must stand in it, in any case
    """
    rows = tx.all(
        select(MESSAGE.c.text, MESSAGE.c.created_at)
        .join(SENDER, SENDER.c.id == MESSAGE.c.sender_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            SENDER.c.number_id == number_id,
            SENDER.c.released_at.is_(None),
            # what both databases find by an index
            CONVERSATION.c.organization_id == SENDER.c.organization_id,
            CONVERSATION.c.last_activity_at >= since,
            MESSAGE.c.direction == Direction.INBOUND,
            MESSAGE.c.created_at > since,
            MESSAGE.c.text.icontains(naming, autoescape=True),
        )
        .order_by(MESSAGE.c.created_at, MESSAGE.c.id)
        .limit(MOST)
    )
    return [ChannelText(row.text, row.created_at) for row in rows]
