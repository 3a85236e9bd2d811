"""An operator answers: messages and deliveries are stored in one transaction; sending is a job's business."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import audit
from hub.conversations.answering import note_answer
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.parts import parts_json, preview_text
from hub.conversations.standing import require_answerable
from hub.conversations.windows import Saying
from hub.db import attachments, conversations, deliveries, look_ups, messages
from hub.db.conversations import ConversationRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.messages import NewMessage
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.failpoints import reach
from hub.ids import new_id
from hub.outbound.jobs import DELIVER_JOB
from hub.outbound.permitting import Permitted, Place, permit
from hub.outbound.queueing import queue_up
from hub.outbound.saying import Reply, said_of
from hub.types import Actor, Direction, Media, MessageStatus, MessageView, Part, Said, Text
from hub.wiring import Services

__all__ = ["Reply", "retry", "submit"]

_NOTE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is to be stored: pieces in order, each one message; `by` None: a note."""

    actor: Actor
    record: ConversationRecord
    by: Permitted | None
    pieces: Sequence[Said]
    reply_to: str | None
    now: datetime


def submit(
    services: Services, actor: Actor, conversation_id: str, reply: Reply, once: Once = EVERY_TIME
) -> MessageView:
    """Store an answer (or a note) and set it on its way; return it, of several messages the first, as stored.

    Raises NotFound, Invalid for what says nothing, UnsupportedContent when the channel cannot say it, Conflict with the
    lawful ways (`lawful`) when the reply window is closed or the person cannot be reached, Conflict too for a closed
    conversation beside an open one, on a suspended channel (B6), with a restricted contact (F20).
    """
    with services.db.transaction(actor.organization_id) as tx:
        view = once.keep(tx, _store(services, tx, actor, conversation_id, reply))
        reach("submit.before_commit")
    reach("submit.after_commit")
    return view


def _store(services: Services, tx: Tx, actor: Actor, conversation_id: str, reply: Reply) -> MessageView:
    record = conversations.lock(tx, conversation_id)
    if record is None:
        raise NotFound("there is no such conversation")
    place = Place(record, require_answerable(tx, actor, conversation_id))
    said = said_of(tx, record.channel_id, reply)
    answer = _answer(services, tx, actor, place, reply, said)
    entries = _entries(answer)
    changes = Changes()
    for entry in entries:
        changes.say(entry)
    if answer.by is not None:
        note_answer(tx, actor, record, preview_text(_with_text(said)), answer.now, changes)
    changes.write(tx)
    _bind_files(tx, answer, entries)
    _set_on_its_way(services, tx, answer, entries)
    _record(services, tx, answer, entries)
    return _stored(tx, entries[0].id)


def _answer(services: Services, tx: Tx, actor: Actor, place: Place, reply: Reply, said: Said) -> _Answer:
    reply_to = _answered(tx, place.record.id, reply.reply_to)
    now = services.clock()
    if reply.note:
        return _Answer(actor, place.record, None, (_note(said),), reply_to, now)
    pieces = services.adapters[place.standing.channel_kind].compose(said)
    permitted = permit(services, tx, place, Saying(by_person=True, template=reply.template is not None))
    return _Answer(actor, place.record, permitted, pieces, reply_to, now)


def _note(said: Said) -> Said:
    if len(said.text) > _NOTE_LIMIT:
        raise Invalid(f"a note has at most {_NOTE_LIMIT} characters; this one has {len(said.text)}")
    if not all(isinstance(part, Media) for part in said.parts):
        raise Invalid("a note is text and files; leave the rest out")
    return said


def _entries(answer: _Answer) -> list[NewMessage]:
    """Return the messages in their order: each a moment after the one before."""
    return [
        _entry(answer, piece, answer.now + timedelta(microseconds=number), answer.reply_to if number == 0 else None)
        for number, piece in enumerate(answer.pieces)
    ]


