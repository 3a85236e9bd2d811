"""What an update says: one reader a kind of update."""

import json
from collections.abc import Callable

from hub.channels.telegram import chores, fields, ids
from hub.channels.telegram.content import parts_of
from hub.channels.telegram.origin import reply_to
from hub.channels.telegram.presses import press
from hub.errors import Invalid
from hub.types import (
    InboundEvent,
    JournalEvent,
    JsonObject,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    NothingToDo,
    Person,
    ReachabilityChanged,
    Reacted,
    Sender,
    SentElsewhere,
)

# new_chat_member.status of a private chat -> can we write to the person, and why (providers.md A3). Unblocking lifts
# a block, so it is no opting out: that would need a word of its own
_REACHABILITY = {
    "kicked": (False, "the person blocked the bot", "my_chat_member/kicked"),
    "member": (True, "the person unblocked or started the bot", ""),
}
_OWN = NothingToDo("a message of the bot itself")
_NO_AUTHOR = NothingToDo("a message without an author")


def parse(event: JournalEvent, sender: Sender) -> list[InboundEvent]:
    """Say what one update means. Raises Invalid when a field is missing or of the wrong type."""
    try:
        update = json.loads(event.body)
    except (ValueError, RecursionError):
        raise Invalid("the update is no JSON") from None
    if not isinstance(update, dict):
        raise Invalid("the update is no JSON object")
    try:
        return _read(update, sender)
    except fields.WrongShape as error:
        raise Invalid(f"the update does not have Telegram's shape (field {error})") from None


def _read(update: JsonObject, sender: Sender) -> list[InboundEvent]:
    for kind, read in _READERS.items():
        found = fields.node(update, kind)
        if found is not None:
            return read(found, sender)
    kind = next((name for name in update if name != "update_id" and name.isidentifier()), "unknown")
    return [NothingToDo(f"an update of kind {kind[:60]} is not for a conversation")]


# --- messages -------------------------------------------------------------------------------------------


def _message(message: JsonObject, sender: Sender) -> list[InboundEvent]:
    chat = fields.needed(message, "chat")
    if not _is_private(chat):
        return chores.leave(chat, _language(message), sender)
    author = fields.node(message, "from")
    if author is None:
        return [_NO_AUTHOR]
    return [_OWN if _is_bot_itself(author, sender) else _received(message, _person(author))]


def _received(message: JsonObject, author: Person) -> MessageReceived:
    name, answered = ids.of(message), reply_to(message)
    return MessageReceived(
        external_id=str(name),
        author=author,
        parts=parts_of(message),
        position=fields.time(message, "date"),
        sequence=name.message_id,
        reply_to_external_id=None if answered is None else str(name.beside(answered)),
        album=ids.album_of(message),
    )


def _edited(message: JsonObject, sender: Sender) -> list[InboundEvent]:
    """A moved live location comes as an edit too: its place is replaced."""
    chat, author = fields.needed(message, "chat"), fields.node(message, "from")
    if not _is_private(chat):
        return chores.leave(chat, _language(message), sender)
    if author is None:
        return [_NO_AUTHOR]
    return [_OWN if _is_bot_itself(author, sender) else _edit(message, _person(author))]


def _edit(message: JsonObject, person: Person) -> MessageEdited:
    at = fields.time(message, "edit_date") or fields.time(message, "date")
    return MessageEdited(str(ids.of(message)), person, parts_of(message), at)


# --- messages of a business account that lets the bot answer for it -------------------------------------


def _business_message(message: JsonObject, sender: Sender) -> list[InboundEvent]:
    """The customer is the chat; whoever else writes there writes for the account."""
    chat, author = fields.needed(message, "chat"), fields.needed(message, "from")
    customer = _business_customer(chat, message)
    if fields.number(author, "id") == fields.number(chat, "id"):
        return [_received(message, customer)]
    bot = fields.node(message, "sender_business_bot")
    if bot is not None and _is_bot_itself(bot, sender):
        return [_OWN]
    return [SentElsewhere(str(ids.of(message)), customer, parts_of(message), position=fields.time(message, "date"))]


def _edited_business_message(message: JsonObject, _sender: Sender) -> list[InboundEvent]:
    return [_edit(message, _business_customer(fields.needed(message, "chat"), message))]


