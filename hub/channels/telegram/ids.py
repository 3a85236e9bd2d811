"""Ids of messages: unique per sender, and enough to name the message to Telegram again.

`<chat>:<message>` in the bot's own chats; `business.<connection>:<chat>:<message>` in the chats of a business account
that lets the bot answer for it: those have numbers of their own.
"""

import re
from dataclasses import dataclass

from hub.channels.telegram import fields
from hub.errors import UnsupportedContent
from hub.types import JsonObject

_CHAT = re.compile(r"-?[0-9]{1,19}")
_NAME = re.compile(r"(?:business\.([A-Za-z0-9_=-]{1,128}):)?(-?[0-9]{1,19}):([0-9]{1,19})")
_CONNECTION = re.compile(r"[A-Za-z0-9_=-]{1,128}")
_ALBUM = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST_QUERY = 1 << 64


@dataclass(frozen=True, slots=True)
class Name:
    """One message. `connection` is the business connection its chat belongs to, "" for the bot's own chats."""

    chat_id: int
    message_id: int
    connection: str = ""

    def __str__(self) -> str:
        own = f"{self.chat_id}:{self.message_id}"
        return f"business.{self.connection}:{own}" if self.connection else own

    def beside(self, message_id: int) -> "Name":
        """Return another message of the same chat."""
        return Name(self.chat_id, message_id, self.connection)


def of(message: JsonObject) -> Name:
    """Return the name of a message of an update. Raises WrongShape."""
    chat_id = fields.number(fields.needed(message, "chat"), "id")
    connection = connection_of(message) if message.get("business_connection_id") is not None else ""
    return Name(chat_id, fields.number(message, "message_id"), connection)


def connection_of(message: JsonObject) -> str:
    """Return the business connection that a message came by. Raises WrongShape."""
    connection = fields.text(message, "business_connection_id")
    if not _CONNECTION.fullmatch(connection):
        raise fields.WrongShape("business_connection_id")
    return connection


def find(external_id: str | None) -> Name | None:
    """Return the name an id stands for; None where it stands for something else (the press of a button)."""
    found = _NAME.fullmatch(external_id or "")
    return Name(int(found[2]), int(found[3]), found[1] or "") if found else None


def get(external_id: str) -> Name:
    """Return the name an id stands for. Raises UnsupportedContent."""
    found = find(external_id)
    if found is None:
        raise UnsupportedContent("this is no message of Telegram's own; choose a message that the person wrote or got")
    return found


def chat(address: str) -> int:
    """Return the chat of a person. Raises UnsupportedContent."""
    if not _CHAT.fullmatch(address):
        raise UnsupportedContent("the recipient's Telegram id is no number; answer in the conversation they started")
    return int(address)


def query_number(query: JsonObject) -> int:
    """Return the number of a callback query. Raises WrongShape."""
    query_id = fields.text(query, "id")
    if not (query_id.isascii() and query_id.isdigit()) or len(query_id) > 20 or int(query_id) >= _LARGEST_QUERY:
        raise fields.WrongShape("id")
    return int(query_id)


def album_of(message: JsonObject) -> str | None:
    """Return the album a message is a part of. Raises WrongShape."""
    group = fields.text(message, "media_group_id")
    if group and not _ALBUM.fullmatch(group):
        raise fields.WrongShape("media_group_id")
    return group or None
