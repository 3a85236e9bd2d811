"""Routing what came in, within the transaction that stores it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.db import routing_facts, routing_setup
from hub.db.conversations import ConversationRecord
from hub.db.routing_forms import choice_from_json
from hub.db.routing_rules import has_rules, list_rules
from hub.db.routing_setup import takes_slot
from hub.db.session import Tx
from hub.routing.assignment.questions import (
    Heard,
    Known,
    fresh_question,
    heard_in,
    heard_payload,
    is_fresh,
    load_known,
    question_of,
    understood,
    with_language,
)
from hub.routing.assignment.router import CHOICE, Router, choice_is_over
from hub.routing.assignment.standing import standing_in
from hub.routing.policy.answers import chosen
from hub.routing.policy.deciding import decide
from hub.routing.policy.model import Group, Question, Setup
from hub.routing.policy.wording import quoted
from hub.types import Choice


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation as it is routed, the question about it, and a sentence that goes before the answer."""

    record: ConversationRecord
    question: Question
    cause: str = ""


def route_new(tx: Tx, changes: Changes, now: datetime) -> None:
    """Route the conversations among `changes` that wait for us and have nobody, or nobody who is there for them.

    That is an owner who is not online, or who has turned to others meanwhile: a parked conversation takes no slot, so
    when its customer writes again, its snooze is over or its restriction lifted, it needs one. Where
    `changes.handing.behind` is set then, whoever commits wakes `assign_waiting`.
    """
    waiting = _waiting(changes)
    back = {each.assignee_id for each in waiting if each.assignee_id is not None and _came_back(each, changes)}
    online = routing_setup.online_among(tx, back) if back else set()
    groups = routing_setup.load_groups(tx) if back else {}
    due = [each for each in waiting if needs_owner(each, changes, online, groups, now)]
    if not due:
        return
    # what takes time is done while others may still route
    heard = _heard(tx, due, changes)
    routing_setup.lock_routing(tx)
    setup = _load_setup(tx, due, changes, now)
    router = Router(setup, now, standing_in(tx, now, {each.id for each in due}))
    route_due(router, due, load_known(tx, due, setup.rules), heard, changes)


def route_due(
    router: Router, due: Sequence[ConversationRecord], known: Known, heard: Mapping[str, Heard], changes: Changes
) -> None:
    """Route conversations beside whatever else the transaction changes: most urgent first, then longest waiting.

    How urgent those are that begin the rules say, which all are asked before anybody is given to somebody.
    """
    for each in sorted(changes.touched - {each.id for each in due}):
        # what may not be shown takes no slot
        if not changes.is_quiet(each):
            router.count(changes.records[each])
    questions = [ask(each, known, heard[each.id], changes, router) for each in due]
    for asked in sorted(filter(None, questions), key=lambda asked: _order(asked, router)):
        router.route(asked.record, asked.question, changes, asked.cause)


def _order(asked: Asked, router: Router) -> tuple[int, datetime, str]:
    record = asked.record
    return -router.priority_of(record, asked.question), record.waiting_since or router.now, record.id


def needs_owner(
    record: ConversationRecord, changes: Changes, online: Collection[str], groups: Mapping[str, Group], now: datetime
) -> bool:
    """Whether a conversation in which somebody waits has nobody, or came back to somebody who is not there for it."""
    if record.assignee_id is None:
        return True
    there = record.assignee_id in online and not _was_parked(record, changes, groups, now)
    return _came_back(record, changes) and not there


def _waiting(changes: Changes) -> list[ConversationRecord]:
    """The conversations that a customer waits in, without those of whom nothing is told."""
    records = [changes.records[each] for each in sorted(changes.touched)]
    return [
        each
        for each in records
        if each.waiting_since is not None and not life.is_closed(each) and not changes.is_quiet(each.id)
    ]


def _came_back(record: ConversationRecord, changes: Changes) -> bool:
    return record.id in changes.heard or record.id in changes.shown_again or _woke(record, changes)


def _woke(record: ConversationRecord, changes: Changes) -> bool:
    before = changes.before.get(record.id)
    return before is not None and before.snoozed_until is not None and record.snoozed_until is None


