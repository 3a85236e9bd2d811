"""An update for "show raw"."""

import json
from typing import Any

from hub.types import JournalEvent

_MASKED = frozenset({"file_id", "file_unique_id", "business_connection_id", "inline_message_id", "chat_instance"})
"""Fields by which somebody with the bot's token could fetch or do something; people's ids are the person's own."""
_MASK = "…"


def show(event: JournalEvent) -> str:
    """Return an update as indented JSON with masked fields; bytes that are no JSON as the text they may be."""
    try:
        return json.dumps(_masked(json.loads(event.body)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return event.body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _MASK if name in _MASKED else _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value
