"""What each happening makes of a ban case, and asks to be done. Whether it may happen is the case's table."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from hub.errors import Conflict, Invalid
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.numbers.policy.offers import is_offered_at_once, suits
from hub.numbers.policy.remedies import is_last_resort, replacing, steps, with_step
from hub.types.bans import (
    AppealState,
    BanCase,
    BanState,
    Judgement,
    Kept,
    Offer,
    RemedyState,
    RemedyStep,
)
from hub.types.numbers import Readiness

Outcome = tuple[BanCase, tuple[e.Effect, ...]]

_ACCEPTED = (BanState.ACCEPTED, BanState.REPLACING, BanState.RECRUITING)
WITHDRAWN_FROM = (BanState.OFFERED, BanState.ACCEPTED)
"""Where an offer that a worse judgement makes useless is withdrawn: the case goes back to its remedies."""


def follow(case: BanCase, moved: BanCase, event: h.Happening, now: datetime) -> Outcome:
    """Return what becomes of a case. `moved`: the case in the state that its table leads to."""
    if isinstance(event, h.FromSignals):
        return _from_signals(case, moved, event, now)
    if isinstance(event, h.FromOffer):
        return _from_offer(case, moved, event, now)
    if isinstance(event, h.FromReplacing):
        return _from_replacing(case, moved, event, now)
    return _from_mending(moved, event)


def _told(about: str) -> tuple[e.Effect, ...]:
    """What a colleague or the provider has decided, all admins hear of, and whoever runs the platform."""
    return e.TellAdmins(about), e.TellPlatform(about)


# --- what the signals say --------------------------------------------------------------------------------------


def _from_signals(case: BanCase, moved: BanCase, event: h.FromSignals, now: datetime) -> Outcome:
    match event:
        case h.Confirmed(judgement):
            hold = e.Hold(judgement.forbids, judgement.until)
            return _judged(moved, judgement), (hold, *_told("Confirmed"))
        case h.Changed(judgement):
            return _changed(case, _judged(moved, judgement), now)
        case h.Dismissed():
            return moved, (e.Reopen(), e.TellPlatform("Dismissed"))
        case h.Reinstated():
            return _reinstated(case, moved)
        case h.Relapsed(judgement):
            return _relapsed(case, moved, judgement, now)
        case _:
            assert_never(event)


def _judged(case: BanCase, judgement: Judgement) -> BanCase:
    return replace(
        case,
        level=judgement.level,
        reach=judgement.reach,
        forbids=judgement.forbids,
        until=judgement.until,
        remedies=steps(case.remedies, judgement.remedies),
    )


def _changed(case: BanCase, judged: BanCase, now: datetime) -> Outcome:
    """What was offered or accepted may have become useless: then it is withdrawn, and another offer is looked for."""
    hold = e.Hold(judged.forbids, judged.until)
    if case.state is BanState.SUSPECTED:
        return judged, (hold,)
    told = (hold, e.TellAdmins("Changed"))
    if not _is_useless(judged):
        return judged, told
    if case.state is BanState.REPLACING:
        return judged, (*told, e.StopReplacing())
    if case.state not in WITHDRAWN_FROM:
        return judged, told
    back = replace(judged, state=BanState.REMEDY, since=now)
    if case.state is BanState.ACCEPTED:
        back = replacing(back, RemedyState.PROPOSED)
    released, effects = _released(back)
    return released, (*told, *effects, e.MakeOffer())


def _is_useless(case: BanCase) -> bool:
    return case.offer is not None and not suits(case.offer.possibility.kind, case.level, case.reach)


def _relapsed(case: BanCase, moved: BanCase, judgement: Judgement, now: datetime) -> Outcome:
    """Go on with the replacement, unless the new ban has made it useless."""
    back, going_on = _resume(case, moved, now)
    judged = _judged(back, judgement)
    after, effects = _changed(back, judged, now)
    return after, effects if _is_useless(judged) else (*effects, *going_on)


def _reinstated(case: BanCase, moved: BanCase) -> Outcome:
    if case.state in _ACCEPTED:
        stop = e.StopInvitations() if case.state is BanState.RECRUITING else e.StopReplacing()
        return replace(moved, undecided=case.state), (stop, e.AskWhichStays(), *_told("Reinstated"))
    released, effects = _released(moved)
    return released, (e.Reopen(), *effects, *_told("Reinstated"))


# --- remedies and the appeal -----------------------------------------------------------------------------------


def _from_mending(moved: BanCase, event: h.FromMending) -> Outcome:
    match event:
        case h.Informed():
            return moved, (e.ProposeRemedies(),)
        case h.Proposed():
            at_once = is_offered_at_once(moved.level, (each.kind for each in moved.remedies))
            return moved, (e.MakeOffer(),) if at_once else ()
        case h.RemedyBegun(kind):
            return with_step(moved, RemedyStep(kind, RemedyState.UNDER_WAY)), ()
        case h.RemedyEnded():
            return _remedy_ended(moved, event)
        case h.CauseRecorded(cause):
            return replace(moved, cause=_said(cause, "Say what you think the cause of the ban was")), ()
        case h.AppealFiled():
            return replace(moved, appeal=AppealState.FILED, appeal_reason=""), ()
        case h.AppealWaived(reason):
            why = _said(reason, "Say why no appeal is filed")
            return replace(moved, appeal=AppealState.WAIVED, appeal_reason=why), ()
        case h.AppealDecided():
            return _appeal_decided(moved, event)
        case _:
            assert_never(event)


def _said(text: str, otherwise: str) -> str:
    if not text.strip():
        raise Invalid(otherwise)
    return text.strip()


def _remedy_ended(moved: BanCase, event: h.RemedyEnded) -> Outcome:
    state = RemedyState.HELPED if event.helped else RemedyState.FAILED
    case = with_step(moved, RemedyStep(event.kind, state, event.result))
    wanted = (e.MakeOffer(),) if case.state is BanState.REMEDY and is_last_resort(case) else ()
    return case, (e.Look(), *wanted)


def _appeal_decided(moved: BanCase, event: h.AppealDecided) -> Outcome:
    if moved.appeal is not AppealState.FILED:
        raise Conflict("No appeal waits for its outcome in this ban case")
    state = AppealState.GRANTED if event.granted else AppealState.REFUSED
    return replace(moved, appeal=state, appeal_reason=event.words), (e.Look(),)


# --- the offer -------------------------------------------------------------------------------------------------


def _from_offer(case: BanCase, moved: BanCase, event: h.FromOffer, now: datetime) -> Outcome:
    match event:
        case h.OfferWanted(channel_kind):
            return moved, (e.MakeOffer(channel_kind),)
        case h.OfferMade(offer):
            _check_offer(moved, offer, now)
            return replace(moved, offer=offer), (e.TellAdmins("OfferMade"),)
        case h.Accepted():
            return replacing(moved, RemedyState.UNDER_WAY), (*_replace(moved), *_told("Accepted"))
        case h.DeadlinePassed():
            released, effects = _released(moved)
            return released, (*effects, *_told("DeadlinePassed"))
        case h.Declined():
            begun = case.state in _ACCEPTED
            back = replacing(moved, RemedyState.PROPOSED) if begun else moved
            released, effects = _released(_declined(back))
            return released, ((e.StopReplacing(),) if begun else ()) + (*effects, *_told("Declined"))
        case _:
            assert_never(event)


def _check_offer(case: BanCase, offer: Offer, now: datetime) -> None:
    if not suits(offer.possibility.kind, case.level, case.reach):
        raise Invalid("What is offered would be hit by the same ban")
    if offer.possibility.readiness is Readiness.NONE:
        raise Invalid("What cannot be had cannot be offered")
    if offer.expires_at <= now:
        raise Invalid("An offer needs a deadline that lies ahead")


def _declined(case: BanCase) -> BanCase:
    return replace(case, declined=(*case.declined, case.offer.possibility)) if case.offer else case


def _released(case: BanCase) -> Outcome:
    return replace(case, offer=None), (e.ReleaseOffer(case.offer.id),) if case.offer else ()


def _replace(case: BanCase) -> tuple[e.Effect, ...]:
    return (e.Replace(case.offer),) if case.offer else ()


# --- replacing and recruiting ----------------------------------------------------------------------------------


def _from_replacing(case: BanCase, moved: BanCase, event: h.FromReplacing, now: datetime) -> Outcome:
    match event:
        case h.ReplacingBegun():
            return moved, ()
        case h.ReplacingFailed(reason):
            released, effects = _released(replacing(moved, RemedyState.FAILED, reason))
            return released, (*effects, e.MakeOffer(), *_told("ReplacingFailed"))
        case h.Replaced():
            return replacing(moved, RemedyState.HELPED), (e.BuildLedger(), e.Invite(), e.TellAdmins("Replaced"))
        case h.EverybodyAsked():
            return moved, (e.TellAdmins("EverybodyAsked"),)
        case h.Closed():
            recruiting = case.state is BanState.RECRUITING
            left, effects = (moved, (e.StopInvitations(),)) if recruiting else _released(moved)
            return left, (*effects, *_told("Closed"))
        case h.SenderKept(Kept.NEW):
            return _resume(case, replace(moved, kept_new=True), now)
        case h.SenderKept():
            back = replacing(replace(moved, undecided=None, since=now), RemedyState.NOT_TAKEN)
            released, effects = _released(back)
            return released, (e.PutBack(), e.Reopen(), *effects)
        case _:
            assert_never(event)


def _resume(case: BanCase, moved: BanCase, now: datetime) -> Outcome:
    """Go on where the case stood when the sender was given back."""
    if case.undecided is None:
        raise Conflict("Nothing is to be chosen in this ban case")
    effects = (e.Invite(),) if case.undecided is BanState.RECRUITING else _replace(case)
    return replace(moved, state=case.undecided, since=now, undecided=None), effects
