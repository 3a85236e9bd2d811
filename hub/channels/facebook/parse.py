"""What one item of a Messenger batch says. Source of the shapes: providers.md B2."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.channels.facebook import standing
from hub.channels.facebook.content import button_of, parts_of, referral_of, text_of
from hub.channels.facebook.reactions import REACTIONS, UNNAMED, emoji_of
from hub.channels.facebook.webhook import STANDBY, plain_id
from hub.types import (
    InboundEvent,
    JournalEvent,
    JsonObject,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessageStatus,
    NothingToDo,
    Part,
    Person,
    Reacted,
    Receipt,
    Referral,
    SentElsewhere,
    Text,
    Unsupported,
)

_ELSEWHERE = Unsupported("standby", "Written while another app answers this conversation")
# optin.notification_messages_status, about messages nobody asked for, of which the hub sends none: answers go on
_NOTIFICATIONS = {
    "STOP_NOTIFICATIONS": "the person stopped notifications of this page",
    "RESUME_NOTIFICATIONS": "the person allows notifications of this page again",
}
_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})


@dataclass(frozen=True, slots=True)
class _Item:
    """One item with whose it is: `person` is the other side of the thread, None where it names nobody.

    `standby`: another app answers the thread now. `by_page`: the page did it, not the person.
    """

    key: str
    raw: JsonObject
    app_id: str
    person: Person | None
    at: datetime | None
    standby: bool
    by_page: bool


def parse(event: JournalEvent, page: str, app_id: str) -> list[InboundEvent]:
    """Say what one item means; `page` is the sender's page id, `app_id` ours."""
    kept = json.loads(event.body)
    raw = kept["item"]
    about_page = standing.read(raw)
    if about_page is not None:
        return [about_page]
    at, standby = _time(raw.get("timestamp")), kept.get("list") == STANDBY
    item = _Item(event.key, raw, app_id, _other_side(raw, page), at, standby, _side(raw, "sender") == page)
    for name, read in _READERS.items():
        content = raw.get(name)
        if isinstance(content, dict):
            return read(item, content) if item.person else [NothingToDo(f"{name} that names nobody")]
    return [_unknown(item)]


def _other_side(raw: JsonObject, page: str) -> Person | None:
    found = (_side(raw, side) for side in ("sender", "recipient"))
    return next((Person(each, scope=page) for each in found if each not in {None, page}), None)


def _side(raw: JsonObject, side: str) -> str | None:
    named = raw.get(side)
    return plain_id(named.get("id")) if isinstance(named, dict) else None


def _time(value: Any) -> datetime | None:
    """Milliseconds since 1970 as an aware time; None for anything else."""
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _person(item: _Item) -> Person:
    if item.person is None:
        raise ValueError("an item that names nobody")
    return item.person


# --- messages -------------------------------------------------------------------------------------------


def _message(item: _Item, message: JsonObject) -> list[InboundEvent]:
    mid = _mid(item, message)
    if message.get("is_deleted"):
        return [MessageDeleted(mid, _person(item), item.at)]
    if message.get("is_echo") or item.by_page:
        return [_echo(item, message, mid)]
    answered = message.get("reply_to")
    about = answered.get("mid") if isinstance(answered, dict) else None
    return [_said(item, mid, parts_of(message), about)]


def _mid(item: _Item, content: JsonObject) -> str:
    """The provider's id, or the event's key where there is none that can be stored."""
    return plain_id(content.get("mid")) or item.key


def _echo(item: _Item, message: JsonObject, mid: str) -> InboundEvent:
    """A message of the page: ours when our app sent it, else written in the page's own inbox or by another app."""
    ours = bool(item.app_id) and str(message.get("app_id")) == item.app_id
    metadata = message.get("metadata")
    delivery_id = metadata if ours and isinstance(metadata, str) and metadata else None
    return SentElsewhere(mid, _person(item), parts_of(message), delivery_id=delivery_id, position=item.at)


def _said(item: _Item, external_id: str, parts: tuple[Part, ...], about: Any = None) -> InboundEvent:
    return MessageReceived(
        external_id=external_id,
        author=_person(item),
        parts=(*parts, _ELSEWHERE) if item.standby else parts,
        position=item.at,
        reply_to_external_id=plain_id(about),
    )


