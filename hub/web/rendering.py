"""How the hub's pages are rendered: every value escaped, in the reader's language and time zone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.web.language import USUAL, Language, fill, load

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
ZONE_COOKIE = "hub_zone"
"""The browser's time zone, set by static/zone.js; it decides nothing but how times are written."""

_HUES = 8
# the security headers are the application's; these two are the pages' own
_HEADERS = {"Cache-Control": "no-store", "Vary": "HX-Request"}


@dataclass(frozen=True, slots=True)
class Times:
    """Writes times for one reader: `zone` is theirs, `now` the moment of rendering, in their `language`."""

    zone: tzinfo
    now: datetime
    language: Language = field(default_factory=lambda: load(USUAL))

    def ago(self, moment: datetime) -> str:
        """A short distance: now, 3 min, 2 h, Yesterday, 12 Nov."""
        words = self.language.dates
        seconds = (self.now - moment).total_seconds()
        if seconds < 60:
            return str(words["now"])
        if seconds < 3600:
            return fill(words["minutes"], {"n": int(seconds // 60)})
        days = self._days(moment)
        if days == 0:
            return fill(words["hours"], {"n": int(seconds // 3600)})
        return str(words["yesterday"]) if days == 1 else self._date(moment)

    def clock(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%H:%M")

    def day(self, moment: datetime) -> str:
        """Today, Yesterday, or the date with its weekday."""
        words, days = self.language.dates, self._days(moment)
        if days in {0, 1}:
            return str((words["today"], words["yesterday"])[days])
        return f"{words['weekdays'][moment.astimezone(self.zone).weekday()]}, {self._date(moment)}"

    def full(self, moment: datetime) -> str:
        """Date and time, as a tooltip names it."""
        return f"{self._date(moment)}, {self.clock(moment)}"

    def _days(self, moment: datetime) -> int:
        return (self.now.astimezone(self.zone).date() - moment.astimezone(self.zone).date()).days

    def _date(self, moment: datetime) -> str:
        local, words = moment.astimezone(self.zone), self.language.dates
        same_year = local.year == self.now.astimezone(self.zone).year
        form = words["date" if same_year else "date_and_year"]
        return fill(form, {"day": local.day, "month": words["months"][local.month - 1], "year": local.year})


def times_of(request: Request, now: datetime, language: Language | None = None, chosen: str = "") -> Times:
    """Return the writer of times for whoever asks: in the zone of their profile (`chosen`), else of their browser.

    UTC where neither names one that we know.
    """
    name, spoken = chosen or request.cookies.get(ZONE_COOKIE, ""), language or load(USUAL)
    try:
        return Times(ZoneInfo(name) if name else UTC, now, spoken)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Times(UTC, now, spoken)


def is_fragment(request: Request) -> bool:
    """Tell whether htmx asks for a part of a page (a restored history entry wants the whole page)."""
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"


def render(
    template: str, context: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """Render a template into an answer that no cache keeps and that runs no script but ours.

    `language` of the context is the reader's; without it the page is English.
    """
    language: Language = context.get("language") or load(USUAL)
    body = _environment(language.code).get_template(template).render({**context, "language": language})
    return HTMLResponse(body, status, {**_HEADERS, "Content-Language": language.code, **(headers or {})})


def initials(name: str) -> str:
    """Two letters for an avatar; # for a name without letters (a phone number)."""
    letters = [word[0].upper() for word in name.split() if word[0].isalpha()]
    return "".join(letters[:1] + letters[1:][-1:]) or "#"


def hue(name: str) -> int:
    """The avatar colour of a name, always the same one."""
    return hashlib.sha256(name.encode()).digest()[0] % _HUES


@cache
def static_url(path: str) -> str:
    """The address of a static file, with its checksum: a new version is a new address."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()
    return f"/static/{path}?v={digest[:10]}"


def script_words(language: Language) -> str:
    """Return what scripts say in a language, as JSON: English text → its own."""
    return json.dumps(language.scripts, ensure_ascii=False)


@cache
def _environment(code: str) -> Environment:
    """One environment a language: its macros translate, whoever imports them."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    language = load(code)
    environment.globals.update(static=static_url, initials=initials, hue=hue)
    environment.globals.update(t=language.text, n=language.count, retell=language.retell, size=language.size)
    environment.globals.update(script_words=script_words)
    return environment
