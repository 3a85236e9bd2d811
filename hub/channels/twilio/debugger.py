"""Twilio's debugger webhook: one call for each error of the account (facts C9.3).

Of a message's own failure the status callback tells as well. What counts here is what an error says of the sender: it
comes even when that callback is lost. Everything else is nothing to do and is not kept.
"""

import hashlib
import json
import re
from collections.abc import Mapping

from hub.channels.quoting import quoted
from hub.channels.twilio.codes import ERRORS, Meaning
from hub.channels.twilio.form import Form, place, read
from hub.types import (
    FailureKind,
    InboundEvent,
    JsonObject,
    Level,
    NothingToDo,
    RawEvent,
    Reach,
    SenderReported,
    WebhookRequest,
)

ERRORS_PATH = "/webhooks/twilio/errors"
KEY = "error:"
"""What the keys of these events begin with, as no id of a message does."""
_KIND, _ = place("")
"""Whose message it is says its sender; only what cannot be read stays under this kind."""
_MESSAGE = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_ERROR = re.compile(r"[0-9A-Za-z]{1,64}")
_LEVELS: Mapping[FailureKind, Level] = {
    FailureKind.CREDENTIALS: Level.CREDENTIALS,
    # a send that finds its number gone may be tried again; of the number that is a restriction (facts C5: 21606, 63007)
    FailureKind.TRY_LATER: Level.RESTRICTED,
}
_OF_SENDERS = (FailureKind.SENDER, *_LEVELS)
_OF_OTHERS = (Reach.MESSAGE, Reach.RECIPIENT)


def split(request: WebhookRequest) -> list[RawEvent]:
    """Return the event of an error that says something of a sender and names a message of it; else nothing."""
    form = read(request.body)
    payload = _payload(form)
    if payload is None:
        kind, _ = place("")
        return [
            RawEvent(kind, _key(form, request.body), request.body, unreadable="the field Payload is no JSON object")
        ]
    message = str(payload.get("resource_sid"))
    if _meaning(payload) is None or not _MESSAGE.fullmatch(message):
        return []
    kind, _ = place("")
    return [RawEvent(kind, _key(form, request.body), request.body, message_id=message)]


def parse(body: bytes) -> InboundEvent:
    """Say what an error means for the sender."""
    payload = _payload(read(body)) or {}
    meaning = _meaning(payload)
    if meaning is None:
        return NothingToDo("an error at Twilio that says nothing of the sender")
    more = payload.get("more_info")
    said = more if isinstance(more, dict) else {}
    return SenderReported(
        _LEVELS.get(meaning.kind, meaning.level),
        meaning.words,
        _code(payload),
        meaning.reach,
        text=quoted(said.get("Msg") or said.get("msg")),
    )


def _payload(form: Form) -> JsonObject | None:
    try:
        found = json.loads(form.fields.get("Payload", ""))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _meaning(payload: JsonObject) -> Meaning | None:
    """Return what an error means; None unless it is trouble of the sender itself."""
    code = _code(payload)
    found = ERRORS.get(int(code)) if code else None
    return found if found and found.kind in _OF_SENDERS and found.reach not in _OF_OTHERS else None


def _code(payload: JsonObject) -> str:
    code = str(payload.get("error_code"))
    return code if code.isascii() and code.isdigit() and len(code) < 8 else ""


def _key(form: Form, body: bytes) -> str:
    named = form.fields.get("Sid", "")
    return KEY + (named if _ERROR.fullmatch(named) else f"sha256:{hashlib.sha256(body).hexdigest()}")
