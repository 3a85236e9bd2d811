"""Who gets conversations in one transaction, and what routing wants beside it: gathered first, written at its end."""

from dataclasses import dataclass, field
from datetime import datetime

from hub.db import assignments, automatic_answers, routing_lines, routing_setup
from hub.db.assignments import EndedAssignment, NewAssignment
from hub.db.automatic_answers import NewAnswer
from hub.db.routing_lines import Line
from hub.db.session import Tx

CLOSED, TRANSFERRED, RELEASED, RETURNED = "closed", "transferred", "released", "returned"
"""By what somebody's time with a conversation ends."""


@dataclass
class Handing:
    """What is about to be written of givings and endings.

    answered   conversation → when somebody of ours first answered there, and which user (None: outside the hub)
    lines      what conversations came to stand in
    answers    what is to be said automatically
    behind     somebody came to stand behind others though an operator is free: whoever commits wakes who serves lines
    """

    given: list[NewAssignment] = field(default_factory=list)
    ended: list[EndedAssignment] = field(default_factory=list)
    answered: dict[str, tuple[datetime, str | None]] = field(default_factory=dict)
    lines: set[Line] = field(default_factory=set)
    answers: list[NewAnswer] = field(default_factory=list)
    behind: bool = False

    def note_answer(self, conversation_id: str, at: datetime, user_id: str | None) -> None:
        """Note an answer of ours; of several in one conversation the first counts."""
        first = self.answered.get(conversation_id)
        if first is None or at < first[0]:
            self.answered[conversation_id] = at, user_id

    def write(self, tx: Tx) -> None:
        """Write it, once the conversations are written. Lines and givings by decision need routing locked."""
        assignments.end_all(tx, self.ended)
        # whoever had it before without anybody saying that it ended has it no longer
        before = [EndedAssignment(each.conversation_id, TRANSFERRED, each.assigned_at) for each in self.given]
        assignments.end_all(tx, before)
        assignments.open_all(tx, self.given)
        for conversation_id, (at, user_id) in self.answered.items():
            assignments.note_answer(tx, conversation_id, at, user_id)
        served = {each.user_id: each.assigned_at for each in self.given if not each.by_hand}
        routing_setup.note_given(tx, served)
        routing_lines.enter(tx, self.lines)
        automatic_answers.want_all(tx, self.answers)
        self._forget()

    def _forget(self) -> None:
        self.given.clear()
        self.ended.clear()
        self.answered.clear()
        self.lines.clear()
        self.answers.clear()