def _entry(answer: _Answer, piece: Said, position: datetime, reply_to: str | None) -> NewMessage:
    is_note = answer.by is None
    return NewMessage(
        id=new_id(),
        conversation_id=answer.record.id,
        channel_id=answer.record.channel_id,
        sender_id=answer.by.sender_id if answer.by else None,
        direction=Direction.NOTE if is_note else Direction.OUTBOUND,
        author_type="user",
        author_id=answer.actor.user_id,
        author_name=answer.actor.name,
        text=piece.text,
        parts=parts_json(_with_text(piece)),
        status=MessageStatus.SENT if is_note else MessageStatus.QUEUED,
        position=position,
        sequence=0,
        created_at=answer.now,
        reply_to_id=reply_to,
    )


def _with_text(said: Said) -> tuple[Part, ...]:
    return (Text(said.text), *said.parts) if said.text else said.parts


def _bind_files(tx: Tx, answer: _Answer, entries: Sequence[NewMessage]) -> None:
    """Each upload belongs to the message that carries it, from here on for good."""
    for entry, piece in zip(entries, answer.pieces, strict=True):
        sources = [part.source for part in piece.parts if isinstance(part, Media)]
        if sources and attachments.give_to_message(tx, sources, entry.id) != len(sources):
            raise Conflict("a file of this message was sent already; upload it again")


def _set_on_its_way(services: Services, tx: Tx, answer: _Answer, entries: Sequence[NewMessage]) -> None:
    if answer.by is not None:
        queue_up(services, tx, answer.by.sender_id, entries, answer.by.sending)
    tx.after_commit(lambda: services.queue.notify(tx.organization_id))


def _record(services: Services, tx: Tx, answer: _Answer, entries: Sequence[NewMessage]) -> None:
    """Note that something was said and where, never what."""
    action = "note.added" if answer.by is None else "message.sent"
    for entry in entries:
        said = {"conversation_id": entry.conversation_id, "parts": [part["type"] for part in entry.parts]}
        audit.record(services, tx, answer.actor, audit.Change(action, "message", entry.id, after=said))


def _answered(tx: Tx, conversation_id: str, message_id: str | None) -> str | None:
    if message_id is None:
        return None
    found = messages.find(tx, message_id)
    if found is None or found.conversation_id != conversation_id:
        raise NotFound("reply_to names no message of this conversation")
    return message_id


def retry(services: Services, actor: Actor, message_id: str) -> MessageView:
    """Send a failed message again, or an uncertain one because a person says so: a new delivery of the same message.

    Raises NotFound, Conflict when the message is neither or the window has closed meanwhile.
    """
    with services.db.transaction(actor.organization_id) as tx:
        view = messages.find(tx, message_id)
        if view is None or view.direction != Direction.OUTBOUND:
            raise NotFound("there is no such message")
        record = conversations.lock(tx, view.conversation_id)
        if view.suspended:
            raise Conflict("this message is suspended; it can be sent again when the suspension is lifted")
        standing = require_answerable(tx, actor, view.conversation_id)
        if record is None or not messages.restart(tx, message_id):
            raise Conflict(f"only a failed or uncertain message can be sent again; this one is {view.status}")
        _send_again(services, tx, actor, Place(record, standing), view)
        return _stored(tx, message_id)


def _send_again(services: Services, tx: Tx, actor: Actor, place: Place, view: MessageView) -> None:
    record, now = place.record, services.clock()
    template = any(part["type"] == "template" for part in view.parts)
    permitted = permit(services, tx, place, Saying(not view.automatic, template))
    sender_id = permitted.sender_id
    messages.move_to_sender(tx, view.id, sender_id)
    look_ups.cancel(tx, view.id)
    deliveries.insert(tx, sender_id, view.id, now, permitted.sending)
    changes = Changes()
    changes.say(activity(record, "retried", f"Sent again by {actor.name}", now, actor))
    changes.tell("message", id=view.id, conversation_id=record.id, direction=view.direction)
    changes.write(tx)
    tx.after_commit(lambda: services.queue.wake("delivery", DELIVER_JOB, sender_id))
    tx.after_commit(lambda: services.queue.notify(actor.organization_id))
    again = {"conversation_id": record.id, "status": view.status}
    audit.record(services, tx, actor, audit.Change("message.retried", "message", view.id, before=again))


def _stored(tx: Tx, message_id: str) -> MessageView:
    view = messages.find(tx, message_id)
    if view is None:
        raise NotFound("there is no such message")
    return view
