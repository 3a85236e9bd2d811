"""Marking what is due: from here on every other process leaves it alone until the lease is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.conversations.parts import parts_from_json
from hub.conversations.windows import Saying, Standing, lawful_ways, standing_of, words_for_closed
from hub.db import attempts, consents, due, messages, pacing, senders, sent_invitations, templates
from hub.db.due import DueDelivery
from hub.db.senders import SenderState
from hub.db.session import Tx
from hub.failpoints import reach
from hub.numbers.policy.caps import ground_for
from hub.types import Capabilities, FailureKind, OutboundMessage, Part, Sender, SendFailure, Template, Text
from hub.wiring import Services

_REFERENCES = 20
_LAPSED = SendFailure(FailureKind.RECIPIENT, "this person was not to be invited any more when this was about to go out")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A marked delivery and the message an adapter sends for it, until `lease_until` at the latest.

    The bytes of its files are not there yet. `refused`: why nothing may be sent at all.
    """

    delivery: DueDelivery
    message: OutboundMessage
    lease_until: datetime
    refused: SendFailure | None = None


def mark(services: Services, sender: Sender, most: int) -> list[Outgoing]:
    """Take up to `most` due deliveries of a sender, of each conversation the first one only."""
    now = services.clock()
    reach("delivery.before_mark")
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        if state is None or state.suspended or is_held(state, now) or is_past(state):
            return []
        found = due.list_due(tx, sender.id, now, most)
        if not found:
            return []
        outgoing = _take(services, tx, state, found, now)
    reach("delivery.after_mark")
    return outgoing


def is_held(state: SenderState, now: datetime) -> bool:
    """Whether a sender may do nothing now: a provider said "wait", or somebody must mend it first."""
    return state.hold is not None and (state.hold_until is None or state.hold_until > now)


def is_past(state: SenderState) -> bool:
    """Whether another sender has taken its place: what it was to send waits for somebody to send or discard it."""
    return not state.current and not state.released


def _take(
    services: Services, tx: Tx, state: SenderState, found: Sequence[DueDelivery], now: datetime
) -> list[Outgoing]:
    rules = services.adapters[state.kind].capabilities
    lease_until = now + timedelta(seconds=services.settings.send_timeout + services.settings.send_lease_grace)
    attempts.start(tx, found, now, lease_until)
    if rules.to_one_per_second is not None:
        pause = timedelta(seconds=1.0 / rules.to_one_per_second)
        pacing.space_out(tx, state.id, [each.conversation_id for each in found], now + pause)
    changes = Changes()
    for delivery in found:
        tell(changes, delivery)
    changes.write(tx)
    lapsed = _lapsed(tx, found)
    outgoing = [_outgoing(tx, state, rules, each, lease_until, now) for each in found]
    return [
        replace(each, refused=each.refused or _LAPSED) if each.delivery.message_id in lapsed else each
        for each in outgoing
    ]


def _outgoing(
    tx: Tx, state: SenderState, rules: Capabilities, delivery: DueDelivery, lease_until: datetime, now: datetime
) -> Outgoing:
    message = message_of(tx, state.channel_id, rules, delivery, now)
    return Outgoing(delivery, message, lease_until, _why_not(rules, delivery, message, now, released=state.released))


def _lapsed(tx: Tx, found: Sequence[DueDelivery]) -> set[str]:
    """Return the messages of invitations that nobody is to get any more, and take the note of them back.

    Whoever was invited came meanwhile, wants no more or took their consent back, or the invitations were stopped.
    """
    waiting = [each.message_id for each in found if not each.by_person]
    invitations = sent_invitations.list_waiting(tx, waiting) if waiting else []
    said = [each.as_policy() for each in consents.list_of(tx, {each.identity_id for each in invitations})]
    lapsed = [each for each in invitations if not each.wanted or ground_for(said, each.identity_id) is None]
    if lapsed:
        sent_invitations.forget(tx, [each.id for each in lapsed])
    return {each.message_id for each in lapsed}


def message_of(tx: Tx, channel_id: str, rules: Capabilities, delivery: DueDelivery, now: datetime) -> OutboundMessage:
    """Return what an adapter sends for a delivery, without the bytes of its files."""
    parts = tuple(
        _sendable(tx, channel_id, part) for part in parts_from_json(delivery.parts) if not isinstance(part, Text)
    )
    return OutboundMessage(
        delivery_id=delivery.id,
        conversation_id=delivery.conversation_id,
        recipient=delivery.recipient,
        text=delivery.text,
        parts=parts,
        late=standing_of(rules, delivery.last_inbound_at, _saying(delivery, parts), now) is Standing.LATE,
        reply_to_external_id=delivery.reply_to_external_id,
        thread_external_ids=_earlier(tx, rules, delivery.conversation_id),
        topic=delivery.topic,
        author_name=delivery.author_name,
        automatic=not delivery.by_person,
    )


def _earlier(tx: Tx, rules: Capabilities, conversation_id: str) -> tuple[str, ...]:
    return tuple(messages.list_external_ids(tx, conversation_id, _REFERENCES)) if rules.references else ()


def _sendable(tx: Tx, channel_id: str, part: Part) -> Part:
    """A template is stored under our id of it, because the provider's is never shown."""
    if not isinstance(part, Template):
        return part
    known = templates.find(tx, channel_id, part.external_id)
    return Template(known.external_id if known else "", part.name, part.language, part.values)


def _saying(delivery: DueDelivery, parts: Sequence[Part]) -> Saying:
    return Saying(delivery.by_person, any(isinstance(part, Template) for part in parts))


def _why_not(
    rules: Capabilities, delivery: DueDelivery, message: OutboundMessage, now: datetime, *, released: bool
) -> SendFailure | None:
    """A released sender may be somebody else's by now; whoever opted out or is unreachable gets nothing more."""
    if released:
        return SendFailure(FailureKind.SENDER, "the channel was disconnected before this was sent; connect it again")
    if delivery.opted_out:
        return SendFailure(FailureKind.RECIPIENT, "they asked not to be written to here; only they can take that back")
    if delivery.unreachable:
        return SendFailure(FailureKind.RECIPIENT, delivery.unreachable)
    if any(isinstance(part, Template) and not part.external_id for part in message.parts):
        return SendFailure(FailureKind.CONTENT, "the template is no longer there; choose another one")
    if standing_of(rules, delivery.last_inbound_at, _saying(delivery, message.parts), now) is Standing.CLOSED:
        ways = "; ".join(lawful_ways(rules, ()))
        return SendFailure(
            FailureKind.WINDOW, f"{words_for_closed(rules)}; it closed before this could be sent: {ways}"
        )
    return None


def tell(changes: Changes, delivery: DueDelivery) -> None:
    """Note that a message changed, for whoever watches."""
    changes.tell("message", id=delivery.message_id, conversation_id=delivery.conversation_id, direction="outbound")
