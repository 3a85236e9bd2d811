"""Whether somebody can be reached on a channel, and by which other channel."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, CONVERSATION, IDENTITY, SENDER
from hub.types import ChannelKind


@dataclass(frozen=True, slots=True)
class Reachability:
    """How an identity can be reached. `unreachable`: why not, in our words; `opted_out`: by their own word."""

    unreachable: str | None
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Way:
    """Another channel on which the same contact has written to us."""

    channel_name: str
    kind: ChannelKind
    last_inbound_at: datetime | None


def find(tx: Tx, identity_id: str) -> Reachability | None:
    row = tx.first(
        select(IDENTITY.c.unreachable, IDENTITY.c.opted_out_at).where(
            IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.id == identity_id
        )
    )
    return Reachability(row.unreachable, row.opted_out_at is not None) if row else None


def list_elsewhere(tx: Tx, conversation_id: str) -> list[Way]:
    """Return the other channels of the conversation's contact that send now and whose identity can be reached."""
    this = CONVERSATION.alias("this")
    current = and_(SENDER.c.channel_id == CHANNEL.c.id, SENDER.c.state == "current")
    rows = tx.all(
        select(CHANNEL.c.name, CHANNEL.c.kind, func.max(CONVERSATION.c.last_inbound_at).label("last_inbound_at"))
        .join(this, this.c.contact_id == CONVERSATION.c.contact_id)
        .join(CHANNEL, CHANNEL.c.id == CONVERSATION.c.channel_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .join(SENDER, current)
        .where(
            CONVERSATION.c.organization_id == tx.organization_id,
            this.c.id == conversation_id,
            CONVERSATION.c.channel_id != this.c.channel_id,
            CHANNEL.c.deleted_at.is_(None),
            CHANNEL.c.suspended_at.is_(None),
            SENDER.c.hold.is_(None),
            IDENTITY.c.unreachable.is_(None),
            IDENTITY.c.opted_out_at.is_(None),
        )
        .group_by(CHANNEL.c.id, CHANNEL.c.name, CHANNEL.c.kind)
        .order_by(CHANNEL.c.name)
    )
    return [Way(row.name, ChannelKind(row.kind), row.last_inbound_at) for row in rows]
