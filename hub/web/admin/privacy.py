"""The privacy page: cases with their clocks, and beginning one from a contact. Plain forms; it needs no script."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.contacts import list_contacts
from hub.db.privacy import CaseKind, CaseState, CaseView
from hub.errors import HubError, Invalid
from hub.privacy import cases
from hub.privacy.cases import Request, request_of
from hub.web.language import marked
from hub.web.rendering import Times, render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

PRIVACY = "/admin/privacy"
_AT_ONCE = 50
_MATCHES = 20

_BEGIN: Mapping[str, Callable[[Services, Request], CaseView]] = {
    CaseKind.EXPORT: cases.begin_export,
    CaseKind.RESTRICT: cases.restrict,
    CaseKind.UNRESTRICT: cases.unrestrict,
    CaseKind.ERASE: cases.begin_erasure,
}
_NAMES = {
    CaseKind.EXPORT: marked("Export"),
    CaseKind.RECTIFY: marked("Correction"),
    CaseKind.RESTRICT: marked("Restriction"),
    CaseKind.UNRESTRICT: marked("Restriction lifted"),
    CaseKind.ERASE: marked("Erasure"),
}
_DONE = marked("Done {time}")
_FAILED = marked("case|Failed")
_OVERDUE = marked("Overdue since {time}")
_DUE = marked("Due {time}")


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the list shows it. `clock` says what its time is; `tone` is the chip's."""

    case: CaseView
    name: str
    clock: str
    tone: str
    fetchable: bool


def routes(services: Services) -> list[Route]:
    may = Permission.HANDLE_PRIVACY
    return [
        Route(PRIVACY, visited(services, show_cases, may), methods=["GET"]),
        Route(PRIVACY + "/cases", visited(services, begin_case, may), methods=["POST"]),
        Route(PRIVACY + "/exports/{contact_id}", visited(services, fetch_export, may), methods=["POST"]),
    ]


def show_cases(visit: Visit) -> Response:
    return _page(visit, {})


def begin_case(visit: Visit) -> Response:
    """Open a case; why it was refused is shown above the list."""
    try:
        begin = _BEGIN.get(visit.one("kind"))
        if begin is None:
            raise Invalid("choose what is to be done from the list")
        begin(visit.services, request_of(visit.actor, visit.one("contact_id")))
    except HubError as error:
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail))}, error.status)
    return see(f"{PRIVACY}?begun=1")


def fetch_export(visit: Visit) -> Response:
    """A form rather than a link: that somebody fetched it is noted."""
    try:
        case, archive = cases.fetch_export(visit.services, request_of(visit.actor, visit.path("contact_id")))
    except HubError as error:
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail))}, error.status)
    headers = {
        "Content-Disposition": f'attachment; filename="person-{case.contact_id}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(archive, media_type="application/zip", headers=headers)


def _page(visit: Visit, more: dict[str, Any], status: int = 200) -> Response:
    services, actor, text = visit.services, visit.actor, visit.query("q").strip()
    page = cases.list_cases(services, actor, None, _AT_ONCE, visit.query("after") or None)
    context = {
        "rows": [_row(visit.times, case) for case in page.items],
        "next": page.next,
        "q": text,
        "found": list_contacts(services, actor, text, _MATCHES).items if text else (),
        "begun": bool(visit.query("begun")),
        "problem": "",
    }
    return render("admin/privacy.html", {**frame(visit, "privacy"), **context, **more}, status)


def _row(times: Times, case: CaseView) -> Row:
    fetchable = case.archive_until is not None and case.archive_until > times.now
    return Row(case, _NAMES[case.kind], *_clock(times, case), fetchable)


def _clock(times: Times, case: CaseView) -> tuple[str, str]:
    """Return what a case's clock says, and the tone it is said in."""
    say = times.language.text
    match case.state:
        case CaseState.DONE:
            return say(_DONE, {"time": times.full(case.done_at or case.received_at)}), ""
        case CaseState.FAILED:
            return say(_FAILED), "off"
        case _ if times.now > case.due_at:
            return say(_OVERDUE, {"time": times.full(case.due_at)}), "off"
        case _:
            return say(_DUE, {"time": times.full(case.due_at)}), "pending"
