"""Whether people can be reached, and want to be: what blocks, words and bounces do to identities."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from hub.db import recipient_wishes
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
    recipient_wishes.note_opt_out(tx, identity_id)
    return tx.execute(wanted.values(unreachable=reason, opted_out_at=now)).rowcount == 1


def opt_in(tx: Tx, identity_id: str, now: datetime) -> None:
    """They said that they want to be written to again."""
    recipient_wishes.note_opt_in(tx, identity_id, now)
    tx.execute(update(IDENTITY).where(_these(tx, [identity_id])).values(unreachable=None, opted_out_at=None))


def mark_verified(tx: Tx, identity_ids: Sequence[str]) -> None:
    """The provider vouches for these addresses now."""
    tx.execute(update(IDENTITY).where(_these(tx, identity_ids)).values(verified=True))


def list_same(tx: Tx, identity_id: str) -> list[str]:
    """Return the identities of the same contact on the same kind, this one among them."""
    this = tx.first(select(IDENTITY.c.contact_id, IDENTITY.c.kind).where(_these(tx, [identity_id])))
    if this is None:
        return []
    # not in one statement: without statistics PostgreSQL would compare every identity with every other
    same = select(IDENTITY.c.id).where(
        IDENTITY.c.organization_id == tx.organization_id,
        IDENTITY.c.contact_id == this.contact_id,
        IDENTITY.c.kind == this.kind,
    )
    return sorted(row.id for row in tx.all(same))


def _these(tx: Tx, identity_ids: Sequence[str]) -> ColumnElement[bool]:
    return (IDENTITY.c.organization_id == tx.organization_id) & IDENTITY.c.id.in_(list(identity_ids))
