"""What providers signal about a sender, and what it amounts to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.types.messages import Level, Reach


class Act(StrEnum):
    """What a level may forbid: writing first, answering inside the window, adding senders to the business account."""

    UNASKED = "unasked"
    REPLIES = "replies"
    ADDING_SENDERS = "adding_senders"


class SignalSource(StrEnum):
    """How the hub came to know: the answer or receipt of a send, a look of its own, or the provider's word."""

    SEND = "send"
    POLL = "poll"
    PROBE = "probe"
    WEBHOOK = "webhook"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a provider let us know about a sender.

    family     the adapter's fact `signal_family`: whose codes these are
    code       the provider's, or of a look what it found ("sender/OFFLINE"), as signals.toml writes it
    text       the provider's words; shown to nobody, read for the words that signals.toml looks for
    recipient  the person a send was for, as anything that tells two people apart
    content    what was sent, as anything that tells two contents apart
    until      when the provider says that it ends (a wait, a restriction) or comes (an announced ban)
    """

    family: str
    source: SignalSource
    code: str
    at: datetime
    text: str = ""
    recipient: str | None = None
    content: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """How many messages a sender sent in the span of time that began at `at`: an hour, or less."""

    at: datetime
    sent: int


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one sender, oldest first: the signals since its trouble began, at least those of the last week,
    and what it sent meanwhile."""

    signals: tuple[Signal, ...] = ()
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True, slots=True)
class Fellow:
    """Another sender that shares a business account, portfolio, provider account or app. `online`: None, not known."""

    shares: Reach
    online: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts beside the signals of a sender.

    worked_at               when it first worked: a message got through, or the provider showed it online
    credentials_changed_at  when its present credentials were entered: what was refused before says nothing of them
    """

    worked_at: datetime | None = None
    credentials_changed_at: datetime | None = None
    fellows: tuple[Fellow, ...] = ()


class Confidence(StrEnum):
    NONE = "none"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


class RemedyKind(StrEnum):
    """Cheapest first."""

    MEND_CREDENTIALS = "mend_credentials"
    PAY = "pay"
    REGISTER_AGAIN = "register_again"
    WAIT = "wait"
    APPEAL = "appeal"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the signals amount to.

    confidence  of levels that are the sender's own trouble; NONE for a person's refusal and for a rate limit
    forbids     what must not be done until it is over
    until       when it ends by itself, where the provider said so
    remedies    what may help, cheapest first
    evidence    the signals that decided, oldest first
    look_at     when to look at the sender next; not later than now: at once
    reason      one sentence in our words
    """

    level: Level
    reach: Reach
    confidence: Confidence
    forbids: frozenset[Act]
    look_at: datetime
    reason: str
    until: datetime | None = None
    remedies: tuple[RemedyKind, ...] = ()
    evidence: tuple[Signal, ...] = ()
