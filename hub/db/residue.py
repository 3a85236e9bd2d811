"""Removing what deleted rows leave on the disk. It works outside of every transaction, on a connection of its own.

SQLite overwrites what it deletes (secure_delete); what is left stands in the write-ahead log until a checkpoint empties
it. PostgreSQL keeps dead rows until VACUUM, and their bytes in the holes of pages until those are used again: VACUUM
FULL writes the tables anew. docs/privacy.md says what remains and for how long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hub.db.session import Database

_VACUUM = (
    "VACUUM contacts, identities, conversations, messages, message_aliases, attachments, file_removals, deliveries, "
    "delivery_attempts, errands, notifications, parked_receipts, read_marks, assignments, automatic_answers, notices, "
    "idempotency_keys, events, quarantined_requests, audit_entries, privacy_cases"
)
_EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"


def remove(db: Database) -> bool:
    """Take deleted bytes out of the database's own files, as far as it can be done beside running work.

    False when a reader held SQLite's log back; ask again.
    """
    with _alone(db) as run:
        if _is_sqlite(db):
            busy: int = run(_EMPTY_LOG).fetchone()[0]
            return busy == 0
        run(_VACUUM)
    return True


def rewrite(db: Database) -> None:
    """Write every table anew, so that no page keeps a byte of what was deleted. Locks each table while it does."""
    with _alone(db) as run:
        if _is_sqlite(db):
            run("VACUUM")
            run(_EMPTY_LOG)
        else:
            run("VACUUM FULL")
            run("CHECKPOINT")


def _is_sqlite(db: Database) -> bool:
    return db.engine.dialect.name == "sqlite"


@contextmanager
def _alone(db: Database) -> Iterator[Any]:
    """Yield what runs one statement on a connection that begins no transaction."""
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        if not _is_sqlite(db):
            connection.autocommit = True
        yield connection.execute
    finally:
        if not _is_sqlite(db):
            connection.autocommit = False
        pooled.close()
