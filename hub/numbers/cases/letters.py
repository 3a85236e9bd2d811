"""What admins are told of a ban case, in English and German. Pure: facts in, words out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.db.ban_cases import Evidence
from hub.db.letters import Touched
from hub.notifying.wording import ENGLISH, GERMAN, Letter
from hub.numbers.cases.evidence import evidence_in
from hub.types import Level
from hub.types.bans import Act, BanCase

_CONFIRMED, _CHANGED = "Confirmed", "Changed"
STUCK: Final = "Stuck"
"""Something of a case cannot be done again and again; only whoever runs the platform is told of it."""

_BEFELL: Final[Mapping[str, Mapping[Level, str]]] = {
    ENGLISH: {
        Level.RATE_LIMITED: "{channel} may send only slowly",
        Level.RESTRICTED: "{channel} was restricted",
        Level.BANNED: "{channel} was banned",
        Level.ACCOUNT: "The account behind {channel} was locked",
        Level.CREDENTIALS: "The access of {channel} is refused",
    },
    GERMAN: {
        Level.RATE_LIMITED: "{channel} darf nur langsam senden",
        Level.RESTRICTED: "{channel} wurde eingeschränkt",
        Level.BANNED: "{channel} wurde gesperrt",
        Level.ACCOUNT: "Das Konto hinter {channel} wurde gesperrt",
        Level.CREDENTIALS: "Der Zugang von {channel} wird zurückgewiesen",
    },
}
_SPOKE: Final = {ENGLISH: "Something speaks against {channel}", GERMAN: "Etwas spricht gegen {channel}"}
"""Where the level says nothing yet."""

_HAPPENED: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    ENGLISH: {
        "Opened": (
            "Suspicion: {befell}",
            "The hub looks at it again at once. The customer is told when it is certain.",
        ),
        _CONFIRMED: (
            "{befell}",
            "The case shows what may help, the cheapest first. Nothing is replaced unless you accept an offer.",
        ),
        _CHANGED: ("Changed: {befell}", "The case shows what holds now, and what may help."),
        "Dismissed": ("There is nothing in it: {channel}", "Nothing is held any more."),
        STUCK: (
            "The case of {channel} does not get on",
            "The case says what is tried in vain, and why. It is tried again every 15 minutes.",
        ),
        "OfferMade": (
            "A replacement is offered for {channel}",
            "Accept or decline it in the case before {until}. To accept, name the cause, and say whether you appeal.",
        ),
        "Accepted": ("The replacement for {channel} was accepted", "It is being made now."),
        "Declined": ("The replacement for {channel} was declined", "You can ask for another one in the case."),
        "DeadlinePassed": (
            "The offer for {channel} has run out",
            "Nothing was replaced. You can ask for another offer in the case.",
        ),
        "ReplacingFailed": (
            "{channel} could not be replaced yet",
            "Another offer is being looked for. The case says what went wrong.",
        ),
        "Replaced": (
            "{channel} has a new sender",
            "Everybody who wrote to the old one is won back now, as far as they agreed to be written to.",
        ),
        "EverybodyAsked": (
            "Everybody of {channel} was asked",
            "Nobody is left to be invited. The case says who came along and who did not.",
        ),
        "Closed": (
            "The case of {channel} was closed",
            "Nobody is invited any more. What the provider forbids stays held.",
        ),
        "Reinstated": (
            "{channel} was given back",
            "What has waited for less than a day goes out, unless another sender took its place. "
            "The rest waits for you to send or discard it.",
        ),
    },
    GERMAN: {
        "Opened": (
            "Verdacht: {befell}",
            "Der Hub sieht sofort noch einmal nach. Der Kunde erfährt es, sobald es feststeht.",
        ),
        _CONFIRMED: (
            "{befell}",
            "Der Fall zeigt, was helfen kann, das Günstigste zuerst. Ersetzt wird nur, wenn Sie ein Angebot annehmen.",
        ),
        _CHANGED: ("Geändert: {befell}", "Der Fall zeigt, was jetzt gilt und was helfen kann."),
        "Dismissed": ("Der Verdacht hat sich nicht bestätigt: {channel}", "Nichts wird mehr zurückgehalten."),
        STUCK: (
            "Der Fall von {channel} kommt nicht voran",
            "Der Fall zeigt, was vergeblich versucht wird und warum. Alle 15 Minuten wird es wieder versucht.",
        ),
        "OfferMade": (
            "Ein Ersatz für {channel} ist angeboten",
            "Nehmen Sie ihn im Fall bis {until} an, oder lehnen Sie ihn ab. Zum Annehmen nennen Sie die Ursache und "
            "ob Sie Einspruch erheben.",
        ),
        "Accepted": ("Der Ersatz für {channel} wurde angenommen", "Er wird jetzt eingerichtet."),
        "Declined": ("Der Ersatz für {channel} wurde abgelehnt", "Im Fall können Sie um einen anderen bitten."),
        "DeadlinePassed": (
            "Das Angebot für {channel} ist abgelaufen",
            "Nichts wurde ersetzt. Im Fall können Sie um ein neues Angebot bitten.",
        ),
        "ReplacingFailed": (
            "{channel} konnte noch nicht ersetzt werden",
            "Ein anderes Angebot wird gesucht. Der Fall sagt, woran es lag.",
        ),
        "Replaced": (
            "{channel} hat einen neuen Absender",
            "Alle, die dem alten geschrieben haben, werden jetzt zurückgewonnen, soweit sie zugestimmt haben.",
        ),
        "EverybodyAsked": (
            "Alle Menschen von {channel} wurden gefragt",
            "Niemand ist mehr einzuladen. Der Fall sagt, wer mitgekommen ist und wer nicht.",
        ),
        "Closed": (
            "Der Fall von {channel} wurde geschlossen",
            "Niemand wird mehr eingeladen. Was der Anbieter verbietet, bleibt zurückgehalten.",
        ),
        "Reinstated": (
            "{channel} wurde zurückgegeben",
            "Was weniger als einen Tag gewartet hat, geht hinaus, wenn ihn kein anderer Absender ersetzt hat. "
            "Den Rest senden oder verwerfen Sie selbst.",
        ),
    },
}
"""Happening → the subject, and what happens next."""
_CHOOSE: Final = {
    ENGLISH: "You had accepted a replacement: choose in the case which of the two senders stays.",
    GERMAN: "Sie hatten einen Ersatz angenommen: Wählen Sie im Fall, welcher der beiden Absender bleibt.",
}
_HELD: Final[Mapping[str, tuple[tuple[Act, str], ...]]] = {
    ENGLISH: (
        (Act.REPLIES, "Nothing goes out over it; what was queued waits and is not lost."),
        (Act.UNASKED, "Messages that nobody asked for are held; answers go out."),
        (Act.ADDING_SENDERS, "No further sender can be added to the business account."),
    ),
    GERMAN: (
        (Act.REPLIES, "Darüber geht nichts hinaus; was schon aufgegeben war, wartet und geht nicht verloren."),
        (Act.UNASKED, "Nachrichten, um die niemand gebeten hat, werden zurückgehalten; Antworten gehen hinaus."),
        (Act.ADDING_SENDERS, "Dem Unternehmenskonto kann kein weiterer Absender hinzugefügt werden."),
    ),
}
_SHOWS_STANDING: Final = ("Opened", _CONFIRMED, _CHANGED)
_FRAME: Final = {
    ENGLISH: (
        "When: {time} ({zone})",
        "What we noticed:",
        "Touched: {conversations} conversations with {people} people.",
        "Held: {held}",
        "What happens next: {next}",
        "The case: {link}",
    ),
    GERMAN: (
        "Wann: {time} ({zone})",
        "Was uns auffiel:",
        "Betroffen: {conversations} Gespräche mit {people} Menschen.",
        "Zurückgehalten: {held}",
        "Wie es weitergeht: {next}",
        "Der Fall: {link}",
    ),
}
_SUBJECT_OF_PLATFORM: Final = "{organization}: {subject}"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a case. `happening`: its name in the timeline, at `at`; `customer`: whose it is, "" to them."""

    happening: str
    at: datetime
    case: BanCase
    channel: str
    evidence: Sequence[Evidence]
    touched: Touched
    link: str
    customer: str = ""


