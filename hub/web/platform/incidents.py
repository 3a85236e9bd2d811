"""What is or was wrong with the senders of all organizations, whose it is to mend, and how long it lasted."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.db.incidents import IncidentView, Side
from hub.numbers import health
from hub.web.admin.channel_care import SORTS, duration
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, visited
from hub.wiring import Services

INCIDENTS: Final = "/platform/incidents"
_AT_ONCE: Final = 50
_SIDES: Final[Mapping[str, str]] = {
    Side.OURS: marked("side|Ours"),
    Side.PROVIDER: marked("side|The provider's"),
    Side.YOURS: marked("side|The customer's"),
}


def routes(services: Services) -> list[Route]:
    return [Route(INCIDENTS, visited(services, show_list, Permission.PLATFORM), methods=["GET"])]


def show_list(visit: Visit) -> Response:
    """The newest first."""
    page = health.list_everywhere(visit.services, visit.actor, _AT_ONCE, visit.query("cursor") or None)
    shown = {"rows": [_row(visit, each) for each in page.items], "next": page.next}
    return render("platform/incidents.html", {**frame(visit, "platform"), **shown})


def _row(visit: Visit, each: IncidentView) -> dict[str, Any]:
    lasted = None if each.seconds is None else duration(timedelta(seconds=each.seconds), visit.language)
    return {"view": each, "word": SORTS.get(each.what, each.what), "side": _SIDES[each.side], "lasted": lasted}