def _edit(item: _Item, edit: JsonObject) -> list[InboundEvent]:
    text, mid = edit.get("text"), plain_id(edit.get("mid"))
    if mid is None:
        return [NothingToDo("an edit of no message")]
    words: tuple[Part, ...] = (Text(text),) if isinstance(text, str) and text else ()
    return [MessageEdited(mid, _person(item), words or (Unsupported("message_edit", "Edited the message"),), item.at)]


def _reaction(item: _Item, reaction: JsonObject) -> list[InboundEvent]:
    """Messenger keeps one reaction of a person on a message: a new one takes the place of the old."""
    mid = plain_id(reaction.get("mid"))
    if mid is None or item.by_page:
        return [NothingToDo("a reaction of the page itself, or to no message")]
    shown = emoji_of(reaction)
    others = tuple(each for each in REACTIONS.values() if each != shown)
    if reaction.get("action") == "react":
        return [Reacted(mid, _person(item), added=(shown or UNNAMED,), removed=others, at=item.at)]
    return [Reacted(mid, _person(item), removed=(shown,) if shown else others, at=item.at)]


def _postback(item: _Item, postback: JsonObject) -> list[InboundEvent]:
    if item.by_page:
        return [NothingToDo("a button pressed by the page itself")]
    return [_said(item, _mid(item, postback), button_of(postback))]


def _feedback(item: _Item, feedback: JsonObject) -> list[InboundEvent]:
    """Answers to a survey; their shape is not confirmed, so every `payload` in it is shown."""
    answers = [text for text in _payloads(feedback) if text]
    summary = f"Answered a survey: {', '.join(answers)}" if answers else "Answered a survey"
    return [_said(item, item.key, (Unsupported("messaging_feedback", summary),))]


def _payloads(value: Any) -> list[str]:
    match value:
        case dict():
            return [*([text_of(value, "payload")]), *(each for inner in value.values() for each in _payloads(inner))]
        case list():
            return [each for inner in value for each in _payloads(inner)]
        case _:
            return []


# --- ways to come by ------------------------------------------------------------------------------------


def _referral(item: _Item, referral: JsonObject) -> list[InboundEvent]:
    return [_said(item, item.key, referral_of(referral))]


def _optin(item: _Item, optin: JsonObject) -> list[InboundEvent]:
    status = optin.get("notification_messages_status")
    if isinstance(status, str) and status in _NOTIFICATIONS:
        return [NothingToDo(_NOTIFICATIONS[status])]
    ref = text_of(optin, "ref") or text_of(optin, "payload")
    return [_said(item, item.key, (Referral("optin", ref, text_of(optin, "title")),))]


# --- receipts -------------------------------------------------------------------------------------------


def _delivery(item: _Item, delivery: JsonObject) -> list[InboundEvent]:
    mids = delivery.get("mids")
    known = list(filter(None, map(plain_id, mids))) if isinstance(mids, list) else []
    named: list[InboundEvent] = [Receipt(MessageStatus.DELIVERED, external_id=mid, person=item.person) for mid in known]
    return [*named, *_watermark(item, delivery, MessageStatus.DELIVERED)] or [NothingToDo("a receipt of nothing")]


def _read(item: _Item, read: JsonObject) -> list[InboundEvent]:
    return _watermark(item, read, MessageStatus.READ) or [NothingToDo("a receipt of nothing")]


def _watermark(item: _Item, content: JsonObject, status: MessageStatus) -> list[InboundEvent]:
    until = _time(content.get("watermark"))
    return [Receipt(status, person=item.person, until=until)] if until else []


def _unknown(item: _Item) -> InboundEvent:
    if item.person is None or item.by_page:
        return NothingToDo("an item of a kind this hub does not know, and of nobody")
    what = next((name for name in sorted(item.raw) if name not in _ENVELOPE), "item")
    summary = "Did something on Messenger that this hub does not know yet"
    return _said(item, item.key, (Unsupported(what, summary),))


_READERS: dict[str, Callable[[_Item, JsonObject], list[InboundEvent]]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "messaging_feedback": _feedback,
    "referral": _referral,
    "optin": _optin,
    "delivery": _delivery,
    "read": _read,
}
