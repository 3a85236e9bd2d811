"""Twilio's signed form posts."""

from collections.abc import Sequence
from time import time
from urllib.parse import urlencode

from hub.sandbox.signing import twilio_signature
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import FORM, JsonObject, World

PREFIX = "whatsapp:"


def channel_of(address: str) -> str:
    return "whatsapp" if address.startswith(PREFIX) else "sms"


def status_webhook(world: World, message: JsonObject, url: str, status: str, error: str) -> Webhook | None:
    if not url:
        return None
    sid, channel = message["sid"], channel_of(message["from"])
    fields = [
        ("MessageSid", sid),
        ("MessageStatus", status),
        ("SmsSid", sid),
        ("SmsStatus", status),
        ("AccountSid", message["account"]),
        ("From", message["from"]),
        ("To", message["to"]),
        ("ApiVersion", "2010-04-01"),
    ]
    if error:
        fields.append(("ErrorCode", error))
    if error.startswith("63"):
        words = message.get("channel_message") or f"Twilio: channel provider refused with {error}"
        fields.append(("ChannelStatusMessage", words))
    if channel == "whatsapp":
        fields += [("ChannelPrefix", "whatsapp"), ("ChannelToAddress", message["to"])]
        fields += [("EventType", status.upper())]
    return signed_webhook(world, message, url, fields, "receipt", f"twilio:{sid}")


def signed_webhook(
    world: World, message: JsonObject, url: str, fields: Sequence[tuple[str, str]], what: str, lane: str
) -> Webhook:
    """Return a signed form post. The fragment of the URL is Twilio's own business and is not signed."""
    token = world.accounts[message["account"]].token
    signature = twilio_signature(token, url.partition("#")[0], fields)
    customer_side = message["from"] if message["direction"] == "inbound" else message["to"]
    return Webhook(
        id=webhook_id(),
        channel=channel_of(customer_side),
        what=what,
        rule="twilio",
        lane=lane,
        target=url,
        body=urlencode(fields),
        content_type=FORM,
        created=time(),
        due=0.0,
        headers={"X-Twilio-Signature": signature},
        message_id=message["sid"],
    )
