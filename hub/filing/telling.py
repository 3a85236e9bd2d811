"""Saying in a thread how a file stands: the part of its message, and a notice to who is looking at it."""

from hub.db import message_changes, notices, suspension
from hub.db.session import Tx
from hub.types import JsonObject


def change_part(tx: Tx, message_id: str, attachment_id: str, values: JsonObject) -> None:
    """Change a file's part; of a restricted person nothing is told (F20)."""
    message = message_changes.change_file(tx, message_id, attachment_id, values)
    if message is None or not suspension.unrestricted_among(tx, [message.conversation_id]):
        return
    ids = {"id": message.id, "conversation_id": message.conversation_id, "direction": message.direction}
    notices.add(tx, [("message", ids)])
