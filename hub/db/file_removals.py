"""Files whose last row is gone: removed from the storage behind the transaction that removed the row.

Equal bytes of one organization lie there once, so removing them and putting them back may meet. A removal is claimed
first, by one job, under the lock of its key and only when no row names the key; whoever is about to put the same bytes
there takes an unclaimed removal back, and waits for the end of a claimed one (`files.reserve`). Bytes that are noted
again while they are being removed are removed again: they may have been put there in between.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from hub.db.files import is_named, lock_key
from hub.db.session import Tx
from hub.db.tables.core import ATTACHMENT, FILE_REMOVAL

_CHUNK = 500
_ABANDONED = timedelta(minutes=5)
"""After so long whoever claimed a removal died over it: a storage is asked for a minute at most."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A removal that is ours; `created_at`: when the bytes were noted last, as far as the claim knows."""

    storage_key: str
    created_at: datetime


def remove_files(tx: Tx, attachment_ids: Collection[str]) -> int:
    """Remove these attachments, rows and bytes; return how many there were."""
    return _remove_rows(tx, ATTACHMENT.c.id, attachment_ids)


def remove_of_messages(tx: Tx, message_ids: Collection[str]) -> int:
    """Remove the attachments of messages, rows and bytes; return how many there were."""
    return _remove_rows(tx, ATTACHMENT.c.message_id, message_ids)


def _remove_rows(tx: Tx, column: ColumnElement[Any], ids: Collection[Any]) -> int:
    """Their bytes go behind this transaction."""
    every, removed = list(ids), 0
    for start in range(0, len(every), _CHUNK):
        mine = ATTACHMENT.c.organization_id == tx.organization_id, column.in_(every[start : start + _CHUNK])
        rows = tx.execute(delete(ATTACHMENT).where(*mine).returning(ATTACHMENT.c.storage_key)).all()
        note(tx, {row.storage_key for row in rows if row.storage_key})
        removed += len(rows)
    return removed


def note(tx: Tx, storage_keys: Collection[str]) -> None:
    """Have bytes removed, unless a row names them still when it comes to that."""
    now = datetime.now(UTC)
    rows = [
        {"storage_key": key, "organization_id": tx.organization_id, "created_at": now} for key in sorted(storage_keys)
    ]
    if len(tx.insert_new(FILE_REMOVAL, rows, returning=("storage_key",))) < len(rows):
        under_way = *_mine(tx, sorted(storage_keys)), FILE_REMOVAL.c.claimed_at.is_not(None)
        tx.execute(update(FILE_REMOVAL).where(*under_way).values(created_at=now))


def organizations(tx: Tx) -> list[str]:
    """Return the organizations that have bytes to remove. Platform work."""
    rows = tx.all(select(FILE_REMOVAL.c.organization_id).group_by(FILE_REMOVAL.c.organization_id))
    return [row.organization_id for row in rows]


def is_any_left(tx: Tx) -> bool:
    """Tell whether there are bytes to remove, claimed or not."""
    mine = FILE_REMOVAL.c.organization_id == tx.organization_id
    return tx.first(select(FILE_REMOVAL.c.storage_key).where(mine).limit(1)) is not None


def list_keys(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Return what is to be removed and nobody is at, oldest first."""
    rows = tx.all(
        select(FILE_REMOVAL.c.storage_key)
        .where(FILE_REMOVAL.c.organization_id == tx.organization_id, _is_free(now))
        .order_by(FILE_REMOVAL.c.created_at, FILE_REMOVAL.c.storage_key)
        .limit(limit)
    )
    return [row.storage_key for row in rows]


def claim(tx: Tx, storage_key: str, now: datetime) -> Claim | None:
    """Begin to remove bytes; None when somebody else is at it, or they are needed: the removal is forgotten then."""
    lock_key(tx, storage_key)
    free = *_mine(tx, [storage_key]), _is_free(now)
    if is_named(tx, storage_key):
        tx.execute(delete(FILE_REMOVAL).where(*free))
        return None
    taken = update(FILE_REMOVAL).where(*free).values(claimed_at=now).returning(FILE_REMOVAL.c.created_at)
    row = tx.execute(taken).first()
    return Claim(storage_key, row.created_at) if row else None


def forget(tx: Tx, claim: Claim) -> None:
    """The bytes are removed; those that were noted again since the claim wait for another removal."""
    mine = _mine(tx, [claim.storage_key])
    tx.execute(delete(FILE_REMOVAL).where(*mine, FILE_REMOVAL.c.created_at == claim.created_at))
    tx.execute(update(FILE_REMOVAL).where(*mine).values(claimed_at=None))


def _is_free(now: datetime) -> ColumnElement[bool]:
    claimed_at = FILE_REMOVAL.c.claimed_at
    return or_(claimed_at.is_(None), claimed_at < now - _ABANDONED)


def _mine(tx: Tx, storage_keys: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return FILE_REMOVAL.c.organization_id == tx.organization_id, FILE_REMOVAL.c.storage_key.in_(list(storage_keys))