def _deleted_business_messages(deleted: JsonObject, _sender: Sender) -> list[InboundEvent]:
    chat = fields.needed(deleted, "chat")
    customer, connection = _business_customer(chat, deleted), ids.connection_of(deleted)
    names = [ids.Name(fields.number(chat, "id"), each, connection) for each in fields.numbers(deleted, "message_ids")]
    gone: list[InboundEvent] = [MessageDeleted(str(name), customer) for name in names]
    return gone or [NothingToDo("a deletion of no message")]


def _business_connection(connection: JsonObject, _sender: Sender) -> list[InboundEvent]:
    on = connection.get("is_enabled") is True
    return [NothingToDo(f"a business account {'lets the bot answer' if on else 'ended the connection'}")]


def _business_customer(chat: JsonObject, message: JsonObject) -> Person:
    """Return the customer; their address is valid for this connection: the bot's own chat with them is another."""
    name = fields.words(chat, "first_name", "last_name")
    return Person(f"{fields.number(chat, 'id')}", ids.connection_of(message), name)


# --- what happens to messages and to the chat -----------------------------------------------------------


def _button(query: JsonObject, _sender: Sender) -> list[InboundEvent]:
    """A press is a message, and must be answered: until then the person's app shows it as busy."""
    number, author = ids.query_number(query), _person(fields.needed(query, "from"))
    answer = chores.answer_press(str(number))
    message = fields.node(query, "message")
    if message is None or not _is_private(fields.needed(message, "chat")):
        return [NothingToDo("a button pressed outside a private chat"), answer]
    pressed = MessageReceived(
        external_id=f"callback:{number}",
        author=author,
        parts=(press(query, message),),
        reply_to_external_id=str(ids.of(message)),
    )
    return [pressed, answer]


def _reaction(change: JsonObject, _sender: Sender) -> list[InboundEvent]:
    """Telegram names both whole sets (providers.md A3)."""
    author = fields.node(change, "user")
    if author is None or not _is_private(fields.needed(change, "chat")):
        return [NothingToDo("a reaction outside a private chat")]
    before, after = _reactions(change, "old_reaction"), _reactions(change, "new_reaction")
    added = tuple(word for word in after if word not in before)
    removed = tuple(word for word in before if word not in after)
    if not added and not removed:
        return [NothingToDo("reactions that did not change")]
    return [Reacted(str(ids.of(change)), _person(author), added, removed, fields.time(change, "date"))]


def _reactions(change: JsonObject, name: str) -> tuple[str, ...]:
    """Return each emoji, and Telegram's word for what is none: custom_emoji, paid."""
    found = (fields.word(each, "emoji") or fields.word(each, "type") for each in fields.nodes(change, name))
    return tuple(dict.fromkeys(word[:32] for word in found if word))


def _membership(change: JsonObject, sender: Sender) -> list[InboundEvent]:
    chat, author = fields.needed(change, "chat"), fields.needed(change, "from")
    status = fields.text(fields.needed(change, "new_chat_member"), "status")
    if not _is_private(chat):
        if status in {"left", "kicked"}:
            return [NothingToDo("the bot is no member of a group any more")]
        return chores.leave(chat, _language(change), sender)
    known = _REACHABILITY.get(status)
    if known is None:
        return [NothingToDo("the bot's membership changed to something that tells nothing")]
    reachable, reason, code = known
    return [ReachabilityChanged(_person(author), reachable, reason, code=code)]


# --- who ------------------------------------------------------------------------------------------------


def _is_private(chat: JsonObject) -> bool:
    return fields.text(chat, "type") == "private"


def _is_bot_itself(author: JsonObject, sender: Sender) -> bool:
    return str(fields.number(author, "id")) == sender.address


def _person(author: JsonObject) -> Person:
    return Person(f"{fields.number(author, 'id')}", name=fields.words(author, "first_name", "last_name"))


def _language(message: JsonObject) -> str:
    return fields.text(fields.node(message, "from") or {}, "language_code")


_READERS: dict[str, Callable[[JsonObject, Sender], list[InboundEvent]]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _button,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
    "channel_post": _message,
    "business_connection": _business_connection,
    "business_message": _business_message,
    "edited_business_message": _edited_business_message,
    "deleted_business_messages": _deleted_business_messages,
}
ALLOWED_UPDATES = tuple(_READERS)
"""What `setup` asks Telegram for: exactly what can be read here."""
