"""An appointment that comes with a mail, in one line (RFC 5545, RFC 5546)."""

import re
from typing import Final

from hub.channels.email.charset import clean
from hub.channels.email.parameters import parameterised

_MAX_SOURCE: Final = 64 << 10
_MAX_VALUE: Final = 200
_METHODS: Final = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled appointment",
    "COUNTER": "Proposal for another time",
    "DECLINECOUNTER": "Refused proposal for another time",
    "REFRESH": "Question for the latest version of an appointment",
}
_ANSWERS: Final = {"ACCEPTED": "Accepted", "DECLINED": "Declined", "TENTATIVE": "Accepted with reservation"}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ESCAPE = re.compile(r"\\(.)")


def summary_of(text: str) -> str:
    """Return what a calendar file says in one line: what, when, from whom. Never raises."""
    fields = _fields(text[:_MAX_SOURCE])
    what = _words(fields.get("SUMMARY", ("", ""))[1]) or "without a title"
    when = _period(fields)
    who = _organizer(fields)
    line = f"{_called(fields)}: {what}"
    return f"{line}{f', {when}' if when else ''}{f', from {who}' if who else ''}"


def _called(fields: dict[str, tuple[str, str]]) -> str:
    method = fields.get("METHOD", ("", ""))[1].strip().upper()
    if method == "REPLY":
        given = parameterised(fields.get("ATTENDEE", ("", ""))[0]).parameters.get("partstat", "").upper()
        return _ANSWERS.get(given, "Answer to an invitation")
    return _METHODS.get(method, "Appointment")


def _fields(text: str) -> dict[str, tuple[str, str]]:
    """Return the first event's fields as (name with parameters, value), and those of the calendar itself."""
    fields: dict[str, tuple[str, str]] = {}
    inside = ["VCALENDAR"]
    for line in _unfolded(text):
        head, colon, value = _parted(line)
        name = head.partition(";")[0].strip().upper()
        if name == "BEGIN":
            inside.append(value.strip().upper())
        elif name == "END":
            if value.strip().upper() == "VEVENT":
                break
            inside = inside[:-1]
        elif colon and inside and inside[-1] in {"VCALENDAR", "VEVENT"}:
            fields.setdefault(name, (head, value))
    return fields


def _unfolded(text: str) -> list[str]:
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()[:2_000]


def _parted(line: str) -> tuple[str, str, str]:
    # a colon inside quotation marks belongs to a parameter
    quoted = False
    for at, sign in enumerate(line[:1_000]):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], ":", line[at + 1 :]
    return line[:1_000], "", ""


def _period(fields: dict[str, tuple[str, str]]) -> str:
    start, end = _moment(fields.get("DTSTART")), _moment(fields.get("DTEND"))
    if not start:
        return ""
    same_day = start[:10] == end[:10] and len(end) > 10
    zone = parameterised(fields["DTSTART"][0]).parameters.get("tzid", "")[:60]
    until = f"–{end[11:] if same_day else end}" if len(start) > 10 and end else ""  # noqa: RUF001 - a span of time
    return clean(f"{start}{until}{f' ({zone})' if zone else ''}")


def _moment(field: tuple[str, str] | None) -> str:
    """Return `2026-11-20 10:00`, with UTC behind it where it is said; the day alone for a whole day."""
    found = _TIME.match(field[1].strip()) if field else None
    if not found:
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day} {found[4]}:{found[5]}{' UTC' if found[6] else ''}" if found[4] else day


def _organizer(fields: dict[str, tuple[str, str]]) -> str:
    head, value = fields.get("ORGANIZER", ("", ""))
    name = parameterised(head).parameters.get("cn", "")
    return _words(name or re.sub(r"(?i)^mailto:", "", value.strip()))


def _words(value: str) -> str:
    plain = _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], value[: _MAX_VALUE * 2])
    return " ".join(clean(plain).split())[:_MAX_VALUE]
