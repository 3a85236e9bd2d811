"""Senders that a provider names by something else than their address: their business account, a message of theirs."""

from sqlalchemy import select

from hub.db.senders import SenderRef
from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, MESSAGE, SENDER
from hub.types import ChannelKind


def list_of_business_account(tx: Tx, kind: ChannelKind, business_id: str) -> list[SenderRef]:
    """Return the senders of a kind that still receive and belong to a business account, by the provider's id of it."""
    rows = tx.all(
        select(SENDER.c.id, SENDER.c.organization_id, SENDER.c.provider_account_id)
        .join(ACCOUNT, ACCOUNT.c.id == SENDER.c.provider_account_id)
        .where(ACCOUNT.c.business_id == business_id, SENDER.c.kind == kind, SENDER.c.released_at.is_(None))
        .order_by(SENDER.c.id)
    )
    return [SenderRef(row.id, row.organization_id, row.provider_account_id) for row in rows]


def find_by_message(tx: Tx, account_id: str, external_id: str) -> SenderRef | None:
    """Return the sender of a provider account that a message went out by, or came to, by the provider's id of it."""
    row = tx.first(
        select(SENDER.c.id, SENDER.c.organization_id, SENDER.c.provider_account_id)
        .join(MESSAGE, MESSAGE.c.sender_id == SENDER.c.id)
        .where(SENDER.c.provider_account_id == account_id, MESSAGE.c.external_id == external_id)
    )
    return SenderRef(row.id, row.organization_id, row.provider_account_id) if row else None
