"""The ban case, step by step: what it asks to be done, and what it refuses."""

from datetime import timedelta

import pytest

from hub.errors import Conflict, Invalid
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import MOVES, CasePolicy, advance, is_open, is_overdue, open_case, told_by
from hub.types import Level, Reach
from hub.types.bans import AcceptedBy, AppealState, BanState, Confidence, Kept, RemedyKind, RemedyState
from hub.types.numbers import OfferKind, Readiness
from tests.numbers.policy.cases import (
    ACCEPTED,
    CONFIRMED,
    DAY,
    NOW,
    READY,
    RECRUITING,
    REPLACING,
    after,
    judgement,
    offer,
    told,
)


def test_a_suspicion_holds_what_is_not_urgent_and_looks() -> None:
    case, effects = open_case(judgement(confidence=Confidence.SUSPECTED), NOW)
    assert case.state is BanState.SUSPECTED
    assert [type(each) for each in effects] == [e.Hold, e.Look, e.TellPlatform]


def test_on_confirmation_holding_comes_before_telling() -> None:
    effects = told(after(), h.Confirmed(judgement()))
    assert [type(each) for each in effects] == [e.Hold, e.TellAdmins, e.TellPlatform]
    assert effects[0] == e.Hold(judgement().forbids)


def test_a_ban_is_offered_a_replacement_together_with_its_remedies() -> None:
    assert told(after(*CONFIRMED[:1]), h.Informed()) == (e.ProposeRemedies(),)
    assert told(after(*CONFIRMED[:2]), h.Proposed()) == (e.MakeOffer(),)


def test_a_restriction_is_offered_a_replacement_only_when_it_is_wanted_or_nothing_else_helped() -> None:
    restricted = judgement(Level.RESTRICTED)
    case = after(h.Confirmed(restricted), h.Informed(), level=Level.RESTRICTED)
    assert told(case, h.Proposed()) == ()
    case, _ = advance(case, h.Proposed(), NOW)
    assert told(case, h.OfferWanted()) == (e.MakeOffer(),)
    cheaper = [each.kind for each in case.remedies if each.kind is not RemedyKind.REPLACE]
    for kind in cheaper[:-1]:
        case, effects = advance(case, h.RemedyEnded(kind, helped=False), NOW)
        assert effects == (e.Look(),)
    assert told(case, h.RemedyEnded(cheaper[-1], helped=False)) == (e.Look(), e.MakeOffer())


def test_a_remedy_that_helped_is_recorded_and_looked_at_but_proves_nothing() -> None:
    case, effects = advance(after(*CONFIRMED), h.RemedyEnded(RemedyKind.APPEAL, helped=True, result="granted"), NOW)
    assert case.state is BanState.REMEDY
    assert effects == (e.Look(),)
    step = next(each for each in case.remedies if each.kind is RemedyKind.APPEAL)
    assert (step.state, step.result) == (RemedyState.HELPED, "granted")


@pytest.mark.parametrize(
    ("events", "stands"),
    [
        (READY, RemedyState.PROPOSED),
        (ACCEPTED, RemedyState.UNDER_WAY),
        ((*ACCEPTED, h.Changed(judgement(reach=Reach.PORTFOLIO))), RemedyState.PROPOSED),
        ((*REPLACING, h.ReplacingFailed("none is for sale")), RemedyState.FAILED),
        (RECRUITING, RemedyState.HELPED),
        ((*RECRUITING, h.Closed("enough")), RemedyState.HELPED),
        ((*REPLACING, h.Reinstated("it works")), RemedyState.UNDER_WAY),
        ((*REPLACING, h.Reinstated("it works"), h.SenderKept(Kept.NEW)), RemedyState.UNDER_WAY),
        ((*RECRUITING, h.Reinstated("it works"), h.SenderKept(Kept.OLD)), RemedyState.NOT_TAKEN),
        ((*READY, h.Closed("enough")), RemedyState.NOT_TAKEN),
        ((*READY, h.Reinstated("it works")), RemedyState.NOT_TAKEN),
    ],
)
def test_the_replacement_stands_among_the_remedies_as_the_case_does(
    events: tuple[h.Happening, ...], stands: RemedyState
) -> None:
    assert [each.state for each in after(*events).remedies if each.kind is RemedyKind.REPLACE] == [stands]


