"""What providers tell us: a webhook request, its events, and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.types.errands import Chore
from hub.types.messages import Level, MessageStatus, Reach, SendFailure
from hub.types.parts import Part
from hub.types.people import ChannelKind, Person, Secret


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP call of a provider, untouched.

    `path` is the path as called; `params` are the path's placeholders (`channel_id`);
    `public_url` is the URL the provider was configured with (public-URL setting + path + query), never built from Host;
    `headers` have lower-case names; `body` is raw.
    """

    method: str
    path: str
    public_url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A secret that a request may have been signed with, and whose it is."""

    value: Secret
    sender_id: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """The request is genuine; `by` is the secret that proved it."""

    by: WebhookSecret


@dataclass(frozen=True, slots=True)
class Forged:
    """The request could not be proven genuine. `reason` is for operators of the hub, never for the caller."""

    reason: str


Verdict = Verified | Forged


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One thing a provider told us about one sender: the unit of the journal.

    kind, address    for which sender; address None: the sender whose secret verified the request
    conversation_id  set instead of address when the request names one of our conversations by a signed reply address
    business_account set instead when the provider names a business account: one event for each of its senders
    message_id       set instead when it names a message by its own id; of a message that is not ours nothing is kept
    letter_id        set instead when it reports on a letter of the hub's own, which left by no sender
    key              the provider's identity of this event, unique per sender (house decision 4)
    body             bytes that `parse` understands: the request's own, or one item as canonical JSON
    once             a one-time token of the request; another body under a used token is refused (Mailgun signs no body)
    unreadable       why the bytes could not be understood; such an event is kept and listed
    occurred_at      when it happened by the provider's clock, where the provider lists what it holds (`recover`)
    about_ours       it reports on what we sent, or on the sender itself; nobody wrote
    """

    kind: ChannelKind
    key: str
    body: bytes = field(repr=False)
    address: str | None = None
    conversation_id: str | None = None
    business_account: str | None = None
    message_id: str | None = None
    letter_id: str | None = None
    once: str | None = None
    unreadable: str | None = None
    occurred_at: datetime | None = None
    about_ours: bool = False


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """A journal row as `parse` sees it."""

    key: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """Somebody wrote to us.

    external_id            the provider's id of the message, unique per sender
    position               provider time when it gives one, aware UTC; None: the time of arrival counts
    sequence               the provider's order among equal positions
    reply_to_external_id   the message it answers, by the provider's id
    thread_external_ids    ids of earlier messages of the same thread (mail References), nearest first
    conversation_id        conversation named by a signed reply address; honoured inside the organization only
    topic                  subject of the message, where the channel has one
    album                  the platform's id of the album this is a part of: all its parts become one message
    """

    external_id: str
    author: Person
    parts: tuple[Part, ...]
    position: datetime | None = None
    sequence: int = 0
    reply_to_external_id: str | None = None
    thread_external_ids: tuple[str, ...] = ()
    conversation_id: str | None = None
    topic: str | None = None
    album: str | None = None


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """Somebody changed a message of theirs (or, in the provider's own inbox, of ours). `parts` replace the old ones."""

    external_id: str
    person: Person
    parts: tuple[Part, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """Somebody took a message back."""

    external_id: str
    person: Person
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody put reactions on a message (`added`) or took them back (`removed`): emojis, or the platform's words."""

    external_id: str
    person: Person
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentElsewhere:
    """An echo of a message of this sender: ours (with our `delivery_id`) or written in the provider's own inbox."""

    external_id: str
    recipient: Person
    parts: tuple[Part, ...]
    delivery_id: str | None = None
    position: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's word on messages of ours: one (external_id or delivery_id), or all up to a watermark.

    A watermark receipt names the person and `until` (aware UTC): every message to them positioned at or before it.
    """

    status: MessageStatus
    external_id: str | None = None
    delivery_id: str | None = None
    person: Person | None = None
    until: datetime | None = None
    failure: SendFailure | None = None


@dataclass(frozen=True, slots=True)
class ReachabilityChanged:
    """A person can no longer be reached, or can again.

    `opted_out`: by their own word (STOP, a complaint, an unsubscription); only their own word takes that back, while
    whoever is merely unreachable can be reached again once they write. `code`: the provider's word for it, as ban
    detection knows it; "" where it says nothing of the sender.
    """

    person: Person
    reachable: bool
    reason: str
    opted_out: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """The provider says what a person is called."""

    person: Person
    name: str


@dataclass(frozen=True, slots=True)
class SenderReported:
    """The provider says something about the sender itself: a warning, a restriction, a ban, or its end (Level.NONE).

    detail            in our words
    code              the provider's, as ban detection knows it
    until             when the provider ends it, or when what it announces comes
    text              the provider's words, `quoted`: shown to nobody
    business_account  the provider's id of the business account that was named instead of the sender
    """

    level: Level
    detail: str
    code: str = ""
    reach: Reach = Reach.SENDER
    until: datetime | None = None
    text: str = field(default="", repr=False)
    business_account: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """An event that changes nothing in a conversation. `reason` is one line for the journal."""

    reason: str


InboundEvent = (
    MessageReceived
    | MessageEdited
    | MessageDeleted
    | Reacted
    | SentElsewhere
    | Receipt
    | ReachabilityChanged
    | PersonNamed
    | SenderReported
    | Chore
    | NothingToDo
)
"""A Chore among them is run by the adapter's own `run_errand` once everything is committed."""
