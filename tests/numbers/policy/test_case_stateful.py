"""Whatever happens to a ban case in whatever order: its rules hold."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.errors import Conflict, Invalid
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import MOVES, RETURNS, STAYS, CasePolicy, advance, is_open, open_case
from hub.numbers.policy.following import WITHDRAWN_FROM
from hub.numbers.policy.offers import suits
from hub.types import Level, Reach
from hub.types.bans import AcceptedBy, AppealState, BanCase, BanState, Confidence, Judgement, Kept, RemedyKind
from hub.types.numbers import OfferKind, Readiness
from tests.numbers.policy.cases import NOW, judgement, offer

_JUDGEMENTS = st.builds(
    judgement,
    st.sampled_from((Level.RESTRICTED, Level.BANNED, Level.CREDENTIALS, Level.ACCOUNT)),
    st.just(Reach.SENDER) | st.sampled_from([each for each in Reach if each not in (Reach.MESSAGE, Reach.RECIPIENT)]),
)
_WORDS = st.sampled_from(("", "  ", "a reason"))
_KINDS = st.sampled_from(RemedyKind)
_BY_SIGNALS = (h.Confirmed, h.Changed, h.Relapsed)
_OFFERS = st.sampled_from(("offer 1", "offer 2"))


class _Case(RuleBasedStateMachine):
    """A case to which anything is said to happen at any time."""

    case: BanCase
    now: datetime
    accepted: bool

    @initialize(first=_JUDGEMENTS)
    def begin(self, first: Judgement) -> None:
        self.now, self.accepted = NOW, False
        self.case, _ = open_case(first, self.now)

    def _say(self, event: h.Happening, policy: CasePolicy = CasePolicy()) -> None:  # noqa: B008
        """Let something happen; where it is refused, nothing has changed, and the table had no room for it."""
        before = self.case
        try:
            self.case, effects = advance(before, event, self.now, policy)
        except (Conflict, Invalid) as refused:
            assert self.case is before
            possible = {*MOVES.get(type(event), {}), *STAYS.get(type(event), ())}
            assert isinstance(refused, Conflict) or before.state in possible
            return
        assert is_open(before) or (before.state, type(event)) == (BanState.CLOSED, h.Reinstated)
        self._check_move(before, event)
        self._check_effects(before, event, effects, policy)

    def _check_move(self, before: BanCase, event: h.Happening) -> None:
        to = self.case.state
        if before.undecided is not None:
            assert isinstance(event, h.Relapsed | h.SenderKept)
            useless = isinstance(event, h.Relapsed) and before.undecided in WITHDRAWN_FROM and to is BanState.REMEDY
            assert useless or to in (before.undecided, BanState.REINSTATED)
        elif isinstance(event, h.Changed) and to is not before.state:
            assert (before.state in WITHDRAWN_FROM, to) == (True, BanState.REMEDY)
        elif type(event) in STAYS:
            assert to is before.state
        else:
            assert to is MOVES[type(event)][before.state]

    def _check_effects(
        self, before: BanCase, event: h.Happening, effects: tuple[e.Effect, ...], policy: CasePolicy
    ) -> None:
        if isinstance(event, h.Accepted):
            self.accepted = True
            assert before.state is BanState.OFFERED
            assert before.cause.strip()
            assert before.appeal is not AppealState.NONE
            assert before.offer is not None
            assert self.now < before.offer.expires_at
            assert event.by is AcceptedBy.CUSTOMER or policy.automatic
        replaced = [each for each in effects if isinstance(each, e.Replace)]
        assert all(self.accepted and each.offer == self.case.offer for each in replaced)
        assert not any(isinstance(each, e.BuildLedger) for each in effects) or before.state is BanState.REPLACING
        if before.offer is not None and self.case.offer is None:
            assert e.ReleaseOffer(before.offer.id) in effects
        if isinstance(event, _BY_SIGNALS):
            assert e.Hold(event.judgement.forbids, event.judgement.until) in effects
        if self.case.state in (BanState.REMEDY, BanState.OFFERED) and before.state is not self.case.state:
            self.accepted = False

    @invariant()
    def nothing_is_replaced_without_an_acceptance(self) -> None:
        if self.case.state in RETURNS or self.case.undecided is not None:
            assert self.accepted
            assert self.case.offer is not None

    @invariant()
    def what_is_offered_is_of_use(self) -> None:
        if self.case.state in (BanState.OFFERED, BanState.ACCEPTED):
            assert self.case.offer is not None
            assert suits(self.case.offer.possibility.kind, self.case.level, self.case.reach)

    @invariant()
    def every_open_case_can_be_reinstated(self) -> None:
        if is_open(self.case) and self.case.undecided is None:
            back, effects = advance(self.case, h.Reinstated("online"), self.now)
            assert back.state is BanState.REINSTATED
            settled = self.case.state in RETURNS
            assert (back.undecided is not None) == settled
            assert (e.AskWhichStays() in effects, e.Reopen() in effects) == (settled, not settled)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        event=st.sampled_from((h.Informed(), h.Proposed(), h.AppealFiled(), h.OfferWanted(), h.DeadlinePassed()))
        | st.sampled_from((h.ReplacingBegun(), h.Replaced(), h.EverybodyAsked(), h.Reinstated("online")))
        | st.sampled_from((h.Dismissed("nothing"), h.ReplacingFailed("sold")))
    )
    def something_happens(self, event: h.Happening) -> None:
        self._say(event)

    @rule(make=st.sampled_from(_BY_SIGNALS), found=_JUDGEMENTS)
    def signals_come(self, make: Callable[[Judgement], h.Happening], found: Judgement) -> None:
        assert found.confidence is Confidence.CONFIRMED
        self._say(make(found))

    @rule(reason=_WORDS, make=st.sampled_from((h.CauseRecorded, h.AppealWaived)))
    def the_customer_explains(self, reason: str, make: Callable[[str], h.Happening]) -> None:
        self._say(make(reason))

    @rule(kind=_KINDS, outcome=st.sampled_from((None, True, False)))
    def a_remedy_is_tried(self, kind: RemedyKind, outcome: bool | None) -> None:
        self._say(h.RemedyBegun(kind) if outcome is None else h.RemedyEnded(kind, outcome))

    @rule(granted=st.booleans())
    def an_appeal_is_decided(self, granted: bool) -> None:
        self._say(h.AppealDecided(granted))

    @rule(
        kind=st.sampled_from(OfferKind),
        readiness=st.sampled_from(Readiness),
        offer_id=_OFFERS,
        hours=st.integers(-1, 200),
    )
    def an_offer_is_made(self, kind: OfferKind, readiness: Readiness, offer_id: str, hours: int) -> None:
        self._say(h.OfferMade(offer(kind, readiness, offer_id, self.now + timedelta(hours=hours))))

    @rule(offer_id=_OFFERS, by=st.sampled_from(AcceptedBy), automatic=st.booleans())
    def it_is_accepted(self, offer_id: str, by: AcceptedBy, automatic: bool) -> None:
        self._say(h.Accepted(offer_id, by), CasePolicy(automatic))

    @rule(offer_id=_OFFERS)
    def it_is_declined(self, offer_id: str) -> None:
        self._say(h.Declined(offer_id))

    @rule(kept=st.sampled_from(Kept))
    def the_customer_chooses_who_stays(self, kept: Kept) -> None:
        self._say(h.SenderKept(kept))

    @rule(
        found=_JUDGEMENTS,
        omitted=st.sampled_from((None, None, h.CauseRecorded, h.AppealFiled)),
        wait=st.sampled_from((0, 0, 24, 200)),
        steps=st.integers(6, 9),
        then=st.none() | _JUDGEMENTS,
    )
    def another_case_goes_its_way(
        self, found: Judgement, omitted: type[h.Happening] | None, wait: int, steps: int, then: Judgement | None
    ) -> None:
        """Begin anew and come far: random steps alone seldom reach an acceptance. Something may be left out."""
        self.begin(found)
        kind = next((each for each in OfferKind if suits(each, found.level, found.reach)), OfferKind.ANOTHER_KIND)
        made = offer(kind, until=self.now + timedelta(days=7), offer_id="offer 1")
        events: tuple[h.Happening, ...] = (
            h.Confirmed(found),
            h.Informed(),
            h.Proposed(),
            h.CauseRecorded("a cause"),
            h.AppealFiled(),
            h.OfferMade(made),
            h.Accepted("offer 1"),
            h.ReplacingBegun(),
            h.Replaced(),
        )
        for event in events[:steps]:
            if isinstance(event, h.Accepted):
                self.time_passes(wait)
            if omitted is None or not isinstance(event, omitted):
                self._say(event)
        if then is not None:
            self._say(h.Changed(then))

    @rule(reason=_WORDS)
    def somebody_closes_it(self, reason: str) -> None:
        if self.case.state is not BanState.REMEDY:
            self._say(h.Closed(reason))


TestCase = pytest.mark.timeout(100)(_Case.TestCase)
TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
