"""How an organization routes, what waits to be said by it, and how long people waited."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import ID, JSON_, NAME, TEXT, TIME, WORD, own

_QUEUED = text("state = 'queued'")
_UNDER_WAY = text("ended_at IS NULL")


class RoutingRule(SQLModel, table=True):
    __tablename__ = "routing_rules"
    __table_args__ = (UniqueConstraint("organization_id", "id"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID, index=True)
    place: int
    name: str = Field(sa_type=NAME)
    enabled: bool = Field(default=True, sa_type=Boolean)
    # `hub.types.Conditions` and `hub.types.Effects`
    conditions: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    effects: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)


class QueueLine(SQLModel, table=True):
    """A group's line of conversations with the same needs. It may be empty; upkeep removes those that stay so."""

    __tablename__ = "queue_lines"
    __table_args__ = (own("group_id", "groups", ondelete="CASCADE"),)

    organization_id: str = Field(sa_type=ID)
    group_id: str = Field(primary_key=True, sa_type=ID)
    needs: str = Field(primary_key=True, sa_type=TEXT)


class AutomaticAnswer(SQLModel, table=True):
    """What routing wants said in a conversation; `once` keeps it from being said again (a day, a beginning)."""

    __tablename__ = "automatic_answers"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "conversation_id", "once"),
        own("conversation_id", "conversations", ondelete="CASCADE"),
        Index("automatic_answers_to_say", "due_at", postgresql_where=_QUEUED, sqlite_where=_QUEUED),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    conversation_id: str = Field(sa_type=ID)
    once: str = Field(max_length=80)
    text: str = Field(default="", sa_type=TEXT)
    # labels to choose from
    options: list[str] = Field(default_factory=list, sa_type=JSON_)
    state: str = Field(default="queued", sa_type=WORD)
    due_at: datetime = Field(sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)


class Assignment(SQLModel, table=True):
    """One person's time with one conversation: what waiting, first answers and handling are counted from."""

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("conversation_id", "conversations", ondelete="CASCADE"),
        Index("assignments_of_conversation", "organization_id", "conversation_id"),
        Index("assignments_by_time", "organization_id", "assigned_at"),
        # what the metrics look at: what was given, answered and ended lately in the whole hub
        Index("assignments_given", "assigned_at"),
        Index("assignments_answered", "first_answer_at"),
        Index("assignments_ended", "ended_at"),
        Index("assignments_of_user", "organization_id", "user_id", "ended_at"),
        Index("assignments_under_way", "organization_id", "conversation_id", unique=True,
              postgresql_where=_UNDER_WAY, sqlite_where=_UNDER_WAY),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    conversation_id: str = Field(sa_type=ID)
    group_id: str | None = Field(default=None, sa_type=ID)
    user_id: str = Field(sa_type=ID)
    # since when the customer waited then; empty: nobody waited
    waiting_since: datetime | None = Field(default=None, sa_type=TIME)
    assigned_at: datetime = Field(sa_type=TIME)
    by_hand: bool = Field(default=False, sa_type=Boolean)
    # a person gave more than the slots allow
    beyond_slots: bool = Field(default=False, sa_type=Boolean)
    first_answer_at: datetime | None = Field(default=None, sa_type=TIME)
    # whose answer that was, not always of who had it; empty: it was given outside the hub
    answered_by: str | None = Field(default=None, sa_type=ID)
    ended_at: datetime | None = Field(default=None, sa_type=TIME)
    # by what it ended: closed, transferred, released or returned
    ended_by: str | None = Field(default=None, sa_type=WORD)


class PresenceTab(SQLModel, table=True):
    """An open page of a user, and when it was last heard of."""

    __tablename__ = "presence_tabs"
    __table_args__ = (own("user_id", "users", ondelete="CASCADE"),)

    organization_id: str = Field(sa_type=ID)
    user_id: str = Field(primary_key=True, sa_type=ID)
    tab_id: str = Field(primary_key=True, max_length=64)
    seen_at: datetime = Field(sa_type=TIME, index=True)
