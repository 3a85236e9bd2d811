"""Doing something to conversations by the clock: found without a lock, locked, looked at again, written, told."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.db import conversations, routing_setup
from hub.db.conversations import ConversationRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Unavailable
from hub.log import get_logger, trace_of
from hub.routing.assignment.backlog import ASSIGN_JOB
from hub.routing.assignment.questions import load_known, question_of
from hub.routing.assignment.router import Router
from hub.routing.assignment.standing import standing_in
from hub.routing.policy.model import Question
from hub.wiring import Services

AT_ONCE = 100
"""How many conversations one transaction takes."""
_ROUNDS = 50
"""After so many transactions others have the worker; what is left is found again."""

log = get_logger(__name__)
Act = Callable[[Tx, Sequence[ConversationRecord], Changes], None]
"""What is done to some conversations, locked, in one transaction."""


def act_while_due(services: Services, organization_id: str, find: Callable[[Tx], Sequence[str]], act: Act) -> None:
    """Do something to all conversations that `find` finds, some at a time, as long as it changes any of them."""
    for _ in range(_ROUNDS):
        with services.db.reading(organization_id) as tx:
            ids = find(tx)
        if not act_on(services, organization_id, ids, act):
            return


def act_everywhere(
    services: Services, find: Callable[[Tx, int, Collection[str]], Sequence[tuple[str, str]]], act: Act
) -> None:
    """Do something to all conversations that `find` finds, some of an organization in one transaction.

    `find` gets how many it gives at most, and the organizations that it passes over: nothing is changed in them any
    more, so that they keep no other from its turn. It gives (organization, conversation).
    """
    done: set[str] = set()
    for _ in range(_ROUNDS):
        with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
            found = find(tx, AT_ONCE, done)
        if not found:
            return
        for organization_id, ids in _by_organization(found).items():
            if not _act_on_any(services, organization_id, ids, act):
                done.add(organization_id)


def _by_organization(found: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for organization_id, conversation_id in found:
        ids.setdefault(organization_id, []).append(conversation_id)
    return ids


def _act_on_any(services: Services, organization_id: str, ids: Sequence[str], act: Act) -> bool:
    """The same to all at once; if that fails, to each by itself, so that one keeps no other back."""
    if act_on(services, organization_id, ids, act):
        return True
    changed = [act_on(services, organization_id, [each], act) for each in ids] if len(ids) > 1 else []
    return any(changed)


def act_on(services: Services, organization_id: str, ids: Sequence[str], act: Act) -> bool:
    """Lock conversations, do something to them, write it and tell of it; whether any was changed.

    What fails there stays there.
    """
    if not ids:
        return False
    try:
        return _act_locked(services, organization_id, ids, act)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of the job: no organization may keep the others from it
        # never the error's own text: it may carry what people wrote
        log.error("routing.failed", organization_id=organization_id, at=trace_of(error))  # noqa: TRY400
        return False


def _act_locked(services: Services, organization_id: str, ids: Sequence[str], act: Act) -> bool:
    with services.db.transaction(organization_id) as tx:
        changes = Changes()
        changes.know(conversations.lock_many(tx, ids))
        act(tx, list(changes.records.values()), changes)
        changes.write(tx)
        if changes.touched:
            tx.after_commit(lambda: services.queue.notify(organization_id))
        if changes.handing.behind:
            tx.after_commit(lambda: services.queue.wake("routing", ASSIGN_JOB, organization_id))
        return bool(changes.touched)


def router_for(tx: Tx, records: Sequence[ConversationRecord], now: datetime) -> Router:
    """Lock routing and return who routes these conversations, behind all who stand before them."""
    routing_setup.lock_routing(tx)
    beside = [each.id for each in records]
    return Router(routing_setup.load_setup(tx, now, None, beside), now, standing_in(tx, now, beside))


def route_all(
    tx: Tx,
    router: Router,
    records: Sequence[ConversationRecord],
    changes: Changes,
    cause: str,
    about: Callable[[ConversationRecord, Question], Question] = lambda _record, question: question,
) -> None:
    """Route conversations, most urgent first. `about`: what is asked otherwise than of one that goes on."""
    known = load_known(tx, records, ())
    for each in sorted(records, key=lambda each: (-each.priority, each.waiting_since or router.now, each.id)):
        router.route(each, about(each, question_of(each, known)), changes, cause)


def waits(record: ConversationRecord) -> bool:
    """Whether a customer waits in a conversation and it is not put aside."""
    return record.waiting_since is not None and record.snoozed_until is None and not life.is_closed(record)
