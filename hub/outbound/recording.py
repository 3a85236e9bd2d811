"""Recording what came of attempts: several in one transaction, each ending in one state that is true."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.conversations.failures import spread
from hub.conversations.receipts import apply_parked, raise_message
from hub.db import attempts, deliveries, look_ups, messages, parked, provider_ids, senders
from hub.db.due import DueDelivery
from hub.db.messages import MessageRef
from hub.db.session import Tx
from hub.failpoints import reach
from hub.failure_policy import Consequence, Step, consequence
from hub.outbound.marking import Outgoing, tell
from hub.types import Capabilities, ErrorView, MessageStatus, Receipt, Sender, SendFailure, Sent
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt."""

    outgoing: Outgoing
    result: Sent | SendFailure


@dataclass(frozen=True, slots=True)
class _Recorder:
    """One transaction that records outcomes of a sender."""

    tx: Tx
    sender: Sender
    rules: Capabilities
    changes: Changes
    now: datetime


def record(services: Services, sender: Sender, outcomes: Sequence[Outcome]) -> None:
    """Write what came of attempts, all of them or none."""
    reach("delivery.before_record")
    now, rules = services.clock(), services.adapters[sender.kind].capabilities
    with services.db.transaction(sender.organization_id) as tx:
        senders.lock(tx, sender.id)
        into = _Recorder(tx, sender, rules, Changes(), now)
        for outcome in outcomes:
            _record(into, outcome)
        into.changes.write(tx)
    reach("delivery.after_record")
    services.queue.notify(sender.organization_id)


def _record(into: _Recorder, outcome: Outcome) -> None:
    delivery = outcome.outgoing.delivery
    match outcome.result:
        case Sent() as sent:
            _record_sent(into, delivery, sent)
        case SendFailure() as failure:
            _record_failure(into, outcome.outgoing, failure)
            tell(into.changes, delivery)


def _record_sent(into: _Recorder, delivery: DueDelivery, sent: Sent) -> None:
    tx, sender_id, changes, now = into.tx, into.sender.id, into.changes, into.now
    attempts.finish(tx, delivery.id, "sent", "", "", now)
    deliveries.confirm(tx, delivery.id, sent.status)
    provider_ids.add_further(tx, sender_id, dict.fromkeys(sent.also, delivery.message_id))
    message = MessageRef(delivery.message_id, delivery.conversation_id, None, MessageStatus.SENDING)
    raise_message(tx, sender_id, message, Receipt(sent.status, sent.external_id, delivery.id), changes, now)
    for external_id in (sent.external_id, *sent.also):
        apply_parked(tx, sender_id, replace(message, external_id=external_id), delivery.id, changes, now)


def _record_failure(into: _Recorder, outgoing: Outgoing, failure: SendFailure) -> None:
    delivery = outgoing.delivery
    follows = consequence(failure, delivery.attempts + 1)
    if outgoing.refused is None:
        # what the hub refused by itself says nothing new of the person or the sender
        spread(into.tx, into.sender.id, delivery.conversation_id, follows, failure.detail, into.changes, into.now)
    if deliveries.holds_lease(into.tx, delivery.id, outgoing.lease_until):
        # else it was erased, or slower than its lease: a sweep, a look-up or a person has decided meanwhile
        attempts.finish(into.tx, delivery.id, failure.kind, failure.code, failure.detail, into.now)
        _settle(into, delivery, failure, follows)


def _settle(into: _Recorder, delivery: DueDelivery, failure: SendFailure, follows: Consequence) -> None:
    due_at = into.now + timedelta(seconds=follows.delay)
    match follows.step:
        case Step.RETRY:
            _requeue(into, delivery, due_at, counted=True)
        case Step.WAIT | Step.HOLD:
            _requeue(into, delivery, due_at, counted=False)
        case Step.UNCERTAIN:
            leave_uncertain(into.tx, into.rules, delivery.id, delivery.message_id, failure, into.now)
        case Step.FAIL:
            end(into.tx, delivery.id, delivery.message_id, MessageStatus.FAILED, failure)


def _requeue(into: _Recorder, delivery: DueDelivery, due_at: datetime, *, counted: bool) -> None:
    """A process slower than its lease changes nothing: a person may have sent the message anew meanwhile."""
    if deliveries.requeue(into.tx, delivery.id, due_at, counted=counted):
        messages.put_back(into.tx, delivery.message_id)
        forget_watermarks(into.tx, into.sender.id, delivery.id)


def forget_watermarks(tx: Tx, sender_id: str, delivery_id: str) -> None:
    """Drop what the person's reading said of a try that never reached them: the next one was not read by that."""
    parked.take(tx, sender_id, None, delivery_id)


def leave_uncertain(
    tx: Tx, rules: Capabilities, delivery_id: str, message_id: str, failure: SendFailure, now: datetime
) -> None:
    """Nobody knows whether it was sent: the provider is asked later, where it can be; else a person decides."""
    end(tx, delivery_id, message_id, MessageStatus.UNCERTAIN, failure)
    if rules.look_up_after is not None:
        look_ups.schedule(tx, delivery_id, now + timedelta(seconds=rules.look_up_after))


def end(tx: Tx, delivery_id: str, message_id: str, status: MessageStatus, failure: SendFailure) -> None:
    """End a delivery that is under way, and its message with it."""
    if deliveries.finish(tx, delivery_id, status):
        messages.raise_status(tx, message_id, status, error=ErrorView(failure.kind, failure.detail))
