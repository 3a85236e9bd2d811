"""What holds for every group: how patient routing is. A section of the groups page."""

from collections.abc import Mapping
from typing import Any, Final

from hub.access.organizations import OrganizationChanges, change_organization, get_organization
from hub.access.wishes import ROUTING_LIMITS
from hub.errors import Invalid
from hub.web.admin.fields import Fields, Read, read_whole
from hub.web.visits import Visit

_MINUTE = 60
_FIELDS: Final = ("offline_minutes", "browser_seconds", "close_days")


def wishes_as_typed(visit: Visit) -> dict[str, str]:
    """Return what the section shows."""
    wishes = get_organization(visit.services, visit.actor).routing
    return {
        "offline_minutes": f"{wishes['offline_grace'] / _MINUTE:g}",
        "browser_seconds": str(wishes["browser_grace"]),
        "close_days": "" if wishes["close_after"] is None else str(wishes["close_after"]),
    }


def sent_wishes(visit: Visit) -> dict[str, str]:
    """Return the section as it was sent, to be shown again."""
    return {name: visit.one(name) for name in _FIELDS}


def save_wishes(visit: Visit) -> Mapping[str, str]:
    """Save the section. Return what is wrong with it (field → why, in English); nothing is saved then."""
    changes, wrong = _read(visit.one)
    if not wrong:
        change_organization(visit.services, visit.actor, OrganizationChanges(routing=changes))
    return wrong


def _read(said: Read) -> tuple[dict[str, Any], Mapping[str, str]]:
    fields = Fields(said)
    changes = {
        "offline_grace": fields.read("offline_minutes", _offline_grace, 0),
        "browser_grace": fields.read("browser_seconds", _browser_grace, 0),
        "close_after": fields.read("close_days", _close_after, None),
    }
    return changes, fields.wrong


def _offline_grace(text: str) -> int:
    most = ROUTING_LIMITS["offline_grace"][1] // _MINUTE
    try:
        minutes = float(text.strip().replace(",", "."))
    except ValueError:
        minutes = -1.0
    # "nan" compares as false
    if not 0 <= minutes <= most:
        raise Invalid(f"write minutes, from 0 to {most} (a day)")
    return round(minutes * _MINUTE)


def _browser_grace(text: str) -> int:
    least, most = ROUTING_LIMITS["browser_grace"]
    seconds = read_whole(text)
    if seconds is not None and seconds < least:
        raise Invalid(
            f"write at least {least} seconds: an open page says only every 20 seconds that it is there, "
            "and one that says it late would count as gone"
        )
    if seconds is None or seconds > most:
        raise Invalid(f"write whole seconds, from {least} to {most} (a day)")
    return seconds


def _close_after(text: str) -> int | None:
    least, most = ROUTING_LIMITS["close_after"]
    if not text.strip():
        return None
    days = read_whole(text)
    if days is None or not least <= days <= most:
        raise Invalid(f"write whole days, from {least} to {most}, or nothing")
    return days
