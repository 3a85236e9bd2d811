"""Saying what routing wants said: that a group is closed, a rule's answer, a choice between groups.

Routing stores what it wants said with its decision (`hub.db.automatic_answers`); a job says it. Message, delivery and
the end of the wish are one transaction that holds the conversation, so nothing is said twice. An automatic answer is
nobody's answer: the conversation stays as new as it was, and still waits for us.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub import audit
from hub.channels.base import Adapter
from hub.channels.composing import numbered
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.parts import parts_json
from hub.conversations.windows import Saying
from hub.db import automatic_answers, conversations, suspension
from hub.db.automatic_answers import CANCELLED, QUEUED, SAID, AutomaticAnswerRecord
from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Unavailable, UnsupportedContent
from hub.failpoints import reach
from hub.ids import new_id
from hub.log import get_logger, trace_of
from hub.outbound.permitting import Permitted, Place, permit
from hub.outbound.queueing import queue_up
from hub.types import Button, Buttons, Direction, Machine, MessageStatus, Said, Text, WaitingFor
from hub.wiring import Services

SPEAKER: Final = "Automatic answer"
"""What colleagues see as its author."""
_BY_CLOCK = Machine("system", "automatic answers")
_MOST_AT_ONCE = 100
_MOST_PAGES = 10
_NEWS_FOR = timedelta(hours=1)
"""What could not be said for longer answers nothing any more: the hub was down, or the channel was suspended."""
_AGAIN_AFTER = timedelta(minutes=1)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Utterance:
    """What is said: pieces in order, each one message, and by whom."""

    pieces: Sequence[Said]
    by: Permitted


def say_due(services: Services) -> None:
    """Say what is wanted by now. Safe to run anywhere at once and to be killed anywhere."""
    for _ in range(_MOST_PAGES):
        with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
            due = automatic_answers.list_due(tx, services.clock(), _MOST_AT_ONCE)
        for organization_id, answer_id in due:
            _say_or_put_off(services, organization_id, answer_id)
        if len(due) < _MOST_AT_ONCE:
            return


def _say_or_put_off(services: Services, organization_id: str, answer_id: str) -> None:
    try:
        _say(services, organization_id, answer_id)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of the job: one answer must not keep the others from it
        _put_off(services, organization_id, answer_id, error)


def _put_off(services: Services, organization_id: str, answer_id: str, error: Exception) -> None:
    log.error("answer.failed", answer_id=answer_id, error=type(error).__name__, at=trace_of(error))
    with services.db.transaction(organization_id) as tx:
        automatic_answers.put_off(tx, answer_id, services.clock() + _AGAIN_AFTER)


def _say(services: Services, organization_id: str, answer_id: str) -> None:
    """Say one answer, or end it with the reason why it is not said."""
    reach("say.before_transaction")
    with services.db.transaction(organization_id) as tx:
        wanted = automatic_answers.find(tx, answer_id)
        record = conversations.lock(tx, wanted.conversation_id) if wanted else None
        # only now it is certain that nobody else says it, and what became of the conversation
        wanted = automatic_answers.find(tx, answer_id)
        if wanted is None or record is None or wanted.state != QUEUED:
            return
        _settle(services, tx, wanted, record)
        reach("say.before_commit")
    reach("say.after_commit")


def _settle(services: Services, tx: Tx, wanted: AutomaticAnswerRecord, record: ConversationRecord) -> None:
    standing = suspension.find_standing(tx, record.id)
    if standing is None or not standing.shown:
        # nothing is said or told while it may not be shown; it may be meant again when that is lifted
        return
    now, changes = services.clock(), Changes()
    changes.know([record])
    outcome = _too_late(wanted, record, now) or _utter(services, tx, wanted, Place(record, standing))
    if isinstance(outcome, _Utterance):
        _store(services, tx, record, outcome, changes, now)
        automatic_answers.end(tx, wanted.id, SAID)
    else:
        changes.say(activity(record, "not_said", f"An automatic answer was not sent: {outcome}", now))
        changes.write(tx)
        automatic_answers.end(tx, wanted.id, CANCELLED)
    tx.after_commit(lambda: services.queue.notify(tx.organization_id))


def _too_late(wanted: AutomaticAnswerRecord, record: ConversationRecord, now: datetime) -> str:
    """Say what has come in between; "" when it still answers something."""
    if life.is_closed(record):
        return "the conversation was closed first"
    if record.waiting_for is WaitingFor.CUSTOMER:
        return "somebody answered first"
    if wanted.options and "choice" not in record.routing:
        return "the conversation has found its group without a choice"
    if now - wanted.created_at > _NEWS_FOR:
        return "it could not be said in time"
    return ""


def _utter(services: Services, tx: Tx, wanted: AutomaticAnswerRecord, place: Place) -> _Utterance | str:
    """Return what is said and by whom, or in one sentence why it may not or cannot be."""
    try:
        permitted = permit(services, tx, place, Saying(by_person=False))
        pieces = _composed(services.adapters[place.standing.channel_kind], wanted)
    except (Conflict, UnsupportedContent) as error:
        return error.detail
    return _Utterance(pieces, permitted)


def _composed(adapter: Adapter, wanted: AutomaticAnswerRecord) -> Sequence[Said]:
    """Say it with buttons; as a numbered text where the channel has none, not so many, or none that wide."""
    if not wanted.options:
        return adapter.compose(Said(wanted.text))
    offered = Buttons(tuple(Button(label, label) for label in wanted.options))
    try:
        return adapter.compose(Said(wanted.text, (offered,)))
    except UnsupportedContent:
        return adapter.compose(Said(numbered(wanted.text, (offered,))))


def _store(
    services: Services, tx: Tx, record: ConversationRecord, said: _Utterance, changes: Changes, now: datetime
) -> None:
    entries = [
        _entry(record, said.by.sender_id, piece, now, now + timedelta(microseconds=number))
        for number, piece in enumerate(said.pieces)
    ]
    for entry in entries:
        changes.say(entry)
    changes.write(tx)
    queue_up(services, tx, said.by.sender_id, entries, said.by.sending)
    for entry in entries:
        sent = {"conversation_id": record.id, "parts": [part["type"] for part in entry.parts]}
        audit.record(services, tx, _BY_CLOCK, audit.Change("message.sent", "message", entry.id, after=sent))


def _entry(record: ConversationRecord, sender_id: str, piece: Said, now: datetime, position: datetime) -> NewMessage:
    return NewMessage(
        id=new_id(),
        conversation_id=record.id,
        channel_id=record.channel_id,
        sender_id=sender_id,
        direction=Direction.OUTBOUND,
        author_type="bot",
        author_id=None,
        author_name=SPEAKER,
        text=piece.text,
        parts=parts_json((Text(piece.text), *piece.parts)),
        status=MessageStatus.QUEUED,
        position=position,
        sequence=0,
        created_at=now,
        automatic=True,
    )
