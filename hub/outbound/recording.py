"""Recording what came of attempts: several in one transaction, each ending in one state that is true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.conversations.failures import Failed, spread
from hub.conversations.receipts import apply_all_parked, apply_parked, raise_message
from hub.db import attempts, deliveries, held_messages, look_ups, looks, messages, parked, provider_ids, senders
from hub.db.due import DueDelivery
from hub.db.messages import MessageRef
from hub.db.session import Tx
from hub.failpoints import reach
from hub.failure_policy import Consequence, Step, consequence
from hub.numbers import detecting
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
    """One transaction that records outcomes of a sender. `worked`: whether it is known that it does."""

    tx: Tx
    sender: Sender
    rules: Capabilities
    changes: Changes
    now: datetime
    worked: bool


def record(services: Services, sender: Sender, outcomes: Sequence[Outcome]) -> None:
    """Write what came of attempts, all of them or none."""
    reach("delivery.before_record")
    now, rules = services.clock(), services.adapters[sender.kind].capabilities
    ear = detecting.ear_of(services, sender.kind, services.vault.of(sender.organization_id))
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        into = _Recorder(tx, sender, rules, Changes(), now, worked=state is not None and state.worked)
        for outcome in _record_together(into, outcomes):
            _record(into, outcome)
        _note_worked(into, outcomes)
        to_look_at = detecting.hear_told(tx, ear, sender.id, into.changes.told, now)
        to_look_at += detecting.hear_delivered(tx, ear, sender.id, into.changes.delivered, now)
        into.changes.write(tx)
    reach("delivery.after_record")
    detecting.hasten(services, sender.organization_id, to_look_at)
    services.queue.notify(sender.organization_id)


def _note_worked(into: _Recorder, outcomes: Sequence[Outcome]) -> None:
    """What never worked cannot have been banned; later successes need not be written down."""
    if any(isinstance(each.result, Sent) for each in outcomes) and not into.worked:
        looks.note_worked(into.tx, into.sender.id, into.now)


def _record_together(into: _Recorder, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Record in a few statements all that was sent and still is this process' to record; return the rest.

    What lost its lease was erased, or a sweep, a look-up or a person has decided meanwhile: that goes one by one.
    """
    sent = [(each, each.result) for each in outcomes if isinstance(each.result, Sent)]
    held = deliveries.list_held(into.tx, [each.outgoing.delivery.id for each, _ in sent]) if sent else {}
    mine = [
        (each.outgoing.delivery, result)
        for each, result in sent
        if held.get(each.outgoing.delivery.id) == each.outgoing.lease_until
    ]
    if mine:
        _record_all_sent(into, mine)
    done = {delivery.id for delivery, _ in mine}
    return [each for each in outcomes if each.outgoing.delivery.id not in done]


def _record_all_sent(into: _Recorder, sent: Sequence[tuple[DueDelivery, Sent]]) -> None:
    """As `_record_sent` does for one."""
    tx, sender_id = into.tx, into.sender.id
    attempts.finish(tx, [delivery.id for delivery, _ in sent], "sent", "", "", into.now)
    provider_ids.add_further(tx, sender_id, {also: each.message_id for each, said in sent for also in said.also})
    for status in {said.status for _, said in sent}:
        _raise_all(into, status, [one for one in sent if one[1].status is status])
    by_external_id = {
        external_id: _message(delivery, external_id)
        for delivery, said in sent
        for external_id in (said.external_id, *said.also)
    }
    by_delivery = {delivery.id: _message(delivery, said.external_id) for delivery, said in sent}
    apply_all_parked(tx, sender_id, by_external_id, by_delivery, into.changes, into.now)


def _raise_all(into: _Recorder, status: MessageStatus, sent: Sequence[tuple[DueDelivery, Sent]]) -> None:
    deliveries.confirm(into.tx, [delivery.id for delivery, _ in sent], status)
    external_ids = {delivery.message_id: said.external_id for delivery, said in sent}
    moved = provider_ids.note_sent(into.tx, external_ids, status, into.now)
    for delivery, said in sent:
        if delivery.message_id in moved:
            tell(into.changes, delivery)
        else:
            # something raised it already; what is new of it is its id at most
            _raise_one(into, delivery, status, said.external_id)


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
    if deliveries.find(tx, delivery.id) is None:
        # erased with its message: nothing of it is kept
        return
    attempts.finish(tx, [delivery.id], "sent", "", "", now)
    provider_ids.add_further(tx, sender_id, dict.fromkeys(sent.also, delivery.message_id))
    # before it is confirmed: what it says of a message that goes out again depends on whether it was uncertain
    _raise_one(into, delivery, sent.status, sent.external_id)
    deliveries.confirm(tx, [delivery.id], sent.status)
    for external_id in (sent.external_id, *sent.also):
        apply_parked(tx, sender_id, _message(delivery, external_id), delivery.id, changes, now)


def _raise_one(into: _Recorder, delivery: DueDelivery, status: MessageStatus, external_id: str) -> None:
    receipt = Receipt(status, external_id, delivery.id)
    raise_message(into.tx, into.sender.id, _message(delivery, None), receipt, into.changes, into.now)


def _message(delivery: DueDelivery, external_id: str | None) -> MessageRef:
    return MessageRef(delivery.message_id, delivery.conversation_id, external_id, MessageStatus.SENDING)


def _record_failure(into: _Recorder, outgoing: Outgoing, failure: SendFailure) -> None:
    delivery = outgoing.delivery
    follows = consequence(failure, delivery.attempts + 1)
    if outgoing.refused is None:
        # what the hub refused by itself says nothing new of the person or the sender
        failed = Failed(failure, follows, delivery.text)
        spread(into.tx, into.sender.id, delivery.conversation_id, failed, into.changes, into.now)
    if deliveries.holds_lease(into.tx, delivery.id, outgoing.lease_until):
        # else it was erased, or slower than its lease: a sweep, a look-up or a person has decided meanwhile
        attempts.finish(into.tx, [delivery.id], failure.kind, failure.code, failure.detail, into.now)
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
        held_messages.hold_left_behind(into.tx, into.sender.id)


def forget_watermarks(tx: Tx, sender_id: str, delivery_id: str) -> None:
    """Drop what the person's reading said of a try that never reached them: the next one was not read by that."""
    parked.take(tx, sender_id, [], [delivery_id])


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
