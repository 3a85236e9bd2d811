"""Delivering what is queued for one sender: mark, send with no transaction open, record the outcome.

A process that dies between mark and record leaves a lease; the sweep turns an expired one into `uncertain`, because the
message may have been sent. Nothing is ever sent twice to make sure.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.channels.base import Adapter
from hub.conversations.changes import Changes
from hub.conversations.receipts import apply_parked
from hub.db import deliveries, messages, people, senders
from hub.db.deliveries import DueDelivery
from hub.db.messages import MessageRef
from hub.db.session import Tx
from hub.failpoints import reach
from hub.log import get_logger
from hub.outbound.policy import Consequence, Step, consequence
from hub.outbound.submit import DELIVER_JOB
from hub.types import ErrorView, FailureKind, MessageStatus, OutboundMessage, Sender, SendFailure, Sent
from hub.wiring import Services

_TURN_SECONDS = 2.0
_REFERENCES = 20
_UNCERTAIN = SendFailure(FailureKind.UNCERTAIN, "the hub was interrupted while sending; it may have arrived")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A marked delivery and the message an adapter sends for it."""

    delivery: DueDelivery
    message: OutboundMessage


def drain(services: Services, sender_id: str) -> None:
    """Send all that is due for a sender; after its turn the rest waits for the next wake-up."""
    services.queue.clear(DELIVER_JOB, sender_id)
    with services.db.platform_reading() as tx:
        sender = senders.load(tx, services.keyring, sender_id)
    if sender is not None and not asyncio.run(_send_due(services, sender)):
        services.queue.wake("delivery", DELIVER_JOB, sender_id)


async def _send_due(services: Services, sender: Sender) -> bool:
    """Send one after the other, no faster than the provider allows one sender; return whether all is done."""
    adapter = services.adapters[sender.kind]
    pause = 1.0 / adapter.capabilities.sends_per_second
    until = time.monotonic() + _TURN_SECONDS
    while (began := time.monotonic()) < until:
        outgoing = _mark(services, sender)
        if outgoing is None:
            return True
        result = await _send(adapter, sender, outgoing, seconds=services.settings.send_timeout)
        _record(services, sender, outgoing, result)
        await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))
    return False


def _mark(services: Services, sender: Sender) -> Outgoing | None:
    """Take the next due delivery: from here on every other process leaves it alone until the lease is over.

    One at a time, so that a process that dies leaves one message uncertain and no more.
    """
    now = services.clock()
    reach("delivery.before_mark")
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        if state is None or (state.hold is not None and (state.hold_until is None or state.hold_until > now)):
            return None
        due = deliveries.list_due(tx, sender.id, now, 1)
        if not due:
            return None
        outgoing = _take(services, tx, due[0], now)
    reach("delivery.after_mark")
    return outgoing


def _take(services: Services, tx: Tx, delivery: DueDelivery, now: datetime) -> Outgoing:
    lease = timedelta(seconds=services.settings.send_timeout + services.settings.send_lease_grace)
    deliveries.start_attempt(tx, delivery, now, now + lease)
    messages.raise_status(tx, delivery.message_id, MessageStatus.SENDING)
    changes = Changes()
    _tell(changes, delivery)
    changes.write(tx)
    return Outgoing(
        delivery,
        OutboundMessage(
            delivery_id=delivery.id,
            conversation_id=delivery.conversation_id,
            recipient=delivery.recipient,
            text=delivery.text,
            reply_to_external_id=delivery.reply_to_external_id,
            thread_external_ids=tuple(messages.list_external_ids(tx, delivery.conversation_id, _REFERENCES)),
            topic=delivery.topic,
            author_name=delivery.author_name,
        ),
    )


async def _send(adapter: Adapter, sender: Sender, outgoing: Outgoing, *, seconds: float) -> Sent | SendFailure:
    """Try once. Whatever comes out is an outcome: a send ends in exactly one."""
    if outgoing.delivery.unreachable:
        return SendFailure(FailureKind.RECIPIENT, outgoing.delivery.unreachable)
    reach("delivery.before_send")
    try:
        async with asyncio.timeout(seconds):
            sent = await adapter.send(outgoing.message, sender)
    except TimeoutError:
        return SendFailure(FailureKind.UNCERTAIN, "the provider did not answer in time; it may have been sent")
    except Exception as error:  # noqa: BLE001 - the boundary of the drain: the adapter says what the error means
        failure = adapter.classify(error)
        log.warning("delivery.failed", delivery_id=outgoing.delivery.id, kind=failure.kind, code=failure.code)
        return failure
    reach("delivery.after_send")
    return sent


