"""Where the organization's own server is told of what befalls its channels, and what became of such calls."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.organizations import OrganizationChanges, change_organization, get_organization
from hub.access.permissions import Permission
from hub.calling.writing import list_calls, send_test
from hub.db.outgoing_calls import GIVEN_UP, STOPPED, TAKEN, WAITING, CallView
from hub.errors import HubError
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

WEBHOOK: Final = "/admin/webhook"
_MOST: Final = 50
_EXAMPLE: Final = "https://crm.example.com/hub"
_SAVED: Final = {
    "removed": marked("Your server is told nothing any more."),
    "tested": marked("The test call is on its way. Reload the page to see what became of it."),
}
_STATES: Final = {
    WAITING: (marked("call|Waits"), "pending"),
    TAKEN: (marked("call|Taken"), "new"),
    GIVEN_UP: (marked("call|Given up"), "off"),
    STOPPED: (marked("call|Stopped"), ""),
}
"""Each state's name and the tone of its chip."""


def routes(services: Services) -> list[Route]:
    may = Permission.MANAGE_ORGANIZATION
    return [
        Route(WEBHOOK, visited(services, show, may), methods=["GET"]),
        Route(WEBHOOK, visited(services, enter, may), methods=["POST"]),
        Route(WEBHOOK + "/remove", visited(services, remove, may), methods=["POST"]),
        Route(WEBHOOK + "/test", visited(services, test, may), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    return _page(visit, {"saved": _SAVED.get(visit.query("saved"), "")})


def enter(visit: Visit) -> Response:
    """Keep the address; its new secret is shown this once."""
    url = visit.one("url").strip()
    try:
        # an empty field takes nothing away: there is a button for that
        changes = OrganizationChanges(webhook_url=url or "-")
        webhook = change_organization(visit.services, visit.actor, changes).webhook
    except HubError as error:
        return _refused(visit, error, url)
    return _page(visit, {"secret": webhook.secret if webhook else None})


def remove(visit: Visit) -> Response:
    change_organization(visit.services, visit.actor, OrganizationChanges(webhook_url=""))
    return see(f"{WEBHOOK}?saved=removed")


def test(visit: Visit) -> Response:
    try:
        send_test(visit.services, visit.actor)
    except HubError as error:
        return _refused(visit, error, "")
    return see(f"{WEBHOOK}?saved=tested")


def _refused(visit: Visit, error: HubError, typed: str) -> Response:
    problem = sentence(visit.language.retell(error.detail))
    return _page(visit, {"problem": problem, "typed": typed}, error.status)


def _page(visit: Visit, more: dict[str, Any], status: int = 200) -> Response:
    webhook = get_organization(visit.services, visit.actor).webhook
    calls = list_calls(visit.services, visit.actor, _MOST).items
    usual: dict[str, Any] = {"saved": "", "problem": "", "secret": None, "typed": ""}
    context = {"webhook": webhook, "calls": [_row(visit, each) for each in calls], "example": _EXAMPLE}
    return render("admin/webhook.html", {**frame(visit, "channels"), **context, **usual, **more}, status)


def _row(visit: Visit, call: CallView) -> dict[str, Any]:
    name, tone = _STATES[call.state]
    trouble = sentence(visit.language.retell(call.trouble)) if call.trouble else ""
    return {"call": call, "name": name, "tone": tone, "trouble": trouble}