def test_what_nobody_tried_was_not_taken_once_the_case_is_over() -> None:
    case = after(*READY, h.RemedyBegun(RemedyKind.APPEAL), h.Closed("enough"))
    left = {each.kind: each.state for each in case.remedies}
    assert (left.pop(RemedyKind.APPEAL), set(left.values())) == (RemedyState.UNDER_WAY, {RemedyState.NOT_TAKEN})


def test_a_remedy_that_the_case_does_not_have_is_refused() -> None:
    with pytest.raises(Invalid):
        advance(after(*CONFIRMED), h.RemedyBegun(RemedyKind.PAY), NOW)


def test_accepting_asks_for_the_replacement() -> None:
    assert told(after(*READY), h.Accepted("offer"))[0] == e.Replace(offer())


def test_what_one_admin_decides_the_others_and_the_platform_hear_of() -> None:
    for case, event in (
        (after(*READY), h.Accepted("offer")),
        (after(*READY), h.Declined("offer")),
        (after(*CONFIRMED), h.Closed("enough")),
        (after(*RECRUITING), h.Closed("enough")),
    ):
        about = type(event).__name__
        assert told(case, event)[-2:] == (e.TellAdmins(about), e.TellPlatform(about))


@pytest.mark.parametrize("missing", [h.CauseRecorded, h.AppealFiled])
def test_accepting_needs_a_cause_and_an_appeal(missing: type[h.Happening]) -> None:
    case = after(*[each for each in READY if not isinstance(each, missing)])
    with pytest.raises(Invalid):
        advance(case, h.Accepted("offer"), NOW)


def test_an_appeal_can_be_waived_with_a_reason_only() -> None:
    case = after(*CONFIRMED)
    with pytest.raises(Invalid):
        advance(case, h.AppealWaived("  "), NOW)
    case, _ = advance(case, h.AppealWaived("the number was given up anyway"), NOW)
    assert case.appeal is AppealState.WAIVED


def test_only_the_present_offer_is_accepted_or_declined() -> None:
    for event in (h.Accepted("another"), h.Declined("another")):
        with pytest.raises(Conflict):
            advance(after(*READY), event, NOW)


def test_the_automatic_policy_is_off_unless_it_is_switched_on_and_needs_the_same() -> None:
    event = h.Accepted("offer", AcceptedBy.POLICY)
    with pytest.raises(Conflict):
        advance(after(*READY), event, NOW)
    assert advance(after(*READY), event, NOW, CasePolicy(automatic=True))[0].state is BanState.ACCEPTED
    with pytest.raises(Invalid):
        advance(after(*READY[:4]), event, NOW, CasePolicy(automatic=True))


def test_an_offer_that_nobody_answers_expires_at_its_deadline_and_not_before() -> None:
    case = after(*READY)
    late = NOW + 7 * DAY
    assert not is_overdue(case, late - timedelta(seconds=1))
    with pytest.raises(Conflict):
        advance(case, h.DeadlinePassed(), late - timedelta(seconds=1))
    with pytest.raises(Conflict):
        advance(case, h.Accepted("offer"), late)
    expired, effects = advance(case, h.DeadlinePassed(), late)
    assert expired.state is BanState.EXPIRED
    assert effects[0] == e.ReleaseOffer("offer")
    assert told(expired, h.OfferWanted(), late) == (e.MakeOffer(),)


@pytest.mark.parametrize(
    ("kind", "reach", "readiness"),
    [
        (OfferKind.ANOTHER_NUMBER, Reach.BUSINESS_ACCOUNT, Readiness.READY),
        (OfferKind.ANOTHER_NUMBER, Reach.PORTFOLIO, Readiness.READY),
        (OfferKind.OWN_SENDER, Reach.APP, Readiness.READY),
        (OfferKind.ANOTHER_NUMBER, Reach.SENDER, Readiness.NONE),
    ],
)
def test_what_would_be_banned_too_or_cannot_be_had_is_not_offered(
    kind: OfferKind, reach: Reach, readiness: Readiness
) -> None:
    case = after(h.Confirmed(judgement(reach=reach)), h.Informed(), h.Proposed(), reach=reach)
    with pytest.raises(Invalid):
        advance(case, h.OfferMade(offer(kind, readiness)), NOW)


@pytest.mark.parametrize("steps", [READY, ACCEPTED])
def test_a_ban_that_turns_out_to_reach_further_withdraws_a_useless_offer(steps: tuple[h.Happening, ...]) -> None:
    wider = judgement(reach=Reach.BUSINESS_ACCOUNT)
    case, effects = advance(after(*steps), h.Changed(wider), NOW)
    assert (case.state, case.offer) == (BanState.REMEDY, None)
    assert e.ReleaseOffer("offer") in effects
    assert e.MakeOffer() in effects


