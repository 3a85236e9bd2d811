"""What an open page tells by itself: that it is there, and that it was left.

Both come as a form's fields in a body of whatever type, the CSRF token among them: `navigator.sendBeacon`, which a page
that is being left must use, sends no headers of ours.
"""

from starlette.responses import Response
from starlette.routing import Route

from hub.access import tabs
from hub.access.permissions import Permission
from hub.web.visits import Visit, visited
from hub.wiring import Services


def routes(services: Services) -> list[Route]:
    table = (("/inbox/presence/beat", beat), ("/inbox/presence/leave", leave))
    needs = Permission.SET_OWN_PRESENCE
    return [Route(path, visited(services, handler, needs), methods=["POST"]) for path, handler in table]


def beat(visit: Visit) -> Response:
    tabs.beat(visit.services, visit.actor, visit.one("tab"))
    return Response(status_code=204)


def leave(visit: Visit) -> Response:
    tabs.leave(visit.services, visit.actor, visit.one("tab"))
    return Response(status_code=204)
