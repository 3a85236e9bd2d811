"""Messages: their states, failures, and the form in which one goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from hub.types.parts import Part
from hub.types.people import Person


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
    """How hard a provider has hit. CREDENTIALS and ACCOUNT are no harder or weaker than the others: another matter."""

    NONE = "none"
    RECIPIENT = "recipient"
    RATE_LIMITED = "rate_limited"
    RESTRICTED = "restricted"
    BANNED = "banned"
    CREDENTIALS = "credentials"
    ACCOUNT = "account"


class Reach(StrEnum):
    """What is hit, narrow to wide. A portfolio holds business accounts."""

    MESSAGE = "message"
    RECIPIENT = "recipient"
    SENDER = "sender"
    BUSINESS_ACCOUNT = "business_account"
    PORTFOLIO = "portfolio"
    PROVIDER_ACCOUNT = "provider_account"
    APP = "app"


@dataclass(frozen=True, slots=True)
class SendFailure:
    """Why a send failed, in the hub's words.

    code         the provider's own; `also`: further ones that it named, and those under which ban detection knows it
    retry_after  seconds
    text         the provider's words, `quoted`: read by ban detection, shown to nobody
    """

    kind: FailureKind
    detail: str
    code: str = ""
    level: Level = Level.NONE
    reach: Reach = Reach.MESSAGE
    retry_after: float | None = None
    also: tuple[str, ...] = ()
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """What one message of ours says: a text (the caption of files), and parts beside it. One call at the provider."""

    text: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A file on its way out. `link`: where a provider that takes no bytes can fetch it for a while."""

    name: str
    content_type: str
    body: bytes = field(repr=False)
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one person, complete: an adapter needs nothing else to send it.

    delivery_id            ours; travels with the send where the provider gives it back
    parts                  what it says beside the text: one of the combinations that `compose` makes
    files                  the bytes of its Media parts, by `Media.source`
    late                   the free reply window is closed, and the one for people's own answers is open
    reply_to_external_id   the provider's id of the message this answers
    thread_external_ids    the provider's ids of the conversation's earlier messages, newest first (mail References)
    topic                  subject of the conversation, where the channel has one
    automatic              no person wrote it (mail says so in its header)
    answerable             an answer to it leads into the conversation
    unsubscribe            where the person can end messages of this sort by one click; "" where that is not due
    """

    delivery_id: str
    conversation_id: str
    recipient: Person
    text: str
    parts: tuple[Part, ...] = ()
    files: Mapping[str, OutboundFile] = field(default_factory=dict)
    late: bool = False
    reply_to_external_id: str | None = None
    thread_external_ids: tuple[str, ...] = ()
    topic: str | None = None
    author_name: str = ""
    automatic: bool = False
    answerable: bool = True
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message. `external_id` is its id for it; `status` is as far as the answer proves.

    `also`: further ids, where one message is several at the provider (an album).
    """

    external_id: str
    status: MessageStatus = MessageStatus.SENT
    also: tuple[str, ...] = ()


# --- what became of a send that nobody answered ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A send without an answer, to be looked up: what was said, and when it was tried.

    known   the provider's ids of our other messages to the person, back to an hour before `tried_at`. A message under
            one of these is not this one, so look-ups of one person go one after the other, with what the last one
            found among them, and none while a message to them is being sent
    """

    message: OutboundMessage
    tried_at: datetime
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """The provider has it."""

    external_id: str
    status: MessageStatus = MessageStatus.SENT


@dataclass(frozen=True, slots=True)
class NotSent:
    """The provider certainly does not have it, and will not get it any more."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """It cannot be told (yet)."""


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """The provider would have told us by now, and did not: the send ends as failed, and a person may send it again."""


LookUp = Found | NotSent | NotKnown | NotConfirmed
