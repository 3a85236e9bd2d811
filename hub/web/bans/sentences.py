"""A ban in sentences: what happened and what is held, and every line of its timeline, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.numbers.cases.views import BanView, EventView
from hub.types import Level
from hub.types.bans import Act, BanState, RemedyKind
from hub.web.bans.words import (
    HAPPENED,
    HELD,
    HELD_NOTHING,
    HELD_UNTIL,
    REACHES,
    REMEDIES,
    SUSPECTED,
)
from hub.web.language import Language, marked
from hub.web.rendering import Times

GIVEN_BACK: Final = marked("{channel} has given {address} back.")
GOES_ON: Final = marked("The channel goes on over {address}.")
GOES_ON_SINCE: Final = marked("The channel goes on over {address} since {time}.")
_REPLACED: Final = "Replaced"
_QUIET: Final = frozenset({BanState.RECRUITING, BanState.CLOSED})
"""With a new sender in the old one's place the channel works in these."""

EVENTS: Final[Mapping[str, str]] = {
    "Opened": marked("Something spoke against the sender."),
    "Confirmed": marked("A further look confirmed it."),
    "Changed": marked("It has changed."),
    "Dismissed": marked("There was nothing in it."),
    "Informed": marked("The admins were told."),
    "Proposed": marked("It was put together what may help."),
    "RemedyBegun": marked("Something was begun that may help:"),
    "RemedyEnded": marked("Something that may help is done:"),
    "CauseRecorded": marked("A cause was written down:"),
    "AppealFiled": marked("An appeal was filed."),
    "AppealWaived": marked("No appeal is filed:"),
    "AppealDecided": marked("The provider answered the appeal:"),
    "OfferWanted": marked("A replacement was asked for."),
    "OfferMade": marked("A replacement was offered."),
    "Accepted": marked("The offer was accepted."),
    "Declined": marked("The offer was declined."),
    "DeadlinePassed": marked("Nobody answered the offer in time."),
    "ReplacingBegun": marked("The new sender is being made."),
    "ReplacingFailed": marked("The new sender could not be made:"),
    "Replaced": marked("The new sender is in its place."),
    "EverybodyAsked": marked("Nobody is left to be asked."),
    "Closed": marked("The case was closed:"),
    "Reinstated": marked("The provider gave the sender back."),
    "Relapsed": marked("The old sender was hit again."),
    "SenderKept": marked("It was chosen which sender stays:"),
}
"""Every happening, as the timeline says it."""
_SAID: Final[Mapping[str, str]] = {
    "helped": marked("event|it helped"),
    "did not help": marked("event|it did not help"),
    "granted": marked("event|granted"),
    "refused": marked("event|refused"),
    "old": marked("event|the old one"),
    "new": marked("event|the new one"),
}
"""Single words that the core notes beside a happening."""
_HUB: Final = marked("the hub")


@dataclass(frozen=True, slots=True)
class Lead:
    """The first thing a reader sees. `tone` is its class; `reach` is translated where it is shown."""

    happened: str
    held: str
    reach: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline, told in the reader's language. `words` are the core's or a person's."""

    at: datetime
    text: str
    words: str
    who: str


def happened(view: BanView, label: str, language: Language) -> str:
    """Say in a sentence what happened to the sender. `label`: what its kind is called."""
    text = HAPPENED[view.level]
    if view.state is BanState.SUSPECTED:
        text = SUSPECTED
    if view.state is BanState.REINSTATED:
        text = GIVEN_BACK
    return language.text(text, {"channel": language.text(label), "address": view.channel.address or view.channel.name})


def lead_of(view: BanView, label: str, times: Times, reaches: Mapping[str, str] = REACHES) -> Lead:
    """Say what happened, what is held, and how far it reaches; once the channel works again, that first.

    reaches  how far each reach goes, in words for who reads
    """
    said = happened(view, label, times.language)
    if view.new_address and view.state in _QUIET:
        return Lead(_goes_on(view, times), said, "", "good")
    # before the new sender is there messages wait on the old one, until it is chosen which one stays
    waits = view.undecided is not None and view.new_sender_id is None
    given_back = view.state is BanState.REINSTATED and not waits
    if given_back or not view.forbids:
        tone = "" if view.undecided or not view.over_at else "good"
        return Lead(said, times.language.text(HELD_NOTHING), "", tone)
    tone = "bad" if view.level in (Level.BANNED, Level.ACCOUNT) and not view.over_at else ""
    reach = "" if view.state is BanState.SUSPECTED else reaches[view.reach]
    return Lead(said, _held(view, times), reach, tone)


def _goes_on(view: BanView, times: Times) -> str:
    since = [each.at for each in view.timeline if each.happening == _REPLACED]
    if not since:
        return times.language.text(GOES_ON, {"address": view.new_address})
    return times.language.text(GOES_ON_SINCE, {"address": view.new_address, "time": times.full(since[-1])})


def _held(view: BanView, times: Times) -> str:
    language = times.language
    # who may not answer may not write first either
    acts = [each for each in view.forbids if each is not Act.UNASKED or Act.REPLIES not in view.forbids]
    said = [language.text(HELD[each]) for each in acts]
    if view.until is not None:
        said.append(language.text(HELD_UNTIL, {"time": times.full(view.until)}))
    return " ".join(said)


def lines_of(view: BanView, language: Language) -> list[Line]:
    """Return the timeline, newest first."""
    return [_line(each, language) for each in reversed(view.timeline)]


def _line(event: EventView, language: Language) -> Line:
    text = language.text(EVENTS.get(event.happening, event.happening))
    return Line(event.at, text, _words(event.words, language), event.by or language.text(_HUB))


def _words(words: str, language: Language) -> str:
    """Tell what the core noted: a remedy, an outcome, a sentence; what a person wrote stays as it is."""
    head, colon, rest = words.partition(": ")
    kind, _, outcome = head.partition(" ")
    if kind in list(RemedyKind):
        named = language.text(REMEDIES[RemedyKind(kind)][0])
        head = f"{named}: {_said(outcome, language)}" if outcome else named
    else:
        head = _said(head, language)
    return f"{head}{colon}{rest}" if head != words.partition(": ")[0] else language.retell(words)


def _said(words: str, language: Language) -> str:
    return language.text(_SAID[words]) if words in _SAID else words
