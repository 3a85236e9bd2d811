"""The moves of `hub.conversations.life`, in any order: what always holds."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.conversations import life
from hub.types import ConversationStatus, Returning, WaitingFor
from tests.outbound.stage import START

PLACE = life.Place("channel", "contact", "identity")
MINUTES = st.integers(0, 60)


class Conversation(RuleBasedStateMachine):
    """One conversation to which anything may happen at any time."""

    @initialize()
    def begin(self) -> None:
        self.now = START
        self.record = life.receive(life.begin(PLACE, START, START), life.Inbound("Hello", START, None))
        self.received, self.answered = 1, False

    @rule(minutes=MINUTES, late=MINUTES, topic=st.sampled_from([None, "Parcel", "Refund"]))
    def receive(self, minutes: int, late: int, topic: str | None) -> None:
        before = self._later(minutes)
        position = self.now - timedelta(minutes=late)
        self.record = life.receive(before, life.Inbound(f"text {self.received}", position, topic))
        self.received += 1
        assert self.record.waiting_for is WaitingFor.US
        assert self.record.waiting_since is not None
        assert not life.is_closed(self.record)
        assert self.record.topic == (before.topic or topic)
        if before.last_inbound_at is not None and position < before.last_inbound_at:
            assert (self.record.preview, self.record.last_inbound_at) == (before.preview, before.last_inbound_at)

    @rule(minutes=MINUTES)
    def answer(self, minutes: int) -> None:
        self.record = life.answer(self._later(minutes), "an answer", self.now)
        self.answered = True
        assert (self.record.status, self.record.waiting_for) == (ConversationStatus.PENDING, WaitingFor.CUSTOMER)

    @rule()
    def close(self) -> None:
        self.record = life.close(self.record)
        assert life.is_closed(self.record)

    @rule()
    def reopen(self) -> None:
        if life.is_closed(self.record):
            self.record = life.reopen(self.record)
            assert self.record.assignee_id is None

    @rule(minutes=st.integers(1, 60))
    def snooze(self, minutes: int) -> None:
        if not life.is_closed(self.record):
            self.record = life.snooze(self.record, self.now + timedelta(minutes=minutes))

    @rule(user=st.sampled_from(["anna", "ben"]))
    def assign(self, user: str) -> None:
        self.record = replace(self.record, assignee_id=user, assigned_at=self.now)

    def _later(self, minutes: int) -> life.ConversationRecord:
        self.now += timedelta(minutes=minutes)
        return self.record

    @invariant()
    def status_says_whether_it_was_ever_answered(self) -> None:
        expected = ConversationStatus.PENDING if self.answered else ConversationStatus.NEW
        assert self.record.status in (expected, ConversationStatus.CLOSED)
        assert self.record.answered is self.answered

    @invariant()
    def only_an_open_conversation_whose_turn_is_ours_waits(self) -> None:
        if self.record.waiting_since is not None:
            assert self.record.waiting_for is WaitingFor.US
            assert not life.is_closed(self.record)

    @invariant()
    def a_closed_conversation_is_not_snoozed(self) -> None:
        assert not (life.is_closed(self.record) and self.record.snoozed_until)

    @invariant()
    def every_inbound_message_is_counted_once(self) -> None:
        assert self.record.inbound_count == self.received

    @invariant()
    def times_never_go_back_behind_what_was_said(self) -> None:
        assert self.record.last_inbound_at is not None
        assert self.record.last_inbound_at <= self.record.last_activity_at <= self.now

    @invariant()
    def a_waiting_conversation_waits_since_no_later_than_now(self) -> None:
        assert (self.record.waiting_since or self.now) <= self.now


TestAnyOrderOfMoves = Conversation.TestCase


def record(name: str, status: ConversationStatus, identity: str = "identity") -> life.ConversationRecord:
    begun = life.begin(life.Place("channel", "contact", identity), START, START)
    return replace(begun, id=name, status=status)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_an_open_conversation_wins_over_a_newer_closed_one() -> None:
    records = [record("1", ConversationStatus.PENDING), record("2", ConversationStatus.CLOSED)]
    for returning in Returning:
        assert life.choose(records, "identity", returning) is records[0]


def test_ones_own_conversation_wins_over_another_of_the_same_contact() -> None:
    records = [record("1", ConversationStatus.NEW), record("2", ConversationStatus.NEW, "other identity")]
    assert life.choose(records, "identity", Returning.REOPEN) is records[0]


def test_the_newest_closed_one_is_opened_again_or_none() -> None:
    records = [record("1", ConversationStatus.CLOSED), record("2", ConversationStatus.CLOSED)]
    assert life.choose(records, "identity", Returning.REOPEN) is records[1]
    assert life.choose(records, "identity", Returning.NEW) is None
    assert life.choose([], "identity", Returning.REOPEN) is None


def test_whoever_writes_twice_waits_since_the_first_time() -> None:
    first = life.receive(life.begin(PLACE, START, START), life.Inbound("one", at(1), None))
    assert life.receive(first, life.Inbound("two", at(5), None)).waiting_since == at(1)


def test_a_preview_is_one_short_line() -> None:
    assert life.preview_of("  a\n\n b\t c ") == "a b c"
    assert len(life.preview_of("x" * 1000)) == 160
