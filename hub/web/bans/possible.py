"""What could take the place of a banned sender, each with how soon it can be had and what it takes."""

from typing import Any, Final

from hub.numbers.cases.offering import list_any_possibilities, list_possibilities
from hub.numbers.cases.views import BanView, OfferView
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import STAYS
from hub.types.bans import BanState, Possibility
from hub.types.numbers import OfferKind, Readiness
from hub.web.bans.views import PLATFORM, Reader, takings
from hub.web.bans.words import OFFERS, READINESS
from hub.web.visits import Visit

_ASKED: Final = STAYS[h.OfferWanted]
"""Where one can be asked for at once; what is offered has to be declined first."""


def possible_context(visit: Visit, view: BanView, reader: Reader) -> dict[str, Any]:
    """Return what `bans/_possible.html` needs; `possible` is None where nothing can be chosen any more."""
    offered = view.state is BanState.OFFERED
    if not offered and view.state not in _ASKED:
        return {"possible": None}
    read = list_any_possibilities if reader is PLATFORM else list_possibilities
    found = _first_of_each(read(visit.services, visit.actor, view.id))
    others = [each for each in found if not (offered and _is_offered(each, view.offer))]
    return {"possible": [_shown(visit, each, reader) for each in others], "instead": offered}


def _first_of_each(found: tuple[Possibility, ...]) -> list[Possibility]:
    """A kind of channel is what is asked for; of several, the first is what would be offered."""
    first: dict[str, Possibility] = {}
    for each in found:
        first.setdefault(each.channel_kind, each)
    return list(first.values())


def _is_offered(each: Possibility, offer: OfferView | None) -> bool:
    return offer is not None and (each.kind, each.channel_kind) == (offer.kind, offer.channel_kind)


def _shown(visit: Visit, each: Possibility, reader: Reader) -> dict[str, Any]:
    label = visit.services.adapters[each.channel_kind].label
    word, tone = READINESS[each.readiness]
    sold = each.kind is OfferKind.ANOTHER_NUMBER and each.readiness is Readiness.NONE
    return {
        "kind": each.channel_kind,
        "what": visit.language.text(OFFERS[each.kind], {"channel": visit.language.text(label)}),
        "named": each.what,
        "readiness": word,
        "tone": tone,
        "takes": takings(each.takes, reader.menders),
        "sold": sold,
        "may_ask": sold or each.readiness is not Readiness.NONE,
    }
