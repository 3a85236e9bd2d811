"""Files of ours for providers that fetch them by a link: whoever has the link may, for a few hours."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.access import throttle
from hub.filing import links
from hub.filing.reading import File
from hub.web.serving import offered
from hub.web.threads import run
from hub.wiring import Services

PATH = "/media/{token}"
FETCHES = 100
"""So often in 15 minutes a link may be followed."""


def routes(services: Services) -> Sequence[BaseRoute]:
    async def fetch(request: Request) -> Response:
        file = await run(_open, services, request.path_params["token"])
        return offered(request, file)

    return [Route(PATH, fetch, methods=["GET"])]


def _open(services: Services, token: str) -> File:
    file = links.open_link(services, token)
    throttle.limit(services, f"media:{file.view.id}", FETCHES)
    return file
