"""The adapter contract: the facts and verbs every channel kind brings. The hub's core speaks only this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from hub.channels.http import HttpFactory
from hub.crypto import DataKey
from hub.settings import Settings
from hub.types import (
    Capabilities,
    ChannelKind,
    CredentialField,
    Health,
    InboundEvent,
    JournalEvent,
    JsonObject,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook call is answered with."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Route:
    """One webhook URL of an adapter.

    path      starlette path template (`/webhooks/telegram/{channel_id}`)
    methods   GET only where the provider checks the URL by a challenge
    max_body  bytes; more is answered 413 and nothing is kept
    accepted  answer once everything is committed
    forged    answer to a request that did not verify, once it is in quarantine
    """

    path: str
    methods: tuple[str, ...] = ("POST",)
    max_body: int = MIB
    accepted: Answer = Answer()
    forged: Answer = Answer(403, b"signature does not verify")


# --- which secrets a request may be signed with: what core has to look up -------------------------------


@dataclass(frozen=True, slots=True)
class OfChannel:
    """The webhook secrets of a channel's senders, current and past. An unknown channel is answered 404."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class OfAccount:
    """The secrets of a provider account, by the provider's id of it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class OfIntakeToken:
    """The sender whose intake token has this hash (`hub.crypto.token_hash`)."""

    token_hash: str


@dataclass(frozen=True, slots=True)
class Known:
    """Secrets the adapter has from the settings."""

    secrets: tuple[WebhookSecret, ...] = field(repr=False)


SecretQuery = OfChannel | OfAccount | OfIntakeToken | Known


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """What every adapter is built with."""

    settings: Settings
    http: HttpFactory
    platform_key: Callable[[], DataKey]
    """Asked when it is needed: the first time it may read the database."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll brought: events in order, and the cursor to ask with once they are committed."""

    events: Sequence[RawEvent]
    cursor: str


class Adapter(Protocol):
    """One channel kind. Pure verbs never do I/O; I/O verbs try once and raise what the provider's client raises.

    Two kinds of one provider share its routes: the first in the registry answers for both, and `split` names the kind.
    """

    kind: ClassVar[ChannelKind]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credential_fields: ClassVar[tuple[CredentialField, ...]]
    """Empty: channels of this kind come from a number assignment only."""
    routes: ClassVar[tuple[Route, ...]]
    intake_token: ClassVar[bool] = False
    """Whether any server may post to its channels with a bearer token of the channel (`OfIntakeToken`)."""
    processors: ClassVar[tuple[str, ...]]
    """Ids in `hub.providers.registry` of the companies that this kind's data goes to."""
    provider: ClassVar[str] = ""
    """Whose provider accounts hold its numbers; empty where channels are connected by credentials."""
    one_organization_per_account: ClassVar[bool] = False
    """Whether a provider account may carry this kind's senders of one organization only."""

    def __init__(self, context: AdapterContext) -> None: ...

    def missing_settings(self) -> tuple[str, ...]:
        """Names of the settings without which this kind is off."""

    def parent_account(self) -> ProviderAccount | None:
        """The platform's own account at `provider`, from the settings (`id` empty); None when they name none."""
        return None

    # pure
    def secret_query(self, request: WebhookRequest) -> SecretQuery:
        """Say whose secrets may have signed this request, from what it claims to be."""

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        """Check the request over its raw bytes against each candidate, in constant time."""

    def answer_challenge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Answer | None:
        """Answer a provider's check of the URL itself; None when the request is not one."""

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        """Cut a verified request into its events. Never raises: what cannot be understood is one unreadable event."""

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Say what a journal row means. Unknown kinds become a visible Unsupported part."""

    def classify(self, error: Exception) -> SendFailure:
        """Say what an exception of `send` means for the message and the sender. Never raises."""

    # I/O
    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Send once. Raises UnsupportedContent before any call when the channel cannot say it."""

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Ask the provider whom these credentials belong to. Raises Invalid in our words when they are wrong."""

    async def setup(self, sender: Sender) -> None:
        """Point the provider at us; safe to repeat, never drops what is pending."""

    async def health(self, sender: Sender) -> Health:
        """Probe the sender at the provider. Never raises."""

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:
        """List what the provider still holds that we may have missed; empty where it has no such list."""

    async def poll(self, sender: Sender, cursor: str) -> Polled:
        """Fetch what waits at the provider (capability `polls`); `cursor` is "" the first time."""

    async def probe_account(self, account: ProviderAccount) -> Health:
        """Probe a provider account; OK where the kind has none. Never raises."""
