"""The inbox: whole pages, and the parts of them that htmx asks for again."""

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.web.inbox import actions, presence, sign_in, winning
from hub.web.inbox.choice import SORTS, STATUSES
from hub.web.inbox.views import list_view, thread_view, usual_choice
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, visited
from hub.wiring import Services

_READ = Permission.READ_CONVERSATIONS


def routes(services: Services) -> list[Route]:
    """Return everything of the inbox, sign-in included."""
    return [
        *sign_in.routes(services),
        *presence.routes(services),
        *actions.routes(services),
        *winning.routes(services),
        Route("/", visited(services, show_home, _READ), methods=["GET"]),
        Route("/inbox", visited(services, show_inbox, _READ), methods=["GET"]),
        Route("/inbox/list", visited(services, show_list, _READ), methods=["GET"]),
        Route("/inbox/{conversation_id}", visited(services, show_conversation, _READ), methods=["GET"]),
        Route("/inbox/{conversation_id}/thread", visited(services, show_thread, _READ), methods=["GET"]),
    ]


def show_home(_visit: Visit) -> Response:
    return see("/inbox")


def show_inbox(visit: Visit) -> Response:
    """The list, and no conversation open."""
    return _page(visit, {"thread": False})


def show_conversation(visit: Visit) -> Response:
    """One conversation: beside the list, or alone when htmx asks for it."""
    thread = thread_view(visit, visit.path("conversation_id"), opening=True)
    if not visit.fragment:
        return _page(visit, {**thread, "thread": True})
    return render("inbox/_thread.html", {**frame(visit, "inbox"), **thread, "filter": usual_choice(visit)})


def show_list(visit: Visit) -> Response:
    """The cards: more of them behind a cursor, else the list anew with its counts."""
    view = list_view(visit, usual_choice(visit))
    template = "inbox/_cards.html" if view["is_more"] else "inbox/_list.html"
    return render(template, {**frame(visit, "inbox"), **view})


def show_thread(visit: Visit) -> Response:
    """The messages of an open conversation anew, and with them whatever else of it may have changed."""
    return actions.refreshed(visit, visit.path("conversation_id"))


def _page(visit: Visit, thread: dict[str, object]) -> Response:
    lists = {"statuses": STATUSES, "sorts": SORTS}
    return render(
        "inbox/page.html", {**frame(visit, "inbox"), **list_view(visit, usual_choice(visit)), **lists, **thread}
    )
