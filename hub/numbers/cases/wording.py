"""Ban cases in our words: the evidence, and what happened. Never a provider's text, never a provider's id."""

from datetime import datetime
from typing import Final

from hub.db.ban_cases import Evidence
from hub.errors import HubError, TooMany, Unavailable
from hub.numbers.cases.tasks import NotToBeHad
from hub.numbers.policy import happenings as h
from hub.numbers.policy.signals import meaning
from hub.types.bans import Judgement

MOST_EVIDENCE: Final = 30
_IN_A_MOMENT: Final = "the supplier does not answer at present; it is tried again by itself"
_OF_PLATFORM: Final = "something stands in the way that whoever runs this hub has to see to; they are shown what it is"


def for_customer(error: Exception) -> str:
    """Return why an effect did not work as the organization may read it: of the platform's own affairs nothing.

    What stands in the way of a sender is said: its offers say so, too.
    """
    if isinstance(error, NotToBeHad) or (isinstance(error, HubError) and "obstacles" in error.extra):
        return error.detail
    return _IN_A_MOMENT if isinstance(error, Unavailable | TooMany) else _OF_PLATFORM


def in_full(error: HubError) -> str:
    """Return why an effect did not work for whoever runs the hub."""
    return "; ".join((error.detail, *error.extra.get("problems", ())))


def evidence_of(judgement: Judgement) -> tuple[Evidence, ...]:
    """Return what decided, each thing once, at the time when it was first noticed; oldest first."""
    found: dict[str, datetime] = {}
    for signal in judgement.evidence:
        words = meaning(signal).words or judgement.reason
        found[words] = min(signal.at, found.get(words, signal.at))
    known = [Evidence(at, words) for words, at in found.items()]
    return tuple(sorted(known, key=lambda each: each.at))


def joined(known: tuple[Evidence, ...], new: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return what is known with what is new of it, oldest first."""
    words = {each.words for each in known}
    together = [*known, *(each for each in new if each.words not in words)]
    return tuple(sorted(together, key=lambda each: each.at))[:MOST_EVIDENCE]


def judgement_in(happening: h.Happening) -> Judgement | None:
    """Return the judgement that made something happen; None for what people and jobs bring."""
    match happening:
        case h.Confirmed(judgement) | h.Changed(judgement) | h.Relapsed(judgement):
            return judgement
        case _:
            return None


def words_of(happening: h.Happening) -> str:
    """Return what the timeline says beside a happening's name; "": nothing."""
    judgement = judgement_in(happening)
    if judgement is not None:
        return judgement.reason
    match happening:
        case (
            h.Dismissed(reason)
            | h.Reinstated(reason)
            | h.AppealWaived(reason)
            | h.ReplacingFailed(reason)
            | h.Closed(reason)
        ):
            return reason
        case h.CauseRecorded(cause):
            return cause
        case h.RemedyBegun(kind):
            return kind.value
        case _:
            return _details(happening)


def _details(happening: h.Happening) -> str:
    match happening:
        case h.RemedyEnded():
            outcome = "helped" if happening.helped else "did not help"
            return f"{happening.kind} {outcome}" + (f": {happening.result}" if happening.result else "")
        case h.AppealDecided():
            outcome = "granted" if happening.granted else "refused"
            return f"{outcome}: {happening.words}" if happening.words else outcome
        case h.Declined():
            return happening.reason
        case h.SenderKept(kept):
            return kept.value
        case _:
            return ""