def _record(services: Services, sender: Sender, outgoing: Outgoing, result: Sent | SendFailure) -> None:
    """Write what came of an attempt."""
    reach("delivery.before_record")
    now = services.clock()
    with services.db.transaction(sender.organization_id) as tx:
        senders.lock(tx, sender.id)
        changes = Changes()
        if isinstance(result, Sent):
            _record_sent(tx, sender, outgoing.delivery, result, changes, now)
        else:
            _record_failure(tx, sender, outgoing.delivery, result, changes, now)
        _tell(changes, outgoing.delivery)
        changes.write(tx)
    reach("delivery.after_record")
    services.queue.notify(sender.organization_id)


def _record_sent(tx: Tx, sender: Sender, delivery: DueDelivery, sent: Sent, changes: Changes, now: datetime) -> None:
    deliveries.finish_attempt(tx, delivery.id, "sent", "", "", now)
    deliveries.finish(tx, delivery.id, sent.status)
    messages.learn_external_id(tx, delivery.message_id, sent.external_id)
    messages.raise_status(tx, delivery.message_id, sent.status, sent_at=now)
    message = MessageRef(delivery.message_id, delivery.conversation_id, sent.external_id, sent.status)
    apply_parked(tx, sender.id, message, delivery.id, changes)


def _record_failure(
    tx: Tx, sender: Sender, delivery: DueDelivery, failure: SendFailure, changes: Changes, now: datetime
) -> None:
    follows = consequence(failure, delivery.attempts + 1)
    deliveries.finish_attempt(tx, delivery.id, failure.kind, failure.code, failure.detail, now)
    if follows.identity_unreachable:
        people.mark_unreachable(tx, delivery.identity_id, failure.detail)
    if follows.hold_sender:
        until = now + timedelta(seconds=follows.hold_for) if follows.hold_for is not None else None
        senders.hold(tx, sender.id, follows.hold_sender, until, failure.detail)
        changes.tell("channel", id=sender.channel_id)
    _settle(tx, delivery, failure, follows, now)


def _settle(tx: Tx, delivery: DueDelivery, failure: SendFailure, follows: Consequence, now: datetime) -> None:
    match follows.step:
        case Step.RETRY:
            _requeue(tx, delivery.id, delivery.message_id, now + timedelta(seconds=follows.delay), counted=True)
        case Step.WAIT | Step.HOLD:
            _requeue(tx, delivery.id, delivery.message_id, now + timedelta(seconds=follows.delay), counted=False)
        case Step.UNCERTAIN:
            _end(tx, delivery.id, delivery.message_id, MessageStatus.UNCERTAIN, failure)
        case Step.FAIL:
            _end(tx, delivery.id, delivery.message_id, MessageStatus.FAILED, failure)


def _requeue(tx: Tx, delivery_id: str, message_id: str, due_at: datetime, *, counted: bool) -> None:
    deliveries.requeue(tx, delivery_id, due_at, counted=counted)
    messages.put_back(tx, message_id)


def _end(tx: Tx, delivery_id: str, message_id: str, status: MessageStatus, failure: SendFailure) -> None:
    deliveries.finish(tx, delivery_id, status)
    messages.raise_status(tx, message_id, status, error=ErrorView(failure.kind, failure.detail))


def _tell(changes: Changes, delivery: DueDelivery) -> None:
    changes.tell("message", id=delivery.message_id, conversation_id=delivery.conversation_id, direction="outbound")


def end_leases(services: Services) -> None:
    """Turn sends whose process died into `uncertain`: a later receipt or a person decides what was."""
    now = services.clock()
    with services.db.platform_reading() as tx:
        expired = deliveries.list_expired(tx, now)
    for organization_id, delivery_id in expired:
        with services.db.transaction(organization_id) as tx:
            found = deliveries.find(tx, delivery_id)
            if found is None or found.state != deliveries.SENDING:
                continue
            deliveries.finish_attempt(tx, delivery_id, FailureKind.UNCERTAIN, "", _UNCERTAIN.detail, now)
            _end(tx, delivery_id, found.message_id, MessageStatus.UNCERTAIN, _UNCERTAIN)
            view = messages.find(tx, found.message_id)
            changes = Changes()
            if view is not None:
                changes.tell("message", id=view.id, conversation_id=view.conversation_id, direction=view.direction)
            changes.write(tx)
        services.queue.notify(organization_id)


def wake_due(services: Services) -> None:
    """Wake the senders that have something due: what lost its wake-up, and what waited for its time."""
    with services.db.platform_reading() as tx:
        due = deliveries.senders_due(tx, services.clock())
    if due:
        services.queue.wake_many("delivery", DELIVER_JOB, due)
