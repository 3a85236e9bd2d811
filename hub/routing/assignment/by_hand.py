"""Giving conversations by a person's hand: assign, transfer, take over, release.

Slots and presence bind automatic assignment only. What a person gives beyond them is marked so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub import audit
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.giving import Hand, give_by_hand, marked
from hub.conversations.handing import RELEASED, TRANSFERRED
from hub.conversations.parts import parts_json, storable
from hub.conversations.standing import require_shown
from hub.conversations.tracing import record_move
from hub.db import conversations, routing_setup, threads
from hub.db.assignments import EndedAssignment
from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.db.routing_lines import Line
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.routing.assignment.backlog import ASSIGN_JOB
from hub.routing.assignment.router import key_of, needs_of, released
from hub.routing.policy.model import Group
from hub.types import Actor, ConversationView, Direction, MessageStatus, Text
from hub.wiring import Services

_NOTE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a person gives a conversation to.

    take     to themselves, only if nobody has it
    release  to nobody: back to its group
    note     for whoever gets it; stored with it
    """

    group_id: str | None = None
    user_id: str | None = None
    take: bool = False
    note: str = ""
    release: bool = False


@dataclass(frozen=True, slots=True)
class _Hand:
    """A hand-over under way: whose hand, of what, when."""

    actor: Actor
    record: ConversationRecord
    wanted: Assignment
    now: datetime


def assign(services: Services, actor: Actor, conversation_id: str, wanted: Assignment) -> ConversationView:
    """Give a conversation to a group, a person, oneself (take) or nobody (release); a note goes with it.

    Raises NotFound for an unknown conversation, group or person, Conflict when somebody has what one wants to take or
    nobody has what one wants to release, Invalid when it is not said to whom or the note is too long.
    """
    note = _clean(wanted)
    with services.db.transaction(actor.organization_id) as tx:
        record = conversations.lock(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        require_shown(tx, actor, conversation_id)
        hand = _Hand(actor, record, wanted, services.clock())
        changes = Changes()
        changes.know([record])
        _hand_over(tx, hand, changes)
        if note:
            _leave_note(services, tx, hand, note, changes)
        changes.write(tx)
        record_move(services, tx, actor, "assigned", record, changes.records[conversation_id])
        tx.after_commit(lambda: _tell(services, actor.organization_id))
        view = threads.find(tx, actor.user_id, conversation_id)
    if view is None:
        raise NotFound("there is no such conversation")
    return view


def _clean(wanted: Assignment) -> str:
    """Return the note as it is stored."""
    said = [bool(wanted.take), wanted.release, bool(wanted.user_id or wanted.group_id)]
    if not any(said):
        raise Invalid("say to whom: user_id, group_id, take or release")
    if (wanted.release and sum(said) > 1) or (wanted.take and wanted.user_id):
        raise Invalid("take, release and user_id exclude one another; choose one")
    note = storable(wanted.note).strip()
    if len(note) > _NOTE_LIMIT:
        raise Invalid(f"a note has at most {_NOTE_LIMIT} characters; this one has {len(note)}")
    return note


def _hand_over(tx: Tx, hand: _Hand, changes: Changes) -> None:
    record, wanted = hand.record, hand.wanted
    user_id = hand.actor.user_id if wanted.take else wanted.user_id
    if wanted.take and record.assignee_id not in (None, user_id):
        raise Conflict("somebody has this conversation already; ask them, or assign it to yourself")
    if wanted.release and record.assignee_id is None:
        raise Conflict("nobody has this conversation; there is nothing to release")
    routing_setup.lock_routing(tx)
    groups = routing_setup.load_groups(tx)
    if wanted.group_id and wanted.group_id not in groups:
        raise NotFound("there is no such group in this organization")
    if user_id is None:
        _give_to_group(hand, groups, changes)
    else:
        _give_to_person(tx, hand, user_id, groups, changes)


def _give_to_group(hand: _Hand, groups: Mapping[str, Group], changes: Changes) -> None:
    """Nobody's, and in the line of its group: of the one it goes to, or of the one it is in."""
    record, group = hand.record, groups.get(hand.wanted.group_id or hand.record.group_id or "")
    words = f"Moved to {group.name}" if group and not hand.wanted.release else "Released"
    reason = f"{words} by {hand.actor.name}"
    about = marked(record, reason)
    if hand.wanted.release and record.assignee_id is not None:
        about = released(about, [*needs_of(record).but, record.assignee_id])
    after = life.line_up(about, group.id if group else None, key_of(needs_of(about), group), hand.now)
    if record.assignee_id is not None:
        # taken off them on purpose: it does not return to them
        after = replace(after, last_assignee_id=None)
        by = RELEASED if hand.wanted.release else TRANSFERRED
        changes.handing.ended.append(EndedAssignment(record.id, by, hand.now))
    if after.queued_at is not None and after.group_id is not None:
        changes.handing.lines.add(Line(after.group_id, after.needs))
    changes.put(after)
    changes.say(activity(record, "assigned", reason, hand.now, hand.actor, group_id=after.group_id, user_id=None))


def _give_to_person(tx: Tx, hand: _Hand, user_id: str, groups: Mapping[str, Group], changes: Changes) -> None:
    record = hand.record
    operator = routing_setup.load_operator(tx, user_id, hand.now, [record.id])
    if operator is None:
        raise NotFound("there is no such user in this organization, or they may not answer")
    group_id = hand.wanted.group_id or record.group_id
    words = f"Assigned to {operator.name} by {hand.actor.name}"
    by_hand = Hand(hand.actor, hand.now, "assigned", words, record.waiting_since)
    give_by_hand(replace(record, group_id=group_id), operator, by_hand, groups, changes)


def _leave_note(services: Services, tx: Tx, hand: _Hand, text: str, changes: Changes) -> None:
    entry = NewMessage(
        id=new_id(),
        conversation_id=hand.record.id,
        channel_id=hand.record.channel_id,
        sender_id=None,
        direction=Direction.NOTE,
        author_type="user",
        author_id=hand.actor.user_id,
        author_name=hand.actor.name,
        text=text,
        parts=parts_json([Text(text)]),
        status=MessageStatus.SENT,
        position=hand.now,
        sequence=0,
        created_at=hand.now,
    )
    changes.say(entry)
    about = {"conversation_id": hand.record.id, "parts": ["text"]}
    audit.record(services, tx, hand.actor, audit.Change("note.added", "message", entry.id, after=about))


def _tell(services: Services, organization_id: str) -> None:
    """Whoever waits may be next: in the line it came to, or for the slot that it left."""
    services.queue.notify(organization_id)
    services.queue.wake("routing", ASSIGN_JOB, organization_id)
