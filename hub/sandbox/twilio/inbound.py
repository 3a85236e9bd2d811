"""What customers do on SMS and WhatsApp."""

import hashlib
from collections.abc import Sequence

from hub.sandbox.bans.reaching import is_lost
from hub.sandbox.files import StoredFile
from hub.sandbox.samples import sample
from hub.sandbox.threads import new_bubble
from hub.sandbox.twilio.media import media_url
from hub.sandbox.twilio.messages import new_message
from hub.sandbox.twilio.webhooks import PREFIX, signed_webhook
from hub.sandbox.world import Account, JsonObject, World
from hub.sandbox.written import Written

SAYS = {
    "whatsapp": frozenset(
        {"text", "image", "video", "audio", "voice", "sticker", "contact_file", "file", "location", "contact", "press",
         "reply", "forwarded", "ref"}
    ),
    "sms": frozenset({"text", "image", "video", "audio", "contact_file", "file"}),
}  # fmt: skip
"""What each phone can put into a message, in the words of `Written.pieces`."""

_STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit"}
_START_WORDS = {"start", "unstop", "yes"}
_OPT_OUT_TYPES = dict.fromkeys(_STOP_WORDS, "STOP") | dict.fromkeys(_START_WORDS, "START")
_TYPES = {"voice": "audio", "contact_file": "contacts", "file": "document"}
_CAPTIONED = {"image", "video", "file"}
_Fields = list[tuple[str, str]]


def customer_writes(world: World, written: Written) -> list[str]:
    """A customer writes to a number. Returns the messages' sids. Raises KeyError when nobody has the number.

    WhatsApp sends every file as a message of its own; MMS puts them into one.
    """
    _receiver(world, written.channel, written.to)
    files = (*written.media, *_card(world, written))
    if written.channel == "sms":
        return [_message(world, written, written.text, files, [])]
    words_apart = not files or files[0].kind not in _CAPTIONED
    made = []
    if written.text and words_apart:
        made.append(_message(world, written, written.text, (), [("MessageType", "text")]))
    for number, file in enumerate(files):
        caption = "" if number or words_apart else written.text
        made.append(_message(world, written, caption, (file,), [("MessageType", _type_of(file))]))
    if written.location:
        made.append(_message(world, written, "", (), _location_fields(written.location)))
    if written.press:
        made.append(_message(world, written, written.press["label"], (), _press_fields(written.press)))
    return made


def business_scoped_id(address: str) -> str:
    """Return Meta's id of a person, which WhatsApp gives beside their number, or in place of it."""
    if not address.startswith("+"):
        return address
    digits = str(int(hashlib.sha256(address.encode()).hexdigest()[:14], 16))
    return f"DE.{digits[:15]}"


def _message(world: World, written: Written, text: str, files: Sequence[StoredFile], more: _Fields) -> str:
    channel, address, number = written.channel, written.address, written.to
    account, url = _receiver(world, channel, number)
    prefix = PREFIX if channel == "whatsapp" else ""
    from_, to = prefix + address, prefix + number
    message = new_message(world, account, from_, to, text, "inbound", files)
    _show(world, written, message, files, more)
    root = f"http://{world.place.host}:{world.place.port}"
    fields = [*_inbound_fields(message), *_file_fields(root, message), *more, *_channel_fields(world, written)]
    if channel == "sms":
        fields += _opting(world, f"{to} {from_}", text)
    if not _arrives(world, account, channel, number):
        del world.messages[message["sid"]]
    elif url:
        world.queue.put(signed_webhook(world, message, url, fields, "message", f"twilio:{from_}:{to}"))
    return str(message["sid"])


def _show(world: World, written: Written, message: JsonObject, files: Sequence[StoredFile], more: _Fields) -> None:
    bubble = new_bubble(written.channel, written.address, written.to, "customer", message["body"], message["sid"])
    bubble.parts = [each.as_part() for each in files]
    named = dict(more)
    if "Latitude" in named:
        bubble.parts.append({"type": "location"} | (written.location or {}))
    if "ButtonText" in named:
        bubble.parts.append({"type": "press"} | (written.press or {}))
    bubble.reply_to = written.answered.public_id if written.answered else ""
    world.threads.add(bubble)


