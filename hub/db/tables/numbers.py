"""What the platform owns behind the channels: accounts at its supplier, numbers, and their registrations."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import BYTES, ID, JSON_, NAME, TEXT, TIME, WORD, born

_STANDS = text("removed_at IS NULL")
_OPEN = text("restored_at IS NULL")
_SIGNED_UP = text("business_id <> ''")


class ProviderAccount(SQLModel, table=True):
    """`organization_id`: whose senders a sub-account carries; its business account and portfolio are theirs."""

    __tablename__ = "provider_accounts"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        Index(
            "one_business_account",
            "provider",
            "business_id",
            unique=True,
            postgresql_where=_SIGNED_UP,
            sqlite_where=_SIGNED_UP,
        ),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    provider: str = Field(sa_type=WORD)
    external_id: str = Field(sa_type=NAME)
    name: str = Field(default="", sa_type=NAME)
    credentials: bytes = Field(sa_type=BYTES)
    # opening (asked for, not yet there), active, suspended, closed
    state: str = Field(default="active", sa_type=WORD)
    organization_id: str | None = Field(default=None, foreign_key="organizations.id", sa_type=ID)
    parent_id: str | None = Field(default=None, foreign_key="provider_accounts.id", sa_type=ID)
    # the customer's business account and portfolio at the messenger; empty until they signed up there
    business_id: str = Field(default="", sa_type=NAME, sa_column_kwargs=born("''"))
    portfolio_id: str = Field(default="", sa_type=NAME, sa_column_kwargs=born("''"))
    # what lets the hub's app speak to the messenger about that business account, sealed; None: never given
    business_token: bytes | None = Field(default=None, sa_type=BYTES)
    # when the messenger last said that it tells the hub what becomes of the business account; None: it does not
    subscribed_at: datetime | None = Field(default=None, sa_type=TIME)
    # `hub.numbers.policy.obstacles.Portfolio`
    portfolio: str = Field(default="unverified", sa_type=WORD, sa_column_kwargs=born("'unverified'"))
    # what is held against the business account or portfolio (`hub.types.Level`, `hub.types.bans.Act`)
    level: str = Field(default="none", sa_type=WORD, sa_column_kwargs=born("'none'"))
    forbids: list[str] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    forbids_until: datetime | None = Field(default=None, sa_type=TIME)
    # when the platform took back what bans that were over by then held against it
    reinstated_at: datetime | None = Field(default=None, sa_type=TIME)
    # when what the supplier has in it was last compared with what the hub knows
    compared_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)


class Number(SQLModel, table=True):
    """A phone number of the platform's pool. `organization_id` is who it is lent to.

    state       `hub.types.numbers.NumberState`; its moves are `hub.numbers.policy.life`'s
    former_id   whose conversations it carried, until its quarantine is over
    talked      conversations ran over it since it was free
    banned      kinds whose messenger has banned it
    forward_to  where a call with a one-time code goes; empty: calls are refused
    """

    __tablename__ = "numbers"

    id: str = Field(primary_key=True, sa_type=ID)
    number: str = Field(unique=True, sa_type=WORD)
    capabilities: list[str] = Field(sa_type=JSON_)
    provider_account_id: str = Field(foreign_key="provider_accounts.id", sa_type=ID)
    organization_id: str | None = Field(default=None, foreign_key="organizations.id", sa_type=ID)
    state: str = Field(default="owned", sa_type=WORD, sa_column_kwargs=born("'owned'"))
    # the supplier's own id: never shown
    external_id: str = Field(default="", sa_type=NAME, sa_column_kwargs=born("''"))
    country: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    number_kind: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    # the supplier's ids of the papers it was bought with
    papers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_, sa_column_kwargs=born("'{}'"))
    # a month, in hundredths of `currency`, as the platform entered it
    monthly_cost: int | None = Field(default=None)
    currency: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    ordered_at: datetime | None = Field(default=None, sa_type=TIME)
    # whose order it is or was; None: the pool's
    ordered_for_id: str | None = Field(default=None, foreign_key="organizations.id", sa_type=ID)
    former_id: str | None = Field(default=None, foreign_key="organizations.id", sa_type=ID)
    talked: bool = Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()})
    quiet_since: datetime | None = Field(default=None, sa_type=TIME)
    # messages that were discarded in quarantine because nobody may read them
    discarded: int = Field(default=0, sa_column_kwargs=born("0"))
    banned: list[str] = Field(default_factory=list, sa_type=JSON_, sa_column_kwargs=born("'[]'"))
    forward_to: str = Field(default="", sa_type=WORD, sa_column_kwargs=born("''"))
    # what was asked of the supplier last and why it came to nothing, in our words
    trouble: str = Field(default="", sa_type=TEXT, sa_column_kwargs=born("''"))
    health: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_)
    created_at: datetime = Field(sa_type=TIME)


class PoolMessage(SQLModel, table=True):
    """Something that arrived on a number lent to nobody (a one-time code): the platform's to read."""

    __tablename__ = "pool_messages"
    __table_args__ = (UniqueConstraint("number_id", "event_key"),)

    id: str = Field(primary_key=True, sa_type=ID)
    number_id: str = Field(foreign_key="numbers.id", sa_type=ID)
    event_key: str = Field(max_length=300)
    body: bytes = Field(sa_type=BYTES)
    received_at: datetime = Field(sa_type=TIME)


