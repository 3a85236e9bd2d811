"""Organizations, the users who sign in, and their groups."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BIG, BYTES, ID, JSON_, NAME, TEXT, TIME, WORD, born, own


class Organization(SQLModel, table=True):
    __tablename__ = "organizations"

    id: str = Field(primary_key=True, sa_type=ID)
    name: str = Field(sa_type=NAME)
    time_zone: str = Field(default="Europe/Berlin", sa_type=WORD)
    # days after which a closed conversation is removed; empty: it is kept
    conversation_retention_days: int | None = Field(default=None)
    suspended_at: datetime | None = Field(default=None, sa_type=TIME)
    suspended_reason: str | None = Field(default=None, sa_type=TEXT)
    # when mails go out to people who are away and to operators (`hub.notifying`)
    notifying: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_, sa_column_kwargs=born("'{}'"))
    # graces and silences (`hub.types.RoutingWishes`)
    routing: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_, sa_column_kwargs=born("'{}'"))
    # how bans are dealt with: `{"automatic", "invitation_order", "masked_numbers", "caps": {…}, "days"}`
    bans: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_, sa_column_kwargs=born("'{}'"))
    # where the organization's own server is told, and the secret it is signed with (sealed)
    webhook_url: str = Field(default="", sa_type=TEXT, sa_column_kwargs=born("''"))
    webhook_secret: bytes | None = Field(default=None, sa_type=BYTES)
    # the number of the newest notice: drawn by an update, so it is gapless and in commit order
    notice_number: int = Field(default=0, sa_type=BIG)
    created_at: datetime = Field(sa_type=TIME)


class User(SQLModel, table=True):
    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("organization_id", "id"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID, index=True)
    email: str = Field(unique=True, sa_type=NAME)
    name: str = Field(sa_type=NAME)
    role: str = Field(sa_type=WORD)
    platform_admin: bool = Field(default=False, sa_type=Boolean)
    password_hash: str | None = Field(default=None, sa_type=NAME)
    slots: int = Field(default=10)
    # of the pages: "en", "de"; empty: as the browser asks
    language: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    presence: str = Field(default="offline", sa_type=WORD)
    presence_changed_at: datetime = Field(sa_type=TIME)
    # presence follows the user's browsers; else it was set and stands until it is changed
    by_browser: bool = Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()})
    # what they chose in the browser: it holds again as soon as a page of theirs is open
    presence_wish: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    # what end users see of them, beside nothing else: the alias and the photo
    alias: str = Field(default="", sa_type=NAME, sa_column_kwargs=born("''"))
    photo_id: str | None = Field(default=None, sa_type=ID)
    first_name: str = Field(default="", sa_type=NAME, sa_column_kwargs=born("''"))
    surname: str = Field(default="", sa_type=NAME, sa_column_kwargs=born("''"))
    time_zone: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    skills: list[str] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    # spoken: ISO 639-1
    languages: list[str] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    last_assigned_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)
    disabled_at: datetime | None = Field(default=None, sa_type=TIME)


class Session(SQLModel, table=True):
    __tablename__ = "sessions"
    __table_args__ = (own("user_id", "users", ondelete="CASCADE"),)

    token_hash: str = Field(primary_key=True, max_length=64)
    organization_id: str = Field(sa_type=ID, index=True)
    user_id: str = Field(sa_type=ID)
    csrf_token: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME)


class Invitation(SQLModel, table=True):
    __tablename__ = "invitations"
    __table_args__ = (own("user_id", "users", ondelete="CASCADE"),)

    token_hash: str = Field(primary_key=True, max_length=64)
    organization_id: str = Field(sa_type=ID, index=True)
    user_id: str = Field(sa_type=ID)
    expires_at: datetime = Field(sa_type=TIME)


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_tokens"
    __table_args__ = (own("user_id", "users"), UniqueConstraint("organization_id", "id"))

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    user_id: str = Field(sa_type=ID)
    name: str = Field(sa_type=NAME)
    token_hash: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(sa_type=JSON_)
    created_at: datetime = Field(sa_type=TIME)
    revoked_at: datetime | None = Field(default=None, sa_type=TIME)


class IdempotencyKey(SQLModel, table=True):
    __tablename__ = "idempotency_keys"

    token_id: str = Field(primary_key=True, max_length=64)
    method: str = Field(primary_key=True, sa_type=WORD)
    path: str = Field(primary_key=True, max_length=300)
    key: str = Field(primary_key=True, max_length=255)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    body_hash: str = Field(max_length=64)
    status: int
    response: dict[str, Any] = Field(sa_type=JSON_)
    created_at: datetime = Field(sa_type=TIME, index=True)


class Group(SQLModel, table=True):
    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("organization_id", "id"), UniqueConstraint("organization_id", "name"))

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    name: str = Field(sa_type=NAME)
    strategy: str = Field(default="least_busy", sa_type=WORD)
    # hours, overflow and the rest (`hub.types.GroupRules`)
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_, sa_column_kwargs=born("'{}'"))
    created_at: datetime = Field(sa_type=TIME)


class GroupMember(SQLModel, table=True):
    __tablename__ = "group_members"
    __table_args__ = (
        own("group_id", "groups", ondelete="CASCADE"),
        own("user_id", "users", ondelete="CASCADE"),
    )

    organization_id: str = Field(sa_type=ID)
    group_id: str = Field(primary_key=True, sa_type=ID)
    user_id: str = Field(primary_key=True, sa_type=ID)
