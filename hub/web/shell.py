"""What the frame around every signed-in page shows: who is here, their presence, their slots."""

from dataclasses import dataclass
from typing import Any

from hub.access.languages import LANGUAGES
from hub.access.organizations import get_organization
from hub.access.permissions import Permission
from hub.access.users import get_user
from hub.db.routing_setup import load_operator
from hub.types import Presence, Role
from hub.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Me:
    """The visitor. `used` of their `slots` are taken by work; `swap_dot` renews what shows their presence elsewhere."""

    id: str
    name: str
    role: Role
    organization: str
    presence: Presence
    slots: int
    used: int
    may_manage_team: bool
    may_see_usage: bool
    may_see_audit: bool
    may_handle_privacy: bool
    may_manage_channels: bool
    may_set_presence: bool
    may_run_platform: bool
    swap_dot: bool = False


def me_of(visit: Visit, *, swap_dot: bool = False) -> Me:
    """Return the visitor as the frame shows them."""
    services, actor = visit.services, visit.actor
    user = get_user(services, actor, actor.user_id)
    return Me(
        id=user.id,
        name=user.name,
        role=user.role,
        organization=get_organization(services, actor).name,
        presence=user.presence,
        slots=user.slots,
        used=_slots_taken(visit),
        may_manage_team=visit.may(Permission.MANAGE_TEAM),
        may_see_usage=visit.may(Permission.SEE_USAGE),
        may_see_audit=visit.may(Permission.SEE_AUDIT),
        may_handle_privacy=visit.may(Permission.HANDLE_PRIVACY),
        may_manage_channels=visit.may(Permission.MANAGE_CHANNELS),
        may_set_presence=visit.may(Permission.SET_OWN_PRESENCE),
        may_run_platform=visit.may(Permission.PLATFORM),
        swap_dot=swap_dot,
    )


def _slots_taken(visit: Visit) -> int:
    with visit.services.db.reading(visit.actor.organization_id) as tx:
        operator = load_operator(tx, visit.actor.user_id, visit.times.now)
    return operator.taken if operator else 0


def frame(visit: Visit, place: str) -> dict[str, Any]:
    """Return what `shell.html` needs; `place` names the entry of the navigation that is open."""
    return {
        "me": me_of(visit),
        "csrf_token": visit.csrf_token,
        "times": visit.times,
        "place": place,
        "language": visit.language,
        "back": visit.request.url.path if visit.request.method == "GET" else "",
        "languages": LANGUAGES,
    }
