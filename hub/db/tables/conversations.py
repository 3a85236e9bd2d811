"""Contacts, conversations and what is said in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint, false, text, true
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BIG, ID, JSON_, NAME, TEXT, TIME, WORD, born, own

_OPEN = text("status <> 'closed'")
_NAMED = text("external_id IS NOT NULL")
_WAITING = text("assignee_id IS NULL AND status <> 'closed' AND waiting_since IS NOT NULL")
_IN_LINE = text("assignee_id IS NULL AND queued_at IS NOT NULL")
_TOLD = text("assignee_id IS NULL AND told_at IS NOT NULL")
_UNTOLD = text("assignee_id IS NULL AND queued_at IS NOT NULL AND told_at IS NULL")
_CHOOSING = text("assignee_id IS NULL AND queued_at IS NOT NULL AND group_id IS NULL")
_OF_STAFF = text("direction IN ('note', 'activity')")
_OF_CUSTOMERS = text("direction = 'inbound'")
_SNOOZED = text("snoozed_until IS NOT NULL")
_MERGED = text("merged_into_id IS NOT NULL")
_RESTRICTED = text("restricted_at IS NOT NULL")
_SUSPENDED = text("suspended_at IS NOT NULL")
_IN_ALBUM = text("album IS NOT NULL")


class Contact(SQLModel, table=True):
    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("merged_into_id", "contacts"),
        Index("contacts_merged", "organization_id", "merged_into_id", postgresql_where=_MERGED, sqlite_where=_MERGED),
        Index("contacts_restricted", "organization_id", "id", postgresql_where=_RESTRICTED, sqlite_where=_RESTRICTED),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    name: str = Field(default="", sa_type=NAME)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    merged_into_id: str | None = Field(default=None, sa_type=ID)
    # stored, but not shown, not processed and not written to (F20)
    restricted_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)


class Identity(SQLModel, table=True):
    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "kind", "scope", "address"),
        own("contact_id", "contacts"),
        Index("identities_of_contact", "organization_id", "contact_id"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    contact_id: str = Field(sa_type=ID)
    kind: str = Field(sa_type=WORD)
    scope: str = Field(default="", max_length=100)
    address: str = Field(max_length=320)
    name: str = Field(default="", sa_type=NAME)
    # the contact it was created with, so that a merge can be undone
    first_contact_id: str = Field(sa_type=ID)
    unreachable: str | None = Field(default=None, sa_type=TEXT)
    # by their own word; only their own word takes it back
    opted_out_at: datetime | None = Field(default=None, sa_type=TIME)
    # they ended the hub's own mails; answers still go there
    no_notifications_at: datetime | None = Field(default=None, sa_type=TIME)
    # the provider vouches for the address
    verified: bool = Field(default=True, sa_type=Boolean, sa_column_kwargs={"server_default": true()})
    # people corrected the name: what providers call the person does not count any more
    corrected: bool = Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()})
    created_at: datetime = Field(sa_type=TIME)


class Conversation(SQLModel, table=True):
    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("channel_id", "channels"),
        own("contact_id", "contacts"),
        own("identity_id", "identities"),
        own("group_id", "groups"),
        own("assignee_id", "users"),
        Index("one_open_conversation", "channel_id", "identity_id", unique=True,
              postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("conversations_newest", "organization_id", "last_activity_at", "id"),
        Index("conversations_of_contact", "channel_id", "contact_id"),
        Index("conversations_of_address", "channel_id", "identity_id", "id"),
        Index("conversations_of_person", "organization_id", "contact_id"),
        Index("conversations_of_identity", "organization_id", "identity_id"),
        Index("conversations_of_assignee", "organization_id", "assignee_id",
              postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("conversations_queue", "organization_id", "group_id", "needs", "urgency", "waiting_since", "id",
              postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("conversations_in_line", "organization_id", "group_id", "queued_at",
              postgresql_where=_IN_LINE, sqlite_where=_IN_LINE),
        Index("conversations_untold", "organization_id", "group_id", "waiting_since",
              postgresql_where=_UNTOLD, sqlite_where=_UNTOLD),
        Index("conversations_told", "organization_id", "waiting_since", postgresql_where=_TOLD, sqlite_where=_TOLD),
        Index("conversations_choosing", "choose_until", postgresql_where=_CHOOSING, sqlite_where=_CHOOSING),
        Index("conversations_snoozed", "snoozed_until", postgresql_where=_SNOOZED, sqlite_where=_SNOOZED),
        Index("conversations_silent", "organization_id", "last_activity_at",
              postgresql_where=_OPEN, sqlite_where=_OPEN),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    channel_id: str = Field(sa_type=ID)
    contact_id: str = Field(sa_type=ID)
    identity_id: str = Field(sa_type=ID)
    status: str = Field(sa_type=WORD)
    waiting_for: str = Field(sa_type=WORD)
    answered: bool = Field(default=False, sa_type=Boolean)
    topic: str | None = Field(default=None, sa_type=TEXT)
    priority: int = Field(default=0)
    group_id: str | None = Field(default=None, sa_type=ID)
    assignee_id: str | None = Field(default=None, sa_type=ID)
    assigned_at: datetime | None = Field(default=None, sa_type=TIME)
    routing: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    # what an operator must have, in one canonical text: conversations of a group with the same needs wait in one line
    needs: str = Field(default="", sa_type=TEXT, sa_column_kwargs=born("''"))
    # minus the priority: what lines are ordered by
    urgency: int = Field(default=0, sa_column_kwargs=born("0"))
    # since when it waits in its group's line, or without a group for the customer's choice
    queued_at: datetime | None = Field(default=None, sa_type=TIME)
    # until when the customer may choose who answers, as `routing` tells it
    choose_until: datetime | None = Field(default=None, sa_type=TIME)
    # when the supervisors were told of this wait
    told_at: datetime | None = Field(default=None, sa_type=TIME)
    # who had it last, for customers who come back
    last_assignee_id: str | None = Field(default=None, sa_type=ID)
    # of the text that was routed: ISO 639-1 or "unknown"
    language: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    waiting_since: datetime | None = Field(default=None, sa_type=TIME)
    snoozed_until: datetime | None = Field(default=None, sa_type=TIME)
    last_inbound_at: datetime | None = Field(default=None, sa_type=TIME)
    last_activity_at: datetime = Field(sa_type=TIME)
    preview: str = Field(default="", sa_type=NAME)
    preview_direction: str = Field(default="inbound", sa_type=WORD)
    inbound_count: int = Field(default=0)
    created_at: datetime = Field(sa_type=TIME)


class Message(SQLModel, table=True):
    """Sorted by (position, sequence, id), fixed when it is inserted (house decision 8)."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("conversation_id", "conversations"),
        own("sender_id", "senders"),
        # what people wrote about people: small beside all that customers wrote, and searched when one is forgotten
        Index("messages_of_staff", "organization_id", "id", postgresql_where=_OF_STAFF, sqlite_where=_OF_STAFF),
        Index("messages_suspended", "organization_id", "conversation_id",
              postgresql_where=_SUSPENDED, sqlite_where=_SUSPENDED),
        Index("messages_of_author", "organization_id", "author_id",
              postgresql_where=_OF_CUSTOMERS, sqlite_where=_OF_CUSTOMERS),
        Index("messages_in_order", "conversation_id", "position", "sequence", "id"),
        Index("one_message_per_provider_id", "sender_id", "external_id", unique=True,
              postgresql_where=_NAMED, sqlite_where=_NAMED),
        Index("one_message_per_album", "sender_id", "album", unique=True,
              postgresql_where=_IN_ALBUM, sqlite_where=_IN_ALBUM),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    conversation_id: str = Field(sa_type=ID)
    channel_id: str = Field(sa_type=ID)
    sender_id: str | None = Field(default=None, sa_type=ID)
    direction: str = Field(sa_type=WORD)
    author_type: str = Field(sa_type=WORD)
    author_id: str | None = Field(default=None, sa_type=ID)
    author_name: str = Field(default="", sa_type=NAME)
    text: str = Field(default="", sa_type=TEXT)
    parts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON_)
    status: str = Field(sa_type=WORD)
    error_kind: str | None = Field(default=None, sa_type=WORD)
    error_detail: str | None = Field(default=None, sa_type=TEXT)
    external_id: str | None = Field(default=None, sa_type=TEXT)
    reply_to_id: str | None = Field(default=None, sa_type=ID)
    # the journal row it came by, for "show raw"
    event_id: int | None = Field(default=None, sa_type=BIG)
    album: str | None = Field(default=None, sa_type=TEXT)
    # [{"by": "contact"|"user"|"page", "author_id", "emoji", "at", "state"?}]
    reactions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    edited_at: datetime | None = Field(default=None, sa_type=TIME)
    # what it said before: [{"text", "until"}], oldest first
    earlier: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    taken_back_at: datetime | None = Field(default=None, sa_type=TIME)
    # the provider vouches for its author's address
    verified: bool = Field(default=True, sa_type=Boolean, sa_column_kwargs={"server_default": true()})
    # no person wrote it
    automatic: bool = Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()})
    position: datetime = Field(sa_type=TIME)
    sequence: int = Field(default=0, sa_type=BIG)
    # neither shown nor sent until it is lifted (B6)
    suspended_at: datetime | None = Field(default=None, sa_type=TIME)
    sent_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)


