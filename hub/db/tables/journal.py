"""The inbound journal: the proof of what providers told us, and the quarantine beside it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BIG, BYTES, ID, JSON_, NAME, TEXT, TIME, WORD, own

_FIRST = text("state <> 'duplicate'")
_PENDING = text("state = 'pending'")
_OF_SOMEBODY = text("identity_id IS NOT NULL")
_WITH_BYTES = text("body IS NOT NULL AND handled_at IS NOT NULL")
_ONCE = text("once IS NOT NULL AND state <> 'duplicate'")


class Event(SQLModel, table=True):
    """One thing a provider told us about one sender. `id` is the order of arrival.

    A repeated delivery is a row of its own, state `duplicate`, whose bytes are kept only when they differ.
    """

    __tablename__ = "events"
    __table_args__ = (
        own("sender_id", "senders"),
        Index("first_deliveries", "sender_id", "event_key", unique=True,
              postgresql_where=_FIRST, sqlite_where=_FIRST),
        Index("one_use_per_token", "once", unique=True, postgresql_where=_ONCE, sqlite_where=_ONCE),
        Index("events_pending", "sender_id", "id", postgresql_where=_PENDING, sqlite_where=_PENDING),
        Index("events_of_identity", "identity_id", postgresql_where=_OF_SOMEBODY, sqlite_where=_OF_SOMEBODY),
        # what retention looks for: the bytes of what was handled long ago
        Index("events_with_bytes", "organization_id", "handled_at",
              postgresql_where=_WITH_BYTES, sqlite_where=_WITH_BYTES),
        Index("events_by_state", "organization_id", "sender_id", "state"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    organization_id: str = Field(sa_type=ID)
    sender_id: str = Field(sa_type=ID)
    # whom it is about, as far as it was understood: what must go when that person is forgotten
    identity_id: str | None = Field(default=None, sa_type=ID)
    # whose adapter understands it; empty: the sender's kind (an answer by mail in another channel's conversation)
    kind: str | None = Field(default=None, sa_type=WORD)
    event_key: str = Field(sa_type=TEXT)
    once: str | None = Field(default=None, sa_type=NAME)
    state: str = Field(sa_type=WORD)
    headers: dict[str, str] = Field(sa_type=JSON_)
    body: bytes | None = Field(default=None, sa_type=BYTES)
    body_sha256: bytes = Field(sa_type=BYTES)
    envelope_sha256: bytes = Field(sa_type=BYTES)
    verdict: str = Field(sa_type=WORD)
    recovered: bool = Field(default=False, sa_type=Boolean)
    received_at: datetime = Field(sa_type=TIME)
    handled_at: datetime | None = Field(default=None, sa_type=TIME)
    error: str | None = Field(default=None, sa_type=TEXT)


class QuarantinedRequest(SQLModel, table=True):
    """A whole request that could not be trusted or attributed. `reason` is why; `state`: held, released."""

    __tablename__ = "quarantined_requests"

    id: str = Field(primary_key=True, sa_type=ID)
    kind: str = Field(sa_type=WORD)
    route: str = Field(sa_type=NAME)
    request: dict[str, Any] = Field(sa_type=JSON_)
    body: bytes = Field(sa_type=BYTES)
    size: int
    reason: str = Field(sa_type=TEXT)
    genuine: bool = Field(sa_type=Boolean)
    organization_id: str | None = Field(default=None, foreign_key="organizations.id", sa_type=ID, index=True)
    # for whom a genuine request asked: a number assigned later releases what came after the assignment
    addresses: list[str] = Field(default_factory=list, sa_type=JSON_)
    state: str = Field(default="held", sa_type=WORD, index=True)
    received_at: datetime = Field(sa_type=TIME)
