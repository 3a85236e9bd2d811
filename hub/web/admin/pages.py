"""The people page: who signs in, for owners and admins. Plain forms; it needs no script."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from hub.access import users
from hub.access.passwords import SHORTEST
from hub.access.permissions import Permission
from hub.access.users import SLOTS, NewUser, UserChanges
from hub.errors import HubError, Invalid
from hub.types import Role
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

PEOPLE = "/admin/people"
_MOST = 200
_MOST_SLOTS = 1000

_SAVED = {
    "user": marked("The user was saved."),
    "created": marked("The user can sign in now."),
    "disabled": marked("The user was disabled and is signed out everywhere."),
}
_ROLES = (
    (Role.OWNER, marked("Owner: everything, also other owners")),
    (Role.ADMIN, marked("Admin: everything but owners")),
    (Role.SUPERVISOR, marked("Supervisor: answers, and sees the intake")),
    (Role.OPERATOR, marked("Operator: answers customers")),
    (Role.AUDITOR, marked("Auditor: reads, answers nobody")),
)

Change = Callable[[Visit], Response]


def routes(services: Services) -> list[Route]:
    """Return the pages of the administration."""
    changes: tuple[tuple[str, Change], ...] = (
        ("/users", create_user),
        ("/users/{user_id}", change_user),
        ("/users/{user_id}/disable", disable_user),
    )
    manage = Permission.MANAGE_TEAM
    return [
        Route("/admin", visited(services, lambda _visit: see(PEOPLE), manage), methods=["GET"]),
        Route(PEOPLE, visited(services, show_people, manage), methods=["GET"]),
        *(
            Route(PEOPLE + path, visited(services, _shown_on_the_page(change), manage), methods=["POST"])
            for path, change in changes
        ),
    ]


def show_people(visit: Visit) -> Response:
    return _page(visit, {"saved": _SAVED.get(visit.query("saved"), "")})


def create_user(visit: Visit) -> Response:
    """Create a user; without a password the invitation link is shown, this once."""
    new = NewUser(
        email=visit.one("email"),
        name=visit.one("name"),
        role=_role(visit.one("role")),
        password=visit.one("password") or None,
        slots=_slots(visit.one("slots")),
    )
    made = users.create_user(visit.services, visit.actor, new)
    if made.invitation is None:
        return _saved("created")
    link = visit.services.settings.base_url + made.invitation
    return _page(visit, {"invitation": {"name": made.user.name, "link": link}})


def change_user(visit: Visit) -> Response:
    changes = UserChanges(
        name=visit.one("name"),
        role=_role(visit.one("role")),
        slots=_slots(visit.one("slots")),
        password=visit.one("password") or None,
    )
    users.change_user(visit.services, visit.actor, visit.path("user_id"), changes)
    return _saved("user")


def disable_user(visit: Visit) -> Response:
    users.disable_user(visit.services, visit.actor, visit.path("user_id"))
    return _saved("disabled")


def _shown_on_the_page(change: Change) -> Change:
    """Show why a change was refused above the list, with what was typed still there."""

    def handler(visit: Visit) -> Response:
        try:
            return change(visit)
        except HubError as error:
            problem = sentence(visit.language.retell(error.detail))
            return _page(visit, {"problem": problem, "typed": _typed(visit)}, error.status)

    return handler


def _typed(visit: Visit) -> dict[str, str]:
    """What the form of a new user held; never the password."""
    if not visit.request.url.path.endswith("/users"):
        return {}
    return {name: visit.one(name) for name in ("name", "email", "role", "slots")}


def _page(visit: Visit, more: dict[str, Any], status: int = 200) -> Response:
    services, actor = visit.services, visit.actor
    people = users.list_users(services, actor, _MOST, visit.query("after") or None)
    usual: dict[str, Any] = {"saved": "", "problem": "", "invitation": None, "typed": {}}
    context = {
        "users": people.items,
        "next": people.next,
        "roles": _ROLES if actor.role is Role.OWNER else _ROLES[1:],
        "may_change_owners": actor.role is Role.OWNER,
        "usual_slots": SLOTS,
        "shortest": SHORTEST,
    }
    return render("admin/people.html", {**frame(visit, "team"), **context, **usual, **more}, status)


def _saved(what: str) -> Response:
    return see(f"{PEOPLE}?saved={what}")


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise Invalid("choose a role from the list") from None


def _slots(value: str) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) > _MOST_SLOTS:
        raise Invalid(f"slots must be a number from 0 to {_MOST_SLOTS}")
    return int(value)
