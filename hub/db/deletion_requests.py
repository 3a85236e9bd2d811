"""Requests to delete a person's data that a platform passed on, for the page where the person sees what became of it.

Platform work only: the platform names nobody by an id that an organization knows.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import DELETION_REQUEST


class DeletionState(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    NOTHING_FOUND = "nothing_found"


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    """A request under its public code. `subject_hash`: whom the platform named, as a keyed hash."""

    id: str
    provider: str
    subject_hash: str
    state: DeletionState
    created_at: datetime
    done_at: datetime | None = None


def keep(tx: Tx, asked: DeletionRequest) -> bool:
    """Keep a request; False when it came before."""
    row = {
        "id": asked.id,
        "provider": asked.provider,
        "subject_hash": asked.subject_hash,
        "state": asked.state.value,
        "created_at": asked.created_at,
        "done_at": asked.done_at,
    }
    return bool(tx.insert_new(DELETION_REQUEST, [row], ["id"]))


def find(tx: Tx, code: str) -> DeletionRequest | None:
    row = tx.first(select(DELETION_REQUEST).where(DELETION_REQUEST.c.id == code))
    if row is None:
        return None
    return DeletionRequest(
        row.id, row.provider, row.subject_hash, DeletionState(row.state), row.created_at, row.done_at
    )