class MessageAlias(SQLModel, table=True):
    """A further provider id of a message: the other pictures of an album, the other pieces of what went out as one."""

    __tablename__ = "message_aliases"
    __table_args__ = (
        own("sender_id", "senders"),
        own("message_id", "messages", ondelete="CASCADE"),
        Index("aliases_of_message", "organization_id", "message_id"),
    )

    organization_id: str = Field(sa_type=ID)
    sender_id: str = Field(primary_key=True, sa_type=ID)
    external_id: str = Field(primary_key=True, sa_type=TEXT)
    message_id: str = Field(sa_type=ID)


class ReadMark(SQLModel, table=True):
    """How many inbound messages of a conversation a user has seen: unread is per operator."""

    __tablename__ = "read_marks"
    __table_args__ = (
        own("user_id", "users", ondelete="CASCADE"),
        own("conversation_id", "conversations", ondelete="CASCADE"),
        Index("read_marks_of_conversation", "organization_id", "conversation_id"),
    )

    organization_id: str = Field(sa_type=ID)
    user_id: str = Field(primary_key=True, sa_type=ID)
    conversation_id: str = Field(primary_key=True, sa_type=ID)
    inbound_count: int = Field(default=0)


class Notice(SQLModel, table=True):
    """One line of an organization's live stream; `number` is the SSE id."""

    __tablename__ = "notices"

    organization_id: str = Field(primary_key=True, foreign_key="organizations.id", sa_type=ID)
    number: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=WORD)
    data: dict[str, Any] = Field(sa_type=JSON_)
    created_at: datetime = Field(sa_type=TIME, index=True)
