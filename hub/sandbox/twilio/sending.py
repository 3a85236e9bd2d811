"""Sending through Twilio: what is checked at once, what fails later, and how it arrives on the phone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import time
from urllib.parse import parse_qs, parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.bans.reaching import is_lost, met_on_sms, met_on_whatsapp, offline_by
from hub.sandbox.bans.table import ANSWERED, Outcome
from hub.sandbox.files import StoredFile
from hub.sandbox.receipts import Step, follow
from hub.sandbox.threads import Bubble, new_bubble
from hub.sandbox.twilio import alerts, contents, media
from hub.sandbox.twilio.calls import Refused, form
from hub.sandbox.twilio.messages import new_message, shown
from hub.sandbox.twilio.webhooks import PREFIX, channel_of, status_webhook
from hub.sandbox.world import Account, JsonObject, World

_TEXT_LIMIT = 1600
_MOST_FILES = 10
_WINDOW_SECONDS = 24 * 3600
_LIFE = {"whatsapp": (("sent", 0.1), ("delivered", 0.3), ("read", 1.0)), "sms": (("sent", 0.1), ("delivered", 0.4))}
_SENDING = {"ONLINE", "ONLINE:UPDATING"}
_LOST_FILE = {"whatsapp": 63019, "sms": 30008}
_WINDOW_CLOSED = 63016
_WORDS_OF_BANS = {
    63007: "Twilio could not find a Channel with the specified From address",
    21606: "The 'From' phone number provided is not a valid message-capable number for this destination",
}


@dataclass(frozen=True)
class Order:
    """One `POST /Messages`, read. `content` is the template's own record, `place` a `geo:` action."""

    from_: str
    to: str
    body: str
    links: tuple[str, ...]
    place: str
    content: JsonObject | None
    callback: str

    @property
    def channel(self) -> str:
        return channel_of(self.from_)

    @property
    def customer(self) -> str:
        return self.to.removeprefix(PREFIX)


async def sending_channel(request: Request) -> str:
    """Return the channel a send is on."""
    return channel_of((await form(request)).get("From", ""))


async def create(world: World, account: Account, request: Request) -> Response:
    """Answer `POST /Messages.json`. Links are fetched once it is answered, as Twilio does."""
    order = await _order(world, account, request)
    banned = _ban_on(world, order)
    if banned and banned.code in ANSWERED:
        raise Refused(banned.code, _WORDS_OF_BANS.get(banned.code, "The message was refused"))
    message = new_message(world, account, order.from_, order.to, order.body, "outbound-api")
    message["links"] = len(order.links)
    if banned:
        message |= {"ban": banned.code, "channel_message": _said_by_channel(banned)}
    answered = shown(message)
    bubble = _bubble(order, message)
    if order.links:
        world.later(_send_with_files(world, order, message, bubble))
    else:
        await _go(world, order, message, bubble, banned.code if banned else _refusal(world, order))
    return JSONResponse(answered, 201)


def _ban_on(world: World, order: Order) -> Outcome | None:
    """Return what the message ends in because of a ban; None: it goes its way."""
    number = order.from_.removeprefix(PREFIX)
    if order.channel == "sms":
        return met_on_sms(world, number, order.customer)
    sender = next(each for each in world.senders.values() if each["sender_id"] == order.from_)
    return met_on_whatsapp(world, sender, order.customer, unasked=not _window_open(world, order))


def _said_by_channel(outcome: Outcome) -> str:
    return f"(#{outcome.meta}) {outcome.words}" if outcome.meta else outcome.words


async def _order(world: World, account: Account, request: Request) -> Order:
    fields = parse_qs((await request.body()).decode(), keep_blank_values=True)
    one = {name: values[-1] for name, values in fields.items()}
    from_, to, body = one.get("From", ""), one.get("To", ""), one.get("Body", "")
    default_callback = _check_sender(world, account, from_)
    content = None
    if one.get("ContentSid"):
        content, body = contents.said_by(world, account, one["ContentSid"], one.get("ContentVariables", ""))
    links = tuple(fields.get("MediaUrl", ()))
    _check_content(world, from_, to, body, links)
    callback = one.get("StatusCallback") or default_callback
    return Order(from_, to, body, links, one.get("PersistentAction", ""), content, callback)


def _check_sender(world: World, account: Account, from_: str) -> str:
    """Return the sender's own status callback. Raises Refused when the account cannot send from there."""
    if channel_of(from_) == "sms":
        for number in world.numbers.values():
            owned = number["phone_number"] == from_ and number["account_sid"] == account.sid
            if owned and number["capabilities"]["sms"] and not is_lost(world, from_):
                return str(number["status_callback"])
        raise Refused(21606, f"The 'From' phone number provided ({from_}) is not a valid message-capable number")
    for sender in world.senders.values():
        owned = sender["sender_id"] == from_ and sender["account_sid"] == account.sid
        # what Meta banned is refused further down, with the ban's own error
        if owned and (sender["status"] in _SENDING or offline_by(world, sender)):
            return str(sender["webhook"].get("status_callback_url") or "")
    raise Refused(63007, "Twilio could not find a Channel with the specified From address")


