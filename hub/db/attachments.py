"""Queries on files: uploads of operators and attachments of messages, as people see and send them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update

from hub.db.session import Tx
from hub.db.suspension import shown
from hub.db.tables.core import ATTACHMENT, CONVERSATION, MESSAGE, USER
from hub.types import FileState, MediaKind

SEALED = "attachments.body"
"""The purpose a file's bytes are sealed for, with its organization's key, wherever they lie."""
SOURCE = "attachments.source"
"""The purpose that what a file is fetched by is sealed for."""


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file without its bytes. `size` in bytes; `content_type` as its bytes show it once it is ready.

    reason  why it is not there, in our words; pixels and seconds are None where nobody said
    """

    id: str
    name: str
    content_type: str
    size: int
    created_at: datetime
    kind: MediaKind = MediaKind.FILE
    state: FileState = FileState.READY
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file and where its sealed bytes lie: in the storage, or as long as they were not moved there in `body`."""

    view: AttachmentView
    storage_key: str | None
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file somebody uploads; it is ready once its bytes are kept. `sha256`: its keyed fingerprint in hex."""

    view: AttachmentView
    uploaded_by: str
    sha256: str
    storage_key: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a message, to be fetched. `source` is sealed; the rest is what the platform says of it."""

    view: AttachmentView
    message_id: str
    sender_id: str
    event_id: int | None
    source: bytes = field(repr=False)


def insert_upload(tx: Tx, new: NewUpload) -> None:
    """Note a file whose bytes are about to be kept: whatever lies in the storage has a row."""
    own = {"uploaded_by": new.uploaded_by, "sha256": new.sha256, "storage_key": new.storage_key}
    tx.insert(ATTACHMENT, [{**_row(tx, new.view), **own}])


def insert_to_fetch(tx: Tx, files: Sequence[NewFile]) -> None:
    """Note files of messages, to be fetched at once."""
    rows = [
        {
            **_row(tx, new.view),
            "message_id": new.message_id,
            "sender_id": new.sender_id,
            "event_id": new.event_id,
            "source": new.source,
            "due_at": new.view.created_at,
        }
        for new in files
    ]
    tx.insert(ATTACHMENT, rows)


def _row(tx: Tx, view: AttachmentView) -> dict[str, Any]:
    return {
        "id": view.id,
        "organization_id": tx.organization_id,
        "name": view.name[:200],
        "content_type": view.content_type[:200],
        "size": view.size,
        "kind": view.kind,
        "state": view.state,
        "width": view.width,
        "height": view.height,
        "duration": view.duration,
        "created_at": view.created_at,
    }


def find(tx: Tx, attachment_id: str) -> StoredFile | None:
    """Return a file of the organization, unless its message may not be shown (B6, F20)."""
    file = ATTACHMENT.c
    row = tx.first(
        select(ATTACHMENT)
        .outerjoin(MESSAGE, MESSAGE.c.id == file.message_id)
        .outerjoin(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            file.organization_id == tx.organization_id,
            file.id == attachment_id,
            or_(file.message_id.is_(None), and_(MESSAGE.c.suspended_at.is_(None), *shown(tx))),
        )
    )
    return _stored(row) if row else None


def list_files(tx: Tx, attachment_ids: Collection[str]) -> list[StoredFile]:
    """Return these files, whoever may see them: for the line, which sends them."""
    rows = tx.all(
        select(ATTACHMENT).where(
            ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.id.in_(list(attachment_ids))
        )
    )
    return [_stored(row) for row in rows]


def give_to_message(tx: Tx, attachment_ids: Collection[str], message_id: str) -> int:
    """Let a message carry uploads; return how many were still free: ready, of no message yet, and nobody's photo."""
    photos = select(USER.c.photo_id).where(USER.c.organization_id == tx.organization_id, USER.c.photo_id.is_not(None))
    free = (
        ATTACHMENT.c.organization_id == tx.organization_id,
        ATTACHMENT.c.id.in_(list(attachment_ids)),
        ATTACHMENT.c.message_id.is_(None),
        ATTACHMENT.c.state == FileState.READY,
        ATTACHMENT.c.id.not_in(photos),
    )
    return tx.execute(update(ATTACHMENT).where(*free).values(message_id=message_id)).rowcount


def organization_of(tx: Tx, attachment_id: str) -> str | None:
    """Return whose file it is. Platform work."""
    return tx.scalar(select(ATTACHMENT.c.organization_id).where(ATTACHMENT.c.id == attachment_id))


def _stored(row: Any) -> StoredFile:
    return StoredFile(_view(row), row.storage_key, None if row.body is None else bytes(row.body))


def _view(row: Any) -> AttachmentView:
    return AttachmentView(
        row.id,
        row.name,
        row.content_type,
        row.size,
        row.created_at,
        MediaKind(row.kind),
        FileState(row.state),
        row.reason,
        row.width,
        row.height,
        row.duration,
    )
