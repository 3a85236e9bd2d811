"""Playing the customer: whom they can write to, and what happens when they do."""

from dataclasses import dataclass
from typing import Any

from hub.sandbox import mail, seeds
from hub.sandbox.messenger import events
from hub.sandbox.people import UnknownPerson
from hub.sandbox.telegram import updates
from hub.sandbox.twilio import inbound
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import JsonObject, World


class Refused(Exception):  # noqa: N818
    """The control API cannot do that; the text says why and what would."""

    def __init__(self, detail: str, status: int = 422) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


@dataclass(frozen=True)
class Written:
    """One message to be written by a customer: everything looked up."""

    channel: str
    address: str
    to: str
    text: str
    subject: str


def destinations(world: World, channel: str) -> list[JsonObject]:
    """Return whom a customer can write to on a channel: {"to", "name", "connected"}."""
    match channel:
        case "telegram":
            return [_place(str(bot.id), bot.name, bool(bot.url)) for bot in world.bots.values()]
        case "facebook":
            return [_place(page.id, page.name, bool(page.fields)) for page in world.pages.values()]
        case "whatsapp":
            senders = world.senders.values()
            numbers = [(s["sender_id"].removeprefix("whatsapp:"), s["webhook"].get("callback_url")) for s in senders]
            return [_place(number, number, bool(url)) for number, url in numbers]
        case "sms":
            return [_place(n["phone_number"], n["phone_number"], bool(n["sms_url"])) for n in world.numbers.values()]
        case _:
            return [
                _place(
                    seeds.MAILBOX, seeds.MAILBOX, bool(world.settings.mail_inbound_url or world.settings.mail_raw_url)
                )
            ]


def _place(to: str, name: str, connected: bool) -> JsonObject:
    return {"to": to, "name": name, "connected": connected}


def default_destination(world: World, channel: str, address: str) -> str:
    """Return whom a customer writes to when nobody is named."""
    if channel == "email":
        return mail.reply_address(world, address)
    places = destinations(world, channel)
    # what talked to the customer last, then what is connected, then the first
    last = world.threads.last_from_hub(channel, address)
    if last:
        return last.endpoint
    connected = [place for place in places if place["connected"]]
    return str((connected or places)[0]["to"])


def look_up(world: World, item: Any) -> Written:
    if not isinstance(item, dict):
        raise Refused("a message must be a JSON object")
    channel, person, text = (item.get(name) for name in ("channel", "person", "text"))
    if not isinstance(channel, str) or person is None or not isinstance(text, str) or not text:
        raise Refused("a message needs channel, person and text")
    try:
        address = world.people.address(channel, str(person))
    except UnknownPerson as error:
        raise Refused(str(error)) from None
    world.people.remember(channel, address, str(item.get("name") or ""))
    to = str(item.get("to") or default_destination(world, channel, address))
    return Written(channel, address, to, text, str(item.get("subject") or ""))


def write(world: World, written: Written) -> tuple[str, Webhook | None]:
    """Let the customer write. Returns the message id, and for Messenger the webhook that is still to be queued."""
    channel, address, to, text = written.channel, written.address, written.to, written.text
    try:
        match channel:
            case "telegram":
                return updates.customer_writes(world, updates.find_bot(world, to), address, text), None
            case "facebook":
                return events.customer_writes(world, world.pages[to], address, text)
            case "email":
                return mail.customer_writes(world, address, to, text, written.subject), None
            case _:
                return inbound.customer_writes(world, channel, address, to, text), None
    except (KeyError, StopIteration):
        known = ", ".join(str(place["to"]) for place in destinations(world, channel))
        raise Refused(f"nobody on {channel} is called {to}; there are: {known}") from None
