"""Channels and their senders."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BYTES, ID, JSON_, NAME, TEXT, TIME, WORD, born, own


class Channel(SQLModel, table=True):
    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("organization_id", "id"), own("group_id", "groups"))

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID, index=True)
    kind: str = Field(sa_type=WORD)
    name: str = Field(sa_type=NAME)
    group_id: str | None = Field(default=None, sa_type=ID)
    # a reserved word of SQLite from 3.35 on
    returning: str = Field(default="reopen", sa_type=WORD, sa_column_kwargs={"name": "returning", "quote": True})
    delivery: str = Field(default="webhook", sa_type=WORD)
    # the kind's own settings, under the names its adapter gives them
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_, sa_column_kwargs=born("'{}'"))
    suspended_at: datetime | None = Field(default=None, sa_type=TIME)
    suspended_reason: str | None = Field(default=None, sa_type=TEXT)
    created_at: datetime = Field(sa_type=TIME)
    deleted_at: datetime | None = Field(default=None, sa_type=TIME)


class Sender(SQLModel, table=True):
    """`state`: current, past (still receives), released (belongs to nobody any more)."""

    __tablename__ = "senders"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("channel_id", "channels"),
        Index("one_owner_per_sender", "kind", "address", unique=True,
              postgresql_where=text("released_at IS NULL"), sqlite_where=text("released_at IS NULL")),
        Index("one_current_sender", "channel_id", unique=True,
              postgresql_where=text("state = 'current'"), sqlite_where=text("state = 'current'")),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID, index=True)
    channel_id: str = Field(sa_type=ID, index=True)
    kind: str = Field(sa_type=WORD)
    address: str = Field(max_length=320)
    name: str = Field(default="", sa_type=NAME)
    credentials: bytes = Field(sa_type=BYTES)
    intake_token_hash: str | None = Field(default=None, max_length=64, unique=True)
    provider_account_id: str | None = Field(default=None, foreign_key="provider_accounts.id", sa_type=ID, index=True)
    number_id: str | None = Field(default=None, foreign_key="numbers.id", sa_type=ID)
    state: str = Field(default="current", sa_type=WORD)
    hold: str | None = Field(default=None, sa_type=WORD)
    hold_until: datetime | None = Field(default=None, sa_type=TIME)
    hold_reason: str | None = Field(default=None, sa_type=TEXT)
    health: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    # what a provider has forbidden it: `hub.types.Level`, `hub.types.Reach`, `hub.types.bans.Act`
    level: str = Field(default="none", sa_type=WORD, sa_column_kwargs=born("'none'"))
    reach: str = Field(default="sender", sa_type=WORD, sa_column_kwargs=born("'sender'"))
    forbids: list[str] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    forbids_until: datetime | None = Field(default=None, sa_type=TIME)
    # `hub.types.numbers.Quality`, and how many people it may write to unasked in a day
    quality: str = Field(default="unknown", sa_type=WORD, sa_column_kwargs=born("'unknown'"))
    daily_limit: int | None = Field(default=None)
    worked_at: datetime | None = Field(default=None, sa_type=TIME)
    credentials_changed_at: datetime | None = Field(default=None, sa_type=TIME)
    # when to look at it next; a look that is asked for at once sets it to now
    look_at: datetime | None = Field(default=None, sa_type=TIME, index=True)
    poll_cursor: str = Field(default="", sa_type=WORD)
    recovered_until: datetime = Field(sa_type=TIME)
    # the code that was sent to the address, as a hash; who reads mail there may send as it
    proof_hash: str | None = Field(default=None, max_length=64)
    proof_expires_at: datetime | None = Field(default=None, sa_type=TIME)
    proof_attempts: int = Field(default=0, sa_column_kwargs=born("0"))
    proven_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)
    released_at: datetime | None = Field(default=None, sa_type=TIME)


class MessageTemplate(SQLModel, table=True):
    """A template as the provider keeps it for a sender; fetched from there, never made here."""

    __tablename__ = "message_templates"
    __table_args__ = (own("sender_id", "senders"), UniqueConstraint("sender_id", "external_id"))

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    sender_id: str = Field(sa_type=ID)
    # the provider's own id: never shown
    external_id: str = Field(sa_type=NAME)
    name: str = Field(sa_type=NAME)
    language: str = Field(sa_type=WORD)
    text: str = Field(sa_type=TEXT)
    variables: list[str] = Field(sa_type=JSON_)
    category: str = Field(default="", sa_type=WORD)
    status: str = Field(sa_type=WORD)
    synced_at: datetime = Field(sa_type=TIME)


class Connection(SQLModel, table=True):
    """A sign-in at a provider that somebody began in order to connect a channel, until they chose a sender."""

    __tablename__ = "connections"
    __table_args__ = (own("user_id", "users", ondelete="CASCADE"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    user_id: str = Field(sa_type=ID)
    kind: str = Field(sa_type=WORD)
    # sealed: the senders that can be chosen, with their tokens; empty until the provider sent the person back
    candidates: bytes | None = Field(default=None, sa_type=BYTES)
    expires_at: datetime = Field(sa_type=TIME, index=True)
    created_at: datetime = Field(sa_type=TIME)
