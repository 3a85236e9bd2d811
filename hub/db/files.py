"""Queries of the jobs that bring files in: which are due, who has taken them, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from hub.db.session import Tx
from hub.db.tables.core import ATTACHMENT, EVENT, FILE_REMOVAL
from hub.errors import NotFound
from hub.types import ChannelKind, FileState, MediaKind


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file to be fetched, taken by whoever asked. `source` is sealed; `attempts` counts this one.

    storage_key  set when its bytes are in the storage already, or may be: a try before this one put them there
    """

    id: str
    message_id: str
    sender_id: str
    event_id: int | None
    kind: MediaKind
    name: str
    content_type: str
    source: bytes = field(repr=False)
    attempts: int
    storage_key: str | None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the bytes of a file say of it. `sha256`: their keyed fingerprint in hex; `size` in bytes."""

    kind: MediaKind
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class FileEvent:
    """The journal row a file's message came by; `body` is sealed, None when it had its time."""

    key: str
    kind: ChannelKind | None
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class KeptBody:
    """A file whose sealed bytes lie in the database still."""

    id: str
    sha256: str
    body: bytes = field(repr=False)


def organizations_due(tx: Tx, now: datetime) -> list[str]:
    """Return the organizations that have a file to fetch. Platform work."""
    rows = tx.all(
        select(ATTACHMENT.c.organization_id)
        .where(ATTACHMENT.c.state == FileState.FETCHING, ATTACHMENT.c.due_at <= now)
        .group_by(ATTACHMENT.c.organization_id)
    )
    return [row.organization_id for row in rows]


def claim(tx: Tx, now: datetime, until: datetime, limit: int) -> list[DueFile]:
    """Take due files, oldest first. Whoever dies over one leaves it to be taken again at `until`."""
    due = (
        select(ATTACHMENT.c.id)
        .where(
            ATTACHMENT.c.organization_id == tx.organization_id,
            ATTACHMENT.c.state == FileState.FETCHING,
            ATTACHMENT.c.due_at <= now,
        )
        .order_by(ATTACHMENT.c.due_at, ATTACHMENT.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in tx.all(due)]
    if not ids:
        return []
    rows = tx.execute(
        update(ATTACHMENT)
        .where(ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.id.in_(ids))
        .values(due_at=until, attempts=ATTACHMENT.c.attempts + 1)
        .returning(*(ATTACHMENT.c[name] for name in DueFile.__dataclass_fields__))
    ).all()
    return sorted(map(_due, rows), key=lambda each: ids.index(each.id))


def find_event(tx: Tx, event_id: int) -> FileEvent | None:
    """Return the journal row a file's message came by."""
    columns = EVENT.c.event_key, EVENT.c.kind, EVENT.c.headers, EVENT.c.body, EVENT.c.received_at
    row = tx.first(select(*columns).where(EVENT.c.organization_id == tx.organization_id, EVENT.c.id == event_id))
    if row is None:
        return None
    kind = row.kind and ChannelKind(row.kind)
    return FileEvent(row.event_key, kind, row.headers, row.body and bytes(row.body), row.received_at)


def reserve(tx: Tx, attachment_id: str, storage_key: str, sha256: str) -> bool:
    """Note where a file's bytes are about to be put; False while the same bytes are being removed: ask again soon.

    From then on nobody removes them as long as the row is there (hub.db.file_removals). Raises NotFound when the row is
    gone; let it end the transaction, so that a removal of the same bytes stays.
    """
    if not cancel_removal(tx, storage_key):
        return False
    if tx.execute(_change(tx, attachment_id).values(storage_key=storage_key, sha256=sha256)).rowcount != 1:
        raise NotFound("the file's message was taken back or erased meanwhile")
    return True


def is_named(tx: Tx, storage_key: str) -> bool:
    """Tell whether a row names these bytes."""
    named = ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.storage_key == storage_key
    return tx.first(select(ATTACHMENT.c.id).where(*named).limit(1)) is not None


def find_storage_key(tx: Tx, attachment_id: str) -> str | None:
    """Return which bytes a row names."""
    mine = ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.id == attachment_id
    return tx.scalar(select(ATTACHMENT.c.storage_key).where(*mine))


def cancel_removal(tx: Tx, storage_key: str) -> bool:
    """Keep what was about to be removed; False when somebody is at it."""
    lock_key(tx, storage_key)
    mine = FILE_REMOVAL.c.organization_id == tx.organization_id, FILE_REMOVAL.c.storage_key == storage_key
    if tx.first(select(FILE_REMOVAL.c.storage_key).where(*mine, FILE_REMOVAL.c.claimed_at.is_not(None))):
        return False
    tx.execute(FILE_REMOVAL.delete().where(*mine))
    return True


def lock_key(tx: Tx, storage_key: str) -> None:
    """Let one transaction at a time decide about a file's bytes. SQLite's write lock does it already."""
    if not tx.is_sqlite:
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"file {storage_key}", 0))))


def mark_ready(tx: Tx, attachment_id: str, facts: FileFacts) -> bool:
    """The bytes are kept; False when the row is gone."""
    values = {name: getattr(facts, name) for name in FileFacts.__dataclass_fields__}
    ready = _change(tx, attachment_id).values(
        **values, state=FileState.READY, reason=None, source=None, body=None, due_at=None
    )
    return tx.execute(ready).rowcount == 1


def give_up(tx: Tx, attachment_id: str, state: FileState, reason: str) -> bool:
    """The file will not come, for a reason in our words; False when the row is gone. No bytes of it are kept."""
    ended = _change(tx, attachment_id).values(
        state=state, reason=reason, source=None, due_at=None, storage_key=None, sha256=""
    )
    return tx.execute(ended).rowcount == 1


def put_off(tx: Tx, attachment_id: str, due_at: datetime) -> None:
    """Try again at `due_at`."""
    tx.execute(_change(tx, attachment_id).values(due_at=due_at))


def put_off_uncounted(tx: Tx, attachment_id: str, due_at: datetime) -> None:
    """Try again at `due_at`; this try was nobody's fault."""
    tx.execute(_change(tx, attachment_id).values(due_at=due_at, attempts=ATTACHMENT.c.attempts - 1))


def organizations_with_bodies(tx: Tx) -> list[str]:
    """Return the organizations with files whose bytes lie in the database. Platform work."""
    rows = tx.all(
        select(ATTACHMENT.c.organization_id)
        .where(ATTACHMENT.c.body.is_not(None))
        .group_by(ATTACHMENT.c.organization_id)
    )
    return [row.organization_id for row in rows]


def list_bodies(tx: Tx, limit: int) -> list[KeptBody]:
    """Return files whose bytes lie in the database."""
    rows = tx.all(
        select(ATTACHMENT.c.id, ATTACHMENT.c.sha256, ATTACHMENT.c.body)
        .where(ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.body.is_not(None))
        .order_by(ATTACHMENT.c.id)
        .limit(limit)
    )
    return [KeptBody(row.id, row.sha256, bytes(row.body)) for row in rows]


def drop_body(tx: Tx, attachment_id: str) -> None:
    """The storage has the bytes now."""
    tx.execute(_change(tx, attachment_id).values(body=None))


def _change(tx: Tx, attachment_id: str) -> Any:
    mine: Sequence[ColumnElement[bool]] = (
        ATTACHMENT.c.organization_id == tx.organization_id,
        ATTACHMENT.c.id == attachment_id,
    )
    return update(ATTACHMENT).where(*mine)


def _due(row: Any) -> DueFile:
    values = dict(row._mapping)
    return DueFile(**{**values, "kind": MediaKind(values["kind"]), "source": bytes(values["source"] or b"")})
