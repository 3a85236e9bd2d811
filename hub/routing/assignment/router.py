"""Deciding for the conversations of one transaction: each decision counts in the ones after it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.conversations.giving import NEEDS
from hub.conversations.handing import RETURNED
from hub.conversations.life import RELEASED
from hub.db.assignments import EndedAssignment, NewAssignment
from hub.db.automatic_answers import NewAnswer
from hub.db.conversations import ConversationRecord
from hub.db.routing_forms import choice_to_json
from hub.db.routing_lines import Head, Line
from hub.db.routing_setup import takes_slot
from hub.routing.assignment.standing import Standing
from hub.routing.policy.deciding import decide
from hub.routing.policy.digest import digest_of
from hub.routing.policy.model import Decision, Group, Needs, Question, Setup
from hub.routing.policy.needs import read_needs, required_of, write_needs
from hub.routing.policy.rules import first_match
from hub.routing.policy.wording import CLAUSES
from hub.types import WaitingFor

CHOICE, CHOOSE_UNTIL = "choice", "choose_until"
"""What `conversations.routing` keeps of an offered choice (`hub.types.Choice`) beside the digest of a decision."""
_MOST_RELEASED = 10
"""So many of them are kept, the latest: they stand in the key of a line, which an index must be able to hold."""


class Router:
    """Routes within one transaction that has routing locked. `setup` follows what was given away.

    `standing`: whom nobody passes who is routed; None: those who stand there are being served in their order.
    """

    def __init__(self, setup: Setup, now: datetime, standing: Standing | None = None) -> None:
        self._standing = standing
        self._operators = dict(setup.operators)
        self.setup = replace(setup, operators=self._operators)
        self.now = now
        self._given = 0

    def count(self, record: ConversationRecord) -> None:
        """Count a conversation that the set-up leaves out and that stays with whoever has it."""
        if record.assignee_id in self._operators and takes_slot(record, self.setup.groups, self.now):
            operator = self._operators[record.assignee_id]
            idle_since = None if record.waiting_for is WaitingFor.US else operator.idle_since
            self._operators[operator.user_id] = replace(operator, taken=operator.taken + 1, idle_since=idle_since)

    def route(self, record: ConversationRecord, question: Question, changes: Changes, cause: str = "") -> Decision:
        """Decide who gets a conversation and leave the reason on it. `cause`: a clause that goes before it."""
        asked, decision = self.decide(record, question)
        changes.handing.behind |= asked.behind and decision.user_id is None
        self._settle(record, asked, decision, changes, cause)
        return decision

    def decide(self, record: ConversationRecord, question: Question) -> tuple[Question, Decision]:
        """Return the decision and what it answers: a question behind others, where they stand before the conversation.

        Whoever decides about that question again gets the same decision.
        """
        decision = decide(self.setup, question, self.now)
        if decision.user_id is None or self._standing is None or record.waiting_since is None:
            return question, decision
        head = Head(-_priority(record, question, decision.priority), record.waiting_since, record.id)
        if not self._standing.is_before(head, self._operators[decision.user_id], self.setup.groups):
            return question, decision
        behind = replace(question, behind=True)
        return behind, decide(self.setup, behind, self.now)

    def priority_of(self, record: ConversationRecord, question: Question) -> int:
        """How urgent a conversation is once it is routed."""
        rule = first_match(self.setup.rules, question, self.setup.groups, self.now) if question.fresh else None
        return _priority(record, question, rule.then.priority if rule else None)

    def serve(self, record: ConversationRecord, question: Question, changes: Changes) -> bool:
        """Give a waiting conversation to somebody, or bring it into the line where it belongs since the rules changed.

        False: it stays where it is, and so does everybody behind it in its line.
        """
        decision = decide(self.setup, question, self.now)
        if decision.user_id is not None:
            self._settle(record, question, decision, changes, "")
            return True
        key = key_of(question.needs, self.setup.groups.get(record.group_id or ""))
        if key == record.needs:
            return False
        after = life.line_up(record, record.group_id, key, self.now)
        changes.put(after)
        self._hand(record, after, changes)
        return True

    def _settle(
        self, record: ConversationRecord, question: Question, decision: Decision, changes: Changes, cause: str
    ) -> None:
        after = self._next(record, question, decision)
        changes.put(after)
        self._hand(record, after, changes)
        if record.id in changes.heard:
            # only who has just written is answered
            changes.handing.answers += self._answers(after, decision)
        if _differs(record, after) or question.fresh:
            self._say(record, after, decision, changes, cause)

    def _next(self, record: ConversationRecord, question: Question, decision: Decision) -> ConversationRecord:
        routed = replace(
            record,
            routing={**digest_of(decision), **_kept(record, decision.needs)},
            topic=decision.topic or record.topic,
            priority=_priority(record, question, decision.priority),
        )
        if decision.choice is not None:
            until = self.now + timedelta(seconds=decision.choice.wait)
            offered = {CHOICE: choice_to_json(decision.choice), CHOOSE_UNTIL: until.isoformat()}
            return life.offer_choice(replace(routed, routing={**routed.routing, **offered}), self.now)
        needs = key_of(decision.needs, self.setup.groups.get(decision.group_id or ""))
        if decision.user_id is None:
            return life.line_up(routed, decision.group_id, needs, self.now)
        return life.give(replace(routed, group_id=decision.group_id, needs=needs), decision.user_id, self.now)

    def _hand(self, before: ConversationRecord, after: ConversationRecord, changes: Changes) -> None:
        """Note who has it no longer, who has it now, or in which line it stands."""
        handing, user_id = changes.handing, after.assignee_id
        if before.assignee_id not in (None, user_id):
            handing.ended.append(EndedAssignment(after.id, RETURNED, self.now))
        if user_id is not None and user_id != before.assignee_id:
            # of one moment too there is an order: whose turn it is goes by it
            at = self.now + timedelta(microseconds=self._given)
            self._given += 1
            handing.given.append(
                NewAssignment(after.id, after.group_id, user_id, after.waiting_since, at, by_hand=False)
            )
            self._operators[user_id] = replace(self._operators[user_id], last_assigned_at=at)
        self.count(after)
        if user_id is None and after.group_id is not None and after.waiting_since is not None:
            handing.lines.add(Line(after.group_id, after.needs))

    def _answers(self, record: ConversationRecord, decision: Decision) -> list[NewAnswer]:
        """What is to be said automatically: the offer of a choice, a rule's answer, the one for outside the hours."""
        beginning = f"{decision.rule}:{record.inbound_count}"
        said = []
        if decision.choice is not None:
            labels = tuple(each.label for each in decision.choice.options)
            said.append(NewAnswer(record.id, f"choice:{beginning}", decision.choice.text, labels, self.now))
        if decision.answer:
            once = f"closed:{self._day(decision)}" if decision.closed else f"rule:{beginning}"
            said.append(NewAnswer(record.id, once, decision.answer, (), self.now))
        return said

    def _day(self, decision: Decision) -> str:
        """Today, where the group is."""
        group = self.setup.groups.get(decision.group_id or "")
        hours = group.rules.hours if group else None
        return f"{self.now.astimezone(ZoneInfo(hours.time_zone)) if hours else self.now:%Y-%m-%d}"

    def _say(
        self, before: ConversationRecord, after: ConversationRecord, decision: Decision, changes: Changes, cause: str
    ) -> None:
        text = f"{cause}{CLAUSES}{decision.reason}" if cause else decision.reason
        digest, group_id, user_id = digest_of(decision), after.group_id, after.assignee_id
        line = activity(before, "routed", text, self.now, group_id=group_id, user_id=user_id, decision=digest)
        changes.say(line)


