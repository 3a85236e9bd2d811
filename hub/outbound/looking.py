"""Look-ups: the provider is asked what became of sends that nobody answered, where it can tell.

Found: it was sent, and the receipts that waited for its id are applied. Not sent: it is queued again, and that attempt
counts. Not known: asked again later and later, then left `uncertain` for a person. Whatever is learned meanwhile by a
receipt, an echo or a person goes before the answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, zip_longest

from hub.conversations.changes import Changes
from hub.conversations.receipts import apply_parked, raise_message
from hub.db import deliveries, due, look_ups, messages, provider_ids, senders
from hub.db.due import DueDelivery
from hub.db.look_ups import LookUpRef
from hub.db.messages import MessageRef
from hub.db.session import PlatformWork, Tx
from hub.failure_policy import Step, consequence
from hub.log import get_logger
from hub.numbers import detecting
from hub.outbound.jobs import DELIVER_JOB, LOOK_UP_JOB
from hub.outbound.marking import message_of, tell
from hub.outbound.recording import forget_watermarks
from hub.types import (
    ErrorView,
    FailureKind,
    Found,
    LookUp,
    MessageStatus,
    NotConfirmed,
    NotKnown,
    NotSent,
    Receipt,
    Sender,
    SendFailure,
    Uncertain,
)
from hub.wiring import Services

_AT_ONCE = 40
_KNOWN_FROM = timedelta(hours=1)
_LOOK_UPS = 10
_LONGEST_PAUSE = 600.0
_NEVER_SENT = SendFailure(FailureKind.TRY_LATER, "the provider never got it")
_NEVER_CONFIRMED = SendFailure(
    FailureKind.UNCERTAIN, "the provider would have confirmed it by now and did not; send it again if it matters"
)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A claimed look-up: what is asked about, and what it was asked for."""

    ref: LookUpRef
    delivery: DueDelivery
    uncertain: Uncertain


def look_up(services: Services, key: str) -> None:
    """Ask about every uncertain send whose time has come, sender by sender."""
    services.queue.clear(LOOK_UP_JOB, key)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        refs = look_ups.list_due(tx, services.clock(), _AT_ONCE)
    for sender_id, some in groupby(sorted(refs, key=lambda each: each.sender_id), key=lambda each: each.sender_id):
        _look_up_of(services, sender_id, list(some))


def _look_up_of(services: Services, sender_id: str, refs: Sequence[LookUpRef]) -> None:
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        sealed = senders.find(tx, sender_id)
    if sealed is None or sealed.sender.suspended:
        return
    sender = sealed.open(services.vault)
    for some in _rounds(refs):
        asked = [each for each in (_claim(services, sender, ref) for ref in some) if each is not None]
        answers = asyncio.run(_ask(services, sender, asked)) if asked else {}
        for each in asked:
            _conclude(services, sender, each, answers[each.delivery.id])


def _rounds(refs: Sequence[LookUpRef]) -> list[list[LookUpRef]]:
    """Those of one person go one after the other: what one finds is not what the next one asks about."""
    by_person: dict[str, list[LookUpRef]] = {}
    for ref in refs:
        by_person.setdefault(ref.identity_id, []).append(ref)
    return [[ref for ref in some if ref is not None] for some in zip_longest(*by_person.values())]


def _claim(services: Services, sender: Sender, ref: LookUpRef) -> _Asked | None:
    """Take one for this process; one whose process dies is asked again when this time is over.

    While a message to the same person is being sent it stays due: that one may be listed before it is known.
    """
    now, settings = services.clock(), services.settings
    rules = services.adapters[sender.kind].capabilities
    until = now + timedelta(seconds=settings.send_timeout + settings.send_lease_grace)
    with services.db.transaction(sender.organization_id) as tx:
        if look_ups.is_sending_to(tx, ref.identity_id):
            return None
        claimed = look_ups.claim(tx, ref, until)
        delivery = due.find_tried(tx, ref.delivery_id)
        tried_at = look_ups.tried_at(tx, ref.delivery_id)
        if claimed is None or delivery is None or tried_at is None:
            return None
        message = message_of(tx, sender.channel_id, rules, delivery, tried_at)
        known = look_ups.known_ids(tx, ref.identity_id, tried_at - _KNOWN_FROM)
    return _Asked(claimed, delivery, Uncertain(message, tried_at, known))


