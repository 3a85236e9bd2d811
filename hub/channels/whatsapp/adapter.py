"""WhatsApp on Twilio's senders: what differs from SMS."""

from collections.abc import Mapping
from typing import Any, ClassVar

from twilio.rest import Client

from hub.channels.twilio.adapter import TEXT_LIMIT, TwilioAdapter
from hub.channels.twilio.line import ELSEWHERE, Hooks, Line
from hub.channels.twilio.parse import Fields
from hub.channels.whatsapp import parse
from hub.types import Capabilities, ChannelKind, JsonObject, Part, Person

_CHANNEL = "whatsapp"
_ONLINE = frozenset({"ONLINE", "ONLINE:UPDATING"})


class WhatsAppAdapter(TwilioAdapter):
    """A number's WhatsApp side. It is a resource of its own at Twilio, the channel sender."""

    kind = ChannelKind("whatsapp")
    label = "WhatsApp"
    # Twilio hands the messages on
    processors = ("twilio", "meta")
    one_organization_per_account = True
    capabilities = Capabilities(
        text_limit=TEXT_LIMIT,
        receipts=True,
        reply_window=24 * 3600,
        lawful_after_window=(
            "send an approved message template",
            "wait until the person writes again",
            "write on another channel on which the person has written to you",
        ),
        recovers=True,
        address_family="phone",
        sends_per_second=80,
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

    def parts(self, fields: Fields) -> tuple[Part, ...]:
        """Return choices, locations and the ad a message came from."""
        return parse.parts(fields)

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
    said = "; ".join(str(reason.get("message", "")) for reason in reasons)
    return (f"the WhatsApp sender is {status} at Twilio" + (f": {said}" if said else ""),)
