"""Twelve people, four ways each, whatever happens in any order: what always holds of winning people back."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hub.errors import Conflict
from hub.numbers.policy.caps import Answer, Caps, Consent, Sending, Spent, refusal
from hub.numbers.policy.ledger import MOVES, Event, Progress, advance, entry_of
from hub.numbers.policy.ways import Invitation, Invite, Outcome, Recipient, next_step
from hub.types import ChannelKind
from hub.types.numbers import Purpose, RecipientState, Way, WayState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PEOPLE = 12
KINDS = ("letters", "texts", "chat", "bot")
CAPS = Caps(recipients=5, unasked=8)
persons = st.integers(0, PEOPLE - 1)
places = st.integers(0, len(KINDS) - 1)
_BURST = 50
SEEN: Counter[str] = Counter()


def way_of(person: int, place: int) -> Way:
    kind = KINDS[place]
    return Way(
        identity_id=f"{person}-{kind}",
        channel_id=kind,
        kind=ChannelKind(kind),
        reply_window=timedelta(hours=24) if kind == "chat" else None,
        writes_first=kind == "bot",
    )


class Recruiting(RuleBasedStateMachine):
    """The ledger as the use case keeps it: entries, invitations, and consents."""

    @initialize(out=st.sets(persons, max_size=4), agreed=st.sets(st.tuples(persons, places)))
    def begin(self, out: set[int], agreed: set[tuple[int, int]]) -> None:
        self.now = NOW
        self.entries = [entry_of("STOP" if each in out else None) for each in range(PEOPLE)]
        self.out = set(out)
        self.invitations: list[list[Invitation]] = [[] for _ in range(PEOPLE)]
        self.ways = [[way_of(person, place) for place in range(len(KINDS))] for person in range(PEOPLE)]
        for person, ways in enumerate(self.ways):
            # the order is the customer's
            self.ways[person] = ways[person % len(KINDS) :] + ways[: person % len(KINDS)]
        self.consents: list[Consent] = []
        for person, place in sorted(agreed):
            self.say(person, place, Purpose.SERVICE, Answer.GIVEN)

    def _happens(self, person: int, event: Event) -> bool:
        before = self.entries[person]
        try:
            after = advance(before, event)
        except Conflict:
            return False
        assert after.state in {*MOVES[before.state].values(), RecipientState.INVITED, RecipientState.VERIFIED}
        self.entries[person] = after
        return True

    @rule(seed=st.integers(0, 2**32))
    def much_happens(self, seed: int) -> None:
        draw = Random(seed)  # noqa: S311 - events, no secrets
        for _ in range(_BURST):
            self._something(draw)
            self.progress_adds_up()
            self.opt_outs_survive()
            self.the_organization_keeps_its_caps()

    def _something(self, draw: Random) -> None:
        person, place = draw.randrange(PEOPLE), draw.randrange(len(KINDS))
        match draw.randrange(9):
            case 0 | 1 | 2:
                self.happen(person, draw.choice(self._possible(person)))
            case 3:
                self.pass_time(draw.choice([1, 1, 24, 72]))
            case 4:
                self.say(person, place, draw.choice(list(Purpose)), draw.choice(list(Answer)))
            case 5:
                self.change_way(person, place, draw.choice(list(WayState)))
            case 6:
                self.write_elsewhere(person, place)
            case 7:
                self.return_last(person)
            case _:
                self.invite_all()

    def _possible(self, person: int) -> list[Event]:
        """What can happen to somebody, without what the hub does itself; few are erased, as nothing follows."""
        state = self.entries[person].state
        ends = Event.ERASED if person and state is not RecipientState.OPTED_OUT else None
        return sorted(set(MOVES[state]) - {Event.INVITED, ends}) or [Event.ERASED]

    @rule(person=persons, event=st.sampled_from(sorted(set(Event) - {Event.INVITED})))
    def happen(self, person: int, event: Event) -> None:
        if self._happens(person, event):
            SEEN[event] += 1
            self.out |= {person} if event is Event.OPTED_OUT else set()
            self.out -= {person} if event is Event.OPTED_IN else set()

    @rule(hours=st.sampled_from([1, 24, 71, 72, 100]))
    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(person=persons, place=places, purpose=st.sampled_from(Purpose), answer=st.sampled_from(Answer))
    def say(self, person: int, place: int, purpose: Purpose, answer: Answer) -> None:
        self.consents.append(Consent(self.ways[person][place].identity_id, purpose, answer, "form", self.now))

    @rule(person=persons, place=places, state=st.sampled_from(WayState))
    def change_way(self, person: int, place: int, state: WayState) -> None:
        self.ways[person][place] = replace(self.ways[person][place], state=state)

    @rule(person=persons, place=places)
    def write_elsewhere(self, person: int, place: int) -> None:
        self.ways[person][place] = replace(self.ways[person][place], last_heard_at=self.now)

    @rule(person=persons)
    def return_last(self, person: int) -> None:
        if self.invitations[person]:
            self.invitations[person][-1] = replace(self.invitations[person][-1], outcome=Outcome.RETURNED)

    @rule()
    def invite_all(self) -> None:
        for person in range(PEOPLE):
            self._invite(person)

    def _invite(self, person: int) -> None:
        entry, sent = self.entries[person], self.invitations[person]
        step = next_step(Recipient(entry.state, tuple(sent)), self.ways[person], self.consents, self.now)
        if not isinstance(step, Invite) or refusal(CAPS, self._spent(person), Sending.UNASKED):
            return
        assert person not in self.out
        assert entry.state in (RecipientState.TO_RECRUIT, RecipientState.INVITED)
        self._check_way(step)
        assert step.way.identity_id not in {each.identity_id for each in sent}
        pauses = [self.now - each.at for each in sent if each.outcome is Outcome.SENT]
        assert all(pause >= timedelta(hours=72) for pause in pauses)
        sent.append(Invitation(step.way.identity_id, self.now))
        assert self._happens(person, Event.INVITED)
        SEEN[f"invited by {step.way.kind}"] += 1

    def _check_way(self, step: Invite) -> None:
        way = step.way
        assert way.state is WayState.WORKS
        said = [each for each in self.consents if each.identity_id == way.identity_id]
        for purpose in (Purpose.INVITATION, Purpose.SERVICE):
            about = [each.answer for each in said if each.purpose is purpose and each.at <= self.now]
            if about:
                break
        assert about
        assert about[-1] is Answer.GIVEN
        if way.writes_first or way.reply_window:
            assert way.last_heard_at is not None
            assert self.now < way.last_heard_at + (way.reply_window or timedelta(days=9999))

    def _spent(self, person: int) -> Spent:
        since = self.now - timedelta(hours=24)
        recent = [who for who, sent in enumerate(self.invitations) for each in sent if each.at > since]
        return Spent(len(set(recent)), len(recent), person in recent)

    @invariant()
    def progress_adds_up(self) -> None:
        progress = Progress(Counter(each.state for each in self.entries))
        assert progress.total == PEOPLE
        assert progress.left + progress.of(RecipientState.VERIFIED) == progress.winnable

    @invariant()
    def opt_outs_survive(self) -> None:
        assert {who for who, each in enumerate(self.entries) if each.state is RecipientState.OPTED_OUT} == self.out

    @invariant()
    def the_organization_keeps_its_caps(self) -> None:
        spent = self._spent(0)
        assert spent.recipients <= CAPS.recipients
        assert spent.unasked <= CAPS.unasked

    @invariant()
    def invitations_are_counted(self) -> None:
        for entry, sent in zip(self.entries, self.invitations, strict=True):
            assert entry.invitations == len(sent)


def test_whatever_happens_nobody_is_invited_who_must_not_be_and_everybody_is_counted_once() -> None:
    run_state_machine_as_test(Recruiting, settings=settings(max_examples=30, stateful_step_count=10, deadline=None))


def test_the_machine_gets_everywhere() -> None:
    SEEN.clear()
    for seed in range(20):
        machine = Recruiting()
        machine.begin(out={seed % PEOPLE}, agreed=set(product(range(PEOPLE), range(len(KINDS)))))
        for person, place in product(range(PEOPLE), range(len(KINDS))):
            machine.write_elsewhere(person, place)
        machine.much_happens(seed)
        machine.much_happens(seed + 100)
    assert set(SEEN) >= {*Event, *(f"invited by {kind}" for kind in KINDS)} - {Event.INVITED}
