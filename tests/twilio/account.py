"""The account of the fixtures as Twilio's REST API shows it."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from hub.types import (
    OutboundMessage,
    Person,
    WebhookRequest,
)
from tests.conformance.kit import PUBLIC_URL, Kit, load
from tests.fixtures.twilio import ACCOUNT_SID, NUMBER

SMS: Kit = load("sms")
WHATSAPP: Kit = load("whatsapp")
API = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}"
NUMBERS = f"{API}/IncomingPhoneNumbers.json"
SENDERS = "https://messaging.twilio.com/v2/Channels/Senders"
MESSAGES_URL = f"{PUBLIC_URL}/webhooks/twilio/messages#rc=5&rp=all"
STATUS_URL = f"{PUBLIC_URL}/webhooks/twilio/status#rc=5&rp=all"


def a_number(**changes: Any) -> dict[str, Any]:
    number: dict[str, Any] = {
        "sid": "PN1",
        "account_sid": ACCOUNT_SID,
        "phone_number": NUMBER,
        "friendly_name": "Support line",
    }
    number |= {"sms_url": MESSAGES_URL, "sms_application_sid": "", "capabilities": {"sms": True}}
    return {"incoming_phone_numbers": [number | changes], "next_page_uri": None, "page": 0, "page_size": 20}


def a_sender(**changes: Any) -> dict[str, Any]:
    sender = {"sid": "XE1", "status": "ONLINE", "sender_id": f"whatsapp:{NUMBER}", "profile": {"name": "Lampen"}}
    sender |= {"webhook": {"callback_url": MESSAGES_URL, "status_callback_url": STATUS_URL}}
    other = sender | {"sid": "XE2", "sender_id": f"whatsapp:{NUMBER}9"}
    return {"senders": [other, sender | changes], "meta": {"key": "senders", "page": 0, "next_page_url": None}}


def a_message(sid: str, minute: int, **changes: Any) -> dict[str, Any]:
    message = {"sid": sid, "account_sid": ACCOUNT_SID, "from": "+4915254599371", "to": NUMBER, "body": f"um {minute}"}
    message |= {"direction": "inbound", "num_media": "0", "status": "received"}
    message |= {"date_created": f"Fri, 20 Nov 2026 11:{minute:02d}:00 +0000"}
    return message | changes


def a_form(kit: Kit, path: str, fields: dict[str, str], query: dict[str, str] | None = None) -> WebhookRequest:
    return kit.make(urlencode(fields).encode(), {"path": path, "query": query or {}})


def send(kit: Kit, text: str = "Hallo", **changes: Any) -> None:
    """Send a text from the kit's sender, changed as said."""
    message = OutboundMessage("D1", "V1", Person("+4915254599371"), text)
    asyncio.run(kit.build().send(message, replace(kit.sender, **changes)))
