"""What is on its way: deliveries with their attempts, files, errands, and what the provider said too early."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BIG, BYTES, ID, JSON_, NAME, TEXT, TIME, WORD, born, own

_UNDER_WAY = text("state IN ('queued', 'sending')")
_TO_LOOK_UP = text("look_up_at IS NOT NULL")
_TO_FETCH = text("state = 'fetching'")
_QUEUED = text("state = 'queued'")
_HELD = text("state = 'held'")
_NOT_CANCELLED = text("state <> 'cancelled'")
_UNASKED = text("unasked = 1")
"""Word for word as SQLAlchemy asks for it on SQLite, which finds the index by nothing else."""
_OF_AN_EVENT = text("event_id IS NOT NULL")


class Delivery(SQLModel, table=True):
    """One outbound message on its way; a retry by a person is a new delivery of the same message."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("sender_id", "senders"),
        own("message_id", "messages"),
        Index("deliveries_under_way", "sender_id", "id",
              postgresql_where=_UNDER_WAY, sqlite_where=_UNDER_WAY),
        Index("deliveries_held", "sender_id", postgresql_where=_HELD, sqlite_where=_HELD),
        Index("deliveries_of_message", "message_id"),
        Index("deliveries_by_message", "organization_id", "message_id"),
        Index("deliveries_unasked", "organization_id", "created_at",
              postgresql_where=text("unasked"), sqlite_where=_UNASKED),
        Index("deliveries_to_look_up", "look_up_at", postgresql_where=_TO_LOOK_UP, sqlite_where=_TO_LOOK_UP),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    sender_id: str = Field(sa_type=ID)
    message_id: str = Field(sa_type=ID)
    state: str = Field(sa_type=WORD)
    # the person did not write before it, or too long ago: held where a provider forbids that, and counted
    unasked: bool = Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()})
    attempts: int = Field(default=0)
    due_at: datetime = Field(sa_type=TIME)
    lease_until: datetime | None = Field(default=None, sa_type=TIME)
    # when to ask the provider what became of an uncertain send
    look_up_at: datetime | None = Field(default=None, sa_type=TIME)
    look_ups: int = Field(default=0, sa_column_kwargs=born("0"))
    created_at: datetime = Field(sa_type=TIME)


class DeliveryAttempt(SQLModel, table=True):
    """One try of a delivery and what came of it. `outcome` is empty while it runs."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (own("delivery_id", "deliveries", ondelete="CASCADE"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    delivery_id: str = Field(sa_type=ID, index=True)
    started_at: datetime = Field(sa_type=TIME)
    finished_at: datetime | None = Field(default=None, sa_type=TIME)
    outcome: str | None = Field(default=None, sa_type=WORD)
    code: str = Field(default="", sa_type=WORD)
    detail: str = Field(default="", sa_type=TEXT)


class ParkedReceipt(SQLModel, table=True):
    """A receipt, edit, reaction or withdrawal that came before its message was known. `state`: parked, unmatched."""

    __tablename__ = "parked_receipts"
    __table_args__ = (own("sender_id", "senders"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    sender_id: str = Field(sa_type=ID)
    external_id: str | None = Field(default=None, sa_type=TEXT, index=True)
    delivery_id: str | None = Field(default=None, max_length=64, index=True)
    receipt: dict[str, Any] = Field(sa_type=JSON_)
    state: str = Field(default="parked", sa_type=WORD)
    expires_at: datetime = Field(sa_type=TIME)


class Attachment(SQLModel, table=True):
    """A file. `message_id` is empty from its upload until a message carries it.

    `state`: fetching, ready, or why it is not there: failed, gone, too_large, infected, refused. The sealed bytes are
    in the storage under `storage_key`; `source` (sealed) is what the adapter fetches it by, until it is ready.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        own("message_id", "messages"),
        own("uploaded_by", "users"),
        Index("attachments_of_message", "organization_id", "message_id"),
        Index("attachments_by_key", "organization_id", "storage_key"),
        Index("attachments_to_fetch", "due_at", postgresql_where=_TO_FETCH, sqlite_where=_TO_FETCH),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID, index=True)
    message_id: str | None = Field(default=None, sa_type=ID)
    uploaded_by: str | None = Field(default=None, sa_type=ID)
    sender_id: str | None = Field(default=None, sa_type=ID)
    event_id: int | None = Field(default=None, sa_type=BIG)
    kind: str = Field(default="file", sa_type=WORD, sa_column_kwargs=born("'file'"))
    name: str = Field(sa_type=NAME)
    content_type: str = Field(sa_type=NAME)
    size: int = Field(default=0)
    # keyed fingerprint of the bytes; empty until they are there
    sha256: str = Field(default="", max_length=64)
    storage_key: str | None = Field(default=None, sa_type=NAME)
    # the sealed bytes, as long as the storage does not have them
    body: bytes | None = Field(default=None, sa_type=BYTES)
    source: bytes | None = Field(default=None, sa_type=BYTES)
    state: str = Field(default="ready", sa_type=WORD, sa_column_kwargs=born("'ready'"))
    reason: str | None = Field(default=None, sa_type=TEXT)
    width: int | None = Field(default=None)
    height: int | None = Field(default=None)
    duration: int | None = Field(default=None)
    attempts: int = Field(default=0, sa_column_kwargs=born("0"))
    due_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)


