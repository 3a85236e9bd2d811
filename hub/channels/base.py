"""The adapter contract: the facts and verbs every channel kind brings. The hub's core speaks only this."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Protocol

from hub.channels.composing import compose
from hub.channels.doors import Answer, Route, SecretQuery
from hub.channels.fetching import Fetched
from hub.channels.http import HttpFactory
from hub.channels.notices import Notice
from hub.channels.numbers import Ability, SignedUp
from hub.crypto import DataKey
from hub.errors import UnsupportedContent
from hub.settings import Settings
from hub.types import (
    Candidate,
    Capabilities,
    ChannelKind,
    ChannelSetting,
    CredentialField,
    Errand,
    Health,
    InboundEvent,
    JournalEvent,
    JsonObject,
    LookUp,
    MessageReceived,
    NotKnown,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Said,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    TemplateView,
    Uncertain,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)
from hub.types.bans import AppealPlace, Look


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
    proves_address: ClassVar[bool] = False
    """Whether a sender sends under its own address only after a code sent there came back (`Sender.proven`)."""
    channel_settings: ClassVar[tuple[ChannelSetting, ...]] = ()
    """What can be set for a channel of this kind beside what all have; in `Sender.settings` once it was set."""
    carries_notifications: ClassVar[bool] = False
    """Whether the hub's own mails go by this kind."""
    rereads: ClassVar[bool] = False
    """Whether people's messages repeat ours, so that `reread` is asked for each one in a known conversation."""
    processors: ClassVar[tuple[str, ...]]
    """Ids in `hub.providers.registry` of the companies that this kind's data goes to."""
    names_people: ClassVar[bool] = False
    """Whether names are asked for: of each new person without one core gives `run_errand` a Chore "look_up_name", its
    data {"address", "scope"}; what it returns is a PersonNamed, or nothing."""
    provider: ClassVar[str] = ""
    """Whose provider accounts hold its numbers; empty where channels are connected by credentials."""
    signal_family: ClassVar[str]
    """Whose codes its signals carry: a family of hub/numbers/policy/signals.toml."""
    appeal: ClassVar[AppealPlace]
    one_organization_per_account: ClassVar[bool] = False
    """Whether a provider account may carry this kind's senders of one organization only."""
    number_abilities: ClassVar[frozenset[Ability]] = frozenset()
    """A number can carry this kind when it has one of these abilities; none: the kind does not live on numbers."""
    registers_numbers: ClassVar[bool] = False
    """Whether a number becomes a sender only once it was registered there (`NumberProvider.register_sender`)."""
    invitation_place: ClassVar[int | None] = None
    """Where this kind stands in the usual order of ways by which people are invited elsewhere; None: it is not used."""
    may_begin: ClassVar[bool] = True
    """Whether a sender may begin to write to an address; else the person has to have written to it first."""
    opt_out_word: ClassVar[str] = ""
    """What people answer who want no more messages, as `parse` understands it; "": there they block the sender."""

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

    async def prepare(self, request: WebhookRequest) -> None:
        """Fetch what `verify` needs and cannot know before: a certificate the request names. Raises Unavailable."""
        del request

    def answer_accepted(self, request: WebhookRequest, told: str) -> Answer | None:  # noqa: ARG002
        """Return the answer to a committed request where the route's own does not do; None: the route's.

        told  what core has to say to the notice in it, "" as a rule; of a CallCame the number it goes on to
        """
        return None

    def read_notice(self, request: WebhookRequest) -> Notice | None:  # noqa: ARG002
        """Return what a verified request tells that is no sender's; None: it brings events."""
        return None

    def reread(self, event: MessageReceived, sent: Sequence[str]) -> MessageReceived:  # noqa: ARG002
        """Read a message again, knowing our latest texts in its conversation (fact `rereads`): what repeats them is
        history, not the person's words. Pure.
        """
        return event

    def show_raw(self, event: JournalEvent) -> str:
        """Return an event's bytes as text for "show raw": without the platform's ids, credentials and file links."""

    def compose(self, said: Said) -> tuple[Said, ...]:
        """Say in which single messages a composed answer goes out. Raises UnsupportedContent in our words.

        Media parts carry kind, type and size of the file; `source` is the attachment's id.
        """
        return compose(self.label, self.capabilities, said)

    def deep_link(self, sender: SenderProfile, text: str, code: str = "") -> str:
        """Return a link by which somebody begins to write to a sender, with a text filled in where the messenger has a
        place for one; `code` stands in the text, and where there is place for nothing else is all that is said. Pure.
        """

    def classify(self, error: Exception) -> SendFailure:
        """Say what an exception of `send` means for the message and the sender. Never raises."""

    # I/O
    def open(self) -> AbstractAsyncContextManager[None]:
        """Keep connections to the provider open for all calls within, those of tasks started there too.

        Without it each call makes its own.
        """
        return nullcontext()

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Send once. Raises UnsupportedContent before any call when the channel cannot say it."""

    async def look_up(self, uncertain: Uncertain, sender: Sender) -> LookUp:  # noqa: ARG002
        """Ask the provider what became of a send without an answer (capability `look_up_after`)."""
        return NotKnown()

    async def run_errand(self, errand: Errand, sender: Sender) -> Sequence[InboundEvent]:  # noqa: ARG002
        """Do what is safe to repeat; return what came to light by it, to be applied like what arrives.

        Raises UnsupportedContent before any call when the channel has no such thing; else what `send` raises.
        """
        raise UnsupportedContent(f"{self.label} has no such thing")

    async def download(self, source: str, event: JournalEvent, sender: Sender, limit: int) -> Fetched:  # noqa: ARG002
        """Fetch a file of a message that `event` brought; `source` as in its Media part, at most `limit` bytes.

        Raises the errors of `hub.channels.fetching`.
        """
        raise UnsupportedContent(f"{self.label} brings no files")

    async def list_templates(self, sender: Sender) -> list[TemplateView]:  # noqa: ARG002
        """Return the message templates the provider keeps for a sender (capability `templates`)."""
        return []

    def sign_in_url(self, state: str) -> str | None:  # noqa: ARG002
        """Return where somebody signs in at the provider to connect a channel; None: they are connected otherwise.
        It sends them back with `state` to `<base URL>/admin/channels/connected`."""
        return None

    async def list_candidates(self, code: str) -> list[Candidate]:  # noqa: ARG002
        """Return the senders that the person who signed in may connect. Raises Invalid, Unavailable in our words."""
        return []

    def sign_up_url(self, state: str) -> str | None:  # noqa: ARG002
        """Return where a customer signs up; with `state` back to `<base URL>/admin/business-account/connected`."""
        return None

    async def complete_sign_up(self, query: Mapping[str, str]) -> SignedUp | None:  # noqa: ARG002
        """Return what the messenger says of whoever came back; None: unfinished. Raises Invalid, Unavailable."""
        return None

    async def subscribe(self, business: SignedUp) -> bool:  # noqa: ARG002
        """Have the messenger tell us of its bans; True: it did not before. Raises Invalid, Unavailable."""
        return False

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Ask the provider whom these credentials belong to. Raises Invalid in our words when they are wrong."""

    async def setup(self, sender: Sender) -> None:
        """Point the provider at us; safe to repeat, never drops what is pending."""

    async def look(self, sender: Sender, now: datetime) -> Look:
        """Look at the sender at its provider. Never raises: what was not answered is a signal of its own."""

    async def health(self, sender: Sender) -> Health:
        """Say how a sender fares: a look without its signals. Never raises."""
        return (await self.look(sender, datetime.now(UTC))).health

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:
        """List what the provider still holds that we may have missed; empty where it has no such list."""

    async def poll(self, sender: Sender, cursor: str) -> Polled:
        """Fetch what waits at the provider (capability `polls`); `cursor` is "" the first time."""

    async def probe_account(self, account: ProviderAccount) -> Health:
        """Probe a provider account; OK where the kind has none. Never raises."""
