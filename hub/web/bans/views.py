"""What the templates of a ban are given, for the customer and for the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.numbers.cases.showing import OF_PLATFORM
from hub.numbers.cases.views import BanView, Decider, OfferView, RemedyView
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import MOVES, STAYS
from hub.types import ChannelKind
from hub.types.bans import AppealState, BanState, Kept, RemedyKind, RemedyState
from hub.types.numbers import Obstacle, OfferKind
from hub.web.bans.sentences import lead_of, lines_of
from hub.web.bans.words import (
    APPEALS,
    MENDERS,
    MENDERS_OF_CUSTOMER,
    NEXT_OF_CUSTOMER,
    OFFERS,
    REACHES,
    REACHES_OF_CUSTOMER,
    READINESS,
    REMEDIES,
    REMEDY_STATES,
    STATES,
    STEPS,
    TAKES,
    TO_SETTLE,
    TURNS,
    TURNS_OF_CUSTOMER,
)
from hub.web.inbox.views import channel_words
from hub.web.language import marked
from hub.web.visits import Visit

_OFFERED: Final = frozenset({BanState.OFFERED, BanState.ACCEPTED, BanState.REPLACING})
_KEPT: Final = ((Kept.NEW, marked("The new one stays")), (Kept.OLD, marked("Back to the old one")))


@dataclass(frozen=True, slots=True)
class Step:
    """A station of the case's way; `now`: it stands there."""

    word: str
    past: bool
    now: bool


@dataclass(frozen=True, slots=True)
class Taking:
    """Something that an offer takes: what, who can clear it, how long that takes."""

    text: str
    who: str
    long: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RemedyShown:
    """A remedy with what may be done about it. `wanted`: its button asks for a replacement."""

    kind: RemedyKind
    word: str
    what: str
    state_word: str
    tone: str
    result: str
    until: datetime | None
    may_begin: bool
    may_end: bool
    wanted: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a case: the customer, or whoever runs the hub. The same things, said to them."""

    reaches: Mapping[str, str]
    menders: Mapping[str, str]
    turns: Mapping[str, str]
    next: Mapping[str, str]
    mine: Decider


CUSTOMER: Final = Reader(REACHES, MENDERS, TURNS, {}, Decider.CUSTOMER)
PLATFORM: Final = Reader(
    REACHES_OF_CUSTOMER, MENDERS_OF_CUSTOMER, TURNS_OF_CUSTOMER, NEXT_OF_CUSTOMER, Decider.PLATFORM
)


def case_context(visit: Visit, view: BanView, base: str, reader: Reader) -> dict[str, Any]:
    """Return what all parts of a case's page need; `base` is the address of the list it belongs to."""
    label = _label(visit, view)
    word, tone = STATES[view.state]
    return {
        "case": view,
        "base": base,
        "here": f"{base}/{view.id}",
        "name": view.channel.name,
        "kind": view.channel.kind,
        "address": view.channel.address,
        "organization": view.organization_name,
        "state": {"word": word, "tone": tone},
        "steps": _steps(view.undecided or view.state),
        "lead": lead_of(view, label, visit.times, reader.reaches),
        "turn": turn_of(view, reader),
        "next": _next(visit, view, reader),
        "cause": view.cause,
        "appeal": _appeal(view),
        "remedies": [_remedy(each, view) for each in view.remedies],
        "mended": view.over_at is not None or view.new_sender_id is not None,
        "choose": [(kept, visit.language.text(text)) for kept, text in _KEPT] if view.undecided else [],
        "may_close": view.state in MOVES[h.Closed] and not view.over_at,
        "timeline": lines_of(view, visit.language),
        "evidence": view.evidence,
        "number": visit.language.number,
        **_offer(visit, view, reader),
        **channel_words(visit.services),
    }


def turn_of(view: BanView, reader: Reader) -> dict[str, Any] | None:
    """Return whose turn it is and until when, None where it is nobody's. `mine`: whoever reads it has to act."""
    if view.next.who is Decider.NOBODY:
        return None
    return {"word": reader.turns[view.next.who], "until": view.next.by, "mine": view.next.who is reader.mine}


