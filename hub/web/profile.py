"""The profile: what a user says of themselves, and the two things that end users see of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import available_timezones

from starlette.responses import Response
from starlette.routing import Route

from hub.access import photos, profiles, users
from hub.access.permissions import Permission
from hub.access.profile_values import Profile
from hub.db.users import UserView
from hub.errors import HubError, NotFound
from hub.types import Role
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.spoken import SPOKEN, UNKNOWN, name_of
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

PROFILE = "/profile"
OF_OTHERS = "/admin/people/users/{user_id}/profile"
_SAVED: Final = {
    "profile": marked("The profile was saved."),
    "photo": marked("The photo was saved."),
    "no-photo": marked("The photo was taken away."),
}
_WRONG: Final = marked("Some fields below need another value; nothing was saved yet.")
_NAMED: Final = {
    "alias": "the alias",
    "first_name": "the first name",
    "surname": "the surname",
    "time_zone": "the time zone",
}
"""What the form calls the values that a refusal begins with."""
_FIELDS: Final = ("alias", "first_name", "surname", "time_zone", "skills")

Change = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form shows."""

    fields: Mapping[str, str]
    languages: Sequence[str]


def routes(services: Services) -> list[Route]:
    places = ((PROFILE, Permission.READ_TEAM), (OF_OTHERS, Permission.MANAGE_TEAM))
    acts: tuple[tuple[str, str, Change], ...] = (
        ("GET", "", show_profile),
        ("POST", "", change_profile),
        ("POST", "/photo", change_photo),
        ("GET", "/photo", show_again),
    )
    return [
        Route(place + path, visited(services, act, needs), methods=[method])
        for place, needs in places
        for method, path, act in acts
    ]


def show_profile(visit: Visit) -> Response:
    user = _user(visit)
    return _page(visit, user, _typed_of(user), {"saved": _SAVED.get(visit.query("saved"), "")})


def change_profile(visit: Visit) -> Response:
    """Save the form; why it was refused is shown beside the field or above it, with what was typed still there."""
    user = _user(visit)
    try:
        profiles.change_profile(visit.services, visit.actor, user.id, _profile(visit))
    except HubError as error:
        typed = Typed({name: visit.one(name) for name in _FIELDS}, visit.many("languages"))
        wrong = _wrong(visit, error)
        problem = visit.language.text(_WRONG) if wrong else _told(visit, error)
        return _page(visit, user, typed, {"problem": problem, "wrong": wrong}, error.status)
    return see(f"{_address(visit)}?saved=profile")


def change_photo(visit: Visit) -> Response:
    """Take an upload for the photo; nothing takes the photo away."""
    user = _user(visit)
    try:
        photos.set_photo(visit.services, visit.actor, user.id, visit.one("photo") or None)
    except HubError as error:
        return _page(visit, user, _typed_of(user), {"problem": _told(visit, error)}, error.status)
    return see(f"{_address(visit)}?saved={'photo' if visit.one('photo') else 'no-photo'}")


def show_again(visit: Visit) -> Response:
    """Lead back to the profile: a refused photo leaves the browser at this address, and people load it anew."""
    _user(visit)
    return see(_address(visit))


def _profile(visit: Visit) -> Profile:
    """Skills are given by those who manage the team; anybody else's form has none."""
    skills = [word for word in visit.one("skills").split(",") if word.strip()]
    return Profile(
        first_name=visit.one("first_name"),
        surname=visit.one("surname"),
        alias=visit.one("alias"),
        languages=visit.many("languages"),
        time_zone=visit.one("time_zone").strip(),
        skills=skills if "skills" in visit.form else None,
    )


def _user(visit: Visit) -> UserView:
    user = users.get_user(visit.services, visit.actor, _user_id(visit))
    if user.disabled_at is not None:
        raise NotFound("this user is disabled")
    return user


def _user_id(visit: Visit) -> str:
    return str(visit.request.path_params.get("user_id", visit.actor.user_id))


def _address(visit: Visit) -> str:
    if "user_id" not in visit.request.path_params:
        return PROFILE
    return OF_OTHERS.format(user_id=visit.path("user_id"))


def _typed_of(user: UserView) -> Typed:
    fields = {"alias": user.alias, "first_name": user.first_name, "surname": user.surname,
              "time_zone": user.time_zone, "skills": ", ".join(user.skills)}  # fmt: skip
    return Typed(fields, user.languages)


def _page(visit: Visit, user: UserView, typed: Typed, more: Mapping[str, Any], status: int = 200) -> Response:
    own = "user_id" not in visit.request.path_params
    context = {
        "user": user,
        "own": own,
        "address": _address(visit),
        "shown": typed.fields,
        "spoken": typed.languages,
        "language_options": _languages(visit, typed.languages),
        "zones": sorted(available_timezones()),
        "may_change": _may_change(visit, user),
        "may_give_skills": visit.may(Permission.MANAGE_TEAM),
        "saved": "",
        "problem": "",
        "wrong": {},
    }
    return render("profile.html", {**frame(visit, "" if own else "team"), **context, **more}, status)


def _may_change(visit: Visit, user: UserView) -> bool:
    """Auditors only look, and only an owner changes owners; the door itself is `hub.access`."""
    if user.id == visit.actor.user_id:
        return visit.may(Permission.WORK_ON_CONVERSATIONS)
    return user.role is not Role.OWNER or visit.actor.role is Role.OWNER


def _languages(visit: Visit, chosen: Sequence[str]) -> list[tuple[str, str]]:
    codes = {*SPOKEN, *chosen} - {UNKNOWN}
    named = [(code, name_of(code, visit.language)) for code in codes]
    return sorted(named, key=lambda each: each[1].casefold())


def _wrong(visit: Visit, error: HubError) -> dict[str, str]:
    """Return why it was refused by the field's name, where the refusal names one."""
    name, _, rest = error.detail.partition(" ")
    return {name: sentence(visit.language.retell(f"{_NAMED[name]} {rest}"))} if name in _NAMED else {}


def _told(visit: Visit, error: HubError) -> str:
    return sentence(visit.language.retell(error.detail))
