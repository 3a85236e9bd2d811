"""Giving conversations to groups and people: by decision, by an operator's hand, and when somebody comes online."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.standing import require_shown
from hub.conversations.tracing import record_move
from hub.db import conversations, routing, threads
from hub.db.conversations import ConversationRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.routing.policy.choice import Candidate, Decision, choose
from hub.types import Actor, ConversationView
from hub.wiring import Services

ASSIGN_JOB = "workers.routing.assign_waiting"
_BACKLOG = 100


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a person gives a conversation to. `take`: to themselves, only if nobody has it."""

    group_id: str | None = None
    user_id: str | None = None
    take: bool = False


class Router:
    """Routes conversations in one transaction, loading each group's operators once and counting what it gives away."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._members: dict[str, list[Candidate]] = {}
        self._given: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._groups: dict[str, str | None] = {}

    def route(self, record: ConversationRecord, changes: Changes) -> None:
        """Decide who gets a conversation that has nobody, and leave the reason on it."""
        group_id = record.group_id or self._group_of(record.channel_id)
        group_name = self._name(routing.name_of_group, group_id) if group_id else ""
        candidates = self._candidates(group_id) if group_id else []
        channel_name = self._name(routing.name_of_channel, record.channel_id)
        decision = choose(group_id, group_name, channel_name, candidates)
        if decision.user_id is None and record.routing.get("reason") == decision.reason:
            return
        if decision.user_id:
            self._given[decision.user_id] += 1
        changes.put(_decided(record, decision, self._now))
        changes.say(activity(record, "routed", decision.reason, self._now, group_id=group_id, user_id=decision.user_id))

    def _candidates(self, group_id: str) -> list[Candidate]:
        """The group's operators with the work this very transaction has given them counted in."""
        if group_id not in self._members:
            if not self._members:
                routing.lock_routing(self._tx)
            self._members[group_id] = [
                Candidate(each.user_id, each.name, each.presence, each.slots, each.taken, each.last_assigned_at)
                for each in routing.load_members(self._tx, group_id)
            ]
        return [self._with_given(each) for each in self._members[group_id]]

    def _with_given(self, candidate: Candidate) -> Candidate:
        given = self._given[candidate.user_id]
        return replace(candidate, taken=candidate.taken + given, idle_since=self._now) if given else candidate

    def _group_of(self, channel_id: str) -> str | None:
        if channel_id not in self._groups:
            self._groups[channel_id] = conversations.group_of_channel(self._tx, channel_id)
        return self._groups[channel_id]

    def _name(self, load: Callable[[Tx, str], str], key: str) -> str:
        if key not in self._names:
            self._names[key] = load(self._tx, key)
        return self._names[key]


def _decided(record: ConversationRecord, decision: Decision, now: datetime) -> ConversationRecord:
    return replace(
        record,
        group_id=decision.group_id,
        assignee_id=decision.user_id,
        assigned_at=now if decision.user_id else None,
        routing={"reason": decision.reason, "rule": decision.rule},
    )


def route_new(tx: Tx, changes: Changes, now: datetime) -> None:
    """Route the conversations among `changes` that wait for us and have nobody."""
    router = Router(tx, now)
    for conversation_id in sorted(changes.touched):
        record = changes.records[conversation_id]
        waits = record.assignee_id is None and record.waiting_since is not None and not life.is_closed(record)
        if waits and not changes.is_quiet(conversation_id):
            router.route(record, changes)


def wake_waiting(services: Services) -> None:
    """Wake `assign_waiting` for organizations where conversations wait and somebody is online."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = routing.organizations_waiting(tx)
    if found:
        services.queue.wake_many("routing", ASSIGN_JOB, found)


def assign_waiting(services: Services, organization_id: str) -> None:
    """Give waiting conversations to operators who came online or have a free slot, most urgent first."""
    services.queue.clear(ASSIGN_JOB, organization_id)
    with services.db.reading(organization_id) as tx:
        waiting = routing.list_waiting(tx, _BACKLOG)
    if not waiting:
        return
    now = services.clock()
    with services.db.transaction(organization_id) as tx:
        changes = Changes()
        locked = {record.id: record for record in conversations.lock_many(tx, waiting)}
        router = Router(tx, now)
        for record in (locked[each] for each in waiting if each in locked):
            if record.assignee_id is None and not life.is_closed(record):
                router.route(record, changes)
        changes.write(tx)
        tx.after_commit(lambda: _tell(services, organization_id))


def assign(services: Services, actor: Actor, conversation_id: str, wanted: Assignment) -> ConversationView:
    """Give a conversation to a group, a person, or (take) oneself.

    Raises NotFound for an unknown conversation, group or person, Conflict when somebody has what one wants to take.
    """
    now = services.clock()
    with services.db.transaction(actor.organization_id) as tx:
        record = conversations.lock(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        require_shown(tx, actor, conversation_id)
        changes = Changes()
        changes.know([record])
        _hand_over(tx, actor, record, wanted, changes, now)
        changes.write(tx)
        record_move(services, tx, actor, "assigned", record, changes.records[conversation_id])
        tx.after_commit(lambda: _tell(services, actor.organization_id))
        view = threads.find(tx, actor.user_id, conversation_id)
    if view is None:
        raise NotFound("there is no such conversation")
    return view


def _hand_over(
    tx: Tx, actor: Actor, record: ConversationRecord, wanted: Assignment, changes: Changes, now: datetime
) -> None:
    user_id = actor.user_id if wanted.take else wanted.user_id
    if wanted.take and record.assignee_id not in (None, user_id):
        raise Conflict("somebody has this conversation already; ask them, or assign it to yourself")
    if user_id is None and wanted.group_id is None:
        raise Invalid("say to whom: user_id, group_id, or take")
    user = routing.find_user(tx, user_id) if user_id else None
    if user_id and user is None:
        raise NotFound("there is no such user in this organization")
    group = routing.name_of_group(tx, wanted.group_id) if wanted.group_id else ""
    text = f"Assigned to {user.name}" if user else f"Moved to {group}"
    handed = replace(
        record,
        group_id=wanted.group_id or record.group_id,
        assignee_id=user_id,
        assigned_at=now if user_id else None,
        routing={"reason": f"{text} by {actor.name}", "rule": "by_hand"},
    )
    changes.put(handed)
    changes.say(activity(record, "assigned", f"{text} by {actor.name}", now, actor, user_id=user_id))


def _tell(services: Services, organization_id: str) -> None:
    services.queue.notify(organization_id)
