"""WhatsApp on Twilio's senders: what differs from SMS."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from twilio.rest import Client

from hub.channels.base import AdapterContext
from hub.channels.doors import MIB
from hub.channels.meta import appeals, business
from hub.channels.numbers import Ability, RegisteredSender, SignedUp
from hub.channels.twilio.adapter import TEXT_LIMIT, TwilioAdapter
from hub.channels.twilio.content import template
from hub.channels.twilio.files import Fields
from hub.channels.twilio.line import ELSEWHERE, Hooks, Line, again, in_our_words
from hub.channels.twilio.registered import ONLINE, read_sender
from hub.channels.whatsapp import parse, sign_up
from hub.types import (
    ButtonRule,
    Capabilities,
    ChannelKind,
    InboundEvent,
    JournalEvent,
    JsonObject,
    Media,
    MediaKind,
    MediaRule,
    Part,
    Person,
    Said,
    Sender,
    SenderProfile,
    TemplateView,
)
from hub.types.numbers import RegistrationState

_CHANNEL = "whatsapp"
_PAGE_SIZE = 100
_CONTENT = ("sid", "friendly_name", "language", "variables", "types", "approval_requests")
_LARGEST = 16 * MIB
_OFFICE = "application/vnd.openxmlformats-officedocument"
_FILES = {
    MediaKind.IMAGE: MediaRule(_LARGEST, ("image/jpeg", "image/png")),
    MediaKind.VIDEO: MediaRule(_LARGEST, ("video/mp4", "video/3gpp")),
    MediaKind.AUDIO: MediaRule(_LARGEST, ("audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/ogg")),
    MediaKind.VOICE: MediaRule(_LARGEST, ("audio/ogg",)),
    MediaKind.STICKER: MediaRule(MIB // 2, ("image/webp",)),
    MediaKind.CONTACT: MediaRule(_LARGEST, ("text/vcard", "text/x-vcard")),
    MediaKind.FILE: MediaRule(
        _LARGEST,
        (
            "application/pdf",
            "text/plain",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.presentationml.presentation",
        ),
    ),
}
"""What WhatsApp takes through Twilio (facts C3: 16 MB; the types are those of WhatsApp's own list, unverified)."""


class WhatsAppAdapter(TwilioAdapter):
    """A number's WhatsApp side. It is a resource of its own at Twilio, the channel sender."""

    kind = ChannelKind("whatsapp")
    appeal = appeals.OF_BUSINESS_ACCOUNTS
    label = "WhatsApp"
    # Twilio hands the messages on
    processors = ("twilio", "meta")
    one_organization_per_account = True
    # the one-time code comes by SMS or by a call
    number_abilities = frozenset({Ability.SMS, Ability.VOICE})
    registers_numbers = True
    capabilities = Capabilities(
        text_limit=TEXT_LIMIT,
        splits_text=True,
        media=_FILES,
        caption_limit=1024,
        location=True,
        # quick replies would need a resource made at Twilio for each message: they go out as a numbered text
        buttons=ButtonRule(10, 60, numbered=True),
        templates=True,
        media_by_link=True,
        receipts=True,
        read_receipts=True,
        reply_window=24 * 3600,
        lawful_after_window=(
            "send an approved message template",
            "wait until the person writes again",
        ),
        recovers=True,
        address_family="phone",
        sends_per_second=80,
        # 80 a second at 150 ms a call are 12 under way; as many again are being marked or recorded
        parallel_sends=24,
        look_up_after=60,
    )
    mark = parse.MARK
    missing = "sender/missing"
    # Twilio does not act on words here, and people do write "cancel" or "end" to a shop: only the plain ones
    opt_out_words: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE"), False),
        **dict.fromkeys(("START", "UNSTOP"), True),
    }

    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._app = sign_up.app_of(context.settings, context.http)

    def deep_link(self, sender: SenderProfile, text: str, code: str = "") -> str:  # noqa: ARG002
        """https://faq.whatsapp.com/5913398998672934: the digits of the number, and a text to begin with."""
        return f"https://wa.me/{sender.address.removeprefix('+')}?text={quote(text, safe='')}"

    def author(self, fields: Fields) -> Person:
        """Return the person by their number, or by their business-scoped id when they hide it."""
        return parse.author(fields)

    def said(self, fields: Fields) -> tuple[Part, ...]:
        """Return text, files, locations, choices, and how the message came."""
        return parse.said(fields)

    def parse(self, event: JournalEvent, sender: Sender) -> list[InboundEvent]:
        """Read what Twilio brings, and what Meta says of the number and its business account."""
        return business.read(event.body) if event.key.startswith(business.KEY) else super().parse(event, sender)

    def show_raw(self, event: JournalEvent) -> str:
        """Return an event of either without ids and links."""
        return business.show(event.body) if event.key.startswith(business.KEY) else super().show_raw(event)

    def compose(self, said: Said) -> tuple[Said, ...]:
        """Cut an answer up. WhatsApp drops a text beside any file but a picture: it goes out by itself (facts C3)."""
        files = [part for part in said.parts if isinstance(part, Media)]
        if not files or files[0].kind is MediaKind.IMAGE:
            return super().compose(said)
        words = super().compose(Said(said.text)) if said.text.strip() else ()
        return (*words, *super().compose(Said("", said.parts)))

    def sign_up_url(self, state: str) -> str | None:
        return sign_up.url(self._app, state)

    async def complete_sign_up(self, query: Mapping[str, str]) -> SignedUp | None:
        return await sign_up.complete(self._app, query)

    async def subscribe(self, business: SignedUp) -> bool:
        return await sign_up.subscribe(self._app, business)

    async def list_templates(self, sender: Sender) -> list[TemplateView]:
        """List the account's contents with WhatsApp's word on each: its senders share one business account."""
        with in_our_words():
            found = await self._contents(sender)
        views = [template({name: getattr(each, name) for name in _CONTENT}) for each in found]
        return [view for view in views if view is not None]

    async def _contents(self, sender: Sender) -> list[Any]:
        # Any: the library's classes are not loaded before they are needed
        found: list[Any] = []
        async with self.connect(sender) as client:
            async for attempt in again():
                with attempt:
                    found = await client.content.v1.content_and_approvals.list_async(page_size=_PAGE_SIZE)
        return found

    async def find(self, client: Client, address: str) -> Line | None:
        """Look the number's sender up among the account's WhatsApp senders; there is no filter by number."""
        for found in await client.messaging.v2.channels_senders.list_async(channel=_CHANNEL, page_size=100):
            if found.sender_id == self.mark + address:
                return self._line(found, address)
        return None

    async def point(self, client: Client, line: Line) -> None:
        """Set the sender's URLs for messages and for receipts."""
        senders = client.messaging.v2.channels_senders(line.sid)
        update = type(senders).MessagingV2ChannelsSenderRequestsUpdate(
            {
                "webhook": {
                    "callback_url": self.hooks.messages,
                    "callback_method": "POST",
                    "status_callback_url": self.hooks.status,
                    "status_callback_method": "POST",
                }
            }
        )
        await senders.update_async(messaging_v2_channels_sender_requests_update=update)

    def _line(self, found: Any, address: str) -> Line:
        # Any: the library declares the objects of a sender as strings
        hooks: JsonObject = found.webhook or {}
        urls = Hooks(hooks.get("callback_url") or "", hooks.get("status_callback_url") or "")
        read = read_sender(found)
        return Line(
            read.external_id,
            read.name or address,
            urls == self.hooks,
            read.signs,
            online=_online(read.state),
            drift=() if self.hooks.receives(urls.messages) else (ELSEWHERE,),
            problems=_problems(str(found.status), read),
            quality=read.quality,
            daily_limit=read.daily_limit,
        )


def _online(state: RegistrationState) -> bool | None:
    """A sender on its way to being one is no proof that its business account fares ill."""
    if state in ONLINE:
        return True
    return False if state is RegistrationState.OFFLINE else None


def _problems(status: str, read: RegisteredSender) -> tuple[str, ...]:
    if read.state in ONLINE:
        return ()
    why = f": {'; '.join(read.problems)}" if read.problems else ""
    return (f"the WhatsApp sender is {status} at Twilio{why}",)
