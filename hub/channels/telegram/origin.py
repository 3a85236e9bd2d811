"""Where a message comes from, and what it answers."""

from hub.channels.telegram import fields
from hub.channels.telegram.rare import word_for
from hub.types import Forwarded, JsonObject, Quote


def forwarded(message: JsonObject) -> Forwarded | None:
    """Return whose message it is, None for the person's own."""
    origin = fields.node(message, "forward_origin")
    return None if origin is None else Forwarded(_name(origin))


def _name(origin: JsonObject) -> str:
    """Return the name of a user, of one who hides their account, of a group, or of a channel."""
    user, hidden = fields.node(origin, "sender_user"), fields.text(origin, "sender_user_name")
    chat = fields.node(origin, "sender_chat") or fields.node(origin, "chat")
    if user is not None:
        return fields.words(user, "first_name", "last_name")
    name = hidden or (fields.words(chat, "title") or fields.words(chat, "first_name", "last_name") if chat else "")
    signature = fields.text(origin, "author_signature")
    return f"{name} ({signature})" if signature else name


def quote(message: JsonObject) -> Quote | None:
    """Return what the message quotes: words of the message it answers, or a message of another chat."""
    quoted = fields.text(fields.node(message, "quote") or {}, "text")
    external = fields.node(message, "external_reply")
    if external is not None:
        origin = fields.node(external, "origin")
        return Quote(quoted or word_for(external), _name(origin) if origin else "")
    if fields.node(message, "reply_to_story") is not None:
        return Quote(quoted or "a story")
    return Quote(quoted) if quoted else None


def reply_to(message: JsonObject) -> int | None:
    """Return the number of the message it answers, in the same chat."""
    answered = fields.node(message, "reply_to_message")
    return None if answered is None else fields.number(answered, "message_id")
