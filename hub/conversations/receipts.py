"""Receipts: what the provider says of our messages; matched, raised by rank, or parked until the message is known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hub.conversations import notified, parking
from hub.conversations.changes import Changes, Subject
from hub.conversations.corrections import correct
from hub.conversations.failures import Failed, spread
from hub.db import deliveries, held_messages, messages, parked, people, provider_ids, watermarks
from hub.db.messages import MessageRef
from hub.db.session import Tx
from hub.failure_policy import MAX_ATTEMPTS, Step, consequence
from hub.types import (
    ChannelKind,
    ErrorView,
    FailureKind,
    MessageStatus,
    Receipt,
    SendFailure,
)

_ARRIVED = (MessageStatus.DELIVERED, MessageStatus.READ)


def apply_receipt(
    tx: Tx, sender_id: str, kind: ChannelKind, receipt: Receipt, changes: Changes, now: datetime
) -> Subject | None:
    """Raise the messages a receipt is about; park it when there is none yet. Return whom it is about, if known."""
    if receipt.person is not None and receipt.until is not None:
        return _apply_watermark(tx, sender_id, kind, receipt, changes, now)
    message = _find(tx, sender_id, receipt)
    if message is None:
        if receipt.delivery_id is None:
            parking.park_receipt(tx, sender_id, receipt, now)
        else:
            notified.apply_receipt(tx, receipt.delivery_id, receipt.status, receipt.failure, now)
        # a delivery is written before anything is sent: one that is not there was erased with its message
        return None
    raise_message(tx, sender_id, message, receipt, changes, now)
    return Subject(conversation_id=message.conversation_id)


def apply_parked(
    tx: Tx, sender_id: str, message: MessageRef, delivery_id: str | None, changes: Changes, now: datetime
) -> None:
    """Apply what came for a message before its provider id was known. The message is written by then."""
    by_external_id = {message.external_id: message} if message.external_id else {}
    apply_all_parked(tx, sender_id, by_external_id, {delivery_id: message} if delivery_id else {}, changes, now)


def apply_all_parked(
    tx: Tx,
    sender_id: str,
    by_external_id: Mapping[str, MessageRef],
    by_delivery: Mapping[str, MessageRef],
    changes: Changes,
    now: datetime,
) -> None:
    """The same for several messages at once, by the ids that are known of them now."""
    for taken in parked.take(tx, sender_id, list(by_external_id), list(by_delivery)):
        message = by_external_id.get(taken.external_id or "") or by_delivery[taken.delivery_id or ""]
        late = parking.read(taken.receipt)
        if isinstance(late, Receipt):
            raise_message(tx, sender_id, message, late, changes, now)
        else:
            correct(tx, sender_id, message.id, late, changes)


def raise_message(
    tx: Tx, sender_id: str, message: MessageRef, receipt: Receipt, changes: Changes, now: datetime
) -> None:
    """Move a message forward by a receipt, unless it says of an earlier delivery what is not said of the newest one:
    that it failed, or was sent and came back since.

    What came back because its sender is held waits again, as what was not sent yet does. Whoever learns the provider's
    id of a message applies what was parked under it.
    """
    newest = deliveries.newest_of(tx, [message.id]).get(message.id)
    if _is_of_earlier(tx, receipt, newest):
        return
    learned = bool(receipt.external_id) and messages.learn_external_id(tx, message.id, str(receipt.external_id))
    error = _error(receipt.failure) if receipt.status is MessageStatus.FAILED else None
    if newest:
        deliveries.confirm(tx, [newest], receipt.status)
    sent_at = None if error else now
    raised = messages.raise_status(tx, message.id, receipt.status, error=error, sent_at=sent_at)
    if raised and receipt.failure is not None:
        follows = consequence(receipt.failure, MAX_ATTEMPTS)
        failed = Failed(receipt.failure, follows, _content(tx, message.id))
        spread(tx, sender_id, message.conversation_id, failed, changes, now)
        if follows.step is Step.HOLD and newest is not None and messages.restart(tx, message.id):
            # a new delivery: what is said later of the one that came back is not said of this one
            messages.move_to_sender(tx, message.id, sender_id)
            deliveries.insert_again(tx, newest, now)
            held_messages.hold_left_behind(tx, sender_id)
    if raised and receipt.status in _ARRIVED:
        changes.delivered.append(message.id)
    if raised:
        changes.tell("message", id=message.id, conversation_id=message.conversation_id, direction="outbound")
    if learned:
        apply_parked(tx, sender_id, replace(message, external_id=receipt.external_id), None, changes, now)


def _is_of_earlier(tx: Tx, receipt: Receipt, newest: str | None) -> bool:
    """An earlier one that nobody knew the end of was sent after all: then the newest need not be."""
    if receipt.status is MessageStatus.FAILED:
        untried = newest is not None and not deliveries.was_tried(tx, newest)
        return receipt.delivery_id not in (None, newest) or untried
    if receipt.status is not MessageStatus.SENT or receipt.delivery_id in (None, newest):
        return False
    earlier = deliveries.find(tx, str(receipt.delivery_id))
    return earlier is not None and earlier.state != deliveries.UNCERTAIN


def _apply_watermark(
    tx: Tx, sender_id: str, kind: ChannelKind, receipt: Receipt, changes: Changes, now: datetime
) -> Subject | None:
    """Raise what was sent by then; what is just being sent learns of it with its answer."""
    if receipt.person is None or receipt.until is None:
        return None
    found = people.find_identities(tx, kind, [people.place_of(receipt.person)])
    for identity in found.values():
        for message in watermarks.list_sent(tx, sender_id, identity.id, receipt.until):
            raise_message(tx, sender_id, message, receipt, changes, now)
        sending = watermarks.list_sending(tx, sender_id, identity.id, receipt.until)
        for delivery_id in sending:
            parking.park_receipt(tx, sender_id, Receipt(receipt.status, delivery_id=delivery_id), now)
    return next((Subject(identity.id) for identity in found.values()), None)


def _find(tx: Tx, sender_id: str, receipt: Receipt) -> MessageRef | None:
    if receipt.external_id:
        known = provider_ids.find_messages(tx, sender_id, [receipt.external_id])
        if known:
            return known[receipt.external_id]
    delivery = deliveries.find(tx, receipt.delivery_id) if receipt.delivery_id else None
    if delivery is None:
        return None
    view = messages.find(tx, delivery.message_id)
    return MessageRef(view.id, view.conversation_id, view.external_id, MessageStatus(view.status)) if view else None


def _content(tx: Tx, message_id: str) -> str:
    view = messages.find(tx, message_id)
    return view.text if view else ""


def _error(failure: SendFailure | None) -> ErrorView:
    if failure is None:
        return ErrorView(FailureKind.CONTENT, "the provider says it was not delivered and gives no reason")
    return ErrorView(failure.kind, failure.detail)
