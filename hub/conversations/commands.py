"""What operators do to a conversation besides answering: close, reopen, snooze, name its topic, mark it read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hub import audit
from hub.access.presence import ASSIGN_WAITING
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.giving import Hand, give_by_hand
from hub.conversations.handing import CLOSED
from hub.conversations.reopening import require_only_open
from hub.conversations.seeing import mark_seen
from hub.conversations.standing import require_shown
from hub.conversations.tracing import record_move
from hub.db import conversations, routing_setup, threads
from hub.db.assignments import EndedAssignment
from hub.db.conversations import ConversationRecord
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.types import Actor, ConversationView, WaitingFor
from hub.wiring import Services

_Act = Callable[[Tx, ConversationRecord, Changes], None]
"""What is done to a conversation that the transaction holds; nothing, where there is nothing to do."""


def close(services: Services, actor: Actor, conversation_id: str) -> ConversationView:
    """Close a conversation; its slot is free at once. Closing a closed one changes nothing."""

    def act(_tx: Tx, record: ConversationRecord, changes: Changes) -> None:
        if not life.is_closed(record):
            now = services.clock()
            changes.put(life.close(record))
            changes.handing.ended.append(EndedAssignment(record.id, CLOSED, now))
            changes.say(activity(record, "closed", f"Closed by {actor.name}", now, actor))

    return _change(services, actor, conversation_id, "closed", act)


def reopen(services: Services, actor: Actor, conversation_id: str) -> ConversationView:
    """Open a closed conversation again and keep it, beyond one's slots too. Reopening an open one changes nothing.

    Raises Conflict when the customer has another open conversation on the channel.
    """

    def act(tx: Tx, record: ConversationRecord, changes: Changes) -> None:
        if not life.is_closed(record):
            return
        require_only_open(tx, record)
        now = services.clock()
        routing_setup.lock_routing(tx)
        keeper = routing_setup.load_operator(tx, actor.user_id, now, [record.id])
        if keeper is None:
            raise NotFound("there is no such user in this organization, or they may not answer")
        # closed was done with: whoever waits again waits from now
        since = now if record.waiting_for is WaitingFor.US else None
        opened = replace(life.reopen(record), waiting_since=since)
        hand = Hand(actor, now, "reopened", f"Reopened by {actor.name}", since)
        give_by_hand(opened, keeper, hand, routing_setup.load_groups(tx), changes)

    return _change(services, actor, conversation_id, "reopened", act)


def snooze(services: Services, actor: Actor, conversation_id: str, until: datetime) -> ConversationView:
    """Put a conversation aside until a time. Raises Invalid for one that has passed, Conflict for a closed one."""
    if until <= services.clock():
        raise Invalid("the time to snooze until has passed; name one in the future")

    def act(_tx: Tx, record: ConversationRecord, changes: Changes) -> None:
        if life.is_closed(record):
            raise Conflict("the conversation is closed; reopen it first")
        if record.snoozed_until != until:
            text = f"Snoozed by {actor.name} until {until:%Y-%m-%d %H:%M} UTC"
            changes.put(life.snooze(record, until))
            changes.say(activity(record, "snoozed", text, services.clock(), actor))

    return _change(services, actor, conversation_id, "snoozed", act)


def set_topic(services: Services, actor: Actor, conversation_id: str, topic: str | None) -> ConversationView:
    """Name what a conversation is about."""
    text = f"Topic set to “{topic}” by {actor.name}" if topic else f"Topic removed by {actor.name}"

    def act(_tx: Tx, record: ConversationRecord, changes: Changes) -> None:
        if record.topic != (topic or None):
            changes.put(replace(record, topic=topic or None))
            changes.say(activity(record, "topic", text, services.clock(), actor))

    return _change(services, actor, conversation_id, "topic", act)


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


def _change(services: Services, actor: Actor, conversation_id: str, what: str, act: _Act) -> ConversationView:
    with services.db.transaction(actor.organization_id) as tx:
        record = conversations.lock(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        require_shown(tx, actor, conversation_id)
        changes = Changes()
        changes.know([record])
        act(tx, record, changes)
        if changes.touched:
            changes.write(tx)
            record_move(services, tx, actor, what, record, changes.records[conversation_id])
            tx.after_commit(lambda: _tell(services, actor.organization_id))
        view = threads.find(tx, actor.user_id, conversation_id)
    return _present(view)


def _tell(services: Services, organization_id: str) -> None:
    """A closed or snoozed conversation has freed a slot: somebody may wait for it."""
    services.queue.notify(organization_id)
    services.queue.wake("routing", ASSIGN_WAITING, organization_id)


def _present(view: ConversationView | None) -> ConversationView:
    if view is None:
        raise NotFound("there is no such conversation")
    return view