def choice_is_over(routing: Mapping[str, Any], now: datetime) -> bool:
    """Whether `conversations.routing` tells of a choice whose time is over."""
    return CHOICE in routing and datetime.fromisoformat(routing[CHOOSE_UNTIL]) <= now


def key_of(needs: Needs, group: Group | None) -> str:
    """Which of a group's lines is for these needs: only what the group requires keeps anybody out."""
    return write_needs(required_of(needs, group.rules)) if group else ""


def needs_of(record: ConversationRecord) -> Needs:
    """What a conversation asks of an operator, required or not, as its last decision had it, and who gave it back."""
    needs, note = read_needs(str(record.routing.get(NEEDS, ""))), record.routing.get(RELEASED)
    if note is None or note["inbound_count"] != record.inbound_count:
        return needs
    return replace(needs, but=tuple(note["by"]))


def _kept(record: ConversationRecord, needs: Needs) -> dict[str, object]:
    """What a decision leaves on a conversation of its needs."""
    kept: dict[str, object] = {NEEDS: write_needs(replace(needs, but=()))}
    return {**kept, RELEASED: record.routing[RELEASED]} if needs.but else kept


def released(record: ConversationRecord, by: Sequence[str]) -> ConversationRecord:
    """With the note of who gave it back since the customer wrote, the latest at the end."""
    note = {"by": list(dict.fromkeys(by))[-_MOST_RELEASED:], "inbound_count": record.inbound_count}
    return replace(record, routing={**record.routing, RELEASED: note})


def _priority(record: ConversationRecord, question: Question, said: int | None) -> int:
    """A conversation that begins anew is as urgent as the rules say now, not as they said last time."""
    if said is not None:
        return said
    return 0 if question.fresh else record.priority


def _differs(before: ConversationRecord, after: ConversationRecord) -> bool:
    return (before.group_id, before.assignee_id) != (after.group_id, after.assignee_id) or not before.routing
