"""Playing the customer: whom they can write to, and what happens when they do."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub.sandbox import mail, seeds, written
from hub.sandbox.messenger import events
from hub.sandbox.telegram import acts, updates
from hub.sandbox.threads import Bubble
from hub.sandbox.twilio import inbound
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import JsonObject, World
from hub.sandbox.written import MEDIA_KINDS, Refused, Written

SAYS: dict[str, frozenset[str]] = {
    "telegram": frozenset(
        {"text", "location", "contact", "press", "reply", "album", "forwarded", "ref", *MEDIA_KINDS} - {"contact_file"}
    ),
    "facebook": frozenset(
        {"text", "location", "press", "reply", "album", "ref", *MEDIA_KINDS} - {"contact_file", "video_note"}
    ),
    **inbound.SAYS,
    "email": frozenset({"text", "image", "video", "audio", "voice", "contact_file", "file"}),
}
"""What a customer can put into a message on each channel, in the words of `Written.pieces`."""

REACTS: dict[str, Callable[[World, Bubble, str], Webhook | None]] = {
    "telegram": acts.customer_reacts,
    "facebook": events.customer_reacts,
}
"""Where customers react: takes world, the bubble as it stands before, emoji ("" takes it back).

A webhook that is returned is still to be queued. The bubble itself is changed afterwards, here."""
EDITS: dict[str, Callable[[World, Bubble, str], Webhook | None]] = {
    "telegram": acts.customer_edits,
    "facebook": events.customer_edits,
}
"""Where customers change a message of theirs: takes world, bubble, text."""
DELETES: dict[str, Callable[[World, Bubble], Webhook | None]] = {"facebook": events.customer_deletes}
"""Where customers take a message of theirs back and the platform tells."""


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
    """Return the message a body of the control API describes. Raises Refused."""
    found = written.read(world, item)
    missing = [piece for piece in found.pieces if piece not in SAYS[found.channel]]
    if missing:
        raise Refused(f"the {found.channel} phone cannot send: {', '.join(missing)}")
    return replace(found, to=found.to or default_destination(world, found.channel, found.address))


def write(world: World, message: Written) -> tuple[list[str], list[Webhook]]:
    """Let the customer write. Returns the messages' ids, and for Messenger the webhooks that are still to be queued."""
    channel, to = message.channel, message.to
    try:
        match channel:
            case "telegram":
                return updates.customer_writes(world, updates.find_bot(world, to), message), []
            case "facebook":
                return events.customer_writes(world, world.pages[to], message)
            case "email":
                return [mail.customer_writes(world, message)], []
            case _:
                return inbound.customer_writes(world, message), []
    except (KeyError, StopIteration):
        known = ", ".join(str(place["to"]) for place in destinations(world, channel))
        raise Refused(f"nobody on {channel} is called {to}; there are: {known}") from None


def can(channel: str) -> JsonObject:
    """Return what a phone offers: {"says", "reacts", "edits", "deletes"}."""
    return {
        "says": sorted(SAYS[channel]),
        "reacts": channel in REACTS,
        "edits": channel in EDITS,
        "deletes": channel in DELETES,
    }


# --- acts on a message that stands there already --------------------------------------------------------


def react(world: World, item: Any) -> Webhook | None:
    """Let the customer react to a message. Raises Refused."""
    bubble, emoji = named_bubble(world, item), item.get("emoji")
    if bubble.channel not in REACTS:
        raise Refused(f"nobody reacts on {bubble.channel}")
    if emoji is not None and not isinstance(emoji, str):
        raise Refused("emoji must be a string, or null to take the reaction back")
    owed = REACTS[bubble.channel](world, bubble, emoji or "")
    world.threads.react(bubble, "customer", emoji or "")
    return owed


def edit(world: World, item: Any) -> Webhook | None:
    """Let the customer change a message of theirs. Raises Refused."""
    bubble, text = _own_bubble(world, item), item.get("text")
    if bubble.channel not in EDITS:
        raise Refused(f"nobody edits on {bubble.channel}")
    if not isinstance(text, str) or not text:
        raise Refused("an edit needs the new text")
    owed = EDITS[bubble.channel](world, bubble, text)
    world.threads.edit(bubble, text)
    return owed


def delete(world: World, item: Any) -> Webhook | None:
    """Let the customer take a message of theirs back. Raises Refused."""
    bubble = _own_bubble(world, item)
    if bubble.channel not in DELETES:
        raise Refused(f"{bubble.channel} tells nobody of a deletion")
    owed = DELETES[bubble.channel](world, bubble)
    world.threads.delete(bubble)
    return owed


def named_bubble(world: World, item: Any) -> Bubble:
    """Return the bubble of `{"message_id", "channel"?, "person"?}`. Raises Refused."""
    if not isinstance(item, dict) or not item.get("message_id"):
        raise Refused("message_id is missing")
    channel, address = str(item.get("channel") or ""), ""
    if channel and item.get("person") is not None:
        channel, address = written.person(world, item)
    found = world.threads.find(str(item["message_id"]), channel, address)
    if found is None:
        raise Refused(f"there is no message {item['message_id']}", 404)
    return found


def _own_bubble(world: World, item: Any) -> Bubble:
    bubble = named_bubble(world, item)
    if bubble.sender != "customer":
        raise Refused("a customer changes messages of their own only")
    return bubble
