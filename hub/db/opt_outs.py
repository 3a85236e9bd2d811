"""Opt-outs that outlive the person: keyed hashes of addresses that do not want to be written to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from hub.db.session import Tx
from hub.db.tables.core import OPT_OUT


def keep(tx: Tx, kind: str, address_hash: str, reason: str, now: datetime) -> bool:
    """Note that an address is not to be written to; False when it was noted before."""
    row = {
        "organization_id": tx.organization_id,
        "kind": kind,
        "address_hash": address_hash,
        "reason": reason,
        "created_at": now,
    }
    return bool(tx.insert_new(OPT_OUT, [row], ["address_hash"]))


def find(tx: Tx, kind: str, hashes: Collection[str]) -> dict[str, str]:
    """Return hash → reason of those among these addresses that are not to be written to."""
    rows = tx.all(
        select(OPT_OUT.c.address_hash, OPT_OUT.c.reason).where(
            OPT_OUT.c.organization_id == tx.organization_id,
            OPT_OUT.c.kind == kind,
            OPT_OUT.c.address_hash.in_(list(hashes)),
        )
    )
    return {row.address_hash: row.reason for row in rows}


def forget(tx: Tx, kind: str, hashes: Collection[str]) -> None:
    """Let these addresses be written to again."""
    tx.execute(
        delete(OPT_OUT).where(
            OPT_OUT.c.organization_id == tx.organization_id,
            OPT_OUT.c.kind == kind,
            OPT_OUT.c.address_hash.in_(list(hashes)),
        )
    )
