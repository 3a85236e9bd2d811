"""What the WhatsApp and SMS adapters share: all but who wrote, what a message holds, and how a number is set up."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from twilio.rest import Client

from hub.channels.base import Adapter, AdapterContext, Answer, OfAccount, Polled, Route, SecretQuery
from hub.channels.twilio import errors, parse, signature
from hub.channels.twilio.client import AUTH_TOKEN, Connector
from hub.channels.twilio.line import CONNECTION, Hooks, Line, again, in_our_words, unwell
from hub.channels.twilio.recover import recovered
from hub.channels.twilio.split import DELIVERY_PARAMETER, MESSAGES_PATH, STATUS_PATH, split
from hub.errors import Invalid, Misconfigured, UnsupportedContent
from hub.types import (
    Capabilities,
    ChannelKind,
    CredentialField,
    Health,
    HealthState,
    InboundEvent,
    JournalEvent,
    JsonObject,
    OutboundMessage,
    Part,
    Person,
    ProviderAccount,
    RawEvent,
    Secret,
    Sender,
    SenderProfile,
    SendFailure,
    Sent,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)

TEXT_LIMIT = 1600
_ACTIVE = "active"
_PAGE_SIZE = 200


class TwilioAdapter(Adapter, ABC):
    """One kind of channel on numbers that Twilio supplies."""

    kind: ClassVar[ChannelKind]
    label: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    routes: ClassVar[tuple[Route, ...]] = (
        Route(MESSAGES_PATH, accepted=Answer(200, b"<Response/>", "text/xml")),
        Route(STATUS_PATH, accepted=Answer(204)),
    )
    processors: ClassVar[tuple[str, ...]] = ("twilio",)
    provider: ClassVar[str] = "twilio"
    mark: ClassVar[str]
    """What Twilio puts before this kind's addresses."""
    opt_out_words: ClassVar[Mapping[str, bool]]
    """Messages that are no more than one of these words (upper case) end (False) or allow (True) our writing."""

    def __init__(self, context: AdapterContext) -> None:
        self._settings = context.settings
        self._connector = Connector(context.http, context.settings)
        self.hooks = Hooks.of(context.settings.base_url)

    def missing_settings(self) -> tuple[str, ...]:
        """Name the parent account's settings that are not set."""
        values = {
            "HUB_TWILIO_ACCOUNT_SID": self._settings.twilio_account_sid,
            "HUB_TWILIO_AUTH_TOKEN": self._settings.twilio_auth_token.get_secret_value(),
        }
        return tuple(name for name, value in values.items() if not value)

    def parent_account(self) -> ProviderAccount | None:
        """Return the account that the settings describe; None while they name none."""
        if self.missing_settings():
            return None
        token = Secret(self._settings.twilio_auth_token.get_secret_value())
        return ProviderAccount("", self._settings.twilio_account_sid, {AUTH_TOKEN: token})

    # what differs between the kinds

    @abstractmethod
    def author(self, fields: parse.Fields) -> Person:
        """Say who wrote."""

    def parts(self, fields: parse.Fields) -> tuple[Part, ...]:
        """Say what a message holds besides text and media."""
        del fields
        return ()

    @abstractmethod
    async def find(self, client: Client, address: str) -> Line | None:
        """Look an E.164 number up in the client's account; None when the account does not have it."""

    @abstractmethod
    async def point(self, client: Client, line: Line) -> None:
        """Give the number our URLs."""

    # pure

    def secret_query(self, request: WebhookRequest) -> SecretQuery:
        """Ask for the tokens of the account that the request names."""
        return OfAccount(signature.account_sid(request))

    def verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        """Check X-Twilio-Signature."""
        return signature.verify(request, secrets)

    def answer_challenge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Answer | None:
        """Return None: Twilio does not check URLs."""
        del request, secrets
        return None

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        """Return the one event of a request, for WhatsApp and SMS alike."""
        return split(request)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Read a message or a status callback. Raises ValueError when the body is not UTF-8."""
        del sender
        form = parse.read_whole(event.body)
        if form.is_status:
            return [parse.receipt(form)]
        person = self.author(form.fields)
        message = parse.message(form, person, self.parts(form.fields))
        # after the message: writing makes a person reachable, STOP takes it back
        return [message, *parse.opt_out(form.fields, person, self.opt_out_words)]

    def classify(self, error: Exception) -> SendFailure:
        """Look the error up in Twilio's table."""
        return errors.classify(error)

    # I/O

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Create the message once. What Twilio took it has queued, which is our `sent`."""
        if not message.text:
            raise UnsupportedContent(f"{self.label} cannot send an empty message")
        if len(message.text) > self.capabilities.text_limit:
            raise UnsupportedContent(f"{self.label} takes at most {self.capabilities.text_limit} characters a message")
        callback = f"{self._settings.base_url}{STATUS_PATH}?{urlencode({DELIVERY_PARAMETER: message.delivery_id})}"
        async with self._connector.open(_account(sender)) as client:
            created = await client.messages.create_async(
                to=self.mark + message.recipient.address,
                from_=self.mark + sender.address,
                body=message.text,
                status_callback=callback + CONNECTION,
            )
        if not created.sid:
            raise ValueError("Twilio's answer to a send has no message id")
        return Sent(created.sid)

    async def identify(self, credentials: JsonObject) -> SenderProfile:
        """Look the E.164 number under `address` up in the parent account. Raises Invalid (not there), Unavailable."""
        address, account = str(credentials.get("address", "")), self.parent_account()
        if account is None:
            raise Invalid(f"{self.label} is off until {' and '.join(self.missing_settings())} are set")
        with in_our_words():
            async with self._connector.open(account) as client:
                return SenderProfile(address, (await self._found(client, address)).name)

    async def setup(self, sender: Sender) -> None:
        """Give the number our URLs unless it has them. Raises Invalid (not the account's, refused), Unavailable."""
        with in_our_words():
            async with self._connector.open(_account(sender)) as client:
                line = await self._found(client, sender.address)
                if line.pointed:
                    return
                async for attempt in again():
                    with attempt:
                        await self.point(client, line)

    async def health(self, sender: Sender) -> Health:
        """Look the number up and say what is wrong with it. Never raises."""
        try:
            with in_our_words():
                async with self._connector.open(_account(sender)) as client:
                    line = await self._found(client, sender.address)
        except Exception as error:  # noqa: BLE001 - a probe reports whatever stopped it
            return unwell(error)
        return Health(HealthState.BROKEN if line.problems else HealthState.OK, line.problems)

    async def probe_account(self, account: ProviderAccount) -> Health:
        """Ask Twilio whether the account is active. Never raises."""
        try:
            with in_our_words():
                async with self._connector.open(account) as client:
                    found = await client.api.v2010.accounts(account.external_id).fetch_async()
        except Exception as error:  # noqa: BLE001 - a probe reports whatever stopped it
            return unwell(error)
        if str(found.status) == _ACTIVE:
            return Health(HealthState.OK)
        return Health(HealthState.BROKEN, (f"the Twilio account is {found.status}; settle that in Twilio's console",))

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:
        """List the messages to this number created since then and old enough to be missed (`recover_min_age`)."""
        until = datetime.now(UTC) - timedelta(seconds=self._settings.recover_min_age)
        async with self._connector.open(_account(sender)) as client:
            async for attempt in again():
                with attempt:
                    found = await client.messages.list_async(
                        to=self.mark + sender.address, date_sent_after=since, page_size=_PAGE_SIZE
                    )
        return recovered(found, since, until)

    async def poll(self, sender: Sender, cursor: str) -> Polled:
        """Return nothing: Twilio has no queue to poll; what it still holds comes by `recover`."""
        del sender
        return Polled((), cursor)

    async def _found(self, client: Client, address: str) -> Line:
        line = None
        async for attempt in again():
            with attempt:
                line = await self.find(client, address)
        if line is None:
            raise Invalid(
                f"the Twilio account has no {self.label} number {address}; buy, register or assign it there first"
            )
        return line


def _account(sender: Sender) -> ProviderAccount:
    if sender.account is None:
        raise Misconfigured("the sender has no provider account; assign its number anew")
    return sender.account