def _was_parked(record: ConversationRecord, changes: Changes, groups: Mapping[str, Group], now: datetime) -> bool:
    """Whether a conversation had an owner and took none of their slots before this transaction."""
    before = changes.before.get(record.id)
    if before is None or before.assignee_id is None or record.assignee_id is None:
        return False
    # a snooze that is over has kept the slot free until this moment, and so has a restriction
    return _woke(record, changes) or record.id in changes.shown_again or not takes_slot(before, groups, now)


def _load_setup(tx: Tx, due: list[ConversationRecord], changes: Changes, now: datetime) -> Setup:
    """Rules may name any group; without them only the members of the groups at hand are asked for."""
    owners = {each.assignee_id for each in due if each.assignee_id}
    if has_rules(tx):
        return routing_setup.load_setup(tx, now, None, changes.touched, owners)
    groups = {each.group_id for each in due if each.group_id}
    groups |= routing_facts.groups_of_channels(tx, {each.channel_id for each in due})
    return routing_setup.load_setup(tx, now, groups, changes.touched, owners)


def _heard(tx: Tx, due: list[ConversationRecord], changes: Changes) -> dict[str, Heard]:
    """What was said in each, with its language in those that begin."""
    heard = {each.id: heard_of(tx, each, changes) for each in due}
    beginning = [each.id for each in due if is_fresh(each, changes)]
    rules = list_rules(tx) if beginning else []
    return heard | {each: understood(heard[each], rules) for each in beginning}


def heard_of(tx: Tx, record: ConversationRecord, changes: Changes) -> Heard:
    """What a customer has just said in a conversation; in one that was never routed, what they said last."""
    entries = changes.heard.get(record.id)
    if entries:
        return heard_in(entries)
    if not is_fresh(record, changes):
        return Heard()
    # it was written while nothing of it might be told
    text, parts = routing_facts.last_heard(tx, record.id)
    return Heard(text, heard_payload(parts))


def ask(record: ConversationRecord, known: Known, heard: Heard, changes: Changes, router: Router) -> Asked | None:
    """Return what is asked about a conversation that is due; None: it goes on waiting for the customer to choose."""
    if is_fresh(record, changes):
        record = with_language(record, heard, router.setup.rules)
        question = fresh_question(record, known, heard, changes)
        return Asked(record, question) if record.id in changes.heard else _ask_of_silent(record, question, router)
    if CHOICE in record.routing and record.group_id is None:
        return _ask_of_choice(record, known, heard, router)
    parked = _was_parked(record, changes, router.setup.groups, router.now)
    return Asked(record, replace(question_of(record, known, heard), parked=parked))


def _ask_of_choice(record: ConversationRecord, known: Known, heard: Heard, router: Router) -> Asked | None:
    """The customer was asked to choose: what they say now may be their choice."""
    choice = choice_from_json(record.routing[CHOICE])
    option = chosen(choice, heard.text, heard.payload)
    if option is not None:
        question = replace(question_of(record, known, heard), group_id=option.group_id)
        about = replace(record, topic=option.topic or record.topic)
        return Asked(about, question, f"The customer chose “{quoted(option.label)}”")
    if record.queued_at is not None and not choice_is_over(record.routing, router.now):
        return None
    # nobody waits for the choice any more: it was answered without one, or was over while it was put aside
    elsewhere = replace(question_of(record, known, heard), group_id=_otherwise(choice, router))
    return Asked(record, elsewhere, "The customer has not chosen")


def _ask_of_silent(record: ConversationRecord, question: Question, router: Router) -> Asked:
    """The customer has not written just now: what a rule lets them choose goes where those go who do not choose."""
    decision = decide(router.setup, question, router.now)
    if decision.choice is None:
        return Asked(record, question)
    priority = router.priority_of(record, question)
    about = replace(record, topic=decision.topic or record.topic, priority=priority, group_id=None)
    elsewhere = replace(
        question, fresh=False, group_id=_otherwise(decision.choice, router), needs=decision.needs, topic=about.topic
    )
    return Asked(about, elsewhere, "The customer has not been asked to choose.")


def _otherwise(choice: Choice, router: Router) -> str | None:
    to = choice.otherwise_group_id
    return to if to in router.setup.groups else None
