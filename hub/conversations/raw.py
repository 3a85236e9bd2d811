"""What a provider sent, shown to whoever may read the message that came of it."""

from dataclasses import dataclass
from datetime import datetime

from hub.access.permissions import Permission, require
from hub.conversations.standing import require_shown
from hub.db import files, journal, message_changes, messages
from hub.errors import NotFound, Unreadable
from hub.types import Actor, JournalEvent
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class RawView:
    """The provider's own words, without its ids, credentials and links to files."""

    text: str
    received_at: datetime


def show_raw(services: Services, actor: Actor, message_id: str) -> RawView:
    """Return what a message came from. Raises NotFound, Unreadable once the bytes had their time."""
    require(actor, Permission.READ_CONVERSATIONS)
    with services.db.reading(actor.organization_id) as tx:
        view = messages.find(tx, message_id)
        if view is None or view.suspended:
            raise NotFound("there is no such message")
        require_shown(tx, actor, view.conversation_id)
        origin = message_changes.find_origin(tx, message_id)
        event = files.find_event(tx, origin.event_id) if origin is not None else None
    if origin is None:
        raise NotFound("nothing came from a provider for this message, or its author took it back")
    if event is None or event.body is None:
        raise Unreadable("what the provider sent has had its time and is gone; the message itself stays")
    body = services.vault.of(actor.organization_id).open(event.body, journal.SEALED)
    adapter = services.adapters[event.kind or origin.kind]
    shown = adapter.show_raw(JournalEvent(event.key, event.headers, body, event.received_at))
    return RawView(shown, event.received_at)
