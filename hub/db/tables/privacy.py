"""Data protection: keys, the rights of persons, and who else gets data."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BYTES, ID, JSON_, NAME, TEXT, TIME, WORD

_IN_FORCE = text("deactivated_at IS NULL")


class DataKey(SQLModel, table=True):
    """The key that an organization's data is sealed with, wrapped by a key of the platform's key ring.

    `owner` is an organization's id, or the word `platform`. Destroying a key empties `wrapped`.
    """

    __tablename__ = "data_keys"

    owner: str = Field(primary_key=True, sa_type=ID)
    wrapped: bytes | None = Field(default=None, sa_type=BYTES)
    # which key of the ring wrapped it
    wrapped_by: str = Field(sa_type=WORD)
    created_at: datetime = Field(sa_type=TIME)
    destroyed_at: datetime | None = Field(default=None, sa_type=TIME)


class PrivacyCase(SQLModel, table=True):
    """A person's right being exercised, with its clock (F17-F20, G5). `kind`: export, rectify, restrict, unrestrict,
    erase; `state`: received, done, failed. `archive` is the sealed export until `archive_until`."""

    __tablename__ = "privacy_cases"
    __table_args__ = (Index("cases_of_contact", "organization_id", "contact_id"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    # no foreign key: the case outlives the person it is about
    contact_id: str = Field(sa_type=ID)
    kind: str = Field(sa_type=WORD)
    state: str = Field(sa_type=WORD, index=True)
    reason: str = Field(default="", sa_type=TEXT)
    requested_by: str = Field(sa_type=ID)
    received_at: datetime = Field(sa_type=TIME)
    due_at: datetime = Field(sa_type=TIME)
    done_at: datetime | None = Field(default=None, sa_type=TIME)
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON_)
    archive: bytes | None = Field(default=None, sa_type=BYTES)
    archive_until: datetime | None = Field(default=None, sa_type=TIME)
    error: str | None = Field(default=None, sa_type=TEXT)


class OptOut(SQLModel, table=True):
    """That an address does not want to be written to, kept after the person was erased: a keyed hash, no address."""

    __tablename__ = "opt_outs"

    organization_id: str = Field(primary_key=True, foreign_key="organizations.id", sa_type=ID)
    kind: str = Field(primary_key=True, sa_type=WORD)
    address_hash: str = Field(primary_key=True, max_length=64)
    reason: str = Field(sa_type=TEXT)
    created_at: datetime = Field(sa_type=TIME)


class ProviderActivation(SQLModel, table=True):
    """Who allowed an optional provider, when, and in which version of the registry (J0)."""

    __tablename__ = "provider_activations"
    __table_args__ = (
        Index("one_activation_in_force", "provider", unique=True,
              postgresql_where=_IN_FORCE, sqlite_where=_IN_FORCE),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    provider: str = Field(sa_type=WORD)
    registry_version: str = Field(sa_type=WORD)
    activated_at: datetime = Field(sa_type=TIME)
    activated_by: str = Field(sa_type=NAME)
    deactivated_at: datetime | None = Field(default=None, sa_type=TIME)
    deactivated_by: str = Field(default="", sa_type=NAME)


class DeletionRequest(SQLModel, table=True):
    """A person asked a platform to have their data deleted, and the platform asked us. `id` is the public code.

    `subject_hash`: whom the platform named. `state`: received, done, nothing_found.
    """

    __tablename__ = "deletion_requests"

    id: str = Field(primary_key=True, sa_type=ID)
    provider: str = Field(sa_type=WORD)
    subject_hash: str = Field(max_length=64)
    state: str = Field(sa_type=WORD)
    created_at: datetime = Field(sa_type=TIME)
    done_at: datetime | None = Field(default=None, sa_type=TIME)
