"""The audit page: who changed what, when, from where and why, for those who may see it. It needs no script."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from hub.access import audit_log, users
from hub.access.audit_export import FORMATS
from hub.access.audit_log import EntryView
from hub.access.permissions import Permission
from hub.audit import Verified
from hub.db.audit import Wanted
from hub.errors import Invalid
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, visited
from hub.wiring import Services

AUDIT = "/admin/audit"
_EXPORT = "/api/v1/audit/export"
_MOST_PEOPLE = 200
_AT_ONCE = 50
_LONGEST = 300
_LABELS = {
    "cli": marked("Command line"),
    "system": marked("The hub itself"),
    "guest": marked("Not signed in"),
}
_SOMEBODY = marked("Somebody")
_NOUNS = (
    "audit", "channel", "contact", "conversation", "event", "file", "group", "invitation", "message", "note", "number",
    "organization", "session", "token", "user",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One value that changed, as a person reads it; `was` or `now` is empty where there was nothing."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the table shows it."""

    entry: EntryView
    who: str
    what: str
    lines: Sequence[Line]


def routes(services: Services) -> list[Route]:
    return [Route(AUDIT, visited(services, show_audit, Permission.SEE_AUDIT), methods=["GET"])]


def show_audit(visit: Visit) -> Response:
    """The log, newest first, filtered as the query says; with `verify` also whether the chain is whole."""
    page = audit_log.list_entries(visit.services, visit.actor, _wanted(visit), _AT_ONCE, visit.query("cursor") or None)
    asked = {name: visit.query(name) for name in ("action", "subject", "actor", "from", "to")}
    kept = {name: value for name, value in asked.items() if value}
    context = {
        "entries": [_shown(entry) for entry in page.items],
        "asked": asked,
        "filtered": bool(kept),
        "older": f"{AUDIT}?{urlencode({**kept, 'cursor': page.next})}" if page.next else "",
        "paged": bool(visit.query("cursor")),
        "people": users.list_users(visit.services, visit.actor, _MOST_PEOPLE).items,
        "machines": _LABELS,
        "nouns": _NOUNS,
        "exports": [
            (form, f"/api/v1/audit/export?{urlencode({'format': form, **_api_query(visit)})}") for form in FORMATS
        ],
        "verified": _verified(visit),
    }
    return render("admin/audit.html", {**frame(visit, "audit"), **context})


def _verified(visit: Visit) -> Verified | None:
    return audit_log.verify_own(visit.services, visit.actor) if visit.query("verify") else None


def _wanted(visit: Visit) -> Wanted:
    return Wanted(
        action=visit.query("action").strip() or None,
        subject=visit.query("subject").strip() or None,
        actor=visit.query("actor") or None,
        since=_midnight(visit, "from"),
        until=_midnight(visit, "to", days_later=1),
    )


def _api_query(visit: Visit) -> dict[str, str]:
    """Say the same filter as the API's export takes it."""
    wanted = _wanted(visit)
    asked = {
        "action": wanted.action,
        "subject": wanted.subject,
        "actor": wanted.actor,
        "since": wanted.since and wanted.since.astimezone(UTC).isoformat(),
        "until": wanted.until and wanted.until.astimezone(UTC).isoformat(),
    }
    return {name: value for name, value in asked.items() if value}


def _midnight(visit: Visit, name: str, days_later: int = 0) -> datetime | None:
    """Return when a chosen day begins for the reader, or the day so many days later."""
    if not visit.query(name):
        return None
    try:
        day = datetime.strptime(visit.query(name), "%Y-%m-%d").date() + timedelta(days=days_later)  # noqa: DTZ007
    except (ValueError, OverflowError):
        raise Invalid("a day is written like 2026-01-31") from None
    return datetime.combine(day, time(), visit.times.zone)


def _shown(entry: EntryView) -> Shown:
    noun, _, verb = entry.action.partition(".")
    who = entry.actor.name or _LABELS.get(entry.actor.type, _SOMEBODY)
    return Shown(entry, who, f"{noun} {verb}".replace("_", " ").strip().capitalize(), _lines(entry))


def _lines(entry: EntryView) -> list[Line]:
    before, after = entry.before or {}, entry.after or {}
    return [Line(_word(name), _value(before, name), _value(after, name)) for name in {**before, **after}]


def _word(name: str) -> str:
    return name.removeprefix("fields.").replace("_", " ")


def _value(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    match value:
        case None | "" | []:
            return "nothing" if name in values else ""
        case bool():
            return "yes" if value else "no"
        case list():
            text = ", ".join(_item(each) for each in value)
        case _:
            text = _item(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _item(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or json.dumps(value, ensure_ascii=False))
    return str(value)
