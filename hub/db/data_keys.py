"""Queries on data keys, as they are kept: wrapped. Every query here is platform work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, select, text, update

from hub.db.session import Tx
from hub.db.tables.core import DATA_KEY

_LOCK_NUMBER = 7_268_003
"""PostgreSQL advisory lock between a rotation and whoever wraps a new key. SQLite has one writer anyway."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as the database has it; `wrapped` None: it was destroyed. `wrapped_by` is the id of a ring key."""

    owner: str
    wrapped: bytes | None = field(repr=False)
    wrapped_by: str
    created_at: datetime
    destroyed_at: datetime | None = None


def find(tx: Tx, owner: str) -> WrappedKey | None:
    row = tx.first(select(DATA_KEY).where(DATA_KEY.c.owner == owner))
    return _wrapped(row) if row else None


def list_all(tx: Tx) -> list[WrappedKey]:
    """Return every key, the oldest first."""
    return [_wrapped(row) for row in tx.all(select(DATA_KEY).order_by(DATA_KEY.c.created_at, DATA_KEY.c.owner))]


def insert(tx: Tx, key: WrappedKey) -> None:
    """Keep a new key. Wrap it after `wait_for_rotation`, in the same transaction."""
    tx.insert(
        DATA_KEY,
        [
            {
                "owner": key.owner,
                "wrapped": key.wrapped,
                "wrapped_by": key.wrapped_by,
                "created_at": key.created_at,
                "destroyed_at": None,
            }
        ],
    )


def set_wrapped(tx: Tx, keys: Sequence[WrappedKey]) -> None:
    """Replace how keys are wrapped."""
    for key in keys:
        tx.execute(
            update(DATA_KEY).where(DATA_KEY.c.owner == key.owner).values(wrapped=key.wrapped, wrapped_by=key.wrapped_by)
        )


def destroy(tx: Tx, owner: str, now: datetime) -> None:
    """Empty a key for good; the row stays and says when."""
    tx.execute(update(DATA_KEY).where(DATA_KEY.c.owner == owner).values(wrapped=None, destroyed_at=now))


def wait_for_rotation(tx: Tx) -> None:
    """Let no rotation pass between the wrapping of a new key and its commit: it would miss that key."""
    if not tx.is_sqlite:
        tx.execute(text("SELECT pg_advisory_xact_lock_shared(:number)").bindparams(number=_LOCK_NUMBER))


def lock_rotation(tx: Tx) -> None:
    """Rotate alone: wait for those who wrap a new key, and let nobody begin to."""
    if not tx.is_sqlite:
        tx.execute(text("SELECT pg_advisory_xact_lock(:number)").bindparams(number=_LOCK_NUMBER))


def _wrapped(row: Row[tuple[object, ...]]) -> WrappedKey:
    return WrappedKey(
        row.owner, None if row.wrapped is None else bytes(row.wrapped), row.wrapped_by, row.created_at, row.destroyed_at
    )