def test_a_failed_replacement_needs_a_new_acceptance() -> None:
    case, effects = advance(after(*REPLACING), h.ReplacingFailed("the number was sold"), NOW)
    assert (case.state, case.offer) == (BanState.REMEDY, None)
    assert e.MakeOffer() in effects


def test_a_new_sender_begins_the_recruiting() -> None:
    assert told(after(*REPLACING), h.Replaced())[:2] == (e.BuildLedger(), e.Invite())


def test_a_sender_given_back_before_an_acceptance_ends_the_case() -> None:
    case, effects = advance(after(*READY), h.Reinstated("online again"), NOW)
    assert not is_open(case)
    assert effects[:2] == (e.Reopen(), e.ReleaseOffer("offer"))


@pytest.mark.parametrize("steps", [ACCEPTED, REPLACING, RECRUITING])
def test_a_sender_given_back_after_an_acceptance_leaves_the_choice_to_the_customer(
    steps: tuple[h.Happening, ...],
) -> None:
    before = after(*steps)
    case, effects = advance(before, h.Reinstated("online again"), NOW)
    assert case.state is BanState.REINSTATED
    assert is_open(case)
    assert e.AskWhichStays() in effects
    assert e.Reopen() not in effects
    new, _ = advance(case, h.SenderKept(Kept.NEW), NOW)
    assert new.state is before.state
    old, effects = advance(case, h.SenderKept(Kept.OLD), NOW)
    assert not is_open(old)
    assert effects[:2] == (e.PutBack(), e.Reopen())


def test_a_sender_banned_again_before_the_choice_goes_on_with_the_replacement() -> None:
    case, _ = advance(after(*RECRUITING), h.Reinstated("online again"), NOW)
    event = told_by(case, judgement(Level.ACCOUNT, confidence=Confidence.NONE), NOW)
    assert event is None
    case, effects = advance(case, h.Relapsed(judgement()), NOW)
    assert case.state is BanState.RECRUITING
    assert isinstance(effects[0], e.Hold)
    assert e.Invite() in effects


def test_a_sender_banned_again_and_wider_does_not_go_on_with_a_useless_replacement() -> None:
    case, _ = advance(after(*ACCEPTED), h.Reinstated("online again"), NOW)
    case, effects = advance(case, h.Relapsed(judgement(reach=Reach.BUSINESS_ACCOUNT)), NOW)
    assert (case.state, case.offer) == (BanState.REMEDY, None)
    assert e.ReleaseOffer("offer") in effects
    assert not any(isinstance(each, e.Replace) for each in effects)


def test_what_new_judgements_make_happen() -> None:
    suspected = after()
    well = judgement(Level.NONE, confidence=Confidence.NONE)
    assert isinstance(told_by(suspected, judgement(), NOW), h.Confirmed)
    assert isinstance(told_by(suspected, well, NOW), h.Dismissed)
    assert isinstance(told_by(after(*READY), well, NOW), h.Reinstated)
    assert told_by(after(*READY), judgement(), NOW) is None
    assert isinstance(told_by(after(*READY), judgement(reach=Reach.PORTFOLIO), NOW), h.Changed)
    weaker = judgement(Level.RESTRICTED, confidence=Confidence.SUSPECTED)
    assert told_by(after(*READY), weaker, NOW) is None


def test_nothing_happens_to_a_case_that_is_over() -> None:
    over = after(h.Dismissed("nothing in it"))
    for event in (h.Confirmed(judgement()), h.CauseRecorded("x"), h.SenderKept(Kept.OLD)):
        with pytest.raises(Conflict):
            advance(over, event, NOW)


def test_only_the_end_of_the_ban_leads_out_of_closed_and_nothing_past_an_acceptance() -> None:
    assert {happening for happening, row in MOVES.items() if BanState.CLOSED in row} == {h.Reinstated}
    into = {happening for happening, row in MOVES.items() if BanState.REPLACING in row.values()}
    assert into == {h.ReplacingBegun}
    assert set(MOVES[h.ReplacingBegun]) == {BanState.ACCEPTED}
    assert {happening for happening, row in MOVES.items() if BanState.ACCEPTED in row.values()} == {h.Accepted}
