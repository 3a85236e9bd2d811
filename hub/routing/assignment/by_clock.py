"""What routing does by the clock: gives back what absent people hold, moves on who waited too long, tells, closes.

Each finds its work across organizations and does it organization by organization, looking again under the lock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.handing import CLOSED
from hub.db import conversations, routing_due, routing_lines, routing_setup
from hub.db.assignments import EndedAssignment
from hub.db.conversations import ConversationRecord
from hub.db.routing_due import Absent, WaitingGroup
from hub.db.routing_forms import choice_from_json
from hub.db.session import PlatformWork, Tx
from hub.errors import Unavailable
from hub.log import get_logger, trace_of
from hub.routing.assignment.arriving import route_new
from hub.routing.assignment.questions import load_known, question_of
from hub.routing.assignment.router import BY_HAND, CHOICE, CHOOSE_UNTIL, Router
from hub.routing.policy.model import Question
from hub.types import Presence
from hub.wiring import Services

_AT_ONCE = 100
log = get_logger(__name__)
_Act = Callable[[Tx, Sequence[ConversationRecord], Changes], None]
"""What is done to some conversations, locked, in one transaction."""


def return_from_offline(services: Services) -> None:
    """Whoever has been offline for the grace time gives back what waits for us; it is routed anew."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        absent = routing_due.list_absent(tx)
    for each in absent:
        if each.since + timedelta(seconds=each.wishes.offline_grace) <= now:
            _give_back(services, each, now)


def _give_back(services: Services, absent: Absent, now: datetime) -> None:
    grace = timedelta(seconds=absent.wishes.offline_grace)

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        held = [each for each in records if each.assignee_id == absent.user_id and _is_due(each, absent, grace, now)]
        router = _router(tx, held, now)
        operator = routing_setup.load_operator(tx, absent.user_id, now)
        if operator is not None and operator.presence is not Presence.OFFLINE:
            return
        name = operator.name if operator else "Whoever had it"
        _route(tx, router, held, changes, f"{name} has gone offline.", lambda question: question)

    with services.db.reading(absent.organization_id) as tx:
        held = routing_lines.list_held(tx, absent.user_id, _AT_ONCE)
    _do(services, absent.organization_id, held, act)


def _is_due(record: ConversationRecord, absent: Absent, grace: timedelta, now: datetime) -> bool:
    """What a person gave to somebody who was offline already is theirs until the customer writes again."""
    given_at = record.assigned_at or absent.since
    if record.routing.get("rule") == BY_HAND and given_at > absent.since:
        return False
    return _waits(record) and max(given_at, absent.since) + grace <= now


def overflow_due(services: Services) -> None:
    """Whoever has waited too long in the line of a group goes over to the group it names."""
    now = services.clock()
    for group in _waiting_groups(services):
        if group.rules.overflow_group_id is not None:
            _overflow(services, group, group.rules.overflow_group_id, now)


def _overflow(services: Services, group: WaitingGroup, to: str, now: datetime) -> None:
    since = now - timedelta(seconds=group.rules.overflow_after)

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        due = [each for each in records if _stands(each, group) and (each.queued_at or now) <= since]
        router = _router(tx, due, now)
        if to not in router.setup.groups:
            return
        cause = f"Nobody in {router.setup.groups[group.group_id].name} took it in time."
        _route(tx, router, due, changes, cause, lambda question: replace(question, group_id=to))

    with services.db.reading(group.organization_id) as tx:
        overdue = routing_lines.list_overdue(tx, group.group_id, since, _AT_ONCE)
    _do(services, group.organization_id, overdue, act)


def tell_supervisors(services: Services) -> None:
    """Say in the thread and in the live stream that somebody waits longer than their group allows."""
    now = services.clock()
    for group in _waiting_groups(services):
        if group.rules.tell_after is not None:
            _tell(services, group, timedelta(seconds=group.rules.tell_after), now)


