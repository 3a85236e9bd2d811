"""Whether people can be reached, and want to be: what blocks, words and bounces do to identities."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update

from hub.db.session import Tx
from hub.db.tables.core import IDENTITY


def mark_reachable(tx: Tx, identity_ids: Sequence[str]) -> None:
    """They wrote, so they can be reached again; whoever opted out is left alone until they say so."""
    tx.execute(
        update(IDENTITY).where(_these(tx, identity_ids), IDENTITY.c.opted_out_at.is_(None)).values(unreachable=None)
    )


def mark_unreachable(tx: Tx, identity_id: str, reason: str) -> None:
    """Nothing more is tried until they write."""
    tx.execute(
        update(IDENTITY).where(_these(tx, [identity_id]), IDENTITY.c.opted_out_at.is_(None)).values(unreachable=reason)
    )


def opt_out(tx: Tx, identity_id: str, reason: str, now: datetime) -> bool:
    """They do not want to be written to; only their own word takes that back. False when they had said so before."""
    wanted = update(IDENTITY).where(_these(tx, [identity_id]), IDENTITY.c.opted_out_at.is_(None))
    return tx.execute(wanted.values(unreachable=reason, opted_out_at=now)).rowcount == 1


def opt_in(tx: Tx, identity_id: str) -> None:
    """They said that they want to be written to again."""
    tx.execute(update(IDENTITY).where(_these(tx, [identity_id])).values(unreachable=None, opted_out_at=None))


def mark_verified(tx: Tx, identity_ids: Sequence[str]) -> None:
    """The provider vouches for these addresses now."""
    tx.execute(update(IDENTITY).where(_these(tx, identity_ids)).values(verified=True))


def list_same(tx: Tx, identity_id: str) -> list[str]:
    """Return the identities of the same contact on the same kind, this one among them."""
    this = IDENTITY.alias("this")
    rows = tx.all(
        select(IDENTITY.c.id)
        .join(this, and_(this.c.contact_id == IDENTITY.c.contact_id, this.c.kind == IDENTITY.c.kind))
        .where(IDENTITY.c.organization_id == tx.organization_id, this.c.id == identity_id)
        .order_by(IDENTITY.c.id)
    )
    return [row.id for row in rows]


def _these(tx: Tx, identity_ids: Sequence[str]) -> ColumnElement[bool]:
    return (IDENTITY.c.organization_id == tx.organization_id) & IDENTITY.c.id.in_(list(identity_ids))
