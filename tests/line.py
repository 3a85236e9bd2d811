"""Driving the message line in one process: post webhooks as the platforms do, run the jobs, look at what came of it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette

from hub.conversations import reading
from hub.inbound import drain
from hub.inbound.intake import Intake
from hub.sandbox.signing import mailgun_signature, meta_signature, twilio_signature
from hub.types import Actor, ConversationView, MessageView
from hub.web.webhooks import webhook_routes
from hub.wiring import Services
from tests.world import Channel

APP_SECRET = "app-secret-for-tests"
AUTH_TOKEN = "twilio-token-for-tests"
ACCOUNT_SID = "AC00000000000000000000000000000001"
SIGNING_KEY = "mailgun-key-for-tests"
TWILIO_URL = "https://hub.example.com/webhooks/twilio/messages"


@asynccontextmanager
async def webhooks(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the hub's webhook URLs, with the real intake behind them."""
    intake = Intake(services)
    intake.start()
    app = Starlette(routes=webhook_routes(services, intake))
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="https://hub.example.com") as client:
        yield client
    intake.stop()


def telegram_update(number: int, text: str, person: int = 500, date: int = 1_790_000_000) -> dict[str, Any]:
    """A private text message in the shape of the Bot API."""
    return {
        "update_id": 9000 + number,
        "message": {
            "message_id": number,
            "date": date + number,
            "chat": {"id": person, "type": "private", "first_name": "Carla"},
            "from": {"id": person, "is_bot": False, "first_name": "Carla"},
            "text": text,
        },
    }


async def post_telegram(client: httpx.AsyncClient, channel: Channel, update: Mapping[str, Any]) -> httpx.Response:
    """Post an update as Telegram does, with the channel's secret."""
    return await client.post(
        f"/webhooks/telegram/{channel.id}",
        content=json.dumps(update),
        headers={
            "content-type": "application/json",
            "x-telegram-bot-api-secret-token": channel.webhook_secret,
        },
    )


def messenger_batch(*entries: tuple[str, Sequence[tuple[str, str]]]) -> dict[str, Any]:
    """A batch of Meta's: (page, [(mid, text), …]) an entry, all written by one person of each page."""
    return {
        "object": "page",
        "entry": [
            {"id": page, "time": 1_790_000_000_000, "messaging": [_messenger_item(page, *each) for each in messages]}
            for page, messages in entries
        ],
    }


def _messenger_item(page: str, mid: str, text: str) -> dict[str, Any]:
    return {
        "sender": {"id": "7001"},
        "recipient": {"id": page},
        "timestamp": 1_790_000_000_000,
        "message": {"mid": mid, "text": text},
    }


async def post_meta(
    client: httpx.AsyncClient, payload: Mapping[str, Any] | bytes, app_secret: str = APP_SECRET
) -> httpx.Response:
    """Post a batch as Meta does, signed over its raw bytes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {"content-type": "application/json", "x-hub-signature-256": meta_signature(app_secret, body)}
    return await client.post("/webhooks/facebook", content=body, headers=headers)


def sms_fields(number: str, sid: str, text: str = "Hello", account_sid: str = ACCOUNT_SID) -> dict[str, str]:
    """An inbound SMS to `number` in the shape of Twilio's form."""
    return {
        "MessageSid": sid,
        "SmsStatus": "received",
        "AccountSid": account_sid,
        "From": "+12025550199",
        "To": number,
        "Body": text,
        "NumMedia": "0",
    }


async def post_twilio(
    client: httpx.AsyncClient, fields: Mapping[str, str], auth_token: str = AUTH_TOKEN
) -> httpx.Response:
    """Post an inbound message as Twilio does, signed over the URL and the fields."""
    signature = twilio_signature(auth_token, TWILIO_URL, fields.items())
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8", "x-twilio-signature": signature}
    return await client.post("/webhooks/twilio/messages", content=urlencode(fields), headers=headers)


def mail(message_id: str, text: str = "Hello", to: str = "support@shop.example") -> bytes:
    """A plain mail."""
    lines = ["From: Carla <carla@example.com>", f"To: {to}", "Subject: Order", f"Message-ID: <{message_id}>", "", text]
    return "\r\n".join(lines).encode()


async def post_mime(client: httpx.AsyncClient, token: str, raw: bytes) -> httpx.Response:
    """Pipe a raw mail in as a mail server does, with an intake token."""
    headers = {"authorization": f"Bearer {token}", "content-type": "message/rfc822"}
    return await client.post("/webhooks/email/mime", content=raw, headers=headers)


async def post_mailgun(
    client: httpx.AsyncClient, raw: bytes, token: str, signed_at: int, signing_key: str = SIGNING_KEY
) -> httpx.Response:
    """Post a raw mail as a Mailgun route does; the signature covers `signed_at` and `token` only."""
    fields = {
        "recipient": "support@shop.example",
        "sender": "carla@example.com",
        "body-mime": raw.decode("latin-1"),
        "timestamp": str(signed_at),
        "token": token,
        "signature": mailgun_signature(signing_key, str(signed_at), token),
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    content = urlencode(fields, encoding="latin-1")
    return await client.post("/webhooks/email/mailgun/mime", content=content, headers=headers)


def drain_all(services: Services, *channels: Channel) -> None:
    """Run the intake job of these channels' senders."""
    for channel in channels:
        drain.drain(services, channel.sender_id)


def conversations_of(services: Services, actor: Actor) -> list[ConversationView]:
    return list(reading.list_conversations(services, actor, reading.ConversationQuery()).items)


def thread_of(services: Services, actor: Actor, conversation: ConversationView) -> list[MessageView]:
    return list(reading.list_messages(services, actor, conversation.id, limit=200).items)


def said(messages: list[MessageView]) -> list[tuple[str, str]]:
    """(direction, text) of what people wrote."""
    return [(each.direction, each.text) for each in messages if each.direction != "activity"]