class Registration(SQLModel, table=True):
    """A number as a sender of a messenger, in one business account. Platform's: `organization_id` is for whom.

    state         `hub.types.numbers.RegistrationState`
    name_review   `hub.numbers.policy.obstacles.Review` of the name that people see
    attempts      when it was submitted (ISO times): the messenger allows so many within three days
    due_at        when to look at it next; None: nothing is under way
    """

    __tablename__ = "registrations"
    __table_args__ = (
        Index("one_registration", "number_id", "kind", unique=True, postgresql_where=_STANDS, sqlite_where=_STANDS),
        Index("registrations_due", "due_at"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    number_id: str = Field(foreign_key="numbers.id", sa_type=ID, index=True)
    kind: str = Field(sa_type=WORD)
    provider_account_id: str = Field(foreign_key="provider_accounts.id", sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    # the supplier's own id: never shown
    external_id: str = Field(default="", sa_type=NAME)
    display_name: str = Field(default="", sa_type=NAME)
    name_review: str = Field(default="not_needed", sa_type=WORD)
    code_way: str = Field(default="", sa_type=WORD)
    # handed in by an admin, until it was given to the supplier; sealed with the platform's key
    code: bytes | None = Field(default=None, sa_type=BYTES)
    # messages that came later than this may hold its code: from its submission, then from the last code handed in
    codes_from: datetime | None = Field(default=None, sa_type=TIME)
    # how many codes were read from messages and handed in: strangers may write such messages, too
    codes_read: int = Field(default=0)
    state: str = Field(default="draft", sa_type=WORD)
    quality: str = Field(default="unknown", sa_type=WORD)
    daily_limit: int | None = Field(default=None)
    attempts: list[str] = Field(default_factory=list, sa_type=JSON_)
    problems: list[str] = Field(default_factory=list, sa_type=JSON_)
    submitted_at: datetime | None = Field(default=None, sa_type=TIME)
    checked_at: datetime | None = Field(default=None, sa_type=TIME)
    due_at: datetime | None = Field(default=None, sa_type=TIME)
    created_at: datetime = Field(sa_type=TIME)
    removed_at: datetime | None = Field(default=None, sa_type=TIME)


class Incident(SQLModel, table=True):
    """Something at a provider that is not as it should be, from when it was found until it was as it should be.

    what      the sort of drift (`hub.types.bans.Drift`), one open incident of a sort for each sender
    side      ours, provider, yours: whose it is to mend
    """

    __tablename__ = "incidents"
    __table_args__ = (
        Index("one_open_incident", "sender_id", "what", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("incidents_of_organization", "organization_id", "id"),
        Index("incidents_by_end", "restored_at"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(foreign_key="organizations.id", sa_type=ID)
    sender_id: str = Field(foreign_key="senders.id", sa_type=ID)
    channel_id: str = Field(sa_type=ID)
    what: str = Field(sa_type=WORD)
    side: str = Field(sa_type=WORD)
    words: str = Field(sa_type=TEXT)
    repaired: bool = Field(default=False, sa_type=Boolean)
    opened_at: datetime = Field(sa_type=TIME)
    restored_at: datetime | None = Field(default=None, sa_type=TIME)
