"""An outbound message as arguments of sendMessage."""

import re
from dataclasses import dataclass

from telegram import ReplyParameters

from hub.errors import UnsupportedContent
from hub.types import OutboundMessage

TEXT_LIMIT = 4096
"""Characters (providers.md A6)."""

_CHAT_ID = re.compile(r"-?[0-9]{1,19}")
_MESSAGE_ID = re.compile(r"(-?[0-9]{1,19}):([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class Rendered:
    chat_id: int
    text: str
    reply: ReplyParameters | None


def render(message: OutboundMessage) -> Rendered:
    """Return the call's arguments. Raises UnsupportedContent."""
    if not _CHAT_ID.fullmatch(message.recipient.address):
        raise UnsupportedContent("the recipient's Telegram id is no number; answer in the conversation they started")
    if not message.text.strip():
        raise UnsupportedContent("Telegram sends no empty message; write some text")
    if len(message.text) > TEXT_LIMIT:
        raise UnsupportedContent(f"Telegram takes at most {TEXT_LIMIT} characters; this text has {len(message.text)}")
    return Rendered(int(message.recipient.address), message.text, _reply(message.reply_to_external_id))


def _reply(external_id: str | None) -> ReplyParameters | None:
    # ids of button presses, reactions and edits are no messages that can be answered
    found = _MESSAGE_ID.fullmatch(external_id or "")
    return ReplyParameters(int(found[2]), allow_sending_without_reply=True) if found else None
