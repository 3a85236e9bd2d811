"""Queries on files: uploads of operators and attachments of messages."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, or_, select

from hub.db.session import Tx
from hub.db.suspension import shown
from hub.db.tables.core import ATTACHMENT, CONVERSATION, MESSAGE

SEALED = "attachments.body"
"""The purpose a file's bytes are sealed for, with its organization's key."""


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file without its bytes. `size` in bytes; `content_type` as it was given."""

    id: str
    name: str
    content_type: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A file to keep; `body` is sealed, `sha256` its keyed fingerprint in hex."""

    view: AttachmentView
    uploaded_by: str
    sha256: str
    body: bytes = field(repr=False)


def insert_upload(tx: Tx, new: NewAttachment) -> None:
    view = new.view
    row = {
        "id": view.id,
        "organization_id": tx.organization_id,
        "uploaded_by": new.uploaded_by,
        "name": view.name,
        "content_type": view.content_type,
        "size": view.size,
        "sha256": new.sha256,
        "body": new.body,
        "created_at": view.created_at,
    }
    tx.insert(ATTACHMENT, [row])


def find(tx: Tx, attachment_id: str) -> tuple[AttachmentView, bytes] | None:
    """Return a file of the organization with its sealed bytes, unless its message may not be shown (B6, F20)."""
    file = ATTACHMENT.c
    row = tx.first(
        select(file.id, file.name, file.content_type, file.size, file.created_at, file.body)
        .outerjoin(MESSAGE, MESSAGE.c.id == file.message_id)
        .outerjoin(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            file.organization_id == tx.organization_id,
            file.id == attachment_id,
            or_(file.message_id.is_(None), and_(MESSAGE.c.suspended_at.is_(None), *shown(tx))),
        )
    )
    if row is None:
        return None
    return AttachmentView(row.id, row.name, row.content_type, row.size, row.created_at), bytes(row.body)
