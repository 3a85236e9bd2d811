"""What operators do to a conversation besides answering: close, reopen, snooze, name its topic, mark it read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hub import audit
from hub.access.presence import ASSIGN_WAITING
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.handing import CLOSED
from hub.conversations.reopening import require_only_open
from hub.conversations.seeing import mark_seen
from hub.conversations.standing import require_shown
from hub.conversations.tracing import record_move
from hub.db import conversations, threads
from hub.db.assignments import EndedAssignment, NewAssignment
from hub.db.conversations import ConversationRecord
from hub.errors import Conflict, Invalid, NotFound
from hub.types import Actor, ConversationView, WaitingFor
from hub.wiring import Services

_Move = Callable[[ConversationRecord], ConversationRecord]


def close(services: Services, actor: Actor, conversation_id: str) -> ConversationView:
    """Close a conversation; its slot is free at once. Closing a closed one changes nothing."""

    def move(record: ConversationRecord) -> ConversationRecord:
        return record if life.is_closed(record) else life.close(record)

    return _change(services, actor, conversation_id, "closed", f"Closed by {actor.name}", move)


def reopen(services: Services, actor: Actor, conversation_id: str) -> ConversationView:
    """Open a closed conversation again and keep it. Reopening an open one changes nothing.

    Raises Conflict when the customer has another open conversation on the channel.
    """

    def move(record: ConversationRecord) -> ConversationRecord:
        if not life.is_closed(record):
            return record
        now = services.clock()
        # closed was done with: whoever waits again waits from now
        since = now if record.waiting_for is WaitingFor.US else None
        return replace(life.give(life.reopen(record), actor.user_id, now), waiting_since=since)

    return _change(services, actor, conversation_id, "reopened", f"Reopened by {actor.name}", move)


def snooze(services: Services, actor: Actor, conversation_id: str, until: datetime) -> ConversationView:
    """Put a conversation aside until a time. Raises Invalid for one that has passed, Conflict for a closed one."""
    if until <= services.clock():
        raise Invalid("the time to snooze until has passed; name one in the future")

    def move(record: ConversationRecord) -> ConversationRecord:
        if life.is_closed(record):
            raise Conflict("the conversation is closed; reopen it first")
        return life.snooze(record, until)

    text = f"Snoozed by {actor.name} until {until:%Y-%m-%d %H:%M} UTC"
    return _change(services, actor, conversation_id, "snoozed", text, move)


def set_topic(services: Services, actor: Actor, conversation_id: str, topic: str | None) -> ConversationView:
    """Name what a conversation is about."""
    text = f"Topic set to “{topic}” by {actor.name}" if topic else f"Topic removed by {actor.name}"
    return _change(services, actor, conversation_id, "topic", text, lambda record: replace(record, topic=topic or None))


def mark_read(services: Services, actor: Actor, conversation_id: str) -> ConversationView:
    """Set the user's own read mark; nobody else's unread count changes."""
    with services.db.transaction(actor.organization_id) as tx:
        record = conversations.lock(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        require_shown(tx, actor, conversation_id)
        was_read = conversations.mark_read(tx, actor.user_id, record)
        if was_read:
            audit.record(services, tx, actor, audit.Change("conversation.read", "conversation", conversation_id))
        view = threads.find(tx, actor.user_id, conversation_id)
        if view is not None and was_read:
            mark_seen(services, tx, conversation_id, view.channel.kind)
    return _present(view)


def _change(
    services: Services, actor: Actor, conversation_id: str, what: str, text: str, move: _Move
) -> ConversationView:
    with services.db.transaction(actor.organization_id) as tx:
        record = conversations.lock(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        require_shown(tx, actor, conversation_id)
        moved = move(record)
        if life.is_closed(record) and not life.is_closed(moved):
            require_only_open(tx, record)
        if moved != record:
            changes, now = Changes(), services.clock()
            changes.put(moved)
            changes.say(activity(record, what, text, now, actor))
            _hand(changes, record, moved, now)
            changes.write(tx)
            record_move(services, tx, actor, what, record, moved)
            tx.after_commit(lambda: _tell(services, actor.organization_id))
        view = threads.find(tx, actor.user_id, conversation_id)
    return _present(view)


def _hand(changes: Changes, before: ConversationRecord, after: ConversationRecord, now: datetime) -> None:
    """Note whose time with a conversation ends with its closing or begins with its reopening."""
    if life.is_closed(after):
        changes.handing.ended.append(EndedAssignment(after.id, CLOSED, now))
    elif life.is_closed(before) and after.assignee_id is not None:
        given = NewAssignment(after.id, after.group_id, after.assignee_id, after.waiting_since, now, by_hand=True)
        changes.handing.given.append(given)


def _tell(services: Services, organization_id: str) -> None:
    """A closed or snoozed conversation has freed a slot: somebody may wait for it."""
    services.queue.notify(organization_id)
    services.queue.wake("routing", ASSIGN_WAITING, organization_id)


def _present(view: ConversationView | None) -> ConversationView:
    if view is None:
        raise NotFound("there is no such conversation")
    return view
