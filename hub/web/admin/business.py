"""The messenger's own sign-up, which only the customer can go through: there, and back with a business account."""

from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.errors import HubError
from hub.numbers.supply import signing_up
from hub.numbers.supply.signing_up import PAGE
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services


def routes(services: Services) -> list[Route]:
    may = Permission.MANAGE_CHANNELS
    return [
        Route(PAGE, visited(services, show, may), methods=["GET"]),
        Route(PAGE + "/connect", visited(services, leave, may), methods=["GET"]),
        Route(PAGE + "/connected", visited(services, arrive, may), methods=["GET"]),
    ]


def show(visit: Visit) -> Response:
    """What the sign-up is for, and the way there."""
    return _page(visit, {})


def leave(visit: Visit) -> Response:
    """Send the browser to the messenger's sign-up."""
    try:
        url = signing_up.begin(visit.services, visit.actor)
    except HubError as error:
        return _refused(visit, error)
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def arrive(visit: Visit) -> Response:
    """Keep what somebody came back with; it leaves the address bar with the next step."""
    try:
        signing_up.come_back(visit.services, visit.actor, visit.request.query_params)
    except HubError as error:
        return _refused(visit, error)
    return see(f"{PAGE}?done=1")


def _refused(visit: Visit, error: HubError) -> Response:
    return _page(visit, {"problem": sentence(visit.language.retell(error.detail))}, error.status)


def _page(visit: Visit, more: dict[str, Any], status: int = 200) -> Response:
    shown = {
        "wanted": signing_up.is_wanted(visit.services, visit.actor),
        "done": bool(visit.query("done")),
        "problem": "",
    }
    return render("admin/business.html", {**frame(visit, "channels"), **shown, **more}, status)
