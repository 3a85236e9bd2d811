"""Webhooks as the platforms send them, signed and ready for the wire."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HOST = "hub.example.com"
_BEGAN = 1_790_000_000
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom the webhooks are for: one Telegram channel and one page on Messenger, and the secrets that prove them."""

    telegram_channel: str
    telegram_secret: str
    page: str
    app_secret: str
    persons: int

    def request(self, number: int) -> bytes:
        """The bytes of the request with this number: every other one is Telegram's."""
        return self.telegram(number) if number % 2 else self.messenger(number)

    def telegram(self, number: int) -> bytes:
        """A private text message, posted with the channel's secret."""
        path = f"/webhooks/telegram/{self.telegram_channel}"
        secret = {"x-telegram-bot-api-secret-token": self.telegram_secret}
        return _post(path, telegram_update(number, self.persons), secret)

    def messenger(self, number: int) -> bytes:
        """A text message to the page, signed over the raw bytes."""
        body = _messenger_update(number, self.page, self.persons)
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return _post("/webhooks/facebook", body, {"x-hub-signature-256": f"sha256={digest}"})


def text_of(number: int) -> str:
    """What the message with this number says; `number_in` reads it back."""
    return f"Good morning, where is my order? ({number})"


def number_in(text: str) -> int:
    return int(text.rpartition("(")[2].rstrip(")"))


def telegram_update(number: int, persons: int) -> bytes:
    """A private text message in the shape of the Bot API."""
    person = {"id": 700_000 + number % persons, "first_name": "Carla", "last_name": "Winter", "username": "carlaw"}
    return _compact(
        {
            "update_id": number,
            "message": {
                "message_id": number,
                "from": {**person, "is_bot": False, "language_code": "de"},
                "chat": {**person, "type": "private"},
                "date": _BEGAN + number // 100,
                "text": text_of(number),
            },
        }
    )


def _messenger_update(number: int, page: str, persons: int) -> bytes:
    sent = (_BEGAN + number // 100) * 1000
    message = {
        "sender": {"id": str(24_000_000_000 + number % persons)},
        "recipient": {"id": page},
        "timestamp": sent,
        "message": {"mid": f"m_AbEiM4qQ0v8sT2kLr6Yw-{number:012d}", "text": text_of(number)},
    }
    return _compact({"object": "page", "entry": [{"id": page, "time": sent + 120, "messaging": [message]}]})


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {"host": _HOST, **_JSON, **headers, "content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body
