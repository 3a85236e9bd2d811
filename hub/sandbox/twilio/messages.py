"""Twilio's Messages: sending, listing, and the webhooks of both directions."""

from datetime import UTC, datetime
from time import time
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.receipts import Step, follow
from hub.sandbox.threads import new_bubble
from hub.sandbox.twilio.calls import Refused, form, page_of, rfc2822
from hub.sandbox.twilio.webhooks import PREFIX, channel_of, status_webhook
from hub.sandbox.world import Account, JsonObject, World

_TEXT_LIMIT = 1600
_WINDOW_SECONDS = 24 * 3600
_LIFE = {"whatsapp": (("sent", 0.1), ("delivered", 0.3), ("read", 1.0)), "sms": (("sent", 0.1), ("delivered", 0.4))}


async def sending_channel(request: Request) -> str:
    """Return the channel a send is on."""
    return channel_of((await form(request)).get("From", ""))


# --- the resource ---------------------------------------------------------------------------------------


def new_message(world: World, account: Account, from_: str, to: str, body: str, direction: str) -> JsonObject:
    number = world.next_id("twilio message")
    message: JsonObject = {
        "sid": "SM" + seeds.derive(f"message {number}"),
        "account": account.sid,
        "from": from_,
        "to": to,
        "body": body,
        "direction": direction,
        "status": "received" if direction == "inbound" else "queued",
        "error_code": None,
        "created": time(),
        "changed": time(),
    }
    world.keep_message(message)
    return message


def _shown(message: JsonObject) -> JsonObject:
    """Return a message as the API answers it; texts stay as they were written, dates lose their fractions."""
    sid, account = message["sid"], message["account"]
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message["body"],
        "date_created": rfc2822(message["created"]),
        "date_sent": rfc2822(message["created"]),
        "date_updated": rfc2822(message["changed"]),
        "direction": message["direction"],
        "error_code": message["error_code"],
        "error_message": None,
        "from": message["from"],
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": message["status"],
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message["to"],
        "uri": f"{uri}.json",
    }


async def fetch(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /Messages/{sid}.json`."""
    message = world.messages.get(request.path_params["sid"])
    if message is None or message["account"] != account.sid:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return JSONResponse(_shown(message))


async def show_list(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /Messages.json`, newest first."""
    query = request.query_params
    after, before = _moment(query.get("DateSent>")), _moment(query.get("DateSent<"))
    day = query.get("DateSent", "")[:10]
    found = [
        message
        for message in reversed(world.messages.values())
        if message["account"] == account.sid
        and query.get("To", message["to"]) == message["to"]
        and query.get("From", message["from"]) == message["from"]
        and (after is None or message["created"] >= after)
        and (before is None or message["created"] <= before)
        and datetime.fromtimestamp(message["created"], UTC).isoformat().startswith(day)
    ]
    page = page_of(request, "messages", found)
    page["messages"] = [_shown(message) for message in page["messages"]]
    return JSONResponse(page)


def _moment(value: str | None) -> float | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(20001, f"'{value}' is no ISO 8601 date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


# --- sending --------------------------------------------------------------------------------------------


async def create(world: World, account: Account, request: Request) -> Response:
    """Answer `POST /Messages.json`."""
    fields = await form(request)
    from_, to, body = fields.get("From", ""), fields.get("To", ""), fields.get("Body", "")
    default_callback = _check_sender(world, account, from_)
    _check_content(world, from_, to, body)
    callback = fields.get("StatusCallback") or default_callback
    message = new_message(world, account, from_, to, body, "outbound-api")
    channel, customer = channel_of(from_), to.removeprefix(PREFIX)
    answered = _shown(message)
    if _window_closed(world, channel, from_, customer):
        steps = [Step(0.2, "failed", status_webhook(world, message, callback, "failed", "63016"))]
        message["error_code"] = 63016
    else:
        steps = _life(world, message, callback)
    bubble = new_bubble(channel, customer, from_.removeprefix(PREFIX), "hub", body, message["sid"])
    bubble.status, bubble.delivery_id = "queued", _delivery_id(callback)
    bubble.extra = {"status_callback": callback}
    world.threads.add(bubble)
    await follow(world, channel, message["sid"], steps)
    return JSONResponse(answered, 201)


def _check_sender(world: World, account: Account, from_: str) -> str:
    """Return the sender's own status callback. Raises Refused when the account cannot send from there."""
    if channel_of(from_) == "sms":
        for number in world.numbers.values():
            if number["phone_number"] == from_ and number["account_sid"] == account.sid:
                return str(number["status_callback"])
        raise Refused(21606, f"The 'From' phone number provided ({from_}) is not a valid message-capable number")
    for sender in world.senders.values():
        if sender["sender_id"] == from_ and sender["account_sid"] == account.sid and sender["status"] == "ONLINE":
            return str(sender["webhook"].get("status_callback_url") or "")
    raise Refused(63007, "Twilio could not find a Channel with the specified From address")


def _check_content(world: World, from_: str, to: str, body: str) -> None:
    number = to.removeprefix(PREFIX)
    if channel_of(to) != channel_of(from_) or not number.startswith("+") or not number[1:].isdigit():
        raise Refused(21211, f"Invalid 'To' Phone Number: {to}")
    if not body:
        raise Refused(21619, "A text message body or media urls must be specified.")
    if len(body) > _TEXT_LIMIT:
        raise Refused(21617, f"The concatenated message body exceeds the {_TEXT_LIMIT} character limit")
    if f"{from_} {to}" in world.opted_out:
        raise Refused(21610, "Attempt to send to unsubscribed recipient")


def _window_closed(world: World, channel: str, from_: str, customer: str) -> bool:
    if channel != "whatsapp":
        return False
    last = world.threads.last_from_customer(channel, customer, from_.removeprefix(PREFIX))
    return time() - last > _WINDOW_SECONDS


def _life(world: World, message: JsonObject, callback: str) -> list[Step]:
    stations = _LIFE[channel_of(message["from"])]
    return [Step(delay, status, status_webhook(world, message, callback, status, "")) for status, delay in stations]


def _delivery_id(callback: str) -> str:
    """Return the hub's own id out of a status callback: the query parameter whose name says so."""
    pairs = parse_qsl(urlsplit(callback).query)
    return next((value for name, value in pairs if name in {"delivery", "delivery_id", "d"}), "")
