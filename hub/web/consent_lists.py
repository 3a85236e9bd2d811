"""The page where a list of consents is entered: pasted or from a file, with one source; it says what became of each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.errors import HubError, Invalid, NotFound
from hub.numbers.cases import reading
from hub.numbers.consents import MOST_LINES, ManyConsents, Result, record_many
from hub.numbers.policy.caps import Answer
from hub.numbers.recruiting import list_unasked
from hub.types.numbers import Purpose
from hub.web.consent_csv import Entry, Reader, unasked_csv
from hub.web.contacts import PURPOSES
from hub.web.inbox.views import channel_words
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, sentence, visited
from hub.wiring import Services

CONSENTS: Final = "/consents"
_FIELDS: Final = ("kind", "purpose", "answer", "source", "text_version", "lines")
_REASONS: Final = {
    Result.UNKNOWN: marked("Nobody is known by this address, or nothing of theirs may be used."),
    Result.REFUSED: marked("They refused, or took it back, since then."),
}
_USUAL: Final = {"purpose": str(Purpose.INVITATION), "answer": str(Answer.GIVEN)}
_NOTHING: Final = "there is no line in this list; paste it, or choose a file"
_TOO_MANY: Final = "a list has at most 1,000 lines; enter it in parts"
_CHOOSE: Final = "choose one of what the page offers"


def routes(services: Services) -> list[Route]:
    may = Permission.EDIT_CONTACTS
    unasked = visited(services, show_unasked, Permission.READ_CONTACTS)
    return [
        Route(CONSENTS, visited(services, show, may), methods=["GET"]),
        Route(CONSENTS, visited(services, enter, may), methods=["POST"]),
        Route("/bans/{case_id}/unasked.csv", unasked, methods=["GET"]),
    ]


def show_unasked(visit: Visit) -> Response:
    """Whom of a ban only a consent is missing, as a file."""
    case_id = visit.path("case_id")
    return unasked_csv(list_unasked(visit.services, visit.actor, case_id), case_id)


def show(visit: Visit) -> Response:
    return _page(visit, {})


def enter(visit: Visit) -> Response:
    """Enter the lines that can be read, and show what became of each; why nothing was entered stands above."""
    typed = {name: visit.one(name) for name in _FIELDS}
    try:
        many, entries = _read(visit)
        results = record_many(visit.services, visit.actor, many) if many.lines else ()
    except HubError as error:
        problem = sentence(visit.language.retell(error.detail))
        return _page(visit, {"problem": problem, "typed": typed}, error.status)
    return _page(visit, {"told": _told(entries, results), "typed": typed | {"lines": ""}})


def _read(visit: Visit) -> tuple[ManyConsents, list[Entry]]:
    kinds = [str(kind) for kind in visit.services.adapters]
    offered = (("purpose", list(Purpose)), ("answer", list(Answer)), ("kind", kinds))
    if any(visit.one(name) not in values for name, values in offered):
        raise Invalid(_CHOOSE)
    reader = Reader(visit.one("kind"), kinds, visit.times.zone, visit.services.clock())
    entries = reader.read(visit.one("lines"))
    if not entries:
        raise Invalid(_NOTHING)
    if len(entries) > MOST_LINES:
        raise Invalid(_TOO_MANY)
    if not visit.one("source").strip():
        # also of a list of which no line can be read
        raise Invalid("say how the consent is known: a form, a message of theirs, a list that was brought along")
    many = ManyConsents(
        purpose=Purpose(visit.one("purpose")),
        answer=Answer(visit.one("answer")),
        source=visit.one("source").strip(),
        text_version=visit.one("text_version").strip(),
        lines=tuple(each.line for each in entries if each.line is not None),
    )
    return many, entries


def _told(entries: Sequence[Entry], results: Sequence[Result]) -> dict[str, Any]:
    """Return how many lines became what, and those that came to nothing with the reason."""
    readable = [each for each in entries if each.line is not None]
    pairs = list(zip(readable, results, strict=True))
    refused = [(each.number, each.address, _REASONS[result]) for each, result in pairs if result in _REASONS]
    unread = [(each.number, each.address, each.why) for each in entries if each.line is None]
    counts = Counter(results)
    return {
        "recorded": counts[Result.RECORDED],
        "known": counts[Result.KNOWN],
        "refused": sorted([*refused, *unread]),
    }


def _page(visit: Visit, more: Mapping[str, Any], status: int = 200) -> Response:
    shown = {
        "kinds": [(str(kind), adapter.label) for kind, adapter in visit.services.adapters.items()],
        "purposes": [(str(purpose), label) for purpose, label in PURPOSES],
        "back": _back(visit),
        "problem": "",
        "told": None,
        "typed": _USUAL,
        **channel_words(visit.services),
    }
    return render("consents.html", {**frame(visit, "channels"), **shown, **more}, status)


def _back(visit: Visit) -> tuple[str, str]:
    """Where they came from: a ban of theirs, else the inbox, as (address, what it is called)."""
    try:
        case = reading.get_ban(visit.services, visit.actor, visit.query("ban"))
    except NotFound:
        return "/inbox", marked("Back to the inbox")
    return f"/bans/{case.id}", marked("Back to the ban")
