"""Held messages: what waited on a sender when another took its place, or too long on one that works again.

A person sends or discards each of them, or discards all that are left.
"""

from dataclasses import replace
from typing import Final

from hub import audit
from hub.access.permissions import Permission, require
from hub.conversations.answering import note_answer
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.standing import require_answerable, require_shown
from hub.conversations.windows import Saying
from hub.db import ban_cases, claims, conversations, deliveries, held_messages, messages, senders
from hub.db.conversations import ConversationRecord
from hub.db.held_messages import HeldMessage
from hub.db.session import Tx
from hub.errors import Conflict, NotFound
from hub.failpoints import reach
from hub.outbound.jobs import DELIVER_JOB
from hub.outbound.permitting import Permitted, Place, permit
from hub.types import Actor, ErrorView, FailureKind, MessageStatus, MessageView
from hub.wiring import Services

_UNKNOWN: Final = "there is no such held message in this conversation"
_DISCARDED: Final = "it waited while its sender could not send, and was discarded"
_AT_ONCE: Final = 100


def list_held(services: Services, actor: Actor, conversation_id: str) -> tuple[HeldMessage, ...]:
    """Return the messages of a conversation that wait for somebody to decide, oldest first. Raises NotFound."""
    require(actor, Permission.READ_CONVERSATIONS)
    with services.db.reading(actor.organization_id) as tx:
        require_shown(tx, actor, conversation_id)
        return tuple(held_messages.list_of(tx, conversation_id))


def send_held(services: Services, actor: Actor, conversation_id: str, message_id: str) -> MessageView:
    """Send a held message by the channel's current sender, to where the person writes now; return it as stored.

    Raises NotFound, Conflict with the lawful ways where it may not be said: before they have written, for one.
    """
    require(actor, Permission.WORK_ON_CONVERSATIONS)
    with services.db.transaction(actor.organization_id) as tx:
        held, record = _take(tx, actor, conversation_id, message_id)
        target = _target(tx, record)
        standing = require_answerable(tx, actor, target.id)
        permitted = permit(services, tx, Place(target, standing), Saying(not held.automatic, held.template))
        _hand_over(services, tx, held, target, permitted)
        now, changes = services.clock(), Changes()
        changes.know([target])
        if not held.automatic:
            note_answer(tx, actor, target, held.text, now, changes)
        said = f"{actor.name} sent a held message"
        changes.say(activity(target, "held_sent", said, now, actor, message_id=message_id))
        if target.id != held.conversation_id:
            # whoever looks at the thread that it has left sees that, too
            changes.tell("message", id=message_id, conversation_id=held.conversation_id, direction="outbound")
        return _finish(services, tx, actor, replace(held, conversation_id=target.id), changes, "message.held_sent")


def discard_held(services: Services, actor: Actor, conversation_id: str, message_id: str) -> MessageView:
    """Let a held message never be sent; return it as stored, failed. Raises NotFound, Conflict."""
    require(actor, Permission.WORK_ON_CONVERSATIONS)
    with services.db.transaction(actor.organization_id) as tx:
        held, record = _take(tx, actor, conversation_id, message_id)
        changes = Changes()
        _discard(services, tx, actor, held, record, changes)
        return _finish(services, tx, actor, held, changes, "message.held_discarded")


# --- all of a ban ---------------------------------------------------------------------------------------


