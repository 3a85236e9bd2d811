"""What an organization wishes about bans and its numbers. Plain forms."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.organizations import OrganizationChanges, change_organization, get_organization
from hub.access.permissions import Permission
from hub.access.wishes import CAPS, OFFER_DAYS
from hub.errors import Invalid
from hub.web.admin.fields import Fields, Read, read_whole
from hub.web.bans.actions import moved
from hub.web.bans.views import ways_of
from hub.web.inbox.views import channel_words
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

SETTINGS: Final = "/admin/settings"
_FIELDS: Final = ("automatic", "masked_numbers", "offer_days", "recipients", "unasked")
_SAVED: Final = marked("Saved; it holds from now on.")
_WRONG: Final = marked("Some fields below need another value; nothing was saved yet.")


def routes(services: Services) -> list[Route]:
    may = Permission.MANAGE_ORGANIZATION
    return [
        Route(SETTINGS, visited(services, show, may), methods=["GET"]),
        Route(SETTINGS, visited(services, save, may), methods=["POST"]),
        Route(SETTINGS + "/order", visited(services, order, may), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    return _page(visit, {})


def save(visit: Visit) -> Response:
    """Keep all of the form, or nothing and say at each field what is wrong."""
    changes, wrong = _read(visit.one)
    if not wrong:
        return _saved(visit, changes)
    told = {name: sentence(visit.language.retell(why)) for name, why in wrong.items()}
    typed = {name: visit.one(name) for name in _FIELDS}
    return _page(visit, {"wrong": told, "shown": typed, "problem": visit.language.text(_WRONG)}, 422)


def order(visit: Visit) -> Response:
    """Move one way a place earlier or later."""
    return _saved(visit, {"invitation_order": moved(visit.many("ways"), visit.one("kind"), visit.one("to"))})


def _saved(visit: Visit, changes: Mapping[str, Any]) -> Response:
    change_organization(visit.services, visit.actor, OrganizationChanges(bans=changes))
    return see(f"{SETTINGS}?saved=1")


def _read(said: Read) -> tuple[dict[str, Any], Mapping[str, str]]:
    fields = Fields(said)
    changes = {
        "automatic": said("automatic") == "yes",
        "masked_numbers": said("masked_numbers") == "yes",
        "offer_days": fields.read("offer_days", _days, 0),
        "caps": {
            "recipients": fields.read("recipients", _people, None),
            "unasked": fields.read("unasked", _messages, None),
        },
    }
    return changes, fields.wrong


def _days(text: str) -> int:
    (least, most), days = OFFER_DAYS, read_whole(text)
    if days is None or not least <= days <= most:
        raise Invalid(f"write whole days, from {least} to {most}")
    return days


def _people(text: str) -> int | None:
    return _at_most(CAPS["recipients"], text)


def _messages(text: str) -> int | None:
    return _at_most(CAPS["unasked"], text)


def _at_most(most: int, text: str) -> int | None:
    if not text.strip():
        return None
    value = read_whole(text)
    if value is None or not 0 <= value <= most:
        raise Invalid(f"write a whole number, from 0 to {most}, or nothing for the usual")
    return value


def _shown(bans: Mapping[str, Any]) -> dict[str, Any]:
    caps = {name: "" if value is None else value for name, value in bans["caps"].items()}
    return {name: value for name, value in {**bans, **caps}.items() if name in _FIELDS}


def _page(visit: Visit, more: Mapping[str, Any], status: int = 200) -> Response:
    bans = get_organization(visit.services, visit.actor).bans
    context = {
        "shown": _shown(bans),
        "ways": ways_of(visit, bans["invitation_order"]),
        "usual": CAPS,
        "wrong": {},
        "saved": _SAVED if visit.query("saved") else "",
        "problem": "",
        **channel_words(visit.services),
    }
    return render("admin/settings.html", {**frame(visit, "channels"), **context, **more}, status)
