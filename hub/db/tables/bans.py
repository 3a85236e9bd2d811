"""Bans: what providers signalled, and the case that follows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import ID, JSON_, NAME, TEXT, TIME, WORD, own

_OPEN = text("over_at IS NULL")
_REPLACED = text("new_sender_id IS NOT NULL")
_TO_DO = text("done_at IS NULL")


class SenderSignal(SQLModel, table=True):
    """`hub.types.bans.Signal` of a sender. `text` carries no number and no id; `recipient` and `content` are hashes."""

    __tablename__ = "signals"
    __table_args__ = (
        own("sender_id", "senders"),
        Index("signals_of_sender", "sender_id", "at"),
        Index("signals_by_code", "sender_id", "code", "at"),
        Index("signals_by_time", "at"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    sender_id: str = Field(sa_type=ID)
    family: str = Field(sa_type=WORD)
    source: str = Field(sa_type=WORD)
    code: str = Field(sa_type=NAME)
    text: str = Field(default="", sa_type=TEXT)
    recipient: str | None = Field(default=None, max_length=64)
    content: str | None = Field(default=None, max_length=64)
    at: datetime = Field(sa_type=TIME)
    until: datetime | None = Field(default=None, sa_type=TIME)


class BanCase(SQLModel, table=True):
    """`hub.types.bans.BanCase` as it stands. Moved under a lock of its row only.

    remedies       `[{"kind", "state", "result"}]`, cheapest first
    offer          `{"id", "possibility": {…}, "expires_at"}`, or nothing
    declined       the possibilities that were offered and declined, oldest first
    reserved       what was put aside for the offer: `{"number_id"}`, `{"channel_id"}`
    evidence       `[{"at", "words"}]`: what decided, in our words
    new_sender_id  the sender in its place, once there is one; inviting: invitations go out
    stopped_by_person  somebody stopped the invitations: nothing but a person lets them go on
    way_order      channel kinds, in the order in which people are invited; empty: the organization's
    over_at        when nothing can happen to it any more
    """

    __tablename__ = "ban_cases"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        own("channel_id", "channels"),
        own("sender_id", "senders"),
        Index("one_open_case", "sender_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("cases_of_organization", "organization_id", "id"),
        Index("open_cases", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("cases_by_new_sender", "new_sender_id", postgresql_where=_REPLACED, sqlite_where=_REPLACED),
        Index("replaced_on_channel", "channel_id", "id", postgresql_where=_REPLACED, sqlite_where=_REPLACED),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    channel_id: str = Field(sa_type=ID)
    sender_id: str = Field(sa_type=ID)
    state: str = Field(sa_type=WORD)
    since: datetime = Field(sa_type=TIME)
    level: str = Field(sa_type=WORD)
    reach: str = Field(sa_type=WORD)
    forbids: list[str] = Field(sa_type=JSON_)
    until: datetime | None = Field(default=None, sa_type=TIME)
    remedies: list[dict[str, Any]] = Field(sa_type=JSON_)
    cause: str = Field(default="", sa_type=TEXT)
    appeal: str = Field(default="none", sa_type=WORD)
    appeal_reason: str = Field(default="", sa_type=TEXT)
    offer: dict[str, Any] | None = Field(default=None, sa_type=JSON_)
    reserved: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    undecided: str | None = Field(default=None, sa_type=WORD)
    kept_new: bool = Field(default=False, sa_type=Boolean)
    declined: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON_)
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON_)
    new_sender_id: str | None = Field(default=None, sa_type=ID)
    inviting: bool = Field(default=False, sa_type=Boolean)
    stopped_by_person: bool = Field(default=False, sa_type=Boolean)
    way_order: list[str] = Field(default_factory=list, sa_type=JSON_)
    opened_at: datetime = Field(sa_type=TIME)
    confirmed_at: datetime | None = Field(default=None, sa_type=TIME)
    informed_at: datetime | None = Field(default=None, sa_type=TIME)
    over_at: datetime | None = Field(default=None, sa_type=TIME)


class BanEvent(SQLModel, table=True):
    """One line of a case's timeline: what happened (a happening's name), and by whom."""

    __tablename__ = "ban_events"
    __table_args__ = (own("case_id", "ban_cases"), Index("events_of_case", "case_id", "id"))

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    case_id: str = Field(sa_type=ID)
    happening: str = Field(sa_type=WORD)
    state: str = Field(sa_type=WORD)
    # what is to be said of it, in our words or a person's
    words: str = Field(default="", sa_type=TEXT)
    # a user's id; empty: the hub itself
    user_id: str | None = Field(default=None, sa_type=ID)
    at: datetime = Field(sa_type=TIME)


class BanWork(SQLModel, table=True):
    """An effect of a case (`hub.numbers.policy.effects`), written with what caused it; those of a case are done in the
    order of their ids. `data` is what the effect needs."""

    __tablename__ = "ban_work"
    __table_args__ = (
        own("case_id", "ban_cases"),
        Index("work_to_do", "due_at", postgresql_where=_TO_DO, sqlite_where=_TO_DO),
        Index("work_of_case", "case_id", "id"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID, index=True)
    case_id: str = Field(sa_type=ID)
    effect: str = Field(sa_type=WORD)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    due_at: datetime = Field(sa_type=TIME)
    attempts: int = Field(default=0)
    # why it did not work, in our words; said: as its organization may read it
    trouble: str = Field(default="", sa_type=TEXT)
    said: str = Field(default="", sa_type=TEXT)
    done_at: datetime | None = Field(default=None, sa_type=TIME)


class OutgoingCall(SQLModel, table=True):
    """A signed webhook to an organization's own server, until it was taken or a day has passed.

    about     the id of what it tells of, which it is told of once
    state     waiting, taken, given_up, stopped (the webhook was taken away)
    attempts  how often it was posted, also by a process that died then
    """

    __tablename__ = "outgoing_calls"
    __table_args__ = (
        UniqueConstraint("organization_id", "about"),
        Index("calls_to_make", "due_at", postgresql_where=_TO_DO, sqlite_where=_TO_DO),
        Index("calls_of_organization", "organization_id", "id"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    about: str = Field(sa_type=ID)
    kind: str = Field(sa_type=WORD)
    body: str = Field(sa_type=TEXT)
    state: str = Field(default="waiting", sa_type=WORD)
    due_at: datetime = Field(sa_type=TIME)
    attempts: int = Field(default=0)
    # why the last attempt came to nothing, in our words
    trouble: str = Field(default="", sa_type=TEXT)
    created_at: datetime = Field(sa_type=TIME)
    done_at: datetime | None = Field(default=None, sa_type=TIME)
