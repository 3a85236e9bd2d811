"""What an update says. Plain text is read from the dict itself; python-telegram-bot reads everything else.

`Update.de_json` took 177 µs for a text message and 404 µs for one with a reply (3.11, measured 2026-11), reading the
dict 3 µs; text is nearly all traffic and one worker must parse thousands a second.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from telegram import CallbackQuery, ChatMemberUpdated, Message, MessageReactionUpdated, ReactionTypeEmoji, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from hub.channels.telegram.content import parts_of
from hub.errors import Invalid
from hub.types import (
    InboundEvent,
    JournalEvent,
    JsonObject,
    MessageReceived,
    NothingToDo,
    Person,
    ReachabilityChanged,
    Sender,
    Text,
    Unsupported,
)

# new_chat_member.status of a private chat -> can we write to the person, and why (providers.md A3)
_REACHABILITY = {
    ChatMemberStatus.BANNED: (False, "the person blocked the bot"),
    ChatMemberStatus.MEMBER: (True, "the person unblocked or started the bot"),
}
_OWN = NothingToDo("a message of the bot itself")
_NOT_PRIVATE = NothingToDo("not from a private chat")


# what reading a field of the wrong type raises, here and in the library
_WRONG_SHAPE = (TypeError, AttributeError, KeyError, ValueError, OverflowError, OSError)


def parse(event: JournalEvent, sender: Sender) -> InboundEvent:
    """Say what one update means. Raises Invalid when a field is missing or of the wrong type."""
    try:
        return _read(json.loads(event.body), sender)
    except _WRONG_SHAPE as error:
        # the library's own words may hold the field's value
        raise Invalid(f"the update does not have Telegram's shape ({type(error).__name__})") from None


def _read(update: JsonObject, sender: Sender) -> InboundEvent:
    message = update.get("message")
    if isinstance(message, dict) and _is_plain_text(message):
        return _plain_text(message, sender)
    return _understood(Update.de_json(update, None), sender)


# --- plain text, from the dict --------------------------------------------------------------------------


def _is_plain_text(message: JsonObject) -> bool:
    """Text excludes every other content; what may stand beside it (entities, forward, preview) does not matter here."""
    chat = message.get("chat")
    return (
        isinstance(message.get("text"), str)
        and isinstance(message.get("from"), dict)
        and isinstance(chat, dict)
        and chat.get("type") == ChatType.PRIVATE
    )


def _plain_text(message: JsonObject, sender: Sender) -> InboundEvent:
    author, chat_id, message_id = message["from"], message["chat"]["id"], message["message_id"]
    if str(author["id"]) == sender.address:
        return _OWN
    answered = message.get("reply_to_message")
    return MessageReceived(
        external_id=f"{chat_id:d}:{message_id:d}",
        author=Person(f"{author['id']:d}", name=_name(author)),
        parts=(Text(message["text"]),),
        position=datetime.fromtimestamp(message["date"], UTC),
        sequence=message_id,
        reply_to_external_id=f"{chat_id:d}:{answered['message_id']:d}" if answered else None,
    )


def _name(author: JsonObject) -> str:
    return " ".join(filter(None, (author.get("first_name"), author.get("last_name"))))


# --- everything else, through python-telegram-bot -------------------------------------------------------


def _understood(update: Update, sender: Sender) -> InboundEvent:
    for field, read in _READERS.items():
        found = getattr(update, field)
        if found is not None:
            return read(found, update, sender)
    kind = next((name for name in Update.ALL_TYPES if getattr(update, name) is not None), None)
    return NothingToDo(
        f"an update of kind {kind or next(iter(update.api_kwargs), 'unknown')} is not for a conversation"
    )


def _message(message: Message, _update: Update, sender: Sender) -> InboundEvent:
    author = message.from_user
    if message.chat.type != ChatType.PRIVATE or author is None:
        return _NOT_PRIVATE
    if str(author.id) == sender.address:
        return _OWN
    answered = message.reply_to_message
    return MessageReceived(
        external_id=f"{message.chat.id:d}:{message.message_id:d}",
        author=_person(author),
        parts=parts_of(message),
        position=message.date,
        sequence=message.message_id,
        reply_to_external_id=f"{message.chat.id:d}:{answered.message_id:d}" if answered else None,
    )


def _edited(message: Message, _update: Update, sender: Sender) -> InboundEvent:
    author = message.from_user
    if message.chat.type != ChatType.PRIVATE or author is None:
        return _NOT_PRIVATE
    if str(author.id) == sender.address:
        return _OWN
    if message.location is not None:
        # only live locations are edited, every few seconds
        return NothingToDo("a live location moved")
    edited_at = message.edit_date or message.date
    edited = f"{message.chat.id:d}:{message.message_id:d}"
    return MessageReceived(
        external_id=f"edit:{edited}:{int(edited_at.timestamp())}",
        author=_person(author),
        parts=(Unsupported("edited_message", "Edited an earlier message"), *parts_of(message)),
        position=edited_at,
        sequence=message.message_id,
        reply_to_external_id=edited,
    )


def _button(query: CallbackQuery, _update: Update, _sender: Sender) -> InboundEvent:
    message = query.message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return _NOT_PRIVATE
    summary = f"Pressed the button {query.data}" if query.data else "Pressed a button"
    return MessageReceived(
        external_id=f"callback:{int(query.id)}",
        author=_person(query.from_user),
        parts=(Unsupported("callback_query", summary),),
        reply_to_external_id=f"{message.chat.id:d}:{message.message_id:d}",
    )


def _reaction(reaction: MessageReactionUpdated, update: Update, _sender: Sender) -> InboundEvent:
    if reaction.chat.type != ChatType.PRIVATE or reaction.user is None:
        return _NOT_PRIVATE
    shown = [one.emoji if isinstance(one, ReactionTypeEmoji) else one.type for one in reaction.new_reaction]
    summary = f"Reacted with {' '.join(shown)}" if shown else "Took back a reaction"
    target = f"{reaction.chat.id:d}:{reaction.message_id:d}"
    return MessageReceived(
        # the update id: two changes within one second are two reactions
        external_id=f"reaction:{target}:{update.update_id}",
        author=_person(reaction.user),
        parts=(Unsupported("message_reaction", summary),),
        position=reaction.date,
        sequence=reaction.message_id,
        reply_to_external_id=target,
    )


def _membership(change: ChatMemberUpdated, _update: Update, _sender: Sender) -> InboundEvent:
    if change.chat.type != ChatType.PRIVATE:
        return _NOT_PRIVATE
    status = change.new_chat_member.status
    known = next((found for name, found in _REACHABILITY.items() if name == status), None)
    if known is None:
        return NothingToDo(f"the bot's membership is now {status}")
    return ReachabilityChanged(_person(change.from_user), *known)


def _person(user: User) -> Person:
    return Person(f"{user.id:d}", name=user.full_name)


_READERS: dict[str, Callable[..., InboundEvent]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _button,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
}
ALLOWED_UPDATES = tuple(_READERS)
"""What `setup` asks Telegram for: exactly what can be read here."""
