"""The hub's mails about a conversation, as its people see them."""

from dataclasses import dataclass
from datetime import datetime

from hub.conversations.standing import require_shown
from hub.db import notifications
from hub.db.notifications import Notification
from hub.types import Actor
from hub.wiring import Services

_MOST = 50


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A mail. `to`: customer or user; `error` in our words."""

    id: str
    what: str
    trigger: str
    to: str
    state: str
    error: str | None
    created_at: datetime


def list_notifications(services: Services, actor: Actor, conversation_id: str) -> tuple[NotificationView, ...]:
    """Return the newest mails about a conversation, newest first. Raises NotFound."""
    with services.db.reading(actor.organization_id) as tx:
        require_shown(tx, actor, conversation_id)
        return tuple(show(each) for each in notifications.list_newest(tx, conversation_id, _MOST))


def show(found: Notification) -> NotificationView:
    """Return a mail as it is shown."""
    to = "customer" if found.identity_id else "user"
    return NotificationView(found.id, found.what, found.trigger, to, found.state, found.error, found.created_at)
