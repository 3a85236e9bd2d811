"""Driving the message line in one process: post webhooks as the platforms do, run the jobs, look at what came of it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from hub.conversations import reading
from hub.inbound import drain
from hub.inbound.intake import Intake
from hub.types import Actor, ConversationView, MessageView
from hub.web.webhooks import webhook_routes
from hub.wiring import Services
from tests.world import Channel


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