def letter_of(told: Told, language: str, zone: str) -> Letter:
    """Return the letter in a reader's language (English unless it is German), with times in their zone."""
    spoken = language if language in _FRAME else ENGLISH
    subject, following = (text.format(**_holes(told, spoken, zone)) for text in _HAPPENED[spoken][told.happening])
    if told.customer:
        subject = _SUBJECT_OF_PLATFORM.format(organization=told.customer, subject=subject)
    when, noticed, touched, held, going_on, link = _FRAME[spoken]
    lines = [when.format(time=_time(told.at, zone), zone=zone)]
    if told.happening in _SHOWS_STANDING and told.evidence:
        lines.append("\n".join([noticed, *(f"- {_time(e.at, zone)} {said(e.words, spoken)}" for e in told.evidence)]))
    lines.append(touched.format(conversations=told.touched.conversations, people=told.touched.recipients))
    if told.happening in _SHOWS_STANDING and (what := _held(told.case, spoken)):
        lines.append(held.format(held=what))
    lines += [going_on.format(next=following if told.case.undecided is None else _CHOOSE[spoken])]
    return Letter(subject, "\n\n".join([subject + ".", *lines, link.format(link=told.link)]))


def next_of(told: Told) -> str:
    """Return what happens next, in English: for machines that show it to people."""
    following = _HAPPENED[ENGLISH][told.happening][1].format(**_holes(told, ENGLISH, "UTC"))
    return following if told.case.undecided is None else _CHOOSE[ENGLISH]


def said(words: str, language: str) -> str:
    """Return evidence in a language; English where it has no words for it."""
    return evidence_in(language).get(words, words)


def _held(case: BanCase, language: str) -> str:
    """The widest of what is held says the rest."""
    return next((text for act, text in _HELD[language] if act in case.forbids), "")


def _holes(told: Told, language: str, zone: str) -> dict[str, str]:
    befell = _BEFELL[language].get(told.case.level, _SPOKE[language]).format(channel=told.channel)
    until = _time(told.case.offer.expires_at, zone) if told.case.offer else ""
    return {"channel": told.channel, "befell": befell, "until": until}


def _time(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