class Errand(SQLModel, table=True):
    """A call at the provider that is safe to repeat. `state`: queued, done, failed, expired."""

    __tablename__ = "errands"
    __table_args__ = (
        own("sender_id", "senders"),
        own("message_id", "messages", ondelete="CASCADE"),
        own("identity_id", "identities", ondelete="CASCADE"),
        Index("errands_to_run", "sender_id", "due_at", postgresql_where=_QUEUED, sqlite_where=_QUEUED),
        Index("errands_of_message", "organization_id", "message_id"),
        Index("errands_of_identity", "organization_id", "identity_id"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    sender_id: str = Field(sa_type=ID)
    message_id: str | None = Field(default=None, sa_type=ID)
    # whose data it holds, where it is about nobody's message
    identity_id: str | None = Field(default=None, sa_type=ID)
    what: str = Field(sa_type=WORD)
    data: dict[str, Any] = Field(sa_type=JSON_)
    state: str = Field(default="queued", sa_type=WORD)
    attempts: int = Field(default=0)
    error: str | None = Field(default=None, sa_type=TEXT)
    due_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)


class Notification(SQLModel, table=True):
    """A mail of the hub's own: to a person who is away, to an operator, a transcript, or a letter about a ban case.

    `trigger`: why it is sent. `state`: queued, sending, sent, uncertain, delivered, failed, cancelled. The unique
    indexes keep a crash from sending it twice.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        own("conversation_id", "conversations", ondelete="CASCADE"),
        own("identity_id", "identities", ondelete="CASCADE"),
        own("user_id", "users", ondelete="CASCADE"),
        Index("one_notification_per_message", "conversation_id", "recipient", "what", "last_message_id", unique=True,
              postgresql_where=_NOT_CANCELLED, sqlite_where=_NOT_CANCELLED),
        Index("one_letter_per_event", "event_id", "recipient", unique=True,
              postgresql_where=_OF_AN_EVENT, sqlite_where=_OF_AN_EVENT),
        Index("notifications_under_way", "due_at", postgresql_where=_UNDER_WAY, sqlite_where=_UNDER_WAY),
        Index("notifications_of_conversation", "organization_id", "conversation_id"),
        Index("notifications_of_identity", "organization_id", "identity_id"),
        Index("notifications_of_user", "organization_id", "user_id"),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    # empty: it is about no conversation, and `letter` says it all
    conversation_id: str | None = Field(default=None, sa_type=ID)
    # the identity or the user it goes to, and which of them as one value for the index
    identity_id: str | None = Field(default=None, sa_type=ID)
    user_id: str | None = Field(default=None, sa_type=ID)
    recipient: str = Field(sa_type=ID)
    what: str = Field(sa_type=WORD)
    trigger: str = Field(sa_type=WORD)
    # what it was written for: the newest answer then, or the first message of a wait; it never changes
    last_message_id: str | None = Field(default=None, sa_type=ID)
    # what it tells of instead, of whichever organization: a line in the timeline of a ban case
    event_id: str | None = Field(default=None, sa_type=ID)
    # `{"subject", "text"}`, in the reader's language, as things stood when it was written
    letter: dict[str, Any] | None = Field(default=None, sa_type=JSON_)
    # the newest answer it tells of, known when it is sent
    told_until: str | None = Field(default=None, sa_type=ID)
    state: str = Field(default="queued", sa_type=WORD)
    attempts: int = Field(default=0)
    due_at: datetime = Field(sa_type=TIME)
    lease_until: datetime | None = Field(default=None, sa_type=TIME)
    external_id: str | None = Field(default=None, sa_type=TEXT, index=True)
    error: str | None = Field(default=None, sa_type=TEXT)
    created_at: datetime = Field(sa_type=TIME)


class FileRemoval(SQLModel, table=True):
    """A file whose last row is gone: what is to be removed from the storage, written with the removal of the row."""

    __tablename__ = "file_removals"

    storage_key: str = Field(primary_key=True, sa_type=NAME)
    organization_id: str = Field(sa_type=ID, index=True)
    # from then on it is being removed: nobody may put the same file back before that is done
    claimed_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)
