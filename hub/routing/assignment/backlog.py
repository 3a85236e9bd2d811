"""Giving those who wait to operators who came online or have a free slot: most urgent first, then longest waiting."""

from collections.abc import Callable, Sequence
from heapq import merge
from itertools import islice

from hub.access.presence import ASSIGN_WAITING
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.db import conversations, routing_lines, routing_setup
from hub.db.conversations import ConversationRecord
from hub.db.routing_lines import Head, Line
from hub.db.session import PlatformWork
from hub.routing.assignment.questions import Known, load_known, question_of
from hub.routing.assignment.router import Router, key_of
from hub.routing.assignment.standing import could_serve
from hub.routing.policy.model import Setup
from hub.routing.policy.needs import read_needs
from hub.wiring import Services

ASSIGN_JOB = ASSIGN_WAITING
_AT_ONCE = 100
"""How many conversations one transaction gives away."""
_ROUNDS = 50
"""After so many transactions the job lets others have the worker."""


def wake_waiting(services: Services) -> None:
    """Wake `assign_waiting` for organizations where conversations wait and somebody is online."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = routing_lines.organizations_waiting(tx)
    if found:
        services.queue.wake_many("routing", ASSIGN_JOB, found)


def assign_waiting(services: Services, organization_id: str) -> None:
    """Give waiting conversations away until nobody has a free slot for any of them.

    What it costs depends on the slots that are free, not on how many wait.
    """
    services.queue.clear(ASSIGN_JOB, organization_id)
    for _ in range(_ROUNDS):
        if not _assign_some(services, organization_id):
            return
    services.queue.wake("routing", ASSIGN_JOB, organization_id)


def forget_lines(services: Services) -> None:
    """Remove lines in which nobody stands any more."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = routing_lines.organizations_with_empty_lines(tx)
    for organization_id in found:
        with services.db.transaction(organization_id) as tx:
            routing_setup.lock_routing(tx)
            routing_lines.remove_empty(tx)


def _assign_some(services: Services, organization_id: str) -> bool:
    """Give away, or bring into another line, at least one conversation; False when there is none to be had."""
    now = services.clock()
    with services.db.reading(organization_id) as tx:
        setup, lines = routing_setup.load_setup(tx, now), routing_lines.list_lines(tx)
        heads = pick(
            setup, lines, lambda line, most: routing_lines.list_heads(tx, line.group_id, line.needs, now, most)
        )
    if not heads:
        return False
    with services.db.transaction(organization_id) as tx:
        changes = Changes()
        changes.know(conversations.lock_many(tx, [each.id for each in heads]))
        routing_setup.lock_routing(tx)
        router = Router(routing_setup.load_setup(tx, now), now)
        records = [changes.records[each.id] for each in heads if each.id in changes.records]
        serve(router, records, load_known(tx, records, ()), changes)
        changes.write(tx)
        tx.after_commit(lambda: services.queue.notify(organization_id))
    return bool(changes.touched)


def pick(setup: Setup, lines: Sequence[Line], heads_of: Callable[[Line, int], Sequence[Head]]) -> list[Head]:
    """Return who is to be served next: the first of every line that anybody could serve, in one order.

    `heads_of` gives so many of a line, in their order.
    """
    heads = [heads_of(line, most) for line in lines if (most := _servable(line, setup))]
    return list(islice(merge(*heads), _AT_ONCE))


def _servable(line: Line, setup: Setup) -> int:
    """How many of a line could be served at most; those of a line that is no group's any more need another one."""
    group = setup.groups.get(line.group_id)
    if group is None:
        return 0
    if key_of(read_needs(line.needs), group) != line.needs:
        return _AT_ONCE
    members = [setup.operators[each] for each in group.members]
    return min(_AT_ONCE, sum(each.slots - each.taken for each in members if could_serve(each, line, setup.groups)))


def serve(router: Router, records: Sequence[ConversationRecord], known: Known, changes: Changes) -> None:
    """Serve conversations in their order; a line whose first cannot be served is left with all behind them."""
    stuck: set[tuple[str | None, str]] = set()
    for record in records:
        line = record.group_id, record.needs
        if line in stuck or not _still_waits(record, router):
            continue
        if not router.serve(record, question_of(record, known), changes):
            stuck.add(line)


def _still_waits(record: ConversationRecord, router: Router) -> bool:
    asleep = record.snoozed_until is not None and record.snoozed_until > router.now
    waits = record.waiting_since is not None and record.assignee_id is None and record.group_id is not None
    return waits and not asleep and not life.is_closed(record)