def _tell(services: Services, group: WaitingGroup, after: timedelta, now: datetime) -> None:
    def act(_tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        for each in records:
            if _stands(each, group) and each.told_at is None and each.waiting_since is not None:
                changes.put(replace(each, told_at=now))
                minutes = int((now - each.waiting_since) / timedelta(minutes=1))
                text = f"Nobody has taken this for {minutes} min; the supervisors are told"
                changes.say(activity(each, "waiting_long", text, now, group_id=each.group_id))
                changes.tell("waiting", conversation_id=each.id, group_id=group.group_id)

    with services.db.reading(group.organization_id) as tx:
        untold = routing_lines.list_untold(tx, group.group_id, now - after, _AT_ONCE)
    _do(services, group.organization_id, untold, act)


def close_silent(services: Services) -> None:
    """Close conversations in which nothing has happened for as many days as their organization wishes."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = routing_due.list_wishes(tx)
    for organization_id, wishes in found:
        if wishes.close_after is not None:
            _close(services, organization_id, wishes.close_after, now)


def _close(services: Services, organization_id: str, days: int, now: datetime) -> None:
    since = now - timedelta(days=days)

    def act(_tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        for each in records:
            done = each.waiting_since is None and each.snoozed_until is None and each.last_activity_at <= since
            if done and not life.is_closed(each):
                changes.put(life.close(each))
                changes.handing.ended.append(EndedAssignment(each.id, CLOSED, now))
                changes.say(activity(each, "closed", f"Closed after {days} days of silence", now))

    with services.db.reading(organization_id) as tx:
        silent = routing_lines.list_silent(tx, since, _AT_ONCE)
    _do(services, organization_id, silent, act)


def end_choices(services: Services) -> None:
    """Whoever was offered a choice and has not chosen in time goes where the rule sends them."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        offered = routing_lines.list_offered(tx)

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        for each in records:
            if each.group_id is None and each.assignee_id is None and _waits(each) and _is_over(each.routing, now):
                _end_choice(tx, each, changes, now)

    for each in offered:
        if _is_over(each.routing, now):
            _do(services, each.organization_id, [each.id], act)


def _end_choice(tx: Tx, record: ConversationRecord, changes: Changes, now: datetime) -> None:
    router = _router(tx, [record], now)
    to = choice_from_json(record.routing[CHOICE]).otherwise_group_id
    question = question_of(record, load_known(tx, [record], ()))
    elsewhere = replace(question, group_id=to if to in router.setup.groups else None)
    router.route(record, elsewhere, changes, "The customer has not chosen.")


def _is_over(routing: Mapping[str, Any], now: datetime) -> bool:
    return CHOICE in routing and datetime.fromisoformat(routing[CHOOSE_UNTIL]) <= now


def end_snoozes(services: Services) -> None:
    """Bring back conversations whose snooze is over: to whoever had them, if they have a slot for it."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        over = conversations.list_snoozed_until(tx, now)

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        for each in records:
            if each.snoozed_until is not None and each.snoozed_until <= now:
                changes.put(replace(each, snoozed_until=None))
                changes.say(activity(each, "snooze_over", "The snooze is over", now))
        route_new(tx, changes, now)

    for organization_id, conversation_id in over:
        _do(services, organization_id, [conversation_id], act)


def _waiting_groups(services: Services) -> list[WaitingGroup]:
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        return routing_due.list_waiting_groups(tx)


def _do(services: Services, organization_id: str, ids: Sequence[str], act: _Act) -> None:
    """Lock conversations, do something to them, write it and tell of it. What fails there stays there."""
    if not ids:
        return
    try:
        _do_locked(services, organization_id, ids, act)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of the job: no organization may keep the others from it
        # never the error's own text: it may carry what people wrote
        log.error("routing.failed", organization_id=organization_id, at=trace_of(error))  # noqa: TRY400


def _do_locked(services: Services, organization_id: str, ids: Sequence[str], act: _Act) -> None:
    with services.db.transaction(organization_id) as tx:
        records = conversations.lock_many(tx, ids)
        changes = Changes()
        changes.know(records)
        act(tx, records, changes)
        changes.write(tx)
        if changes.touched:
            tx.after_commit(lambda: services.queue.notify(organization_id))


def _router(tx: Tx, records: Sequence[ConversationRecord], now: datetime) -> Router:
    routing_setup.lock_routing(tx)
    return Router(routing_setup.load_setup(tx, now, None, [each.id for each in records]), now)


def _route(
    tx: Tx,
    router: Router,
    records: Sequence[ConversationRecord],
    changes: Changes,
    cause: str,
    about: Callable[[Question], Question],
) -> None:
    """Route conversations, most urgent first. `about`: what is asked otherwise than of one that goes on."""
    known = load_known(tx, records, ())
    for each in sorted(records, key=lambda each: (-each.priority, each.waiting_since or router.now, each.id)):
        router.route(each, about(question_of(each, known)), changes, cause)


def _stands(record: ConversationRecord, group: WaitingGroup) -> bool:
    return record.assignee_id is None and record.group_id == group.group_id and _waits(record)


def _waits(record: ConversationRecord) -> bool:
    return record.waiting_since is not None and record.snoozed_until is None and not life.is_closed(record)
