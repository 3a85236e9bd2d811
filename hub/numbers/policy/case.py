"""The ban case: the table of its moves, and the one door to them.

Nothing is replaced that was not accepted; accepting needs a cause and an appeal filed, or waived with a reason;
whatever happens, the sender may be given back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.errors import Conflict, Invalid
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.numbers.policy.following import Outcome, follow
from hub.numbers.policy.judging import opens_case
from hub.numbers.policy.levels import LEVELS, REACHES
from hub.numbers.policy.remedies import ended, steps
from hub.types.bans import AcceptedBy, AppealState, BanCase, Confidence, Judgement
from hub.types.bans import BanState as S

OPEN: Final = tuple(each for each in S if each not in (S.CLOSED, S.REINSTATED))
_MENDING: Final = (S.REMEDY, S.OFFERED, S.DECLINED, S.EXPIRED)
"""Where the customer tries remedies and decides."""
_TOLD: Final = tuple(each for each in OPEN if each is not S.SUSPECTED)

MOVES: Final[Mapping[type[h.Happening], Mapping[S, S]]] = {
    h.Confirmed: {S.SUSPECTED: S.CONFIRMED},
    h.Dismissed: {S.SUSPECTED: S.CLOSED},
    h.Informed: {S.CONFIRMED: S.INFORMED},
    h.Proposed: {S.INFORMED: S.REMEDY},
    h.OfferMade: {S.REMEDY: S.OFFERED, S.DECLINED: S.OFFERED, S.EXPIRED: S.OFFERED},
    h.Accepted: {S.OFFERED: S.ACCEPTED},
    # until the new sender is there, the customer may step back from what was accepted
    h.Declined: dict.fromkeys((S.OFFERED, S.ACCEPTED, S.REPLACING), S.DECLINED),
    h.DeadlinePassed: {S.OFFERED: S.EXPIRED},
    h.ReplacingBegun: {S.ACCEPTED: S.REPLACING},
    h.ReplacingFailed: {S.ACCEPTED: S.REMEDY, S.REPLACING: S.REMEDY},
    h.Replaced: {S.REPLACING: S.RECRUITING},
    h.EverybodyAsked: {S.RECRUITING: S.CLOSED},
    h.Closed: dict.fromkeys((*_MENDING, S.RECRUITING), S.CLOSED),
    # a case that was closed goes on standing for its ban: nothing new is opened for it, and it can be lifted
    h.Reinstated: dict.fromkeys((*OPEN, S.CLOSED), S.REINSTATED),
}
"""Happening → state → the state it leads to."""

RETURNS: Final = (S.ACCEPTED, S.REPLACING, S.RECRUITING)
"""Where a reinstated case goes back to, as it stood before, by Relapsed, or by SenderKept when the new sender stays."""

STAYS: Final[Mapping[type[h.Happening], tuple[S, ...]]] = {
    h.Changed: OPEN,
    h.RemedyBegun: _MENDING,
    h.RemedyEnded: _MENDING,
    h.OfferWanted: (S.REMEDY, S.DECLINED, S.EXPIRED),
    **dict.fromkeys((h.CauseRecorded, h.AppealFiled, h.AppealWaived, h.AppealDecided), _TOLD),
}
"""What may happen in which state without moving the case (Changed moves it when an offer has become useless)."""

_OF_THE_CHOICE: Final = (h.Relapsed, h.SenderKept)


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """What an organization has decided beforehand. `automatic`: offers are accepted for it; off unless it says so."""

    automatic: bool = False


ASKED: Final = CasePolicy()


def open_case(judgement: Judgement, now: datetime) -> Outcome:
    """Begin a case with a suspicion; Confirmed follows at once where the judgement is confirmed already."""
    case = BanCase(
        S.SUSPECTED,
        now,
        judgement.level,
        judgement.reach,
        judgement.forbids,
        judgement.until,
        steps((), judgement.remedies),
    )
    return case, (e.Hold(judgement.forbids, judgement.until), e.Look(), e.TellPlatform("Suspected"))


def is_open(case: BanCase) -> bool:
    """Whether anything can still happen: the case is not over, or it is to be chosen which sender stays."""
    return case.state in OPEN or case.undecided is not None


def is_known(case: BanCase, judgement: Judgement) -> bool:
    """Whether a judgement says nothing that a closed case of the same sender did not say already, or less."""
    level, reach = LEVELS.index(judgement.level), REACHES.index(judgement.reach)
    return level <= LEVELS.index(case.level) and reach <= REACHES.index(case.reach)


def is_overdue(case: BanCase, now: datetime) -> bool:
    """Whether the offer's deadline has passed without an answer: then DeadlinePassed is due."""
    return case.state is S.OFFERED and case.offer is not None and now >= case.offer.expires_at