def _receiver(world: World, channel: str, number: str) -> tuple[Account, str]:
    if channel == "whatsapp":
        sender = next(s for s in world.senders.values() if s["sender_id"] == PREFIX + number)
        return world.accounts[sender["account_sid"]], str(sender["webhook"].get("callback_url") or "")
    owned = next(n for n in world.numbers.values() if n["phone_number"] == number and not is_lost(world, number))
    return world.accounts[owned["account_sid"]], str(owned["sms_url"])


def _arrives(world: World, account: Account, channel: str, number: str) -> bool:
    """Say whether Twilio gets it at all: not for a banned sender, nor for an account that is not active."""
    senders = [each for each in world.senders.values() if each["sender_id"] == PREFIX + number]
    offline = channel == "whatsapp" and all(each["status"] == "OFFLINE" for each in senders)
    alive = {account.status, world.accounts[account.owner].status} == {"active"}
    return alive and not offline


def _card(world: World, written: Written) -> tuple[StoredFile, ...]:
    """Return a contact as the vCard that WhatsApp sends it as."""
    if not written.contact:
        return ()
    name, phone = written.contact["name"], written.contact["phone"]
    lines = ("BEGIN:VCARD", "VERSION:3.0", f"N:{name};;;;", f"FN:{name}", f"TEL:{phone}", "END:VCARD", "")
    content_type = sample("contact_file").content_type
    return (world.files.keep("contact_file", f"{name}.vcf", content_type, "\r\n".join(lines).encode()),)


def _type_of(file: StoredFile) -> str:
    return _TYPES.get(file.kind, file.kind)


# --- fields ---------------------------------------------------------------------------------------------


def _inbound_fields(message: JsonObject) -> _Fields:
    sid = message["sid"]
    return [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("SmsMessageSid", sid),
        ("AccountSid", message["account"]),
        ("From", message["from"]),
        ("To", message["to"]),
        ("Body", message["body"]),
        ("NumMedia", str(len(message["media"]))),
        ("NumSegments", "1"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ]


def _file_fields(root: str, message: JsonObject) -> _Fields:
    fields = []
    for number, each in enumerate(message["media"]):
        fields.append((f"MediaUrl{number}", media_url(root, message, each["file"])))
        fields.append((f"MediaContentType{number}", each["content_type"]))
    return fields


def _location_fields(place: JsonObject) -> _Fields:
    named = [("Label", place["name"]), ("Address", place["address"])]
    degrees = [("Latitude", str(place["latitude"])), ("Longitude", str(place["longitude"]))]
    return [("MessageType", "location"), *degrees, *(pair for pair in named if pair[1])]


def _press_fields(press: JsonObject) -> _Fields:
    return [("MessageType", "button"), ("ButtonText", press["label"]), ("ButtonPayload", press["payload"])]


def _channel_fields(world: World, written: Written) -> _Fields:
    address = written.address
    if written.channel == "sms":
        return [("FromCountry", "US" if address.startswith("+1") else "DE"), ("FromCity", ""), ("FromState", "")]
    fields = [
        ("ProfileName", world.people.name(written.channel, address)),
        ("WaId", address.removeprefix("+") if address.startswith("+") else ""),
        ("ExternalUserId", PREFIX + business_scoped_id(address)),
    ]
    answered = written.answered or written.pressed
    if answered:
        fields.append(("OriginalRepliedMessageSid", answered.public_id))
        ours = answered.endpoint if answered.sender == "hub" else address
        fields.append(("OriginalRepliedMessageSender", PREFIX + ours))
    if written.forwarded:
        fields.append(("Forwarded", "true"))
    if written.ref:
        fields += [("ReferralSourceType", "ad"), ("ReferralSourceId", "120200000000001")]
        fields += [("ReferralHeadline", written.ref), ("ReferralSourceUrl", "https://fb.me/example")]
    return fields


def _opting(world: World, pair: str, text: str) -> _Fields:
    """STOP and START are Twilio's to handle: it refuses later sends, and tells the webhook."""
    kind = _OPT_OUT_TYPES.get(text.strip().lower())
    if kind is None:
        return []
    world.opted_out = [known for known in world.opted_out if known != pair]
    if kind == "STOP":
        world.opted_out.append(pair)
    return [("OptOutType", kind)]
