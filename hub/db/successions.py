"""Senders that follow one another on a channel: the current one, those before it, and going back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from hub.db.channels import CURRENT
from hub.db.session import Tx
from hub.db.tables.core import SENDER
from hub.types import ChannelKind

PAST = "past"


@dataclass(frozen=True, slots=True)
class SenderPlace:
    """Where a sender is: on which channel, on which number of the pool, since when.

    released  it belongs to nobody any more
    """

    id: str
    channel_id: str
    kind: ChannelKind
    address: str
    number_id: str | None
    provider_account_id: str | None
    created_at: datetime
    released: bool


def find_place(tx: Tx, sender_id: str) -> SenderPlace | None:
    """Return where a sender of the transaction's organization is."""
    row = tx.first(
        select(
            SENDER.c.id,
            SENDER.c.channel_id,
            SENDER.c.kind,
            SENDER.c.address,
            SENDER.c.number_id,
            SENDER.c.provider_account_id,
            SENDER.c.created_at,
            SENDER.c.released_at,
        ).where(SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id)
    )
    if row is None:
        return None
    return SenderPlace(
        id=row.id,
        channel_id=row.channel_id,
        kind=ChannelKind(row.kind),
        address=row.address,
        number_id=row.number_id,
        provider_account_id=row.provider_account_id,
        created_at=row.created_at,
        released=row.released_at is not None,
    )


def find_channel_at(tx: Tx, kind: str, address: str) -> str | None:
    """Return the organization's channel whose current sender has this address."""
    mine = (SENDER.c.organization_id == tx.organization_id, SENDER.c.kind == kind, SENDER.c.address == address)
    found: str | None = tx.scalar(select(SENDER.c.channel_id).where(*mine, SENDER.c.state == CURRENT))
    return found


def make_room(tx: Tx, channel_id: str) -> None:
    """Make a channel's current sender a past one, which still receives."""
    mine = (SENDER.c.organization_id == tx.organization_id, SENDER.c.channel_id == channel_id)
    tx.execute(update(SENDER).where(*mine, SENDER.c.state == CURRENT).values(state=PAST))


def make_current(tx: Tx, sender_id: str) -> bool:
    """Make a past sender the current one of its channel, which has none now; False for one that was released."""
    mine = (SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id)
    return tx.execute(update(SENDER).where(*mine, SENDER.c.released_at.is_(None)).values(state=CURRENT)).rowcount == 1
