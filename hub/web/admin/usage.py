"""The figures page: how long customers waited and how long people were busy with them, for some days."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access import usage
from hub.access.permissions import Permission
from hub.access.usage import Usage
from hub.db.usage import By, Times
from hub.errors import HubError, Invalid
from hub.web.language import Language, marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, sentence, visited
from hub.wiring import Services

USAGE = "/admin/usage"
_USUAL_DAYS = 30
_DAY: Final = "%Y-%m-%d"
_UNITS: Final = (
    (86_400.0, marked("{n} d")),
    (3_600.0, marked("{n} h")),
    (60.0, marked("{n} min")),
    (1.0, marked("{n} s")),
)
_NOTHING = "\u2013"


def routes(services: Services) -> list[Route]:
    return [Route(USAGE, visited(services, show_usage, Permission.SEE_USAGE), methods=["GET"])]


def show_usage(visit: Visit) -> Response:
    """The numbers of the days in the query, those of the last thirty without."""
    today = visit.times.now.astimezone(visit.times.zone).date()
    asked = {
        "from": visit.query("from") or (today - timedelta(days=_USUAL_DAYS - 1)).isoformat(),
        "to": visit.query("to") or today.isoformat(),
    }
    try:
        since, until = _midnight(visit, asked["from"]), _midnight(visit, asked["to"], days_later=1)
        reports = [usage.report(visit.services, visit.actor, by, since, until) for by in (By.GROUP, By.OPERATOR)]
    except HubError as error:
        problem = sentence(visit.language.retell(error.detail))
        return _page(visit, {"asked": asked, "problem": problem}, error.status)
    return _page(visit, {"asked": asked, "tables": _tables(*reports)})


def _tables(groups: Usage, people: Usage) -> list[tuple[str, Usage]]:
    return [(marked("By group"), groups), (marked("By person"), people)] if groups.items else []


def _page(visit: Visit, more: dict[str, Any], status: int = 200) -> Response:
    usual = {"problem": "", "tables": [], "span": _span_in(visit.language), "number": visit.language.number}
    return render("admin/usage.html", {**frame(visit, "team"), **usual, **more}, status)


def _midnight(visit: Visit, text: str, days_later: int = 0) -> datetime:
    """Return when a day begins for the reader, or the day so many days later."""
    try:
        day = datetime.strptime(text, _DAY).date() + timedelta(days=days_later)  # noqa: DTZ007
    except (ValueError, OverflowError):
        raise Invalid("a day is written like 2026-01-31") from None
    return datetime.combine(day, time(), visit.times.zone)


def _span_in(language: Language) -> Callable[[Times, float], str]:
    """Return what writes a time in one unit: 45 s, 3.5 min, 12 h; a dash where nothing was measured."""

    def span(times: Times, seconds: float) -> str:
        if times.count == 0:
            return _NOTHING
        length, form = next(((length, form) for length, form in _UNITS if seconds >= length), _UNITS[-1])
        amount = seconds / length
        digits = 1 if amount < 10 and length > 1 else 0
        return language.text(form, {"n": language.number(amount, digits)})

    return span
