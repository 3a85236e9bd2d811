"""Where a person sees what became of a deletion that they asked a platform for. Open to whoever has the code."""

from starlette.responses import Response
from starlette.routing import Route

from hub.provisioning.withdrawing import find_request
from hub.web.rendering import render
from hub.web.visits import Guest, open_to_guests
from hub.wiring import Services

PATH = "/data-deletion/{code}"


def routes(services: Services) -> list[Route]:
    return [Route(PATH, open_to_guests(services, show_request), methods=["GET"])]


def show_request(guest: Guest) -> Response:
    """Say the state of a request, and whom to ask for what the platform's id does not lead to."""
    found = find_request(guest.services, str(guest.request.path_params["code"])[:26])
    return render("data_deletion.html", {"request": found, "language": guest.language})
