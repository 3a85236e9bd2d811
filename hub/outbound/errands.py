"""Running the errands of a sender: calls that are safe to repeat, tried until they are done, refused or worthless."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hub.conversations.apply import apply
from hub.conversations.arriving import Arrived, setting_of
from hub.conversations.changes import Changes
from hub.conversations.chores import ERRANDS_JOB
from hub.conversations.failures import Failed, spread
from hub.db import errands, senders, targets
from hub.db.errands import DONE, EXPIRED, FAILED, DueErrand
from hub.db.session import PlatformWork, Tx
from hub.errors import UnsupportedContent
from hub.failure_policy import Step, consequence
from hub.log import get_logger
from hub.numbers import detecting
from hub.outbound.aftermath import Touch, settle_errand
from hub.outbound.jobs import TYPING_JOB
from hub.outbound.marking import is_held
from hub.outbound.pacing import Pace
from hub.routing.assignment import ASSIGN_JOB, route_new
from hub.types import Errand, FailureKind, InboundEvent, Sender, SendFailure, ShowTyping
from hub.wiring import Services

_TURN_SECONDS = 2.0
_NO_ANSWER = SendFailure(FailureKind.TRY_LATER, "the provider did not answer in time")
_TOO_OLD = "it could not be done in time"

log = get_logger(__name__)

Done = Sequence[InboundEvent] | SendFailure


def run(services: Services, sender_id: str) -> None:
    """Run what is due for a sender; after its turn the rest waits for the next wake-up."""
    services.queue.clear(ERRANDS_JOB, sender_id)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
    if found is None or found.sender.suspended:
        return
    if not asyncio.run(_run_due(services, found.open(services.vault))):
        services.queue.wake("delivery", ERRANDS_JOB, sender_id)


async def _run_due(services: Services, sender: Sender) -> bool:
    """Run several at once, within the sender's pace; return whether all is done."""
    adapter, until = services.adapters[sender.kind], time.monotonic() + _TURN_SECONDS
    rules = adapter.capabilities
    pace = Pace(services.queue, sender.id, rules.sends_per_second)
    async with adapter.open():
        while time.monotonic() < until:
            grant = pace.take(max(rules.parallel_sends, 1))
            due = _claim(services, sender, grant.count) if grant.count else []
            pace.give_back(grant.count - len(due))
            if grant.count and not due:
                return True
            done = await asyncio.gather(*(_try(services, sender, each.errand) for each in due))
            for each, result in zip(due, done, strict=True):
                _record(services, sender, each, result)
            await asyncio.sleep(0 if due else grant.wait)
    return False


def _claim(services: Services, sender: Sender, most: int) -> list[DueErrand]:
    """Take due errands for this process; whoever dies over them leaves them to be run again."""
    now, settings = services.clock(), services.settings
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        if state is None or state.suspended or state.released or is_held(state, now):
            return []
        due = errands.list_due(tx, sender.id, now, most)
        for each in due:
            errands.claim(tx, each.id, now + timedelta(seconds=settings.send_timeout + settings.send_lease_grace))
    return due


async def _try(services: Services, sender: Sender, errand: Errand) -> Done:
    """Try once, with no transaction open."""
    adapter = services.adapters[sender.kind]
    try:
        async with asyncio.timeout(services.settings.send_timeout) as limit:
            return await adapter.run_errand(errand, sender)
    except UnsupportedContent as refused:
        return SendFailure(FailureKind.CONTENT, refused.detail)
    except Exception as error:  # noqa: BLE001 - the boundary of an errand: the adapter says what the error means
        failure = _NO_ANSWER if limit.expired() else adapter.classify(error)
        log.warning("errand.failed", what=errands.word_of(errand), kind=failure.kind, code=failure.code)
        return failure


def _record(services: Services, sender: Sender, due: DueErrand, result: Done) -> None:
    """Write what came of an errand, and what came to light by it."""
    key, now = services.vault.of(sender.organization_id), services.clock()
    ear = detecting.ear_of(services, sender.kind, key)
    with services.db.transaction(sender.organization_id) as tx:
        state = senders.lock(tx, sender.id)
        changes = Changes()
        if isinstance(result, SendFailure):
            _record_failure(services, tx, sender, due, result, changes)
        elif errands.end(tx, due.id, DONE) and state is not None:
            apply(tx, setting_of(services, state, key, now), [Arrived(each, now) for each in result], changes)
            route_new(tx, changes, now)
            settle_errand(tx, _touch(services, sender, due, None), changes)
        to_look_at = detecting.hear_told(tx, ear, sender.id, changes.told, now)
        changes.write(tx)
    detecting.wake(services, to_look_at)
    services.queue.notify(sender.organization_id)
    if changes.handing.behind:
        services.queue.wake("routing", ASSIGN_JOB, sender.organization_id)


def _record_failure(
    services: Services, tx: Tx, sender: Sender, due: DueErrand, failure: SendFailure, changes: Changes
) -> None:
    """They are safe to repeat: whoever cannot say whether it was done is asked again."""
    now = services.clock()
    if failure.kind is FailureKind.UNCERTAIN:
        failure = replace(failure, kind=FailureKind.TRY_LATER)
    follows = consequence(failure, due.attempts)
    target = targets.find(tx, due.message_id) if due.message_id else None
    if target is not None or not follows.identity_unreachable:
        spread(tx, sender.id, target.conversation_id if target else "", Failed(failure, follows), changes, now)
    again_at = now + timedelta(seconds=follows.delay)
    if follows.step is not Step.FAIL and again_at < due.expires_at:
        errands.put_back(tx, due.id, again_at, failure.detail, counted=follows.step is Step.RETRY)
    elif errands.end(tx, due.id, FAILED, failure.detail):
        settle_errand(tx, _touch(services, sender, due, failure.detail), changes)


def _touch(services: Services, sender: Sender, due: DueErrand, problem: str | None) -> Touch:
    return Touch(sender.id, due.message_id, due.errand, services.clock(), problem)


def end_expired(services: Services) -> None:
    """End what is worthless by now."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        expired = errands.list_expired(tx, now)
    for organization_id, errand_id in expired:
        with services.db.transaction(organization_id) as tx:
            found = errands.find(tx, errand_id)
            changes = Changes()
            if found is not None and errands.end(tx, errand_id, EXPIRED, _TOO_OLD):
                settle_errand(tx, Touch(found.sender_id, found.message_id, found.errand, now, _TOO_OLD), changes)
            changes.write(tx)
        services.queue.notify(organization_id)


def show_typing(services: Services, conversation_id: str) -> None:
    """Show the person of a conversation that somebody is writing: once, and nothing follows when it fails."""
    services.queue.clear(TYPING_JOB, conversation_id)
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        ref = senders.find_by_conversation(tx, conversation_id)
        found = senders.find(tx, ref.id) if ref else None
    if found is None or found.sender.suspended:
        return
    with services.db.reading(found.sender.organization_id) as tx:
        listener = targets.find_listener(tx, conversation_id)
    if listener is not None:
        asyncio.run(_try(services, found.open(services.vault), ShowTyping(listener.person)))
