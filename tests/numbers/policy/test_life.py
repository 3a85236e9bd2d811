"""A number's life: what may become of it, and what never happens whatever the order of events."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hub.errors import Conflict
from hub.numbers.policy import life
from hub.numbers.policy.life import MOVES, Contract, Inbound, NumberLife
from hub.types import ChannelKind
from hub.types.numbers import NumberState as S

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUARANTINE = timedelta(days=90)
CHAT, TEXT = ChannelKind("chat"), ChannelKind("text")
_BURST = 50


def owned() -> NumberLife:
    return NumberLife(S.OWNED)


def lent(organization_id: str = "a", kind: ChannelKind = CHAT) -> NumberLife:
    return life.lend(owned(), organization_id, kind)


def quarantined(at: datetime = NOW) -> NumberLife:
    heard, _ = life.hear(lent(), Contract.RUNS, at)
    return life.take_back(heard, CHAT, at)


def test_every_state_has_its_row_and_every_move_says_why() -> None:
    assert set(MOVES) == set(S)
    assert all(reason for moves in MOVES.values() for reason in moves.values())


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    for state in S:
        for to in set(S) - set(MOVES[state]):
            with pytest.raises(Conflict):
                life.move(state, to)
        for to in MOVES[state]:
            assert life.move(state, to) is to


def test_an_order_that_the_provider_lists_is_ours_even_after_it_was_given_up() -> None:
    assert life.settle_order(NumberLife(), "PN1", NOW, NOW).state is S.OWNED
    assert life.settle_order(NumberLife(S.FAILED), "PN1", NOW, NOW).state is S.OWNED


def test_an_order_that_is_not_listed_stays_ordered_until_the_list_would_show_it() -> None:
    just_before = NOW + timedelta(minutes=30) - timedelta(seconds=1)
    assert life.settle_order(NumberLife(), None, NOW, just_before).state is S.ORDERED
    assert life.settle_order(NumberLife(), None, NOW, NOW + timedelta(minutes=30)).state is S.FAILED


def test_a_number_carries_two_kinds_of_one_organization_only() -> None:
    both = life.lend(lent("a", CHAT), "a", TEXT)
    assert both.carries == {CHAT, TEXT}
    with pytest.raises(Conflict):
        life.lend(lent("a", CHAT), "b", TEXT)
    with pytest.raises(Conflict):
        life.lend(lent("a", CHAT), "a", CHAT)


def test_a_banned_number_is_not_lent_as_what_it_is_banned_from_and_goes_on_as_the_other() -> None:
    banned = life.ban(owned(), CHAT)
    with pytest.raises(Conflict):
        life.lend(banned, "a", CHAT)
    assert life.lend(banned, "a", TEXT).carries == {TEXT}
    assert life.lend(life.reinstate(banned, CHAT), "a", CHAT).carries == {CHAT}


def test_a_number_without_conversations_is_free_at_once() -> None:
    assert life.take_back(lent(), CHAT, NOW) == owned()


def test_a_number_with_conversations_goes_into_quarantine_with_its_last_kind() -> None:
    talked = replace(life.lend(lent("a", CHAT), "a", TEXT), talked=True)
    still = life.take_back(talked, CHAT, NOW)
    assert still.state is S.LENT
    kept = life.take_back(still, TEXT, NOW)
    assert (kept.state, kept.former_id, kept.organization_id) == (S.QUARANTINED, "a", None)
    with pytest.raises(Conflict):
        life.take_back(still, CHAT, NOW)


def test_quarantine_is_counted_anew_by_each_message() -> None:
    number = quarantined()
    number, _ = life.hear(number, Contract.RUNS, NOW + timedelta(days=89))
    with pytest.raises(Conflict):
        life.end_quarantine(number, NOW + QUARANTINE)
    number, _ = life.hear(number, Contract.ENDED, NOW + timedelta(days=100))
    ends = NOW + timedelta(days=190)
    assert life.quarantine_ends(number) == ends
    with pytest.raises(Conflict):
        life.end_quarantine(number, ends - timedelta(seconds=1))
    assert life.end_quarantine(number, ends) == owned()


def test_a_message_of_the_past_that_is_recovered_late_shortens_no_quarantine() -> None:
    number, _ = life.hear(quarantined(), Contract.RUNS, NOW - timedelta(days=3))
    assert number.quiet_since == NOW


def test_in_quarantine_it_goes_back_to_its_former_organization_only() -> None:
    with pytest.raises(Conflict):
        life.lend(quarantined(), "b", CHAT)
    again = life.lend(quarantined(), "a", TEXT)
    assert (again.organization_id, again.talked) == ("a", True)
    assert life.take_back(again, TEXT, NOW).state is S.QUARANTINED


def give_back(number: NumberLife) -> NumberLife:
    return life.give_back(number, NOW, "it costs too much")


def test_a_number_in_quarantine_is_given_back_for_a_reason_or_once_that_is_over() -> None:
    with pytest.raises(Conflict, match="quarantine"):
        life.give_back(quarantined(), NOW + timedelta(days=89))
    for number in (give_back(quarantined()), life.give_back(quarantined(), NOW + timedelta(days=90))):
        assert number.state is S.RETURNING
    assert life.give_back(owned(), NOW).state is S.RETURNING


@pytest.mark.parametrize(
    ("number", "contract", "whose"),
    [
        (owned(), Contract.RUNS, Inbound.PLATFORM),
        (lent(), Contract.ENDED, Inbound.HOLDER),
        (quarantined(), Contract.RUNS, Inbound.FORMER),
        (quarantined(), Contract.ENDED, Inbound.NOBODY),
        (give_back(quarantined()), Contract.RUNS, Inbound.FORMER),
        (give_back(owned()), Contract.RUNS, Inbound.PLATFORM),
    ],
)
def test_a_message_belongs_to(number: NumberLife, contract: Contract, whose: Inbound) -> None:
    assert life.hear(number, contract, NOW)[1] is whose


def test_neither_a_loss_nor_a_return_that_failed_shortens_a_quarantine() -> None:
    for number in (life.lose(quarantined()), give_back(quarantined()), life.lose(lent())):
        kept = life.keep(number, NOW + timedelta(days=10))
        assert life.quarantine_ends(kept) == NOW + timedelta(days=100)
        assert life.lend(kept, "a", CHAT).organization_id == "a"


def test_only_what_was_lost_or_on_its_way_back_can_be_kept() -> None:
    for number in (lent(), owned(), quarantined()):
        with pytest.raises(Conflict):
            life.keep(number, NOW)


class Life(RuleBasedStateMachine):
    """Three organizations, one number, two kinds, a clock: everything in any order, what is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.seen: Counter[str] = Counter()
        self._begin()

    def _begin(self) -> None:
        self.number = owned()
        self.writers: dict[str, datetime] = {}
        """When people of an organization last wrote to the number."""

    def _goes(self, to: NumberLife) -> None:
        before = self.number.state
        assert to.state is before or to.state in MOVES[before]
        self.seen[f"{before} to {to.state}"] += 1
        self.number = to

    @rule(seed=st.integers(0, 2**32))
    def much_happens(self, seed: int) -> None:
        draw = Random(seed)  # noqa: S311 - events, no secrets
        for _ in range(_BURST):
            self._something(draw)
            self.one_holder_and_nobody_else()

    def _something(self, draw: Random) -> None:
        match draw.randrange(12):
            case 0 | 1 | 2:
                self.lend(draw.choice("abc"), draw.choice([CHAT, TEXT]))
            case 3 | 4 | 5:
                self.take_back(draw.choice([CHAT, TEXT]))
            case 6:
                self.pass_time(draw.choice([1, 45, 90]))
            case 7 | 8:
                self.hear(draw.choice(list(Contract)))
            case 9:
                self.end_quarantine()
            case 10:
                self.judge(draw.choice([CHAT, TEXT]), draw.choice([life.ban, life.reinstate]))
            case _:
                self.ask_provider(draw.choice([give_back, life.lose]))
                self.keep()

    @rule(days=st.sampled_from([0, 1, 45, 89, 90, 91]))
    def pass_time(self, days: int) -> None:
        self.now += timedelta(days=days, seconds=1)

    @rule(who=st.sampled_from("abc"), kind=st.sampled_from([CHAT, TEXT]))
    def lend(self, who: str, kind: ChannelKind) -> None:
        before = self.number
        try:
            to = life.lend(before, who, kind)
        except Conflict:
            return
        assert kind not in before.banned
        assert before.organization_id in (None, who)
        for other, wrote in self.writers.items():
            assert other == who or self.now - wrote >= QUARANTINE, "a writer of last week at the next organization"
        self._goes(to)

    @rule(kind=st.sampled_from([CHAT, TEXT]))
    def take_back(self, kind: ChannelKind) -> None:
        self._try(lambda: life.take_back(self.number, kind, self.now))

    @rule(contract=st.sampled_from(Contract))
    def hear(self, contract: Contract) -> None:
        to, whose = life.hear(self.number, contract, self.now)
        owner = {Inbound.HOLDER: to.organization_id, Inbound.FORMER: to.former_id, Inbound.NOBODY: to.former_id}
        if whose is not Inbound.PLATFORM:
            self.writers[str(owner[whose])] = self.now
        self._goes(to)

    @rule(kind=st.sampled_from([CHAT, TEXT]), does=st.sampled_from([life.ban, life.reinstate]))
    def judge(self, kind: ChannelKind, does: Callable[[NumberLife, ChannelKind], NumberLife]) -> None:
        self._goes(does(self.number, kind))

    @rule(does=st.sampled_from([give_back, life.lose, life.given_back]))
    def ask_provider(self, does: Callable[[NumberLife], NumberLife]) -> None:
        self._try(lambda: does(self.number))
        if self.number.state is S.RETURNED:
            # it is nobody's of ours any more; the run goes on with another number
            self._begin()

    @rule()
    def keep(self) -> None:
        self._try(lambda: life.keep(self.number, self.now))

    @rule()
    def end_quarantine(self) -> None:
        self._try(lambda: life.end_quarantine(self.number, self.now))

    def _try(self, does: Callable[[], NumberLife]) -> None:
        try:
            to = does()
        except Conflict:
            return
        self._goes(to)

    @invariant()
    def one_holder_and_nobody_else(self) -> None:
        number = self.number
        is_lent = number.state is S.LENT
        assert is_lent == (number.organization_id is not None) == bool(number.carries)
        assert not (is_lent and number.former_id)
        assert number.former_id or number.state is not S.QUARANTINED


def test_whatever_happens_no_number_has_two_organizations_or_an_old_ones_writers() -> None:
    run_state_machine_as_test(Life, settings=settings(max_examples=30, stateful_step_count=15, deadline=None))


def test_the_machine_gets_everywhere() -> None:
    machine = Life()
    for seed in range(60):
        machine.much_happens(seed)
    settled = {S.ORDERED, S.FAILED, S.RETURNED}
    wanted = {f"{state} to {to}" for state in set(S) - settled for to in set(MOVES[state]) - settled}
    assert wanted <= set(machine.seen)
