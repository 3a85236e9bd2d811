"""All organizations' bans, for whoever runs the hub: they see what happened and help to mend; the customer decides."""

from starlette.routing import Route

from hub.access.permissions import Permission
from hub.web.bans import packed
from hub.web.bans.pages import MENDING, PLATFORM_BANS, doing, show_list, show_one
from hub.web.visits import visited
from hub.wiring import Services


def routes(services: Services) -> list[Route]:
    may = Permission.PLATFORM
    return [
        Route(PLATFORM_BANS, visited(services, show_list, may), methods=["GET"]),
        Route(PLATFORM_BANS + "/{case_id}", visited(services, show_one, may), methods=["GET"]),
        *(
            Route(f"{PLATFORM_BANS}/{{case_id}}{path}", visited(services, doing(act, saved), may), methods=["POST"])
            for path, saved, act in MENDING
        ),
        *packed.platform_routes(services, PLATFORM_BANS),
    ]
