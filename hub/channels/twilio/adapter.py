"""What the WhatsApp and SMS adapters share: all but who wrote, what a message holds, and how a number is set up."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlencode

from twilio.base import values

from hub.channels.base import Polled
from hub.channels.doors import Answer, OfAccount, Route, SecretQuery
from hub.channels.fetching import Fetched
from hub.channels.notices import Notice
from hub.channels.twilio import calls, debugger, errors, files, parse, raw, signature
from hub.channels.twilio.debugger import ERRORS_PATH
from hub.channels.twilio.files import Fields
from hub.channels.twilio.line import CONNECTION, again
from hub.channels.twilio.looking_up import MOST_LISTED, judge, listed, reaches_back
from hub.channels.twilio.number import TwilioNumbers, account_of
from hub.channels.twilio.recover import recovered
from hub.channels.twilio.render import Content, render
from hub.channels.twilio.split import DELIVERY_PARAMETER, MESSAGES_PATH, STATUS_PATH, split
from hub.errors import UnsupportedContent
from hub.types import (
    InboundEvent,
    JournalEvent,
    LookUp,
    OutboundMessage,
    Part,
    Person,
    RawEvent,
    Said,
    Sender,
    SendFailure,
    Sent,
    Uncertain,
    Verdict,
    WebhookRequest,
    WebhookSecret,
)

TEXT_LIMIT = 1600
_PAGE_SIZE = 200


class TwilioAdapter(TwilioNumbers):
    """One kind of channel on numbers that Twilio supplies."""

    routes: ClassVar[tuple[Route, ...]] = (
        Route(MESSAGES_PATH, accepted=Answer(200, b"<Response/>", "text/xml")),
        Route(STATUS_PATH, accepted=Answer(204)),
        Route(ERRORS_PATH, accepted=Answer(204)),
        Route(calls.PATH, accepted=calls.REFUSED),
    )
    processors: ClassVar[tuple[str, ...]] = ("twilio",)
    mark: ClassVar[str]
    """What Twilio puts before this kind's addresses."""
    opt_out_words: ClassVar[Mapping[str, bool]]
    """Messages that are no more than one of these words (upper case) end (False) or allow (True) our writing."""

    # what differs between the kinds

    @abstractmethod
    def author(self, fields: Fields) -> Person:
        """Say who wrote."""

    def said(self, fields: Fields) -> tuple[Part, ...]:
        """Say what a message holds."""
        return (*parse.text(fields), *files.media(fields, {}))

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

    def read_notice(self, request: WebhookRequest) -> Notice | None:
        """Return the call that somebody makes to a number; None for everything else."""
        return calls.read(request.body) if request.path == calls.PATH else None

    def answer_accepted(self, request: WebhookRequest, told: str) -> Answer | None:
        """Forward a call to the number that core told, refuse it without one."""
        return calls.answer(told) if request.path == calls.PATH else None

    def split(self, request: WebhookRequest) -> list[RawEvent]:
        """Return the events of a request, for WhatsApp and SMS alike: one, or none of an error that is not ours."""
        return debugger.split(request) if request.path == ERRORS_PATH else split(request)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Read a message, a status callback or an error. Raises ValueError when the body is not UTF-8."""
        del sender
        if event.key.startswith(debugger.KEY):
            return [debugger.parse(event.body)]
        form = parse.read_whole(event.body)
        if form.is_status:
            return [parse.receipt(form)]
        person = self.author(form.fields)
        message = parse.message(form, person, self.said(form.fields))
        # after the message: writing makes a person reachable, STOP takes it back
        return [message, *parse.opt_out(form.fields, person, self.opt_out_words)]

    def show_raw(self, event: JournalEvent) -> str:
        """Return the form's fields, a line each, without Twilio's ids, links to files and error texts."""
        return raw.show(event.body)

    def classify(self, error: Exception) -> SendFailure:
        """Look the error up in Twilio's table."""
        return errors.classify(error)

    # I/O

    def open(self) -> AbstractAsyncContextManager[None]:
        """Keep connections to Twilio open for all calls within."""
        return self._connector.keep()

    async def send(self, message: OutboundMessage, sender: Sender) -> Sent:
        """Create the message once. What Twilio took it has queued, which is our `sent`."""
        content = self._content(message)
        callback = f"{self._settings.base_url}{STATUS_PATH}?{urlencode({DELIVERY_PARAMETER: message.delivery_id})}"
        async with self.connect(sender) as client:
            created = await client.messages.create_async(
                to=self.mark + message.recipient.address,
                from_=self.mark + sender.address,
                body=content.body or values.unset,
                media_url=list(content.files) or values.unset,
                persistent_action=[content.place] if content.place else values.unset,
                content_sid=content.template or values.unset,
                content_variables=content.values or values.unset,
                status_callback=callback + CONNECTION,
            )
        if not created.sid:
            raise ValueError("Twilio's answer to a send has no message id")
        return Sent(created.sid)

    async def look_up(self, uncertain: Uncertain, sender: Sender) -> LookUp:
        """Look for the message among those that Twilio lists between the two numbers, newest first."""
        async with self.connect(sender) as client:
            found = await client.messages.list_async(
                to=self.mark + uncertain.message.recipient.address,
                from_=self.mark + sender.address,
                limit=MOST_LISTED,
                page_size=MOST_LISTED,
            )
        messages = listed(found)
        complete = reaches_back(messages, len(found), uncertain)
        return judge(uncertain, self._content(uncertain.message), messages, complete=complete)

    def _content(self, message: OutboundMessage) -> Content:
        """Return what to send. Raises UnsupportedContent unless it is one message of the kind's."""
        composed = self.compose(Said(message.text, message.parts))
        if len(composed) != 1:
            raise UnsupportedContent(f"{self.label} takes this as several messages only; send it in pieces")
        return render(replace(message, text=composed[0].text, parts=composed[0].parts))

    async def download(self, source: str, event: JournalEvent, sender: Sender, limit: int) -> Fetched:
        """Fetch a file from the configured API root as the sender's account."""
        del event
        return await files.download(self._http, self._settings.twilio_api_url, source, account_of(sender), limit)

    async def recover(self, sender: Sender, since: datetime) -> list[RawEvent]:
        """List the messages to this number created since then."""
        async with self.connect(sender) as client:
            async for attempt in again():
                with attempt:
                    found = await client.messages.list_async(
                        to=self.mark + sender.address, date_sent_after=since, page_size=_PAGE_SIZE
                    )
            return await recovered(client, found, since, datetime.now(UTC))

    async def poll(self, sender: Sender, cursor: str) -> Polled:
        """Return nothing: Twilio has no queue to poll; what it still holds comes by `recover`."""
        del sender
        return Polled((), cursor)
