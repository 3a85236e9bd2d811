"""A user answers: the conversation is under way, and it is theirs when nobody had it."""

from datetime import datetime

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.giving import Hand, give_by_hand
from hub.conversations.reopening import require_only_open
from hub.db import routing_setup
from hub.db.conversations import ConversationRecord
from hub.db.session import Tx
from hub.errors import NotFound
from hub.types import Actor


def note_answer(
    tx: Tx, actor: Actor, record: ConversationRecord, preview: str, now: datetime, changes: Changes
) -> None:
    """Note a user's answer in a conversation that this transaction holds.

    Whoever answers in one that nobody has, has it from now on, beyond their slots too. Raises Conflict for a closed
    conversation beside an open one, NotFound for an author who may not answer.
    """
    if life.is_closed(record):
        require_only_open(tx, record)
    changes.handing.note_answer(record.id, now, actor.user_id)
    after = life.answer(record, preview, now)
    changes.put(after)
    if after.assignee_id is None:
        _take(tx, after, _hand(actor, record, now), changes)


def _hand(actor: Actor, before: ConversationRecord, now: datetime) -> Hand:
    if life.is_closed(before):
        return Hand(actor, now, "reopened", f"Reopened by an answer of {actor.name}", before.waiting_since)
    return Hand(actor, now, "assigned", f"Taken by {actor.name} with an answer", before.waiting_since)


def _take(tx: Tx, record: ConversationRecord, hand: Hand, changes: Changes) -> None:
    routing_setup.lock_routing(tx)
    author = routing_setup.load_operator(tx, hand.actor.user_id, hand.now, [record.id])
    if author is None:
        raise NotFound("there is no such user in this organization, or they may not answer")
    give_by_hand(record, author, hand, routing_setup.load_groups(tx), changes)
