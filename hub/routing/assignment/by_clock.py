"""What routing does by the clock: gives back what absent people hold, moves on who waited too long, tells of them.

Each finds its work across organizations and does it organization by organization, looking again under the lock.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.giving import BY_HAND
from hub.db import routing_due, routing_lines, routing_setup
from hub.db.conversations import ConversationRecord
from hub.db.routing_due import Absent, WaitingGroup
from hub.db.session import PlatformWork, Tx
from hub.routing.assignment.acting import AT_ONCE, act_while_due, route_all, router_for, waits
from hub.routing.policy.wording import quoted
from hub.types import Presence
from hub.wiring import Services


def return_from_offline(services: Services) -> None:
    """Whoever has been offline for the grace time gives back what waits for us; it is routed anew."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        absent = routing_due.list_absent(tx)
    for each in absent:
        if each.since + timedelta(seconds=each.wishes.offline_grace) <= now:
            _give_back(services, each, now)


def _give_back(services: Services, absent: Absent, now: datetime) -> None:
    until = now - timedelta(seconds=absent.wishes.offline_grace)

    def act(tx: Tx, records: Sequence[ConversationRecord], changes: Changes) -> None:
        held = [each for each in records if each.assignee_id == absent.user_id and _is_due(each, absent, until)]
        router = router_for(tx, held, now)
        operator = routing_setup.load_operator(tx, absent.user_id, now)
        if operator is not None and operator.presence is not Presence.OFFLINE:
            return
        name = operator.name if operator else "Whoever had it"
        route_all(tx, router, held, changes, f"{quoted(name)} has gone offline")

    def find(tx: Tx) -> list[str]:
        return routing_lines.list_held(tx, absent.user_id, absent.since, until, AT_ONCE)

    act_while_due(services, absent.organization_id, find, act)


def _is_due(record: ConversationRecord, absent: Absent, until: datetime) -> bool:
    """What a person gave to somebody who was offline already is theirs until the customer writes again."""
    given_at = record.assigned_at or absent.since
    if record.routing.get("rule") == BY_HAND and given_at > absent.since:
        return False
    return waits(record) and max(given_at, absent.since) <= until


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
        router = router_for(tx, due, now)
        if to not in router.setup.groups:
            return
        cause = f"Nobody in {quoted(router.setup.groups[group.group_id].name)} took it in time"
        route_all(tx, router, due, changes, cause, lambda _record, question: replace(question, group_id=to))

    def find(tx: Tx) -> list[str]:
        return routing_lines.list_overdue(tx, group.group_id, since, AT_ONCE)

    act_while_due(services, group.organization_id, find, act)


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

    def find(tx: Tx) -> list[str]:
        return routing_lines.list_untold(tx, group.group_id, now - after, AT_ONCE)

    act_while_due(services, group.organization_id, find, act)


def _waiting_groups(services: Services) -> list[WaitingGroup]:
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        return routing_due.list_waiting_groups(tx)


def _stands(record: ConversationRecord, group: WaitingGroup) -> bool:
    return record.assignee_id is None and record.group_id == group.group_id and waits(record)
