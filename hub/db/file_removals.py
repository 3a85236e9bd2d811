"""Files whose last row is gone: removed from the storage behind the transaction that removed the row.

Equal bytes of one organization lie there once, so removing them and putting them back may meet. A removal is claimed
first, under the lock of its key and only when no row names the key; whoever is about to put the same bytes there takes
an unclaimed removal back, and waits for the end of a claimed one (`files.reserve`).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from hub.db.files import lock_key
from hub.db.session import Tx
from hub.db.tables.core import ATTACHMENT, FILE_REMOVAL

_CHUNK = 500


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
    tx.insert_new(FILE_REMOVAL, rows, returning=("storage_key",))


def organizations(tx: Tx) -> list[str]:
    """Return the organizations that have bytes to remove. Platform work."""
    rows = tx.all(select(FILE_REMOVAL.c.organization_id).group_by(FILE_REMOVAL.c.organization_id))
    return [row.organization_id for row in rows]


def list_keys(tx: Tx, limit: int) -> list[str]:
    """Return what is to be removed, oldest first."""
    rows = tx.all(
        select(FILE_REMOVAL.c.storage_key)
        .where(FILE_REMOVAL.c.organization_id == tx.organization_id)
        .order_by(FILE_REMOVAL.c.created_at, FILE_REMOVAL.c.storage_key)
        .limit(limit)
    )
    return [row.storage_key for row in rows]


def claim(tx: Tx, storage_key: str, now: datetime) -> bool:
    """Begin to remove bytes; False when they are needed: the removal is forgotten then."""
    lock_key(tx, storage_key)
    named = ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.storage_key == storage_key
    if tx.first(select(ATTACHMENT.c.id).where(*named).limit(1)):
        forget(tx, [storage_key])
        return False
    tx.execute(update(FILE_REMOVAL).where(*_mine(tx, [storage_key])).values(claimed_at=now))
    return True


def forget(tx: Tx, storage_keys: Sequence[str]) -> None:
    """They are removed, or needed."""
    tx.execute(delete(FILE_REMOVAL).where(*_mine(tx, storage_keys)))


def _mine(tx: Tx, storage_keys: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return FILE_REMOVAL.c.organization_id == tx.organization_id, FILE_REMOVAL.c.storage_key.in_(list(storage_keys))
