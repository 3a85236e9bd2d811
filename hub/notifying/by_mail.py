"""Answering by mail in a conversation of another channel: where the channel is closed and the person has a mailbox."""

from hub import audit
from hub.conversations.answering import note_answer
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.parts import parts_json, storable
from hub.conversations.standing import require_answerable
from hub.db import absences, conversations, messages, notifications
from hub.db.conversations import ConversationRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.messages import NewMessage
from hub.db.notifications import NewNotification
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.notifying.mailboxes import mail_kind, require_mailbox
from hub.types import Actor, ConversationView, Direction, MessageStatus, MessageView, Text, Trigger, What
from hub.wiring import Services

_TEXT_LIMIT = 20_000


def answer_by_mail(
    services: Services, actor: Actor, conversation_id: str, text: str, once: Once = EVERY_TIME
) -> MessageView:
    """Store an answer and the mail that carries it; their answer to it comes into the same conversation.

    Raises NotFound, Invalid for an empty or too long text, Conflict when mail is off or the person has no mailbox that
    may be used, and whatever forbids answering here at all.
    """
    words = storable(text)
    if not words.strip() or len(words) > _TEXT_LIMIT:
        raise Invalid(f"the text needs 1 to {_TEXT_LIMIT} characters")
    with services.db.transaction(actor.organization_id) as tx:
        record = conversations.lock(tx, conversation_id)
        if record is None:
            raise NotFound("there is no such conversation")
        if require_answerable(tx, actor, conversation_id).channel_kind == mail_kind(services):
            raise Conflict("this conversation is by mail already; answer as usual")
        entry = _entry(services, actor, record, words)
        mailbox = require_mailbox(services, tx, record.contact_id)
        changes = Changes()
        note_answer(tx, actor, record, words, entry.created_at, changes)
        changes.say(activity(record, "by_mail", f"{actor.name} answers by mail", entry.created_at, actor))
        changes.say(entry)
        changes.write(tx)
        notifications.add(tx, [_mail(entry, mailbox)])
        sent = {"conversation_id": record.id, "parts": ["text"], "by": "mail"}
        audit.record(services, tx, actor, audit.Change("message.sent", "message", entry.id, after=sent))
        view = messages.find(tx, entry.id)
        if view is None:
            raise NotFound("there is no such message")
        tx.after_commit(lambda: services.queue.notify(actor.organization_id))
        return once.keep(tx, view)


def is_open(services: Services, actor: Actor, view: ConversationView) -> bool:
    """Say whether an answer in this conversation can go by mail now: it is none itself, and there is a mailbox."""
    kind = mail_kind(services)
    if kind is None or view.channel.kind == kind:
        return False
    with services.db.reading(actor.organization_id) as tx:
        return absences.find_mailbox(tx, view.contact.id, kind) is not None


def _entry(services: Services, actor: Actor, record: ConversationRecord, text: str) -> NewMessage:
    now = services.clock()
    return NewMessage(
        id=new_id(),
        conversation_id=record.id,
        channel_id=record.channel_id,
        sender_id=None,
        direction=Direction.OUTBOUND,
        author_type="user",
        author_id=actor.user_id,
        author_name=actor.name,
        text=text,
        parts=parts_json([Text(text)]),
        status=MessageStatus.QUEUED,
        position=now,
        sequence=0,
        created_at=now,
    )


def _mail(entry: NewMessage, mailbox: str) -> NewNotification:
    return NewNotification(
        new_id(), entry.conversation_id, mailbox, None, What.ANSWER, Trigger.BY_MAIL, entry.id, entry.created_at,
        entry.created_at,
    )  # fmt: skip
