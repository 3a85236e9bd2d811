"""E-mail: inbound by Mailgun route or raw MIME, outbound by SMTP, conversations found by signed reply addresses."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote

from email_validator import EmailNotValidError, validate_email

from hub.channels.base import Adapter, AdapterContext, Polled
from hub.channels.doors import MIB, Answer, Known, OfIntakeToken, Route, SecretQuery
from hub.channels.email import mailgun, raw
from hub.channels.email.errors import classify
from hub.channels.email.fetching import read_file
from hub.channels.email.headers import usable_address
from hub.channels.email.parse import NEW_CONVERSATIONS, MailReader
from hub.channels.email.render import TEXT_LIMIT, OwnMail
from hub.channels.email.reply_address import ReplyAddresses
from hub.channels.email.rereading import reread
from hub.channels.email.sending import Outbox
from hub.channels.email.ses import split_ses
from hub.channels.email.sns import Topic
from hub.channels.email.split import KIND, split_event, split_mailgun, split_mime
from hub.channels.fetching import Fetched
from hub.channels.looking import Eye
from hub.channels.signatures import bearer_token
from hub.crypto import same, token_hash
from hub.errors import Invalid, Misconfigured
from hub.types import (
    ButtonRule,
    Capabilities,
    ChannelKind,
    ChannelSetting,
    CredentialField,
    Forged,
    Health,
    HealthState,
    InboundEvent,
    JournalEvent,
    JsonObject,
    LookUp,
    MediaKind,
    MediaRule,
    MessageReceived,
    OutboundMessage,
    ProviderAccount,
    RawEvent,
    Secret,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Uncertain,
    Verdict,
    Verified,
    WebhookRequest,
    WebhookSecret,
)
from hub.types.bans import AppealPlace, Look

_MAILGUN = "/webhooks/email/mailgun"
_EVENTS = "/webhooks/email/mailgun/events"
_MIME = "/webhooks/email/mime"
_SES = "/webhooks/email/ses"
_MAX_MAIL = 40 * MIB
# SES takes 40 MiB a mail, and base64 adds a third
_MAX_FILE = 25 * MIB
_MAX_FILES = 20
# 406 is the one answer after which Mailgun does not call again
_REFUSED = Answer(406, b"signature does not verify")


class EmailAdapter(Adapter):
    """The adapter of kind `email`; a sender is a mailbox."""

    kind: ClassVar[ChannelKind] = KIND
    label: ClassVar[str] = "E-mail"
    processors: ClassVar[tuple[str, ...]] = ("amazon-ses", "mailgun")
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_limit=TEXT_LIMIT,
        media=dict.fromkeys(MediaKind, MediaRule(_MAX_FILE)),
        caption_limit=TEXT_LIMIT,
        files_per_message=_MAX_FILES,
        mixed_files=True,
        reply_to=True,
        references=True,
        buttons=ButtonRule(most=9, label_limit=60, numbered=True),
        receipts=True,
        sends_per_second=14.0,
        parallel_sends=4,
        look_up_after=60.0,
    )
    signal_family: ClassVar[str] = "mail"
    appeal: ClassVar[AppealPlace] = AppealPlace("Whoever runs this hub writes to the support of its mail relay")
    invitation_place: ClassVar[int | None] = 1
    opt_out_word: ClassVar[str] = "UNSUBSCRIBE"
    proves_address: ClassVar[bool] = True
    rereads: ClassVar[bool] = True
    carries_notifications: ClassVar[bool] = True
    credential_fields: ClassVar[tuple[CredentialField, ...]] = (
        CredentialField("address", "Mail address that customers write to", secret=False),
    )
    intake_token: ClassVar[bool] = True
    channel_settings: ClassVar[tuple[ChannelSetting, ...]] = (
        ChannelSetting(NEW_CONVERSATIONS, "Begin a conversation for a mail that answers nothing", ("yes", "no")),
    )
    routes: ClassVar[tuple[Route, ...]] = (
        Route(_MAILGUN, max_body=_MAX_MAIL, forged=_REFUSED),
        Route(f"{_MAILGUN}/mime", max_body=_MAX_MAIL, forged=_REFUSED),
        Route(_EVENTS, forged=_REFUSED),
        Route(_MIME, max_body=_MAX_MAIL),
        # SNS hands over mails of at most 150 KiB, and events
        Route(_SES),
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
        own = OwnMail(address, reply_domain or address.rpartition("@")[2], settings.ses_configuration_set)
        self._topic = Topic(settings.ses_sns_url, settings.ses_topic_arn, context.http)
        self._outbox = Outbox(settings, context.http.egress, own, self._addresses)
        self._reader = MailReader(own, self._addresses, settings.mail_authserv_id)

    def missing_settings(self) -> tuple[str, ...]:
        """Names of the settings without which mail cannot be sent and answered."""
        return self._outbox.missing_settings()

    def secret_query(self, request: WebhookRequest) -> SecretQuery:
        """The intake token for raw mail; the signing key of the settings for Mailgun; nothing of ours for SNS."""
        if request.path == _MIME:
            return OfIntakeToken(token_hash(_bearer(request)))
        if request.path == _SES:
            return Known(())
        return Known((WebhookSecret(Secret(self._settings.mailgun_signing_key.get_secret_value())),))

    async def prepare(self, request: WebhookRequest) -> None:
        """Fetch the certificate of an SNS call. Raises Unavailable."""
        if request.path == _SES:
            await self._topic.prepare(request)

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        """Check the request; the secret of a raw mail is the intake token's hash (`hub.crypto.token_hash`)."""
        if request.path == _SES:
            return self._topic.verify(request)
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
        if request.path == _SES:
            return split_ses(request, self._addresses)
        return split_event(request) if request.path == _EVENTS else split_mailgun(request, self._addresses)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Read the mail; see `hub.channels.email.parse`."""
        return self._reader.events(event, sender)

    def show_raw(self, event: JournalEvent) -> str:
        """See `hub.channels.email.raw`."""
        return raw.show(event)

    def reread(self, event: MessageReceived, sent: Sequence[str]) -> MessageReceived:
        """Strip what repeats our own mails."""
        return reread(event, sent)

    def classify(self, error: Exception) -> SendFailure:
        """See the table in `hub.channels.email.errors`."""
        return classify(error)

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Hand one mail to a relay. Raises UnsupportedContent, MailIsOff or RelayFailed."""
        return await self._outbox.send(message, sender)

    async def download(self, source: str, event: JournalEvent, sender: Sender, limit: int) -> Fetched:  # noqa: ARG002
        """Take a file out of the mail. Raises Gone, TooLarge."""
        return await asyncio.to_thread(read_file, source, event, limit)

    async def look_up(self, uncertain: Uncertain, sender: Sender) -> LookUp:  # noqa: ARG002
        """Wait for a relay's event; there is no list to look at."""
        return self._outbox.look_up(uncertain, datetime.now(UTC))

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

    def deep_link(self, sender: SenderProfile, text: str, code: str = "") -> str:
        """RFC 6068. A subject without words is taken for spam, so the code is said in it."""
        subject = code or text[:60]
        return f"mailto:{quote(sender.address, safe='@')}?subject={quote(subject, safe='')}&body={quote(text, safe='')}"

    async def setup(self, sender: Sender) -> None:
        """Nothing to point at us: routes and pipes are set where the mail arrives (README)."""

    async def look(self, sender: Sender, now: datetime) -> Look:  # noqa: ARG002
        """Sign in to the relays; they are the platform's, so every mailbox fares alike. Never raises."""
        return await self._outbox.look(Eye(self.signal_family, now))

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
