"""Connecting a channel by signing in at its provider, in the browser: there, back, and the choice."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.access import groups
from hub.access.permissions import Permission
from hub.errors import HubError, Invalid
from hub.provisioning import connecting
from hub.provisioning.connecting import Chosen
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

CHANNELS = "/admin/channels"
_CONNECTED = f"{CHANNELS}/connected"
_MOST = 200
_NOT_ALLOWED = "you did not allow the hub what it needs there; begin anew, and allow all that is asked for"


def routes(services: Services) -> list[Route]:
    """Return the ways there and back. They stand before what is under the id of a channel."""
    may = Permission.MANAGE_CHANNELS
    return [
        Route(f"{CHANNELS}/connect/{{kind}}", visited(services, leave, may), methods=["GET"]),
        Route(_CONNECTED, visited(services, arrive, may), methods=["GET"]),
        Route(_CONNECTED, visited(services, choose, may), methods=["POST"]),
    ]


def leave(visit: Visit) -> Response:
    """Send the browser to the provider's sign-in."""
    url = connecting.begin(visit.services, visit.actor, visit.path("kind"))
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def arrive(visit: Visit) -> Response:
    """Take the person back from there, or show what they can choose.

    The provider's one-time code is used at once and leaves the address bar with the next step.
    """
    if visit.query("connection"):
        return _page(visit, visit.query("connection"), {})
    if visit.query("error"):
        raise Invalid(_NOT_ALLOWED)
    view = connecting.come_back(visit.services, visit.actor, visit.query("state"), visit.query("code"))
    return see(f"{_CONNECTED}?{urlencode({'connection': view.id})}")


def choose(visit: Visit) -> Response:
    """Connect what was chosen; why it was refused is shown above the choice."""
    connection_id = visit.one("connection")
    chosen = Chosen(connection_id, visit.one("address"), visit.one("name"), visit.one("group_id") or None)
    try:
        connecting.choose(visit.services, visit.actor, chosen)
    except HubError as error:
        return _page(visit, connection_id, {"problem": sentence(visit.language.retell(error.detail))}, error.status)
    return see(f"{CHANNELS}?connected=1")


def _page(visit: Visit, connection_id: str, more: dict[str, Any], status: int = 200) -> Response:
    context = {
        "connection": connecting.show(visit.services, visit.actor, connection_id),
        "groups": groups.list_groups(visit.services, visit.actor, _MOST).items,
        "problem": "",
    }
    return render("admin/connected.html", {**frame(visit, "channels"), **context, **more}, status)
