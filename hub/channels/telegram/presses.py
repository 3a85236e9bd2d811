"""Buttons: what is put behind one, and what a press says."""

import re

from hub.channels.telegram import fields
from hub.types import Button, ButtonPress, JsonObject

_DATA_LIMIT = 64
"""Bytes of callback_data, at least one (providers.md A6)."""
_BY_PLACE = re.compile(r"hub#[0-9]{1,3}")


def data_of(button: Button, place: int) -> str:
    """Return what goes behind a button: its payload, or its place where Telegram cannot carry the payload."""
    carried = 1 <= len(button.payload.encode()) <= _DATA_LIMIT and not _BY_PLACE.fullmatch(button.payload)
    return button.payload if carried else f"hub#{place}"


def press(query: JsonObject, message: JsonObject) -> ButtonPress:
    """Return what was pressed. A button known by its place has a label and no payload."""
    data = fields.text(query, "data") or fields.text(query, "game_short_name")
    payload = "" if _BY_PLACE.fullmatch(data) else data
    return ButtonPress(_label(message, data) or payload or "a button", payload)


def _label(message: JsonObject, data: str) -> str:
    """Return the words on the button; a message too old to be read has no buttons any more."""
    keyboard = (fields.node(message, "reply_markup") or {}).get("inline_keyboard")
    rows = keyboard if isinstance(keyboard, list) else []
    buttons = [each for row in rows if isinstance(row, list) for each in row if isinstance(each, dict)]
    return next((fields.text(each, "text") for each in buttons if each.get("callback_data") == data), "")
