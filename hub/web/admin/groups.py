"""The groups page: who answers what, when, and who of a group gets the next conversation. Plain forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import available_timezones

from starlette.responses import Response
from starlette.routing import Route

from hub.access import groups, users
from hub.access.groups import GroupChanges, Standing
from hub.access.organizations import get_organization
from hub.access.permissions import Permission
from hub.db.groups import GroupView
from hub.errors import HubError, NotFound
from hub.web.admin.fields import every
from hub.web.admin.groups_form import FIELDS, STRATEGIES, WANTED, group_as_typed, read_group
from hub.web.admin.groups_now import Now, is_open_now, now_of
from hub.web.admin.groups_wishes import save_wishes, sent_wishes, wishes_as_typed
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, told, visited
from hub.wiring import Services

GROUPS = "/admin/groups"
_SAVED: Final = {
    "group": marked("The group was saved."),
    "created": marked("The group was created. Choose who is in it."),
    "deleted": marked("The group was deleted."),
    "wishes": marked("Saved; it holds for all groups from now on."),
}
_WRONG = marked("Some fields below need another value; nothing was saved yet.")
_NO_OVERFLOW = marked("Nobody: they wait here")
_NOBODY: Final = Standing(0, 0)
_NAMES: Final = {strategy: label for strategy, label, _ in STRATEGIES}

Change = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Row:
    """A group as the list shows it. `open` is None where the group is always open."""

    group: GroupView
    strategy: str
    standing: Standing
    open: bool | None


def routes(services: Services) -> list[Route]:
    manage = Permission.MANAGE_TEAM
    return [
        Route(GROUPS, visited(services, show_groups, manage), methods=["GET"]),
        Route(GROUPS, visited(services, create_group, manage), methods=["POST"]),
        Route(GROUPS + "/wishes", visited(services, change_wishes, Permission.MANAGE_ORGANIZATION), methods=["POST"]),
        Route(GROUPS + "/{group_id}", visited(services, show_group, manage), methods=["GET"]),
        Route(GROUPS + "/{group_id}", visited(services, change_group, manage), methods=["POST"]),
        Route(GROUPS + "/{group_id}/delete", visited(services, delete_group, manage), methods=["POST"]),
    ]


def show_groups(visit: Visit) -> Response:
    """Every group with who is there and how many wait."""
    return _list(visit, {"saved": _SAVED.get(visit.query("saved"), "")})


def show_group(visit: Visit) -> Response:
    group = groups.get_group(visit.services, visit.actor, visit.path("group_id"))
    return _page(visit, group, {"saved": _SAVED.get(visit.query("saved"), "")})


def create_group(visit: Visit) -> Response:
    """Create a group by its name; everything else is chosen on its page."""
    try:
        made = groups.create_group(visit.services, visit.actor, visit.one("name"))
    except HubError as error:
        return _list(visit, {"problem": _sentence(visit, error.detail), "typed": visit.one("name")}, error.status)
    return see(f"{GROUPS}/{made.id}?saved=created")


def change_wishes(visit: Visit) -> Response:
    """Save what holds for all groups; what is wrong is shown beside its field, with everything typed still there."""
    if not (wrong := save_wishes(visit)):
        return see(f"{GROUPS}?saved=wishes")
    shown = {name: _sentence(visit, detail) for name, detail in wrong.items()}
    return _list(visit, {"wishes": sent_wishes(visit), "wrong": shown}, 422)


def change_group(visit: Visit) -> Response:
    """Save the whole form; what is wrong is shown beside its field, with everything typed still there."""
    group = groups.get_group(visit.services, visit.actor, visit.path("group_id"))
    form = read_group(visit.one, visit.many("members"))
    typed = {"shown": {name: visit.one(name) for name in FIELDS}, "members": form.members}
    if form.rules is None:
        wrong = {name: _sentence(visit, detail) for name, detail in form.wrong.items()}
        problem = visit.language.text(_WRONG)
        return _page(visit, group, {**typed, "wrong": wrong, "problem": problem}, 422)
    changes = GroupChanges(name=form.name, strategy=form.strategy, user_ids=form.members, rules=form.rules)
    try:
        groups.change_group(visit.services, visit.actor, group.id, changes)
    except NotFound:
        raise
    except HubError as error:
        return _page(visit, group, {**typed, "problem": " ".join(told(error, visit.language))}, error.status)
    return see(f"{GROUPS}/{group.id}?saved=group")


def delete_group(visit: Visit) -> Response:
    group = groups.get_group(visit.services, visit.actor, visit.path("group_id"))
    try:
        groups.delete_group(visit.services, visit.actor, group.id)
    except HubError as error:
        return _page(visit, group, {"problem": _sentence(visit, error.detail)}, error.status)
    return see(f"{GROUPS}?saved=deleted")


def _list(visit: Visit, more: Mapping[str, Any], status: int = 200) -> Response:
    standings = groups.list_standings(visit.services, visit.actor)
    rows = [
        Row(
            each,
            _NAMES[each.strategy],
            standings.get(each.id, _NOBODY),
            is_open_now(each.rules.hours, visit.times.now),
        )
        for each in _groups(visit)
    ]
    wishes = wishes_as_typed(visit) if visit.may(Permission.MANAGE_ORGANIZATION) else None
    usual = {"saved": "", "problem": "", "typed": "", "wishes": wishes, "wrong": {}}
    return render("admin/groups/list.html", {**frame(visit, "team"), **usual, "rows": rows, **more}, status)


def _page(visit: Visit, group: GroupView, more: Mapping[str, Any], status: int = 200) -> Response:
    services, actor, say = visit.services, visit.actor, visit.language.text
    everybody = every(lambda limit, cursor: users.list_users(services, actor, limit, cursor))
    others = [each for each in _groups(visit) if each.id != group.id]
    zone = get_organization(services, actor).time_zone
    context = {
        "group": group,
        "candidates": [user for user in everybody if user.disabled_at is None],
        "members": [member.id for member in group.members],
        "standing": groups.list_standings(services, actor).get(group.id, _NOBODY),
        "now": _now(visit, group),
        "shown": group_as_typed(group.name, group.strategy, group.rules, zone),
        "strategies": STRATEGIES,
        "wants": [(value, say(label)) for value, label in WANTED],
        "overflows": [("", say(_NO_OVERFLOW)), *((each.id, each.name) for each in others)],
        "days": visit.language.dates["weekdays"],
        "zones": sorted(available_timezones()),
        "saved": "",
        "problem": "",
        "wrong": {},
    }
    return render("admin/groups/one.html", {**frame(visit, "team"), **context, **more}, status)


def _groups(visit: Visit) -> list[GroupView]:
    return every(lambda limit, cursor: groups.list_groups(visit.services, visit.actor, limit, cursor))


def _now(visit: Visit, group: GroupView) -> Now | None:
    return now_of(group.rules.hours, visit.times) if group.rules.hours else None


def _sentence(visit: Visit, detail: str) -> str:
    return sentence(visit.language.retell(detail))