def _check_content(world: World, from_: str, to: str, body: str, links: Sequence[str]) -> None:
    if channel_of(to) != channel_of(from_) or not _is_customer(channel_of(to), to.removeprefix(PREFIX)):
        raise Refused(21211, f"Invalid 'To' Phone Number: {to}")
    if not body and not links:
        raise Refused(21619, "A text message body or media urls must be specified.")
    if len(body) > _TEXT_LIMIT:
        raise Refused(21617, f"The concatenated message body exceeds the {_TEXT_LIMIT} character limit")
    if len(links) > _MOST_FILES:
        raise Refused(21623, "Number of media files exceeds allowed limit")
    if f"{from_} {to}" in world.opted_out:
        raise Refused(21610, "Attempt to send to unsubscribed recipient")


def _is_customer(channel: str, address: str) -> bool:
    if address.startswith("+"):
        return address[1:].isdigit()
    country, _, rest = address.partition(".")
    return channel == "whatsapp" and len(country) == 2 and rest.isalnum()


# --- what becomes of it ---------------------------------------------------------------------------------


async def _send_with_files(world: World, order: Order, message: JsonObject, bubble: Bubble) -> None:
    found = await asyncio.gather(*(media.take(world, link) for link in order.links))
    files = [each for each in found if each is not None]
    message["media"] = [{"file": each.id, "content_type": each.content_type} for each in files]
    bubble.parts += [each.as_part() for each in files]
    # facts C3: WhatsApp drops a text beside anything but a picture
    if order.channel == "whatsapp" and not all(_takes_words(each) for each in files):
        bubble.text = ""
    lost = _LOST_FILE[order.channel] if len(files) < len(order.links) else 0
    banned = message.get("ban", 0)
    await _go(world, order, message, bubble, banned or _refusal(world, order) or lost)


def _takes_words(file: StoredFile) -> bool:
    return file.kind == "image"


def _refusal(world: World, order: Order) -> int:
    """Return the error that a message ends in after Twilio took it; 0: it arrives."""
    if order.channel != "whatsapp" or _window_open(world, order):
        return 0
    return contents.refusal_outside_window(world, order.content) if order.content else _WINDOW_CLOSED


def _window_open(world: World, order: Order) -> bool:
    last = world.threads.last_from_customer(order.channel, order.customer, order.from_.removeprefix(PREFIX))
    return time() - last <= _WINDOW_SECONDS


def _bubble(order: Order, message: JsonObject) -> Bubble:
    bubble = new_bubble(
        order.channel, order.customer, order.from_.removeprefix(PREFIX), "hub", order.body, message["sid"]
    )
    bubble.status, bubble.delivery_id = "queued", _delivery_id(order.callback)
    bubble.extra = {"status_callback": order.callback}
    if order.place:
        bubble.parts.append(_place(order.place, order.body))
        bubble.text = ""
    if order.content:
        bubble.extra["template"] = str(order.content["friendly_name"])
        shape = next(iter(order.content["types"].values()))
        actions = shape.get("actions") or []
        options = [{"label": each["title"], "payload": each.get("id", "")} for each in actions if each.get("title")]
        bubble.parts += [{"type": "buttons", "options": options}] if options else []
    return bubble


def _place(action: str, name: str) -> JsonObject:
    degrees, _, address = action.removeprefix("geo:").partition("|")
    latitude, _, longitude = degrees.partition(",")
    try:
        found = {"latitude": float(latitude), "longitude": float(longitude)}
    except ValueError:
        raise Refused(21660, f"The PersistentAction {action} is invalid") from None
    return {"type": "location", **found, "name": name, "address": address, "live": False}


async def _go(world: World, order: Order, message: JsonObject, bubble: Bubble, error: int) -> None:
    """Put it on the phone and tell the hub; a message that failed never arrives, but the control API shows it."""
    if error:
        message["error_code"] = error
        alerts.tell(world, message, error)
        steps = [Step(0.2, "failed", status_webhook(world, message, order.callback, "failed", str(error)))]
    else:
        life = _LIFE[order.channel]
        steps = [
            Step(delay, status, status_webhook(world, message, order.callback, status, "")) for status, delay in life
        ]
    world.threads.add(bubble)
    await follow(world, order.channel, message["sid"], steps)


def _delivery_id(callback: str) -> str:
    """Return the hub's own id out of a status callback: the query parameter whose name says so."""
    pairs = parse_qsl(urlsplit(callback).query)
    return next((value for name, value in pairs if name in {"delivery", "delivery_id", "d"}), "")
