"""The people of a banned sender: who is to be won back, how they were invited, and what they consent to."""

from datetime import datetime

from sqlalchemy import Boolean, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.db.tables.columns import ID, NAME, TIME, WORD, own

_TO_ASK = text("next_at IS NOT NULL")
_WITH_CODE = text("code_digest IS NOT NULL")
_CLAIMED = text("claimed_by IS NOT NULL")
_WITH_TALK = text("conversation_id IS NOT NULL")


class Recipient(SQLModel, table=True):
    """A person of a banned sender, and how far they are on their way to the new one (`hub.numbers.policy.ledger`).

    identity_id, contact_id, conversation_id  empty once they were erased; an opt-out is kept in `opt_outs` then
    way           the kind of the channel they were invited by last
    next_at       when to look for their next step; empty: nothing more is to be done
    why           why no way is left (`hub.numbers.policy.ways.Why`)
    code_*        of the code they were sent last: how it is looked up, its signature, until when, when it was used
    claimed_by    the unknown identity that used their code
    """

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("case_id", "identity_id"),
        own("case_id", "ban_cases"),
        Index("recipients_by_state", "case_id", "state", "id"),
        Index("recipients_to_ask", "case_id", "next_at", "id", postgresql_where=_TO_ASK, sqlite_where=_TO_ASK),
        Index("recipients_of_identity", "organization_id", "identity_id"),
        Index("recipients_by_code", "case_id", "code_digest", postgresql_where=_WITH_CODE, sqlite_where=_WITH_CODE),
        Index("recipients_by_claim", "organization_id", "claimed_by",
              postgresql_where=_CLAIMED, sqlite_where=_CLAIMED),
        Index("recipients_of_conversation", "organization_id", "conversation_id",
              postgresql_where=_WITH_TALK, sqlite_where=_WITH_TALK),
    )  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    case_id: str = Field(sa_type=ID)
    identity_id: str | None = Field(default=None, sa_type=ID)
    contact_id: str | None = Field(default=None, sa_type=ID)
    conversation_id: str | None = Field(default=None, sa_type=ID)
    state: str = Field(default="to_recruit", sa_type=WORD)
    invitations: int = Field(default=0)
    claimed: bool = Field(default=False, sa_type=Boolean)
    way: str = Field(default="", sa_type=WORD)
    why: str = Field(default="", sa_type=WORD)
    code_digest: str | None = Field(default=None, max_length=64)
    code_signature: str | None = Field(default=None, max_length=64)
    code_expires_at: datetime | None = Field(default=None, sa_type=TIME)
    code_used_at: datetime | None = Field(default=None, sa_type=TIME)
    claimed_by: str | None = Field(default=None, sa_type=ID)
    invited_at: datetime | None = Field(default=None, sa_type=TIME)
    verified_at: datetime | None = Field(default=None, sa_type=TIME)
    next_at: datetime | None = Field(default=None, sa_type=TIME)


class SentInvitation(SQLModel, table=True):
    """An invitation that was queued, the address it goes to, and the consent it rests on.

    outcome  sent, always: whether it came back is read from its message
    """

    __tablename__ = "sent_invitations"
    __table_args__ = (
        own("recipient_id", "recipients", ondelete="CASCADE"),
        Index("invitations_of_case", "case_id", "at"),
        Index("invitations_by_channel", "organization_id", "channel_id", "at"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    case_id: str = Field(sa_type=ID)
    recipient_id: str = Field(sa_type=ID, index=True)
    identity_id: str = Field(sa_type=ID)
    channel_id: str = Field(sa_type=ID)
    kind: str = Field(sa_type=WORD)
    message_id: str | None = Field(default=None, sa_type=ID, index=True)
    consent_id: str = Field(sa_type=ID)
    outcome: str = Field(default="sent", sa_type=WORD)
    at: datetime = Field(sa_type=TIME)


class WrongCode(SQLModel, table=True):
    """A code that named nobody: who is guessing, and how often on a channel. Kept for a day."""

    __tablename__ = "wrong_codes"
    __table_args__ = (Index("wrong_codes_of_channel", "organization_id", "channel_id", "at"),)

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    channel_id: str = Field(sa_type=ID)
    identity_id: str = Field(sa_type=ID)
    at: datetime = Field(sa_type=TIME)


class Consent(SQLModel, table=True):
    """An entry of the consent ledger, which only grows: what somebody said to a purpose, how we know, and when."""

    __tablename__ = "consents"
    __table_args__ = (own("identity_id", "identities", ondelete="CASCADE"),
                      Index("consents_of_identity", "organization_id", "identity_id"))  # fmt: skip

    id: str = Field(primary_key=True, sa_type=ID)
    organization_id: str = Field(sa_type=ID)
    identity_id: str = Field(sa_type=ID)
    purpose: str = Field(sa_type=WORD)
    answer: str = Field(sa_type=WORD)
    source: str = Field(sa_type=NAME)
    text_version: str = Field(default="", sa_type=NAME)
    # the user who entered it; empty: the hub, from what the person wrote
    user_id: str | None = Field(default=None, sa_type=ID)
    at: datetime = Field(sa_type=TIME)
