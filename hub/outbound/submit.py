"""An operator answers: message and delivery are stored in one transaction; sending is a job's business."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hub import audit
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity, storable
from hub.conversations.reopening import require_only_open
from hub.conversations.standing import require_answerable
from hub.db import conversations, deliveries, messages, people, senders
from hub.db.conversations import ConversationRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.messages import NewMessage
from hub.db.session import Tx
from hub.db.suspension import Standing
from hub.errors import Conflict, Invalid, NotFound, UnsupportedContent
from hub.failpoints import reach
from hub.ids import new_id
from hub.types import Actor, Capabilities, Direction, MessageStatus, MessageView
from hub.wiring import Services

DELIVER_JOB = "workers.delivery.drain"
_NOTE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a user says. `reply_to`: the id of the message it answers; `note`: for colleagues only."""

    text: str
    reply_to: str | None = None
    note: bool = False


def submit(
    services: Services, actor: Actor, conversation_id: str, reply: Reply, once: Once = EVERY_TIME
) -> MessageView:
    """Store an answer (or a note) and set it on its way; return it as stored.

    Raises NotFound, Invalid for an empty text, UnsupportedContent when the channel cannot say it, Conflict with the
    lawful ways (`lawful`) when the reply window is closed or the person cannot be reached, Conflict too for a closed
    conversation beside an open one, on a suspended channel (B6), with a restricted contact (F20).
    """
    reply = replace(reply, text=storable(reply.text))
    if not reply.text.strip():
        raise Invalid("the text is empty; write something")
    with services.db.transaction(actor.organization_id) as tx:
        view = once.keep(tx, _store(services, tx, actor, conversation_id, reply))
        reach("submit.before_commit")
    reach("submit.after_commit")
    return view


def _store(services: Services, tx: Tx, actor: Actor, conversation_id: str, reply: Reply) -> MessageView:
    record = conversations.lock(tx, conversation_id)
    if record is None:
        raise NotFound("there is no such conversation")
    standing = require_answerable(tx, actor, conversation_id)
    entry = _entry(services, tx, actor, record, standing, reply)
    changes = Changes()
    changes.say(entry)
    if not reply.note:
        _note_answer(services, tx, actor, record, reply, changes)
    changes.write(tx)
    if entry.sender_id is not None:
        sender_id = entry.sender_id
        deliveries.insert(tx, sender_id, entry.id, entry.created_at)
        tx.after_commit(lambda: _wake(services, sender_id))
    tx.after_commit(lambda: _notify(services, actor.organization_id))
    _record(services, tx, actor, "note.added" if reply.note else "message.sent", entry)
    return _stored(tx, entry.id)


def _record(services: Services, tx: Tx, actor: Actor, action: str, entry: NewMessage) -> None:
    """Note that something was said and where, never what."""
    said = {"conversation_id": entry.conversation_id, "parts": [part["type"] for part in entry.parts]}
    audit.record(services, tx, actor, audit.Change(action, "message", entry.id, after=said))


def _entry(
    services: Services, tx: Tx, actor: Actor, record: ConversationRecord, standing: Standing, reply: Reply
) -> NewMessage:
    now = services.clock()
    return NewMessage(
        id=new_id(),
        conversation_id=record.id,
        channel_id=record.channel_id,
        sender_id=None if reply.note else _sending_sender(services, tx, record, standing, reply.text),
        direction=Direction.NOTE if reply.note else Direction.OUTBOUND,
        author_type="user",
        author_id=actor.user_id,
        author_name=actor.name,
        text=_note_text(reply.text) if reply.note else reply.text,
        parts=[{"type": "text", "text": reply.text}],
        status=MessageStatus.SENT if reply.note else MessageStatus.QUEUED,
        position=now,
        sequence=0,
        created_at=now,
        reply_to_id=_answered(tx, record.id, reply.reply_to),
    )


def _note_text(text: str) -> str:
    if len(text) > _NOTE_LIMIT:
        raise Invalid(f"a note has at most {_NOTE_LIMIT} characters; this one has {len(text)}")
    return text


def _note_answer(
    services: Services, tx: Tx, actor: Actor, record: ConversationRecord, reply: Reply, changes: Changes
) -> None:
    now = services.clock()
    if life.is_closed(record):
        require_only_open(tx, record)
        changes.say(activity(record, "reopened", f"Reopened by an answer of {actor.name}", now, actor))
    changes.put(life.answer(record, reply.text, now))


def _sending_sender(services: Services, tx: Tx, record: ConversationRecord, standing: Standing, text: str) -> str:
    """Return the sender that can and may say this; refuse here what would be refused by the provider."""
    rules = services.adapters[standing.channel_kind].capabilities
    if len(text) > rules.text_limit:
        raise UnsupportedContent(
            f"{standing.channel_name} takes at most {rules.text_limit} characters; this text has {len(text)}"
        )
    _check_window(services, record, rules)
    identity = people.find_identity(tx, record.identity_id)
    if identity is not None and identity.unreachable:
        raise Conflict(
            f"this person cannot be reached on {standing.channel_name}: {identity.unreachable}; "
            "wait until they write again, or use another channel",
            lawful=["wait until they write again", "use another channel"],
        )
    sender_id = senders.current_sender_id(tx, record.channel_id)
    if sender_id is None:
        raise Conflict(
            f"{standing.channel_name} is disconnected; connect it again to answer", lawful=["reconnect the channel"]
        )
    return sender_id


def _check_window(services: Services, record: ConversationRecord, rules: Capabilities) -> None:
    if rules.reply_window is None:
        return
    open_until = record.last_inbound_at and record.last_inbound_at + timedelta(seconds=rules.reply_window)
    if open_until is None or services.clock() >= open_until:
        hours = rules.reply_window // 3600
        raise Conflict(
            f"the reply window is closed: the customer's last message is more than {hours} hours old",
            lawful=list(rules.lawful_after_window),
        )


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
        sender_id = _sending_sender(services, tx, record, standing, view.text)
        messages.move_to_sender(tx, message_id, sender_id)
        deliveries.insert(tx, sender_id, message_id, services.clock())
        changes = Changes()
        changes.say(activity(record, "retried", f"Sent again by {actor.name}", services.clock(), actor))
        changes.tell("message", id=message_id, conversation_id=record.id, direction=view.direction)
        changes.write(tx)
        tx.after_commit(lambda: _wake(services, sender_id))
        tx.after_commit(lambda: _notify(services, actor.organization_id))
        again = {"conversation_id": record.id, "status": view.status}
        audit.record(services, tx, actor, audit.Change("message.retried", "message", message_id, before=again))
        return _stored(tx, message_id)


def _stored(tx: Tx, message_id: str) -> MessageView:
    view = messages.find(tx, message_id)
    if view is None:
        raise NotFound("there is no such message")
    return view


def _wake(services: Services, sender_id: str) -> None:
    services.queue.wake("delivery", DELIVER_JOB, sender_id)


def _notify(services: Services, organization_id: str) -> None:
    services.queue.notify(organization_id)