def row_of(view: BanView, happened: str, reader: Reader) -> dict[str, Any]:
    """Return a case as the list shows it."""
    word, tone = STATES[view.state]
    return {
        "turn": turn_of(view, reader) if view.over_at is None else None,
        "case": view,
        "kind": view.channel.kind,
        "name": view.channel.name,
        "organization": view.organization_name,
        "happened": happened,
        "opened_at": view.opened_at,
        "word": word,
        "tone": tone,
    }


def takings(found: Sequence[Obstacle], menders: Mapping[str, str] = MENDERS) -> list[Taking]:
    """Return obstacles with the words for who clears them and how long that takes."""
    return [Taking(each.text, menders[each.mender], TAKES[each.takes], each.until) for each in found]


def ways_of(visit: Visit, order: Sequence[ChannelKind]) -> list[ChannelKind]:
    """Return the kinds by which people can be invited, in this order, those that it does not name as usual."""
    places = {kind: each.invitation_place for kind, each in visit.services.adapters.items()}
    usual = [kind for _, kind in sorted((place, kind) for kind, place in places.items() if place is not None)]
    return list(dict.fromkeys([*(each for each in order if each in usual), *usual]))


def _label(visit: Visit, view: BanView) -> str:
    return visit.services.adapters[view.channel.kind].label


def _next(visit: Visit, view: BanView, reader: Reader) -> str:
    if view.next.who is Decider.PLATFORM and reader is PLATFORM:
        return visit.language.text(TO_SETTLE)
    if view.state in reader.next and view.next.who is not Decider.PLATFORM:
        return visit.language.text(reader.next[view.state])
    return visit.language.retell(view.next.what)


def _steps(state: BanState) -> list[Step]:
    place = next(index for index, (_, states) in enumerate(STEPS) if state in states)
    return [Step(word, index < place, index == place) for index, (word, _) in enumerate(STEPS)]


def _remedy(each: RemedyView, view: BanView) -> RemedyShown:
    word, what = REMEDIES[each.kind]
    state_word, tone = REMEDY_STATES[each.state]
    open_ = view.state in STAYS[h.RemedyBegun]
    by_hand = open_ and each.kind is not RemedyKind.REPLACE
    begun = each.state is RemedyState.UNDER_WAY
    return RemedyShown(
        kind=each.kind,
        word=word,
        what=what,
        state_word=state_word,
        tone=tone,
        result=each.result,
        until=view.until if each.kind is RemedyKind.WAIT else None,
        may_begin=by_hand and not begun,
        may_end=by_hand and begun,
        wanted=each.kind is RemedyKind.REPLACE and view.state in STAYS[h.OfferWanted],
    )


def _appeal(view: BanView) -> dict[str, Any]:
    word, tone = APPEALS[view.appeal.state]
    told = view.state in STAYS[h.AppealFiled]
    return {
        "word": word,
        "tone": tone,
        "reason": view.appeal.reason,
        "open": told and view.appeal.state is AppealState.NONE,
        "undecided": told and view.appeal.state is AppealState.FILED,
        "by": view.appeal.by,
        "of_platform": view.reach in OF_PLATFORM,
        "who": view.appeal.who,
        "link": view.appeal.link,
        "checked": view.appeal.checked,
    }


def _offer(visit: Visit, view: BanView, reader: Reader) -> dict[str, Any]:
    if view.offer is None or view.state not in _OFFERED:
        return {"offer": None}
    return {"offer": _offered(visit, view.offer, view.state, reader)}


def _offered(visit: Visit, offer: OfferView, state: BanState, reader: Reader) -> dict[str, Any]:
    label = visit.services.adapters[offer.channel_kind].label
    word, tone = READINESS[offer.readiness]
    return {
        "id": offer.id,
        "what": visit.language.text(OFFERS[offer.kind], {"channel": visit.language.text(label)}),
        "number": offer.number or "",
        "named": offer.what,
        "readiness": word,
        "tone": tone,
        "takes": takings(offer.takes, reader.menders),
        "expires_at": offer.expires_at,
        "open": state is BanState.OFFERED,
        "may_decline": state in MOVES[h.Declined],
        "another_kind": offer.kind is OfferKind.ANOTHER_KIND,
        "own": offer.kind is not OfferKind.ANOTHER_NUMBER
        and bool(visit.services.adapters[offer.channel_kind].credential_fields),
    }
