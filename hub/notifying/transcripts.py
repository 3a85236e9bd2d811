"""Mailing what was said in a conversation, to whoever asks for it or to the person it was said with."""

from enum import StrEnum

from hub import audit
from hub.conversations.standing import require_shown
from hub.db import conversations, messages, notifications
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.notifications import QUEUED, NewNotification
from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.notifying.mailboxes import require_mailbox
from hub.notifying.reading import NotificationView
from hub.types import Actor, Trigger, What
from hub.wiring import Services


class To(StrEnum):
    """Who gets a transcript."""

    ME = "me"
    CUSTOMER = "customer"


_SHOWN = {To.ME: "user", To.CUSTOMER: "customer"}


def mail_transcript(
    services: Services, actor: Actor, conversation_id: str, to: To, once: Once = EVERY_TIME
) -> NotificationView:
    """Have a transcript mailed. Raises NotFound, Conflict when mail is off, the customer has no mailbox that may be
    used, nothing was said yet, or the same transcript went there already.
    """
    now = services.clock()
    with services.db.transaction(actor.organization_id) as tx:
        require_shown(tx, actor, conversation_id)
        record = conversations.lock(tx, conversation_id)
        newest = messages.list_thread_end(tx, conversation_id, 1)
        if record is None:
            raise NotFound("there is no such conversation")
        if not newest:
            raise Conflict("nothing was said in this conversation yet; there is nothing to mail")
        identity_id = require_mailbox(services, tx, record.contact_id) if to is To.CUSTOMER else None
        user_id = actor.user_id if to is To.ME else None
        new = NewNotification(
            new_id(), conversation_id, identity_id, user_id, What.TRANSCRIPT, Trigger.ASKED_FOR, newest[-1].id, now, now
        )
        if not notifications.add(tx, [new]):
            raise Conflict("a mail about just this much of the conversation went there already")
        audit.record(
            services, tx, actor, audit.Change("transcript.mailed", "conversation", conversation_id, after={"to": to})
        )
        return once.keep(tx, NotificationView(new.id, new.what, new.trigger, _SHOWN[to], QUEUED, None, now))
