"""What is published so that people find the new sender by themselves: its link, a picture of it, a few words."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.errors import Conflict
from hub.numbers.cases.views import BanView
from hub.numbers.recruiting.publishing import draw_png, draw_svg, publish
from hub.web.visits import Visit, visited
from hub.wiring import Services

_KEPT: Final = {"Cache-Control": "no-store"}


def routes(services: Services, base: str) -> list[Route]:
    """Return the pictures of a case's link."""
    read = Permission.READ_CHANNELS
    return [
        Route(base + "/{case_id}/code.svg", visited(services, show_svg, read), methods=["GET"]),
        Route(base + "/{case_id}/code.png", visited(services, show_png, read), methods=["GET"]),
    ]


def show_svg(visit: Visit) -> Response:
    drawn = draw_svg(visit.services, visit.actor, visit.path("case_id"), visit.language.code)
    return Response(drawn, media_type="image/svg+xml", headers=_KEPT)


def show_png(visit: Visit) -> Response:
    drawn = draw_png(visit.services, visit.actor, visit.path("case_id"), visit.language.code)
    return Response(drawn, media_type="image/png", headers=_KEPT)


def published_context(visit: Visit, view: BanView, platform: bool) -> dict[str, Any]:
    """Return what `bans/_published.html` needs; `published` is None before there is a new sender."""
    if platform or view.new_sender_id is None or view.undecided is not None:
        return {"published": None}
    try:
        found = publish(visit.services, visit.actor, view.id, visit.language.code)
    except Conflict:
        # the new sender went away again at this moment
        return {"published": None}
    # the reader's own language first
    texts = sorted(found.snippets.items(), key=lambda each: each[0] != visit.language.code)
    return {"published": {"link": found.link, "texts": texts}}
