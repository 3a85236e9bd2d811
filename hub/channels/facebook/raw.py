"""An event of Messenger as "show raw" shows it: without links to files, ids of apps, tokens and codes."""

import json
from typing import Any

from hub.types import JournalEvent

_HIDDEN = "***"
_SECRETS = frozenset(
    {
        "access_token",
        "app_id",
        "app_roles",
        "authorization_code",
        "new_owner_app_id",
        "notification_messages_token",
        "one_time_notif_token",
        "previous_owner_app_id",
        "requested_owner_app_id",
        "signed_request",
        "token",
    }
)
_FILES = ("fbcdn.net", "fbsbx.com")
_LINKS = frozenset({"image_url", "photo_url", "url", "video_url"})


def show(event: JournalEvent) -> str:
    """Return the event as indented JSON, masked; bytes that are no JSON are counted only."""
    try:
        kept = json.loads(event.body)
    except (ValueError, RecursionError):
        return f"{len(event.body)} bytes that are no JSON"
    item = kept.get("item", kept) if isinstance(kept, dict) else kept
    return json.dumps(_masked(item), indent=2, ensure_ascii=False)


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {name: _HIDDEN if _is_secret(name, each) else _masked(each) for name, each in value.items()}
        case list():
            return [_masked(each) for each in value]
        case _:
            return value


def _is_secret(name: str, value: Any) -> bool:
    """A link is hidden under the names files come by, and wherever it leads to Meta's file servers."""
    if name in _SECRETS or (name in _LINKS and isinstance(value, str)):
        return True
    return isinstance(value, str) and any(host in value for host in _FILES)
