"""The page behind the link in a mail by which a person ends such mails: open to whoever has it, one click."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.errors import HubError
from hub.notifying import links
from hub.web.auth import origin_of
from hub.web.rendering import render
from hub.web.threads import run
from hub.web.visits import Guest, error_response, open_to_guests, spoken_by
from hub.wiring import Services

PATH = links.PATH + "{token}"
_TEMPLATE = "unsubscribe.html"


def routes(services: Services) -> list[Route]:
    """Return the page and what its button does. Mail programs press it from anywhere, without cookies (RFC 8058)."""

    async def end(request: Request) -> Response:
        try:
            await run(links.unsubscribe, services, request.path_params["token"], origin_of(request))
        except HubError as error:
            return error_response(request, error)
        return render(_TEMPLATE, {"done": True, "language": spoken_by(request)})

    return [
        Route(PATH, open_to_guests(services, show_page), methods=["GET"]),
        Route(PATH, end, methods=["POST"]),
    ]


def show_page(guest: Guest) -> Response:
    """Ask once more. Raises NotFound for a link that the hub did not make."""
    links.read_token(guest.services, str(guest.request.path_params["token"]))
    return render(_TEMPLATE, {"done": False, "language": guest.language})
