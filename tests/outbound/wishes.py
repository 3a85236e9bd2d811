"""What routing wants said, stored as routing does, and what became of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from hub.db import automatic_answers
from hub.db.automatic_answers import NewAnswer
from hub.db.tables.core import AUTOMATIC_ANSWER, CONVERSATION
from hub.types import ConversationView, MessageView
from tests.outbound.stage import Stage

CLOSED = "We are closed. We answer tomorrow from nine."
WHOM = "Whom would you like to talk to?"
LABELS = ("Sales", "Support")
NOT_SENT = "An automatic answer was not sent: "


def want(stage: Stage, conversation: ConversationView, text: str = CLOSED, options: Sequence[str] = ()) -> str:
    """Store a wish as routing does; return its id."""
    with stage.services.db.transaction(stage.org.id) as tx:
        once = f"test:{next(stage.numbers)}"
        wish = NewAnswer(conversation.id, once, text, tuple(options), stage.clock())
        assert automatic_answers.want_all(tx, [wish]) == 1
        return str(tx.scalar(select(AUTOMATIC_ANSWER.c.id).where(AUTOMATIC_ANSWER.c.once == once)))


def offer(stage: Stage, conversation: ConversationView, text: str = WHOM, options: Sequence[str] = LABELS) -> str:
    """A choice, as routing offers it."""
    with stage.services.db.transaction(stage.org.id) as tx:
        waits = {"reason": "They choose", "rule": "r", "choice": {}}
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == conversation.id).values(routing=waits))
    return want(stage, conversation, text, options)


def state_of(stage: Stage, answer_id: str) -> str:
    with stage.services.db.reading(stage.org.id) as tx:
        found = automatic_answers.find(tx, answer_id)
    assert found is not None
    return found.state


def ours(stage: Stage, conversation: ConversationView) -> list[MessageView]:
    return [each for each in stage.thread(conversation) if each.direction == "outbound"]


def why_not(stage: Stage, conversation: ConversationView) -> str:
    """Why the last automatic answer was not said, as the thread tells it; "" when nothing was refused."""
    told = [each for each in stage.thread(conversation) if each.parts and each.parts[0].get("what") == "not_said"]
    return told[-1].text.removeprefix(NOT_SENT) if told else ""


def now(stage: Stage, conversation: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == conversation.id)


def set_row(stage: Stage, table: Any, row_id: str, **values: Any) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(table).where(table.c.id == row_id).values(**values))
