"""What the fate of a mail means for the messages it carries, and how it shows in the thread."""

from datetime import datetime

from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.db import conversations, messages, notifications, reaching
from hub.db.notifications import CANCELLED, DELIVERED, FAILED, SENT, UNCERTAIN, Notification, Outcome
from hub.db.session import Tx
from hub.types import ErrorView, FailureKind, MessageStatus, SendFailure, Trigger, What

_STATUS = {
    SENT: MessageStatus.SENT,
    DELIVERED: MessageStatus.DELIVERED,
    FAILED: MessageStatus.FAILED,
    UNCERTAIN: MessageStatus.UNCERTAIN,
}
_WHY = {
    Trigger.WINDOW_CLOSED: "the reply window is closed",
    Trigger.UNREACHABLE: "the person cannot be reached on the channel",
    Trigger.SENDER_HELD: "the channel is paused",
    Trigger.UNREAD: "the answer stayed unread",
}
_SAID = {SENT: "Told the customer by mail", FAILED: "The customer could not be told by mail"}


def begin(tx: Tx, notification: Notification, told_until: str) -> None:
    """Note what a mail that is being sent tells of; the answer it carries is under way with it."""
    notifications.note_told(tx, notification.id, told_until)
    changes = Changes()
    _raise_message(tx, notification, MessageStatus.SENDING, changes)
    changes.write(tx)


def cancel(tx: Tx, notification: Notification, why: SendFailure, now: datetime) -> None:
    """End a mail that is not wanted any more; an answer that it carries fails, and says why."""
    notifications.settle(tx, notification.id, Outcome(CANCELLED, now))
    changes = Changes()
    _raise_message(tx, notification, MessageStatus.FAILED, changes, ErrorView(why.kind, why.detail))
    changes.write(tx)


def conclude(tx: Tx, notification: Notification, state: str, failure: SendFailure | None, now: datetime) -> None:
    """Raise the answer that went by this mail only, and note in the thread what came of it."""
    if notification.what != What.ANSWER or state not in _STATUS:
        return
    changes = Changes()
    error = ErrorView(failure.kind, failure.detail) if failure else None
    # the conversation before the message, as everybody takes them
    record = conversations.lock(tx, notification.conversation_id)
    _raise_message(tx, notification, _STATUS[state], changes, error, now if error is None else None)
    if record is not None and state in _SAID and notification.trigger in _WHY:
        changes.know([record])
        text = f"{_SAID[state]}: {_WHY[Trigger(notification.trigger)]}"
        changes.say(activity(record, "notified", text, now, state=state, trigger=notification.trigger))
        changes.tell("conversation", id=record.id)
    if failure is not None and failure.kind is FailureKind.RECIPIENT and notification.identity_id:
        reaching.mark_unreachable(tx, notification.identity_id, failure.detail)
    changes.write(tx)


def _raise_message(
    tx: Tx,
    notification: Notification,
    status: MessageStatus,
    changes: Changes,
    error: ErrorView | None = None,
    sent_at: datetime | None = None,
) -> None:
    message_id = notification.last_message_id
    if notification.trigger != Trigger.BY_MAIL or not notifications.goes_by_mail(tx, message_id):
        return
    if messages.raise_status(tx, message_id, status, error=error, sent_at=sent_at):
        changes.tell("message", id=message_id, conversation_id=notification.conversation_id, direction="outbound")


def apply_receipt(
    tx: Tx, notification_id: str, status: MessageStatus, failure: SendFailure | None, now: datetime
) -> bool:
    """Take a relay's word on a mail of ours; False when the id is none of a mail's."""
    state = next((state for state, known in _STATUS.items() if known is status), None)
    if state is None or state == UNCERTAIN:
        return False
    changed = notifications.raise_state(tx, notification_id, state, failure.detail if failure else None)
    if changed is None:
        return False
    conclude(tx, changed, state, failure, now)
    return True
