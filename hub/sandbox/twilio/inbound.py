"""What customers do on SMS and WhatsApp."""

from hub.sandbox.threads import new_bubble
from hub.sandbox.twilio.messages import new_message
from hub.sandbox.twilio.webhooks import PREFIX, signed_webhook
from hub.sandbox.world import Account, JsonObject, World

_STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit"}
_START_WORDS = {"start", "unstop", "yes"}
_OPT_OUT_TYPES = dict.fromkeys(_STOP_WORDS, "STOP") | dict.fromkeys(_START_WORDS, "START")


def customer_writes(world: World, channel: str, address: str, number: str, text: str) -> str:
    """A customer writes to a number. Returns the message's sid. Raises KeyError when nobody has the number."""
    account, url = _receiver(world, channel, number)
    prefix = PREFIX if channel == "whatsapp" else ""
    from_, to = prefix + address, prefix + number
    message = new_message(world, account, from_, to, text, "inbound")
    world.threads.add(new_bubble(channel, address, number, "customer", text, message["sid"]))
    fields = _inbound_fields(message) + _channel_fields(world, channel, address)
    if channel == "sms":
        fields += _opting(world, f"{to} {from_}", text)
    if url:
        world.queue.put(signed_webhook(world, message, url, fields, "message", f"twilio:{from_}:{to}"))
    return str(message["sid"])


def _receiver(world: World, channel: str, number: str) -> tuple[Account, str]:
    if channel == "whatsapp":
        sender = next(s for s in world.senders.values() if s["sender_id"] == PREFIX + number)
        return world.accounts[sender["account_sid"]], str(sender["webhook"].get("callback_url") or "")
    owned = next(n for n in world.numbers.values() if n["phone_number"] == number)
    return world.accounts[owned["account_sid"]], str(owned["sms_url"])


def _inbound_fields(message: JsonObject) -> list[tuple[str, str]]:
    sid = message["sid"]
    return [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("SmsMessageSid", sid),
        ("AccountSid", message["account"]),
        ("From", message["from"]),
        ("To", message["to"]),
        ("Body", message["body"]),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ]


def _channel_fields(world: World, channel: str, address: str) -> list[tuple[str, str]]:
    if channel == "whatsapp":
        name = world.people.name(channel, address)
        return [("ProfileName", name), ("WaId", address.removeprefix("+")), ("MessageType", "text")]
    return [("FromCountry", "US" if address.startswith("+1") else "DE"), ("FromCity", ""), ("FromState", "")]


def _opting(world: World, pair: str, text: str) -> list[tuple[str, str]]:
    """STOP and START are Twilio's to handle: it refuses later sends, and tells the webhook."""
    kind = _OPT_OUT_TYPES.get(text.strip().lower())
    if kind is None:
        return []
    world.opted_out = [known for known in world.opted_out if known != pair]
    if kind == "STOP":
        world.opted_out.append(pair)
    return [("OptOutType", kind)]
