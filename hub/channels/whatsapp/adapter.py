"""WhatsApp on Twilio's senders: what differs from SMS."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from twilio.rest import Client

from hub.channels.doors import MIB
from hub.channels.twilio.adapter import TEXT_LIMIT, TwilioAdapter
from hub.channels.twilio.content import template
from hub.channels.twilio.files import Fields
from hub.channels.twilio.line import ELSEWHERE, Hooks, Line, again, in_our_words
from hub.channels.whatsapp import parse
from hub.types import (
    ButtonRule,
    Capabilities,
    ChannelKind,
    JsonObject,
    Media,
    MediaKind,
    MediaRule,
    Part,
    Person,
    Said,
    Sender,
    TemplateView,
)

_CHANNEL = "whatsapp"
_PAGE_SIZE = 100
_CONTENT = ("sid", "friendly_name", "language", "variables", "types", "approval_requests")
_ONLINE = frozenset({"ONLINE", "ONLINE:UPDATING"})
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
_OFFLINE = (
    (re.compile(r"bann|block", re.IGNORECASE), "WhatsApp has banned the business account"),
    (
        re.compile(r"disabl|lock|restrict|violat", re.IGNORECASE),
        "WhatsApp has locked or restricted the business account",
    ),
    (re.compile(r"credit|payment|billing", re.IGNORECASE), "the business account's payment is not in order"),
    (re.compile(r"display name", re.IGNORECASE), "the sender's display name was declined"),
)
"""What an offline sender's reasons say, in our words; theirs are not for the organization."""


class WhatsAppAdapter(TwilioAdapter):
    """A number's WhatsApp side. It is a resource of its own at Twilio, the channel sender."""

    kind = ChannelKind("whatsapp")
    label = "WhatsApp"
    # Twilio hands the messages on
    processors = ("twilio", "meta")
    one_organization_per_account = True
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
    # Twilio does not act on words here, and people do write "cancel" or "end" to a shop: only the plain ones
    opt_out_words: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE"), False),
        **dict.fromkeys(("START", "UNSTOP"), True),
    }

    def author(self, fields: Fields) -> Person:
        """Return the person by their number, or by their business-scoped id when they hide it."""
        return parse.author(fields)

    def said(self, fields: Fields) -> tuple[Part, ...]:
        """Return text, files, locations, choices, and how the message came."""
        return parse.said(fields)

    def compose(self, said: Said) -> tuple[Said, ...]:
        """Cut an answer up. WhatsApp drops a text beside any file but a picture: it goes out by itself (facts C3)."""
        files = [part for part in said.parts if isinstance(part, Media)]
        if not files or files[0].kind is MediaKind.IMAGE:
            return super().compose(said)
        words = super().compose(Said(said.text)) if said.text.strip() else ()
        return (*words, *super().compose(Said("", said.parts)))

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
        name = (found.profile or {}).get("name") or address
        problems = (*_offline(found.status, found.offline_reasons or []), *self._misdirected(urls))
        return Line(found.sid, name, urls == self.hooks, problems)

    def _misdirected(self, urls: Hooks) -> tuple[str, ...]:
        return () if self.hooks.receives(urls.messages) else (ELSEWHERE,)


def _offline(status: str, reasons: list[JsonObject]) -> tuple[str, ...]:
    if status in _ONLINE:
        return ()
    said = " ".join(str(reason.get("message", "")) for reason in reasons)
    why = next((words for pattern, words in _OFFLINE if pattern.search(said)), "")
    return (f"the WhatsApp sender is {status} at Twilio" + (f": {why}" if why else ""),)