def count_held(services: Services, actor: Actor, case_id: str) -> int:
    """Count the messages that wait on the old sender of a ban for somebody to decide. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        return held_messages.count_of_sender(tx, ban_cases.get(tx, case_id).sender_id)


def discard_rest(services: Services, actor: Actor, case_id: str) -> int:
    """Let nothing that still waits on the old sender of a ban ever be sent; return how many that were.

    A page at a time: who is interrupted has discarded some of them, and does it again. Raises NotFound.
    """
    require(actor, Permission.MANAGE_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        sender_id = ban_cases.get(tx, case_id).sender_id
    discarded = 0
    while some := _discard_some(services, actor, sender_id):
        discarded += some
    return discarded


def _discard_some(services: Services, actor: Actor, sender_id: str) -> int:
    with services.db.transaction(actor.organization_id) as tx:
        senders.lock(tx, sender_id)
        found, changes = held_messages.list_on(tx, sender_id, _AT_ONCE), Changes()
        changes.know(conversations.lock_many(tx, sorted({each.conversation_id for each in found})))
        # what was erased between the two is gone from the next page
        for held in (each for each in found if each.conversation_id in changes.records):
            _discard(services, tx, actor, held, changes.records[held.conversation_id], changes)
            _note(services, tx, actor, held, changes, "message.held_discarded")
        changes.write(tx)
        tx.after_commit(lambda: services.queue.notify(actor.organization_id))
    return len(found)


def _discard(
    services: Services, tx: Tx, actor: Actor, held: HeldMessage, record: ConversationRecord, changes: Changes
) -> None:
    if not deliveries.finish(tx, held.delivery_id, MessageStatus.FAILED):
        raise Conflict("this message waits no more; look at the conversation again")
    why = ErrorView(FailureKind.SENDER, _DISCARDED)
    messages.raise_status(tx, held.message_id, MessageStatus.FAILED, error=why)
    said = f"{actor.name} discarded a held message"
    changes.say(activity(record, "held_discarded", said, services.clock(), actor, message_id=held.message_id))


def _take(tx: Tx, actor: Actor, conversation_id: str, message_id: str) -> tuple[HeldMessage, ConversationRecord]:
    """Lock the sender it waits on, so that nobody is about to send it, and its conversation."""
    require_shown(tx, actor, conversation_id)
    held = _find(tx, conversation_id, message_id)
    senders.lock(tx, held.sender_id)
    record = conversations.lock(tx, conversation_id)
    if record is None:
        raise NotFound(_UNKNOWN)
    return _find(tx, conversation_id, message_id), record


def _find(tx: Tx, conversation_id: str, message_id: str) -> HeldMessage:
    found = (each for each in held_messages.list_of(tx, conversation_id) if each.message_id == message_id)
    held = next(found, None)
    if held is None:
        raise NotFound(_UNKNOWN)
    return held


def _target(tx: Tx, record: ConversationRecord) -> ConversationRecord:
    """Where the person writes now: after a claim was confirmed that is the conversation they began with the code."""
    other = claims.conversation_of_claimed(tx, record.id)
    return (conversations.lock(tx, other) if other else None) or record


def _hand_over(services: Services, tx: Tx, held: HeldMessage, target: ConversationRecord, permitted: Permitted) -> None:
    sender_id = permitted.sender_id
    if not held_messages.hand_over(tx, held.delivery_id, sender_id, permitted.sending, services.clock()):
        raise Conflict("this message waits no more; look at the conversation again")
    messages.move_to_sender(tx, held.message_id, sender_id)
    if target.id != held.conversation_id:
        held_messages.move(tx, held.message_id, target.id)
    tx.after_commit(lambda: services.queue.wake("delivery", DELIVER_JOB, sender_id))


def _finish(services: Services, tx: Tx, actor: Actor, held: HeldMessage, changes: Changes, action: str) -> MessageView:
    _note(services, tx, actor, held, changes, action)
    changes.write(tx)
    tx.after_commit(lambda: services.queue.notify(actor.organization_id))
    reach("held.before_commit")
    view = messages.find(tx, held.message_id)
    if view is None:
        raise NotFound(_UNKNOWN)
    return view


def _note(services: Services, tx: Tx, actor: Actor, held: HeldMessage, changes: Changes, action: str) -> None:
    changes.tell("message", id=held.message_id, conversation_id=held.conversation_id, direction="outbound")
    said = {"conversation_id": held.conversation_id}
    audit.record(services, tx, actor, audit.Change(action, "message", held.message_id, after=said))
