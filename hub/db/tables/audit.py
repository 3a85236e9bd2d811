"""The audit log: one chain of entries for each organization, and one for the platform."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BIG, BYTES, ID, JSON_, NAME, TIME, WORD


class AuditEntry(SQLModel, table=True):
    """One change, chained to the one before it (K25, K26). Never changed and never deleted.

    `content` (before, after, reason) may name a person; an erasure takes it and its `salt` away and leaves
    `content_hash`, which without the salt tells nothing and keeps the chain whole.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index("audit_of_subject", "organization_id", "subject_id"),)

    # the platform's own chain has the word `platform` here, so there is no foreign key
    organization_id: str = Field(primary_key=True, sa_type=ID)
    number: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=TIME)
    actor_type: str = Field(sa_type=WORD)
    actor_id: str = Field(default="", max_length=64)
    actor_name: str = Field(default="", sa_type=NAME)
    origin: str = Field(default="", sa_type=NAME)
    action: str = Field(max_length=60)
    subject_type: str = Field(sa_type=WORD)
    subject_id: str = Field(default="", max_length=64)
    content: dict[str, Any] | None = Field(default=None, sa_type=JSON_)
    salt: bytes | None = Field(default=None, sa_type=BYTES)
    content_hash: bytes = Field(sa_type=BYTES)
    hash: bytes = Field(sa_type=BYTES)


class AuditHead(SQLModel, table=True):
    """Where a chain ends. Drawing the next number locks this row, so numbers have no gap."""

    __tablename__ = "audit_heads"

    organization_id: str = Field(primary_key=True, sa_type=ID)
    number: int = Field(default=0, sa_type=BIG)
    hash: bytes = Field(default=b"", sa_type=BYTES)
    # proves that the hub itself put the end here: without the key nobody can cut a chain and name another end
    mac: bytes = Field(default=b"", sa_type=BYTES)
