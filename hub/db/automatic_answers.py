"""What routing wants said in conversations: stored with the decision, said once by a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from hub.db.session import Tx
from hub.db.suspension import shown_anywhere
from hub.db.tables.core import AUTOMATIC_ANSWER, CONVERSATION
from hub.ids import new_id

QUEUED, SAID, CANCELLED = "queued", "said", "cancelled"


@dataclass(frozen=True, slots=True)
class AutomaticAnswerRecord:
    """What is to be said. `options`: labels that the customer chooses from; `once`: what keeps it from being repeated.

    `state` is queued, said, or cancelled: it may not be said any more.
    """

    id: str
    conversation_id: str
    once: str
    text: str
    options: tuple[str, ...]
    state: str
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An automatic answer as routing wants it; see `AutomaticAnswerRecord`."""

    conversation_id: str
    once: str
    text: str
    options: tuple[str, ...]
    at: datetime


def want_all(tx: Tx, answers: Sequence[NewAnswer]) -> int:
    """Have things said; return how many were not wanted for the same `once` (at most 80 characters) before."""
    rows = [
        {
            "id": new_id(),
            "organization_id": tx.organization_id,
            "conversation_id": each.conversation_id,
            "once": each.once,
            "text": each.text,
            "options": list(each.options),
            "state": QUEUED,
            "due_at": each.at,
            "created_at": each.at,
        }
        for each in answers
    ]
    return len(tx.insert_new(AUTOMATIC_ANSWER, rows, ("id",)))


def list_due(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (organization, id) of what is to be said by now, oldest first. Platform work."""
    rows = tx.all(
        select(AUTOMATIC_ANSWER.c.organization_id, AUTOMATIC_ANSWER.c.id)
        .join(CONVERSATION, CONVERSATION.c.id == AUTOMATIC_ANSWER.c.conversation_id)
        .where(AUTOMATIC_ANSWER.c.state == QUEUED, AUTOMATIC_ANSWER.c.due_at <= now, *shown_anywhere())
        .order_by(AUTOMATIC_ANSWER.c.due_at, AUTOMATIC_ANSWER.c.id)
        .limit(limit)
    )
    return [(row.organization_id, row.id) for row in rows]


def find(tx: Tx, answer_id: str) -> AutomaticAnswerRecord | None:
    """Return an answer whatever its state."""
    row = tx.first(select(AUTOMATIC_ANSWER).where(*_mine(tx, answer_id)))
    if row is None:
        return None
    return AutomaticAnswerRecord(
        row.id, row.conversation_id, row.once, row.text, tuple(row.options), row.state, row.due_at, row.created_at
    )


def end(tx: Tx, answer_id: str, state: str) -> bool:
    """Mark a queued answer said or cancelled; False when it is not queued any more: somebody else has said it."""
    ended = tx.execute(
        update(AUTOMATIC_ANSWER).where(*_mine(tx, answer_id), AUTOMATIC_ANSWER.c.state == QUEUED).values(state=state)
    )
    return ended.rowcount == 1


def put_off(tx: Tx, answer_id: str, until: datetime) -> None:
    """Have a queued answer said later."""
    tx.execute(
        update(AUTOMATIC_ANSWER).where(*_mine(tx, answer_id), AUTOMATIC_ANSWER.c.state == QUEUED).values(due_at=until)
    )


def _mine(tx: Tx, answer_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return AUTOMATIC_ANSWER.c.organization_id == tx.organization_id, AUTOMATIC_ANSWER.c.id == answer_id
