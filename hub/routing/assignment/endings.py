"""What ends by the clock: conversations that have gone silent, choices that nobody made, snoozes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.handing import CLOSED
from hub.db import conversations, routing_due, routing_lines
from hub.db.assignments import EndedAssignment
from hub.db.conversations import ConversationRecord
from hub.db.routing_forms import choice_from_json
from hub.db.session import PlatformWork, Tx
from hub.routing.assignment.acting import AT_ONCE, act_everywhere, act_while_due, route_all, router_for, waits
from hub.routing.assignment.arriving import route_new
from hub.routing.assignment.router import CHOICE, choice_is_over
from hub.routing.policy.model import Question
from hub.wiring import Services


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
                # nobody was busy with it while nothing happened
                ended_at = max(each.last_activity_at, each.assigned_at or each.last_activity_at)
                changes.handing.ended.append(EndedAssignment(each.id, CLOSED, ended_at))
                changes.say(activity(each, "closed", f"Closed after {days} days of silence", now))

    act_while_due(services, organization_id, lambda tx: routing_lines.list_silent(tx, since, AT_ONCE), act)


def end_choices(services: Services) -> None:
    """Whoever was offered a choice and has not chosen in time goes where the rule sends them."""
    now = services.clock()

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        over = [each for each in records if _is_unchosen(each, now)]
        if not over:
            return
        # one router for all: what it gives away counts in what it gives next
        router = router_for(tx, over, now)
        groups = router.setup.groups

        def elsewhere(record: ConversationRecord, question: Question) -> Question:
            to = choice_from_json(record.routing[CHOICE]).otherwise_group_id
            return replace(question, group_id=to if to in groups else None)

        route_all(tx, router, over, changes, "The customer has not chosen", elsewhere)

    act_everywhere(services, lambda tx, limit, but: routing_lines.list_offered(tx, now, limit, but), act)


def _is_unchosen(record: ConversationRecord, now: datetime) -> bool:
    free = record.group_id is None and record.assignee_id is None
    return free and waits(record) and choice_is_over(record.routing, now)


def end_snoozes(services: Services) -> None:
    """Bring back conversations whose snooze is over: to whoever had them, if they have a slot for it."""
    now = services.clock()

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        for each in records:
            if each.snoozed_until is not None and each.snoozed_until <= now:
                changes.put(replace(each, snoozed_until=None))
                changes.say(activity(each, "snooze_over", "The snooze is over", now))
        route_new(tx, changes, now)

    act_everywhere(services, lambda tx, limit, but: conversations.list_snoozed_until(tx, now, limit, but), act)
