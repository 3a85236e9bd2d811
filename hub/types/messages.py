"""Messages: their parts, states, failures, and the form in which one goes out."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from hub.types.people import Person


@dataclass(frozen=True, slots=True)
class Text:
    """What the person wrote, as plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class FullText:
    """The whole text of which `Text` is the stripped form (a mail with its quoted history)."""

    text: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something the hub cannot show yet. `what` is the provider's word, `summary` one line for the operator."""

    what: str
    summary: str


Part = Text | FullText | Unsupported


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"
    ACTIVITY = "activity"


class MessageStatus(StrEnum):
    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


class StatusRank(IntEnum):
    """Status only moves forward by rank (house decision 9)."""

    QUEUED = 0
    SENDING = 1
    UNCERTAIN = 2
    SENT = 3
    FAILED = 4
    DELIVERED = 5
    READ = 6


class FailureKind(StrEnum):
    TRY_LATER = "try_later"
    RATE_LIMITED = "rate_limited"
    UNCERTAIN = "uncertain"
    RECIPIENT = "recipient"
    WINDOW = "window"
    CONTENT = "content"
    SENDER = "sender"
    CREDENTIALS = "credentials"


class Level(StrEnum):
    """How hard a provider has hit."""

    NONE = "none"
    RATE_LIMITED = "rate_limited"
    RESTRICTED = "restricted"
    BANNED = "banned"
    ACCOUNT = "account"


class Reach(StrEnum):
    """What a failure is about."""

    MESSAGE = "message"
    RECIPIENT = "recipient"
    SENDER = "sender"
    BUSINESS_ACCOUNT = "business_account"
    PROVIDER_ACCOUNT = "provider_account"
    APP = "app"


@dataclass(frozen=True, slots=True)
class SendFailure:
    """Why a send failed, in the hub's words. `retry_after` in seconds; `code` is the provider's own."""

    kind: FailureKind
    detail: str
    code: str = ""
    level: Level = Level.NONE
    reach: Reach = Reach.MESSAGE
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one person, complete: an adapter needs nothing else to send it.

    delivery_id            ours; travels with the send where the provider gives it back
    reply_to_external_id   the provider's id of the message this answers
    thread_external_ids    the provider's ids of the conversation's earlier messages, newest first (mail References)
    topic                  subject of the conversation, where the channel has one
    """

    delivery_id: str
    conversation_id: str
    recipient: Person
    text: str
    reply_to_external_id: str | None = None
    thread_external_ids: tuple[str, ...] = ()
    topic: str | None = None
    author_name: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message. `external_id` is its id for it; `status` is as far as the answer proves."""

    external_id: str
    status: MessageStatus = MessageStatus.SENT
