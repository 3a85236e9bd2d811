"""The evidence pack of a ban as a text: what is put into an appeal, in the reader's language, times in UTC."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.channels.base import Adapter
from hub.numbers.cases.packing import DAYS, EvidencePack, pack_evidence, pack_for_platform
from hub.types import ChannelKind
from hub.web.bans.words import APPEALS, HAPPENED, REACHES, REMEDIES, REMEDY_STATES
from hub.web.contacts import PURPOSES
from hub.web.language import Language, marked
from hub.web.visits import Visit, visited
from hub.wiring import Services

Adapters = Mapping[ChannelKind, Adapter]

_PATH: Final = "/{case_id}/evidence.txt"
_TITLE: Final = marked("Evidence about {address} on {channel}")
_MADE: Final = marked("Made {time}; all times are UTC. Nobody is named.")
_SINCE: Final = marked("Noticed {time}")
_CERTAIN: Final = marked("Confirmed {time}")
_UNTIL: Final = marked("The provider ends it {time}")
_NOTICED: Final = marked("What was noticed")
_QUALITY: Final = marked("What the provider said of the sender's quality")
_NOTHING: Final = marked("Nothing is kept.")
_TRAFFIC: Final = marked("What went over it in the {n} days before")
_PEOPLE: Final = marked("People who wrote: {n}")
_RECEIVED: Final = marked("Messages received: {n}")
_SENT: Final = marked("Messages sent: {n}, of these {unasked} that nobody had asked for just before")
_REFUSED: Final = marked("Messages that did not go out: {n}")
_REACHED: Final = marked("The people of the channel")
_TOUCHED: Final = marked("Conversations: {n}, with {people} people")
_OPTED_OUT: Final = marked("People who want no message, and get none: {n}")
_CONSENTS: Final = marked("What they agreed to, as far as it was recorded")
_AGREED: Final = marked("{purpose}: {given} agreed, {withdrawn} refused or withdrew")
_DONE: Final = marked("What was done about it")
_CAUSE: Final = marked("Cause, in the words of whom it happened to: {cause}")


def routes(services: Services, base: str) -> list[Route]:
    may = Permission.MANAGE_CHANNELS
    return [Route(base + _PATH, visited(services, show_text, may), methods=["GET"])]


def platform_routes(services: Services, base: str) -> list[Route]:
    return [Route(base + _PATH, visited(services, show_any_text, Permission.PLATFORM), methods=["GET"])]


def show_text(visit: Visit) -> Response:
    return _shown(visit, pack_evidence(visit.services, visit.actor, visit.path("case_id")))


def show_any_text(visit: Visit) -> Response:
    """The pack for whoever runs the hub, where they are the ones to appeal."""
    return _shown(visit, pack_for_platform(visit.services, visit.actor, visit.path("case_id")))


def _shown(visit: Visit, found: EvidencePack) -> Response:
    return downloaded(written(found, visit.services.adapters, visit.language), found.ban_id, "txt", "text/plain")


def downloaded(text: str, ban_id: str, ending: str, media_type: str) -> Response:
    """Return an answer that browsers keep as a file and nobody else keeps."""
    name = f'attachment; filename="evidence-{ban_id}.{ending}"'
    return Response(text, media_type=media_type, headers={"Content-Disposition": name, "Cache-Control": "no-store"})


def written(pack: EvidencePack, adapters: Adapters, language: Language) -> str:
    """Return the pack as a text."""
    t = language.text
    named = {"address": pack.address, "channel": t(adapters[pack.kind].label)}
    head = [t(_TITLE, named), t(HAPPENED[pack.level], named), t(REACHES[pack.reach]), *_times(pack, language)]
    told = "\n\n".join("\n".join([title, *(f"- {line}" for line in lines)]) for title, lines in _parts(pack, language))
    return "\n".join(head) + f"\n\n{told}\n\n{t(_MADE, {'time': _time(pack.made_at)})}\n"


def _times(pack: EvidencePack, language: Language) -> Iterator[str]:
    for text, at in ((_SINCE, pack.opened_at), (_CERTAIN, pack.confirmed_at), (_UNTIL, pack.until)):
        if at is not None:
            yield language.text(text, {"time": _time(at)})


def _parts(pack: EvidencePack, language: Language) -> Iterator[tuple[str, list[str]]]:
    t = language.text
    yield t(_NOTICED), [f"{_time(each.at)} {language.retell(each.words)}" for each in pack.evidence] or [t(_NOTHING)]
    yield t(_QUALITY), [f"{_time(each.at)} {each.quality}" for each in pack.qualities] or [t(_NOTHING)]
    yield t(_TRAFFIC, {"n": language.number(DAYS)}), _traffic(pack, language)
    yield t(_REACHED), _people(pack, language)
    yield t(_CONSENTS), _consents(pack, language)
    yield t(_DONE), _done(pack, language)


def _traffic(pack: EvidencePack, language: Language) -> list[str]:
    t, number, counted = language.text, language.number, pack.traffic
    return [
        t(_PEOPLE, {"n": number(counted.people)}),
        t(_RECEIVED, {"n": number(counted.received)}),
        t(_SENT, {"n": number(counted.sent), "unasked": number(counted.unasked)}),
        t(_REFUSED, {"n": number(counted.refused)}),
    ]


def _people(pack: EvidencePack, language: Language) -> list[str]:
    t, number = language.text, language.number
    touched = {"n": number(pack.touched.conversations), "people": number(pack.touched.recipients)}
    return [t(_TOUCHED, touched), t(_OPTED_OUT, {"n": number(pack.opted_out)})]


def _consents(pack: EvidencePack, language: Language) -> list[str]:
    t, number, names = language.text, language.number, dict(PURPOSES)
    counted = (
        {"purpose": t(names[each.purpose]), "given": number(each.given), "withdrawn": number(each.withdrawn)}
        for each in pack.consents
    )
    return [t(_AGREED, each) for each in counted]


def _done(pack: EvidencePack, language: Language) -> list[str]:
    t = language.text
    cause = [t(_CAUSE, {"cause": pack.cause})] if pack.cause else []
    tried = [f"{t(REMEDIES[each.kind][0])}: {t(REMEDY_STATES[each.state][0])}" for each in pack.remedies]
    return [*cause, t(APPEALS[pack.appeal][0]), *tried]


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