async def _ask(services: Services, sender: Sender, asked: Sequence[_Asked]) -> Mapping[str, LookUp]:
    """Ask with no transaction open, several at once as the kind allows."""
    adapter = services.adapters[sender.kind]
    slots = asyncio.Semaphore(max(adapter.capabilities.parallel_sends, 1))

    async def one(each: _Asked) -> LookUp:
        async with slots:
            try:
                async with asyncio.timeout(services.settings.send_timeout):
                    return await adapter.look_up(each.uncertain, sender)
            except Exception as error:  # noqa: BLE001 - the boundary of a look-up: without an answer nothing is known
                log.warning("look_up.failed", delivery_id=each.delivery.id, error=type(error).__name__)
                return NotKnown()

    async with adapter.open():
        answers = await asyncio.gather(*(one(each) for each in asked))
    return {each.delivery.id: answer for each, answer in zip(asked, answers, strict=True)}


def _conclude(services: Services, sender: Sender, asked: _Asked, answer: LookUp) -> None:
    now, key = services.clock(), services.vault.of(sender.organization_id)
    ear = detecting.ear_of(services, sender.kind, key)
    with services.db.transaction(sender.organization_id) as tx:
        senders.lock(tx, sender.id)
        if not look_ups.is_open(tx, asked.ref):
            return
        changes = Changes()
        if isinstance(answer, Found) and _may_be_another(tx, sender, asked, answer):
            answer = NotKnown()
        match answer:
            case Found():
                _note_found(tx, sender, asked.delivery, answer, changes, now)
            case NotSent():
                _queue_again(tx, sender.id, asked, changes, now)
            case NotConfirmed():
                _give_up(tx, asked.delivery, _NEVER_CONFIRMED)
                tell(changes, asked.delivery)
            case NotKnown():
                rules = services.adapters[sender.kind].capabilities
                look_ups.schedule(tx, asked.delivery.id, _next(rules.look_up_after, asked.ref.number, now))
        to_look_at = detecting.hear_told(tx, ear, sender.id, changes.told, now)
        changes.write(tx)
    detecting.wake(services, to_look_at)
    services.queue.notify(sender.organization_id)
    services.queue.wake("delivery", DELIVER_JOB, sender.id)


def _may_be_another(tx: Tx, sender: Sender, asked: _Asked, found: Found) -> bool:
    """Whether what was found is a message known meanwhile, or may be one that is just being sent."""
    known = provider_ids.find_messages(tx, sender.id, [found.external_id]).get(found.external_id)
    if known is not None:
        return known.id != asked.delivery.message_id
    return look_ups.is_sending_to(tx, asked.ref.identity_id)


def _note_found(tx: Tx, sender: Sender, delivery: DueDelivery, found: Found, changes: Changes, now: datetime) -> None:
    message = MessageRef(delivery.message_id, delivery.conversation_id, None, MessageStatus.UNCERTAIN)
    raise_message(tx, sender.id, message, Receipt(found.status, found.external_id, delivery.id), changes, now)
    apply_parked(tx, sender.id, replace(message, external_id=found.external_id), delivery.id, changes, now)


def _queue_again(tx: Tx, sender_id: str, asked: _Asked, changes: Changes, now: datetime) -> None:
    """It was an attempt like any other that came to nothing: the table says whether there is another one."""
    delivery = asked.delivery
    follows = consequence(_NEVER_SENT, delivery.attempts)
    if follows.step is Step.RETRY:
        look_ups.queue_again(tx, asked.ref, delivery.message_id, now)
        forget_watermarks(tx, sender_id, delivery.id)
    else:
        _give_up(tx, delivery, _NEVER_SENT)
    tell(changes, delivery)


def _give_up(tx: Tx, delivery: DueDelivery, failure: SendFailure) -> None:
    """A later word of the provider still raises it."""
    deliveries.confirm(tx, [delivery.id], MessageStatus.FAILED)
    error = ErrorView(failure.kind, failure.detail)
    messages.raise_status(tx, delivery.message_id, MessageStatus.FAILED, error=error)


def _next(seconds: float | None, number: int, now: datetime) -> datetime | None:
    """Return when to ask again: each time after twice as long, until a person has to decide."""
    if seconds is None or number >= _LOOK_UPS:
        return None
    return now + timedelta(seconds=min(seconds * 2**number, _LONGEST_PAUSE))
