"""Judgements and offers for tests of the ban case."""

from datetime import UTC, datetime, timedelta

from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import advance, open_case
from hub.numbers.policy.effects import Effect
from hub.numbers.policy.remedies import fitting
from hub.numbers.policy.signals import FORBIDS
from hub.types import ChannelKind, Level, Reach
from hub.types.bans import BanCase, Confidence, Judgement, Offer, Possibility, RemedyKind
from hub.types.numbers import OfferKind, Readiness

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def judgement(
    level: Level = Level.BANNED,
    reach: Reach = Reach.SENDER,
    confidence: Confidence = Confidence.CONFIRMED,
) -> Judgement:
    remedies = fitting(RemedyKind, level, reach)
    return Judgement(level, reach, confidence, FORBIDS[level], NOW, "because", remedies=remedies)


def offer(
    kind: OfferKind = OfferKind.ANOTHER_NUMBER,
    readiness: Readiness = Readiness.READY,
    offer_id: str = "offer",
    until: datetime = NOW + 7 * DAY,
) -> Offer:
    return Offer(offer_id, Possibility(kind, ChannelKind("whatsapp"), readiness), until)


def after(*events: h.Happening, level: Level = Level.BANNED, reach: Reach = Reach.SENDER) -> BanCase:
    """Return the case of a suspicion after the events, at NOW."""
    case, _ = open_case(judgement(level, reach, Confidence.SUSPECTED), NOW)
    for event in events:
        case, _ = advance(case, event, NOW)
    return case


def told(case: BanCase, event: h.Happening, now: datetime = NOW) -> tuple[Effect, ...]:
    return advance(case, event, now)[1]


CONFIRMED = (h.Confirmed(judgement()), h.Informed(), h.Proposed())
READY = (*CONFIRMED, h.OfferMade(offer()), h.CauseRecorded("too many first messages"), h.AppealFiled())
ACCEPTED = (*READY, h.Accepted("offer"))
REPLACING = (*ACCEPTED, h.ReplacingBegun())
RECRUITING = (*REPLACING, h.Replaced())
