"""Delivering what is queued for one sender: mark, send with no transaction open, record the outcome.

A process that dies between mark and record leaves a lease; the sweep turns an expired one into `uncertain`, because the
message may have been sent. Nothing is ever sent twice to make sure.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.conversations.failures import spread
from hub.conversations.receipts import apply_parked, raise_message
from hub.db import deliveries, messages, senders
from hub.db.deliveries import DueDelivery
from hub.db.messages import MessageRef
from hub.db.senders import SenderState
from hub.db.session import PlatformWork, Tx
from hub.failpoints import reach
from hub.failure_policy import Consequence, Step, consequence
from hub.log import get_logger
from hub.outbound.submit import DELIVER_JOB
from hub.types import ErrorView, FailureKind, MessageStatus, OutboundMessage, Receipt, Sender, SendFailure, Sent
from hub.wiring import Services

_TURN_SECONDS = 2.0
_REFERENCES = 20
_UNCERTAIN = SendFailure(FailureKind.UNCERTAIN, "the hub was interrupted while sending; it may have arrived")
# a process that was stopped meanwhile: the sweep and a person may have gone on without it
_TOO_LATE = SendFailure(FailureKind.TRY_LATER, "the hub was interrupted before it could send")
_TOO_SLOW = SendFailure(FailureKind.UNCERTAIN, "the provider did not answer in time; it may have been sent")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A marked delivery and the message an adapter sends for it, until `lease_until` at the latest.

    `refused`: why nothing may be sent at all.
    """

    delivery: DueDelivery
    message: OutboundMessage
    lease_until: datetime
    refused: SendFailure | None = None


def drain(services: Services, sender_id: str) -> None:
    """Send all that is due for a sender; after its turn the rest waits for the next wake-up."""
    services.queue.clear(DELIVER_JOB, sender_id)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
    if found is None or found.sender.suspended:
        return
    if not asyncio.run(_send_due(services, found.open(services.vault))):
        services.queue.wake("delivery", DELIVER_JOB, sender_id)


async def _send_due(services: Services, sender: Sender) -> bool:
    """Send one after the other, no faster than the provider allows one sender; return whether all is done."""
    pause = 1.0 / services.adapters[sender.kind].capabilities.sends_per_second
    until, next_send = time.monotonic() + _TURN_SECONDS, 0.0
    while time.monotonic() < until:
        outgoing = _mark(services, sender)
        if outgoing is None:
            return True
        await asyncio.sleep(max(0.0, next_send - time.monotonic()))
        next_send = time.monotonic() + pause
        result = await _send(services, sender, outgoing)
        _record(services, sender, outgoing, result)
    return False


def _mark(services: Services, sender: Sender) -> Outgoing | None:
    """Take the next due delivery: from here on every other process leaves it alone until the lease is over.

    One at a time, so that a process that dies leaves one message uncertain and no more.
    """
    now = services.clock()
    reach("delivery.before_mark")
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        if state is None or state.suspended or _is_held(state, now):
            return None
        due = deliveries.list_due(tx, sender.id, now, 1)
        if not due:
            return None
        outgoing = _take(services, tx, due[0], now, released=state.released)
    reach("delivery.after_mark")
    return outgoing


def _is_held(state: SenderState, now: datetime) -> bool:
    return state.hold is not None and (state.hold_until is None or state.hold_until > now)


def _take(services: Services, tx: Tx, delivery: DueDelivery, now: datetime, *, released: bool) -> Outgoing:
    lease_until = now + timedelta(seconds=services.settings.send_timeout + services.settings.send_lease_grace)
    deliveries.start_attempt(tx, delivery, now, lease_until)
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
        lease_until,
        _why_not(delivery, released=released),
    )


def _why_not(delivery: DueDelivery, *, released: bool) -> SendFailure | None:
    """A released sender may be somebody else's by now; an unreachable person wants nothing more."""
    if released:
        return SendFailure(FailureKind.SENDER, "the channel was disconnected before this was sent; connect it again")
    return SendFailure(FailureKind.RECIPIENT, delivery.unreachable) if delivery.unreachable else None


async def _send(services: Services, sender: Sender, outgoing: Outgoing) -> Sent | SendFailure:
    """Try once. Whatever comes out is an outcome: a send ends in exactly one."""
    if outgoing.refused is not None:
        return outgoing.refused
    adapter, seconds = services.adapters[sender.kind], services.settings.send_timeout
    if services.clock() + timedelta(seconds=seconds) > outgoing.lease_until:
        return _TOO_LATE
    reach("delivery.before_send")
    try:
        async with asyncio.timeout(seconds) as limit:
            sent = await adapter.send(outgoing.message, sender)
    except Exception as error:  # noqa: BLE001 - the boundary of the drain: the adapter says what the error means
        failure = _TOO_SLOW if limit.expired() else adapter.classify(error)
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
    message = MessageRef(delivery.message_id, delivery.conversation_id, None, MessageStatus.SENDING)
    raise_message(tx, sender.id, message, Receipt(sent.status, sent.external_id, delivery.id), changes, now)
    apply_parked(tx, sender.id, replace(message, external_id=sent.external_id), delivery.id, changes, now)


def _record_failure(
    tx: Tx, sender: Sender, delivery: DueDelivery, failure: SendFailure, changes: Changes, now: datetime
) -> None:
    follows = consequence(failure, delivery.attempts + 1)
    deliveries.finish_attempt(tx, delivery.id, failure.kind, failure.code, failure.detail, now)
    spread(tx, sender.id, delivery.conversation_id, follows, failure.detail, changes, now)
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
    """A process slower than its lease changes nothing: a person may have sent the message anew meanwhile."""
    if deliveries.requeue(tx, delivery_id, due_at, counted=counted):
        messages.put_back(tx, message_id)


def _end(tx: Tx, delivery_id: str, message_id: str, status: MessageStatus, failure: SendFailure) -> None:
    if deliveries.finish(tx, delivery_id, status):
        messages.raise_status(tx, message_id, status, error=ErrorView(failure.kind, failure.detail))


def _tell(changes: Changes, delivery: DueDelivery) -> None:
    changes.tell("message", id=delivery.message_id, conversation_id=delivery.conversation_id, direction="outbound")


def end_leases(services: Services) -> None:
    """Turn sends whose process died into `uncertain`: a later receipt or a person decides what was."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
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
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = deliveries.senders_due(tx, services.clock())
    if due:
        services.queue.wake_many("delivery", DELIVER_JOB, due)
