"""E-mail: inbound by Mailgun route or raw MIME, outbound by SMTP, conversations found by signed reply addresses."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from email_validator import EmailNotValidError, validate_email

from hub.channels.base import (
    MIB,
    Adapter,
    AdapterContext,
    Answer,
    Known,
    OfIntakeToken,
    Polled,
    Route,
    SecretQuery,
)
from hub.channels.email import mailgun
from hub.channels.email.client import Relays
from hub.channels.email.errors import MailIsOff, RelayFailed, classify
from hub.channels.email.headers import usable_address
from hub.channels.email.parse import MailReader
from hub.channels.email.relay import configured_relays
from hub.channels.email.render import TEXT_LIMIT, OwnMail, render
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.split import KIND, split_event, split_mailgun, split_mime
from hub.channels.signatures import bearer_token
from hub.crypto import same, token_hash
from hub.errors import Invalid, Misconfigured
from hub.types import (
    Capabilities,
    ChannelKind,
    CredentialField,
    Forged,
    Health,
    HealthState,
    InboundEvent,
    JournalEvent,
    JsonObject,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Secret,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Verdict,
    Verified,
    WebhookRequest,
    WebhookSecret,
)

_MAILGUN = "/webhooks/email/mailgun"
_EVENTS = "/webhooks/email/mailgun/events"
_MIME = "/webhooks/email/mime"
_MAX_MAIL = 40 * MIB
# 406 is the one answer after which Mailgun does not call again
_REFUSED = Answer(406, b"signature does not verify")


class EmailAdapter(Adapter):
    """The adapter of kind `email`; a sender is a mailbox."""

    kind: ClassVar[ChannelKind] = KIND
    label: ClassVar[str] = "E-mail"
    processors: ClassVar[tuple[str, ...]] = ("amazon-ses", "mailgun")
    capabilities: ClassVar[Capabilities] = Capabilities(text_limit=TEXT_LIMIT, receipts=True)
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("address", "Mail address that customers write to", secret=False),
    )
    intake_token: ClassVar[bool] = True
    routes: ClassVar[tuple[Route, ...]] = (
        Route(_MAILGUN, max_body=_MAX_MAIL, forged=_REFUSED),
        Route(f"{_MAILGUN}/mime", max_body=_MAX_MAIL, forged=_REFUSED),
        Route(_EVENTS, forged=_REFUSED),
        Route(_MIME, max_body=_MAX_MAIL),
    )

    def __init__(self, context: AdapterContext) -> None:
        """Raises Misconfigured when a relay's URL or HUB_MAIL_FROM is wrong."""
        settings = context.settings
        reply_domain = settings.mail_reply_domain.strip().lower()
        address = settings.mail_from.strip().lower()
        if address and not usable_address(address):
            raise Misconfigured("HUB_MAIL_FROM must be a plain mail address such as answers@example.org")
        self._settings = settings
        self._addresses = ReplyAddresses(context.platform_key, reply_domain)
        self._own = OwnMail(address, reply_domain or address.rpartition("@")[2])
        self._relays = Relays(configured_relays(settings), context.http.egress, self._own.domain)
        self._reader = MailReader(self._own, self._addresses)

    def missing_settings(self) -> tuple[str, ...]:
        """Names of the settings without which mail cannot be sent and answered."""
        wanted = {
            "HUB_MAIL_PRIMARY_URL": self._settings.mail_primary_url,
            "HUB_MAIL_FROM": self._settings.mail_from,
            "HUB_MAIL_REPLY_DOMAIN": self._settings.mail_reply_domain,
        }
        return tuple(name for name, value in wanted.items() if not value)

    def secret_query(self, request: WebhookRequest) -> SecretQuery:
        """The intake token for raw mail; the signing key of the settings for Mailgun."""
        if request.path == _MIME:
            return OfIntakeToken(token_hash(_bearer(request)))
        return Known((WebhookSecret(Secret(self._settings.mailgun_signing_key.get_secret_value())),))

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        """Check the request; the secret of a raw mail is the intake token's hash (`hub.crypto.token_hash`)."""
        if request.path != _MIME:
            return mailgun.verify(request, secrets)
        token = _bearer(request)
        for secret in secrets:
            if token and same(token_hash(token), secret.value):
                return Verified(secret)
        return Forged("the bearer token is missing or no channel's intake token")

    def answer_challenge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Answer | None:  # noqa: ARG002
        """Nobody checks these URLs."""
        return None

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        """One mail or one event a call."""
        if request.path == _MIME:
            return split_mime(request, self._addresses)
        return split_event(request) if request.path == _EVENTS else split_mailgun(request, self._addresses)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Read the mail; see `hub.channels.email.parse`."""
        return self._reader.events(event, sender)

    def classify(self, error: Exception) -> SendFailure:
        """See the table in `hub.channels.email.errors`."""
        return classify(error)

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Hand one mail to the relay. Raises UnsupportedContent, MailIsOff or RelayFailed."""
        if not self._settings.mail_primary_url or not self._own.address:
            raise MailIsOff("set HUB_MAIL_PRIMARY_URL and HUB_MAIL_FROM")
        reply_to = self._addresses.make(message.conversation_id)
        mail = render(message, sender, self._own, reply_to, datetime.now(UTC))
        await self._relays.send(mail, self._own.address)
        return Sent(mail.message_id)

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Check the form of the address; a mailbox has no provider to ask. Raises Invalid."""
        given = credentials.get("address")
        if not isinstance(given, str) or not given.strip():
            raise Invalid("`address` is missing: the mail address that customers write to")
        try:
            found = validate_email(given.strip(), check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise Invalid(f"`address` is no mail address: {error}") from error
        address = found.normalized.lower()
        if self._addresses.conversation([address]):
            raise Invalid("`address` is one of the hub's own reply addresses; name the mailbox customers write to")
        return SenderProfile(address, address)

    async def setup(self, sender: Sender) -> None:
        """Nothing to point at us: routes and pipes are set where the mail arrives (README)."""

    async def health(self, sender: Sender) -> Health:  # noqa: ARG002
        """Sign in to the relays; they are the platform's, so every mailbox has the same health."""
        missing = self.missing_settings()
        if "HUB_MAIL_PRIMARY_URL" in missing:
            return Health(HealthState.UNKNOWN, ("Mail is off: HUB_MAIL_PRIMARY_URL is not set",))
        absent = [f"{name} is not set: answers cannot be sent or found again" for name in missing]
        failed = [_problem(failure) for failure in await self._relays.probe()]
        problems = tuple(absent + failed)
        return Health(HealthState.BROKEN if problems else HealthState.OK, problems)

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:  # noqa: ARG002
        """Mail arrives once or is tried again by its server; there is no list to look at."""
        return []

    async def poll(self, sender: Sender, cursor: str) -> Polled:  # noqa: ARG002
        """Mailboxes are not polled."""
        return Polled((), cursor)

    async def probe_account(self, account: ProviderAccount) -> Health:  # noqa: ARG002
        """Mail has no provider accounts."""
        return Health(HealthState.OK)


def _bearer(request: WebhookRequest) -> str:
    return bearer_token(request.headers.get("authorization", ""))


def _problem(failure: RelayFailed) -> str:
    return f"{classify(failure).detail} ({failure.setting}, at the stage {failure.stage.value})"