def told_by(case: BanCase, judgement: Judgement, now: datetime) -> h.Happening | None:
    """Return what a new judgement of its sender makes happen to an open case, None for nothing."""
    if case.undecided is not None:
        confirmed = judgement.confidence is Confidence.CONFIRMED and opens_case(judgement, now)
        return h.Relapsed(judgement) if confirmed else None
    if judgement.confidence is Confidence.NONE:
        if case.kept_new and case.state in RETURNS:
            return None
        return h.Dismissed(judgement.reason) if case.state is S.SUSPECTED else h.Reinstated(judgement.reason)
    if judgement.confidence is Confidence.CONFIRMED and case.state is S.SUSPECTED:
        return h.Confirmed(judgement)
    known = (case.level, case.reach, case.forbids, case.until)
    is_new = (judgement.level, judgement.reach, judgement.forbids, judgement.until) != known
    weaker = judgement.confidence is Confidence.SUSPECTED and case.state is not S.SUSPECTED
    return h.Changed(judgement) if is_new and not weaker else None


def advance(case: BanCase, event: h.Happening, now: datetime, policy: CasePolicy = ASKED) -> Outcome:
    """Return the case after something happened, and what has to be done, in this order.

    Raises Conflict for what cannot happen where the case stands, Invalid for what lacks something it needs.
    """
    to = _to(case, event)
    if isinstance(event, h.Accepted):
        _check_acceptance(case, event, now, policy)
    if isinstance(event, h.Accepted | h.Declined):
        _check_offer(case, event.offer_id)
    if isinstance(event, h.DeadlinePassed) and not is_overdue(case, now):
        raise Conflict("The deadline of this offer lies ahead")
    moved = case if to is case.state else replace(case, state=to, since=now)
    after, effects = follow(case, moved, event, now)
    return after if is_open(after) else ended(after), effects


def _to(case: BanCase, event: h.Happening) -> S:
    if case.undecided is not None:
        if isinstance(event, _OF_THE_CHOICE):
            return case.state
    elif case.state in STAYS.get(type(event), ()):
        return case.state
    elif case.state in MOVES.get(type(event), {}):
        return MOVES[type(event)][case.state]
    raise Conflict(f"This ban case is {case.state}; “{type(event).__name__}” cannot happen to it now")


def _check_offer(case: BanCase, offer_id: str) -> None:
    if case.offer is None or case.offer.id != offer_id:
        raise Conflict("This is not the offer any more; read the present one")


def _check_acceptance(case: BanCase, event: h.Accepted, now: datetime, policy: CasePolicy) -> None:
    if event.by is AcceptedBy.POLICY and not policy.automatic:
        raise Conflict("Offers are accepted by people here: the automatic policy is off")
    if is_overdue(case, now):
        raise Conflict("The deadline of this offer has passed; ask for another one")
    if not case.cause:
        raise Invalid("Record the cause of the ban first")
    if case.appeal is AppealState.NONE:
        raise Invalid("File an appeal first, or say why you do not")
