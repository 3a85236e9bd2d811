"""How customers come in: what each channel posts when they write, press or tap."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import httpx
import pytest

from hub.channels.facebook.render import render
from hub.channels.telegram.render import keyboard
from hub.types import Buttons, ConversationView, OutboundMessage
from tests import line
from tests.outbound.stage import Stage
from tests.world import Channel

WHOM = "Whom would you like to talk to?"
# the payloads of these doors name this time
WRITTEN = 1_790_000_000
PERSON, PAGE, BOT = 500, "102030405060708", "111222"
ON_WHATSAPP, ON_SMS, MAILBOX = "+15550001111", "+15550001112", "support@shop.example"

Post = Callable[[httpx.AsyncClient, Channel], Awaitable[httpx.Response]]


def telegram(text: str, number: int) -> Post:
    return lambda client, channel: line.post_telegram(client, channel, line.telegram_update(number, text, PERSON))


def press(sent: OutboundMessage, label: str) -> Post:
    """The press of a button as it went out."""
    [buttons] = sent.parts
    assert isinstance(buttons, Buttons)
    rows = keyboard(buttons).to_dict()["inline_keyboard"]
    [data] = [each["callback_data"] for row in rows for each in row if each["text"] == label]
    person = {"id": PERSON, "is_bot": False, "first_name": "Carla"}
    chat = {"id": PERSON, "type": "private", "first_name": "Carla"}
    shown = {
        "message_id": 77,
        "date": WRITTEN + 300,
        "chat": chat,
        "text": WHOM,
        "reply_markup": {"inline_keyboard": rows},
    }
    query = {"id": "438200123456789", "from": person, "message": shown, "chat_instance": "1", "data": data}
    update = {"update_id": 9900, "callback_query": query}
    return lambda client, channel: line.post_telegram(client, channel, update)


def messenger(text: str, mid: str, payload: str = "") -> Post:
    batch = line.messenger_batch((PAGE, [(mid, text)]))
    if payload:
        batch["entry"][0]["messaging"][0]["message"]["quick_reply"] = {"payload": payload}
    return lambda client, _channel: line.post_meta(client, batch)


def quick_reply(sent: OutboundMessage, label: str) -> Post:
    """The tap on a quick reply as it went out."""
    replies = render(sent).body["message"]["quick_replies"]
    [payload] = [each["payload"] for each in replies if each["title"] == label]
    return messenger(label, "m_tapped", payload)


def sms(text: str, sid: str) -> Post:
    return lambda client, _channel: line.post_twilio(client, line.sms_fields(ON_SMS, f"SM{sid:0>32}", text))


def whatsapp(text: str, sid: str) -> Post:
    fields = line.sms_fields(ON_WHATSAPP, f"SM{sid:0>32}", text)
    fields |= {"From": "whatsapp:+12025550199", "To": f"whatsapp:{ON_WHATSAPP}", "WaId": "12025550199"}
    return lambda client, _channel: line.post_twilio(client, fields)


def mail(text: str, number: str) -> Post:
    raw = line.mail(f"{number}@customers.example", text, MAILBOX)
    return lambda client, channel: line.post_mime(client, channel.intake_token, raw)


@dataclass(frozen=True)
class Door:
    """How a customer comes in by one kind: their first message, and what they say then, in words."""

    kind: str
    address: str
    hello: Post
    say: Callable[[str], Post]


DOORS = (
    Door("telegram", BOT, telegram("Hello", 1), lambda text: telegram(text, 2)),
    Door("facebook", PAGE, messenger("Hello", "m_1"), lambda text: messenger(text, "m_2")),
    Door("whatsapp", ON_WHATSAPP, whatsapp("Hello", "1"), lambda text: whatsapp(text, "2")),
    Door("sms", ON_SMS, sms("Hello", "3"), lambda text: sms(text, "4")),
    Door("email", MAILBOX, mail("Hello", "1"), lambda text: mail(text, "2")),
)
DOOR_OF = {door.kind: door for door in DOORS}
ON_ALL = pytest.mark.parametrize("door", DOORS, ids=[door.kind for door in DOORS])


def connect(stage: Stage, door: Door) -> Channel:
    return stage.world.channel(stage.org, door.kind, door.address)


def hear(stage: Stage, channel: Channel, post: Post) -> ConversationView:
    """Let something come in by its door, and be handled."""

    async def come() -> httpx.Response:
        async with line.webhooks(stage.services) as client:
            return await post(client, channel)

    answer = anyio.run(come)
    assert answer.status_code == 200, answer.text
    line.drain_all(stage.services, channel)
    [conversation] = stage.conversations()
    return conversation
