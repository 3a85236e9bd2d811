"""An outbound message as the body of a Send API call."""

from hub.errors import UnsupportedContent
from hub.types import JsonObject, OutboundMessage

TEXT_LIMIT = 2000
"""Characters (providers.md B3)."""


def render(message: OutboundMessage) -> JsonObject:
    """Return the call's body; the echo brings `metadata`, our delivery id, back. Raises UnsupportedContent."""
    if not message.text.strip():
        raise UnsupportedContent("Messenger sends no empty message; write some text")
    if len(message.text) > TEXT_LIMIT:
        raise UnsupportedContent(f"Messenger takes at most {TEXT_LIMIT} characters; this text has {len(message.text)}")
    return {
        "recipient": {"id": message.recipient.address},
        "messaging_type": "RESPONSE",
        "message": {"text": message.text, "metadata": message.delivery_id},
    }
