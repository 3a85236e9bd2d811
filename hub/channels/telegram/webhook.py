"""Telegram's webhook calls: the secret header, and one update a call."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from hub.crypto import same
from hub.types import ChannelKind, Forged, JsonObject, RawEvent, Verdict, Verified, WebhookRequest, WebhookSecret

KIND = ChannelKind("telegram")
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
_LARGEST_ID = 1 << 63


def verify(request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
    """Compare the secret header with each candidate. Telegram signs nothing: the header does not cover the body."""
    given = request.headers.get(SECRET_HEADER, "")
    if not given:
        return Forged(f"header {SECRET_HEADER} is missing")
    for secret in secrets:
        if same(given, secret.value):
            return Verified(secret)
    return Forged(f"header {SECRET_HEADER} is not the secret of this channel's bot")


def split(body: bytes) -> list[RawEvent]:
    """Return the one update of a webhook call."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return [_unreadable(body, "the body is no JSON")]
    return [raw_event(update, body)]


def raw_event(update: Any, body: bytes) -> RawEvent:
    """Return the event of one decoded update; `body` is what the journal keeps of it."""
    if not isinstance(update, dict):
        return _unreadable(body, "the body is no JSON object")
    update_id = update.get("update_id")
    if type(update_id) is not int or not 0 <= update_id < _LARGEST_ID:
        return _unreadable(body, "update_id is missing or no number")
    return RawEvent(KIND, str(update_id), body)


def polled_event(update: JsonObject) -> RawEvent:
    """Return the event of an update that a poll brought, in the shape of a webhook's."""
    text = json.dumps(update, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # surrogatepass: JSON may hold lone surrogates, and json.loads reads them back the same way
    return raw_event(update, text.encode("utf-8", "surrogatepass"))


def _unreadable(body: bytes, why: str) -> RawEvent:
    return RawEvent(KIND, f"sha256:{hashlib.sha256(body).hexdigest()}", body, unreadable=why)
