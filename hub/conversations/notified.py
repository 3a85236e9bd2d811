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


def cancel(tx: Tx, notification: Notification, now: datetime) -> None:
    """End a mail that is not wanted any more."""
    notifications.settle(tx, notification.id, Outcome(CANCELLED, now), notification.last_message_id)


def conclude(
    tx: Tx, notification: Notification, until: str, state: str, failure: SendFailure | None, now: datetime
) -> None:
    """Raise the messages that went by this mail only, and note in the thread what came of it."""
    if notification.what != What.ANSWER or state not in _STATUS:
        return
    changes = Changes()
    _raise_messages(tx, notification, until, state, failure, changes, now)
    record = conversations.lock(tx, notification.conversation_id)
    if record is not None and state in _SAID and notification.trigger in _WHY:
        changes.know([record])
        text = f"{_SAID[state]}: {_WHY[Trigger(notification.trigger)]}"
        changes.say(activity(record, "notified", text, now, state=state, trigger=notification.trigger))
        changes.tell("conversation", id=record.id)
    if failure is not None and failure.kind is FailureKind.RECIPIENT and notification.identity_id:
        reaching.mark_unreachable(tx, notification.identity_id, failure.detail)
    changes.write(tx)


def _raise_messages(
    tx: Tx,
    notification: Notification,
    until: str,
    state: str,
    failure: SendFailure | None,
    changes: Changes,
    now: datetime,
) -> None:
    error = ErrorView(failure.kind, failure.detail) if failure else None
    for message_id in notifications.list_by_mail(tx, notification.conversation_id, until):
        sent_at = now if error is None else None
        if messages.raise_status(tx, message_id, _STATUS[state], error=error, sent_at=sent_at):
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
    conclude(tx, changed, changed.last_message_id, state, failure, now)
    return True
