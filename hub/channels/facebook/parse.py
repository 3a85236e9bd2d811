"""What one item of a Messenger batch says. Source of the shapes: providers.md B2."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.channels.facebook.content import parts_of
from hub.channels.facebook.webhook import plain_id
from hub.types import (
    InboundEvent,
    JournalEvent,
    JsonObject,
    MessageReceived,
    MessageStatus,
    NothingToDo,
    Part,
    Person,
    Receipt,
    SentElsewhere,
    Text,
    Unsupported,
)

# items that concern the page or the app, not a conversation
_SILENT = {
    "policy_enforcement": "Meta enforced a policy on the page",
    "pass_thread_control": "another app passed the thread",
    "take_thread_control": "another app took the thread",
    "request_thread_control": "another app asked for the thread",
    "app_roles": "the app's role in the thread changed",
    "account_linking": "the person linked or unlinked an account",
    "optin": "the person opted in to notifications",
    "field": "a change of the page itself",
}


@dataclass(frozen=True, slots=True)
class _Item:
    """One item with whose it is: `person` is the other side of the thread, None where it names nobody."""

    key: str
    raw: JsonObject
    page: str
    app_id: str
    person: Person | None
    at: datetime | None


def parse(event: JournalEvent, page: str, app_id: str) -> list[InboundEvent]:
    """Say what one item means; `page` is the sender's page id, `app_id` ours."""
    raw = json.loads(event.body)["item"]
    item = _Item(event.key, raw, page, app_id, _other_side(raw, page), _time(raw.get("timestamp")))
    for name, read in _READERS.items():
        content = raw.get(name)
        if isinstance(content, dict):
            return read(item, content)
    return [_unknown(item)]


def _other_side(raw: JsonObject, page: str) -> Person | None:
    for side in ("sender", "recipient"):
        named = raw.get(side)
        found = plain_id(named.get("id")) if isinstance(named, dict) else None
        if found is not None and found != page:
            return Person(found, scope=page)
    return None


def _time(value: Any) -> datetime | None:
    """Milliseconds since 1970 as an aware time; None for anything else."""
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _message(item: _Item, message: JsonObject) -> list[InboundEvent]:
    mid = _mid(item, message)
    if message.get("is_echo"):
        return [_echo(item, message, mid)]
    if message.get("is_deleted"):
        return _said(item, f"deleted:{mid}", parts_of(message), about=mid)
    answered = message.get("reply_to")
    about = answered.get("mid") if isinstance(answered, dict) else None
    return _said(item, mid, parts_of(message), about)


def _mid(item: _Item, content: JsonObject) -> str:
    """The provider's id, or the event's key where there is none that can be stored."""
    return plain_id(content.get("mid")) or item.key


def _echo(item: _Item, message: JsonObject, mid: str) -> InboundEvent:
    """A message of the page: ours when our app sent it, else written in the page's own inbox or by another app."""
    if item.person is None:
        return NothingToDo("an echo that names nobody")
    ours = bool(item.app_id) and str(message.get("app_id")) == item.app_id
    metadata = message.get("metadata")
    delivery_id = metadata if ours and isinstance(metadata, str) and metadata else None
    return SentElsewhere(mid, item.person, parts_of(message), delivery_id=delivery_id, position=item.at)


def _edit(item: _Item, edit: JsonObject) -> list[InboundEvent]:
    text = edit.get("text")
    words: tuple[Part, ...] = (Text(text),) if isinstance(text, str) and text else ()
    parts = (Unsupported("message_edit", "Edited an earlier message"), *words)
    return _said(item, item.key, parts, edit.get("mid"))


def _reaction(item: _Item, reaction: JsonObject) -> list[InboundEvent]:
    shown = reaction.get("emoji") or reaction.get("reaction") or ""
    summary = f"Reacted with {shown}" if reaction.get("action") == "react" else "Took back a reaction"
    return _said(item, item.key, (Unsupported("reaction", summary),), reaction.get("mid"))


def _postback(item: _Item, postback: JsonObject) -> list[InboundEvent]:
    title = postback.get("title") or postback.get("payload") or ""
    return _said(item, _mid(item, postback), (Unsupported("postback", f"Pressed the button {title}".strip()),))


def _referral(item: _Item, referral: JsonObject) -> list[InboundEvent]:
    source = str(referral.get("ref") or referral.get("source") or "").strip()
    summary = f"Came through the link {source}" if source else "Came through a link"
    return _said(item, item.key, (Unsupported("referral", summary),))


def _said(item: _Item, external_id: str, parts: tuple[Part, ...], about: Any = None) -> list[InboundEvent]:
    if item.person is None or _from_page(item):
        return [NothingToDo("a message of the page itself, or of nobody")]
    return [
        MessageReceived(
            external_id=external_id,
            author=item.person,
            parts=parts,
            position=item.at,
            reply_to_external_id=plain_id(about),
        )
    ]


def _from_page(item: _Item) -> bool:
    sender = item.raw.get("sender")
    return isinstance(sender, dict) and str(sender.get("id")) == item.page


def _delivery(item: _Item, delivery: JsonObject) -> list[InboundEvent]:
    mids = delivery.get("mids")
    known = list(filter(None, map(plain_id, mids))) if isinstance(mids, list) else []
    named: list[InboundEvent] = [Receipt(MessageStatus.DELIVERED, external_id=mid, person=item.person) for mid in known]
    return [*named, *_watermark(item, delivery, MessageStatus.DELIVERED)] or [NothingToDo("a receipt of nothing")]


def _read(item: _Item, read: JsonObject) -> list[InboundEvent]:
    return _watermark(item, read, MessageStatus.READ) or [NothingToDo("a receipt of nothing")]


def _watermark(item: _Item, content: JsonObject, status: MessageStatus) -> list[InboundEvent]:
    until = _time(content.get("watermark"))
    if until is None or item.person is None:
        return []
    return [Receipt(status, person=item.person, until=until)]


def _unknown(item: _Item) -> InboundEvent:
    silent = next((why for name, why in _SILENT.items() if name in item.raw), None)
    if silent is not None or item.person is None or _from_page(item):
        return NothingToDo(silent or "an item of a kind this hub does not know, and of nobody")
    what = next((name for name in sorted(item.raw) if name not in {"sender", "recipient", "timestamp"}), "item")
    summary = "Did something on Messenger that this hub does not know yet"
    return MessageReceived(item.key, item.person, (Unsupported(what, summary),), position=item.at)


_READERS: dict[str, Callable[[_Item, JsonObject], list[InboundEvent]]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "referral": _referral,
    "delivery": _delivery,
    "read": _read,
}
