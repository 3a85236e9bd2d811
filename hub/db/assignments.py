"""Whose a conversation was and when: what waiting, first answers and handling are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, update

from hub.db.session import Tx
from hub.db.tables.core import ASSIGNMENT
from hub.ids import new_id


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """A conversation given to somebody.

    waiting_since   since when the customer waited then; None: nobody waited
    by_hand         a person gave it
    beyond_slots    though the slots of whom it was given to were taken
    """

    conversation_id: str
    group_id: str | None
    user_id: str
    waiting_since: datetime | None
    assigned_at: datetime
    by_hand: bool
    beyond_slots: bool = False


@dataclass(frozen=True, slots=True)
class EndedAssignment:
    """A conversation taken off whoever had it. `by`: closed, transferred, released or returned."""

    conversation_id: str
    by: str
    at: datetime


def open_all(tx: Tx, given: Sequence[NewAssignment]) -> None:
    """Note who has conversations now; what they had before has ended (`end_all`)."""
    tx.insert(
        ASSIGNMENT,
        [
            {
                "id": new_id(),
                "organization_id": tx.organization_id,
                "conversation_id": each.conversation_id,
                "group_id": each.group_id,
                "user_id": each.user_id,
                "waiting_since": each.waiting_since,
                "assigned_at": each.assigned_at,
                "by_hand": each.by_hand,
                "beyond_slots": each.beyond_slots,
            }
            for each in given
        ],
    )


def end_all(tx: Tx, ended: Sequence[EndedAssignment]) -> None:
    """End what is under way of these conversations; one that nobody has is passed over."""
    if not ended:
        return
    statement = (
        update(ASSIGNMENT)
        .where(
            ASSIGNMENT.c.organization_id == bindparam("organization"),
            ASSIGNMENT.c.conversation_id == bindparam("conversation"),
            ASSIGNMENT.c.ended_at.is_(None),
        )
        .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
    )
    tx.execute(
        statement,
        [
            {"organization": tx.organization_id, "conversation": each.conversation_id, "at": each.at, "by": each.by}
            for each in ended
        ],
    )


def note_answer(tx: Tx, conversation_id: str, at: datetime, user_id: str | None) -> None:
    """A conversation was answered: the first answer since it was given, if it is, and whose.

    `user_id` None: by nobody whom the hub knows.
    """
    tx.execute(
        update(ASSIGNMENT)
        .where(
            ASSIGNMENT.c.organization_id == tx.organization_id,
            ASSIGNMENT.c.conversation_id == conversation_id,
            ASSIGNMENT.c.ended_at.is_(None),
            ASSIGNMENT.c.first_answer_at.is_(None),
        )
        .values(first_answer_at=at, answered_by=user_id)
    )
