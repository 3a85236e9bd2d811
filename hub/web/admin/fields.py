"""What the team's forms have in common: fields that are read one by one, and lists that are read to their end."""

from collections.abc import Callable
from typing import TypeVar

from hub.errors import Invalid
from hub.routing.policy.limits import LEAST_WAIT, LONGEST_WAIT
from hub.types import Page

T = TypeVar("T")
Read = Callable[[str], str]
"""Returns what the form says under a name, "" for nothing."""

_PAGE = 200
_DIGITS = 10
_MINUTE = 60


class Fields:
    """Reads a form; `wrong` is what is wrong with it so far: field → why, in English."""

    def __init__(self, said: Read) -> None:
        self.said = said
        self.wrong: dict[str, str] = {}

    def read(self, name: str, reader: Callable[[str], T], instead: T) -> T:
        """Return a field's value; `instead`, and the reason noted, where its reader raises Invalid."""
        try:
            return reader(self.said(name))
        except Invalid as error:
            self.wrong[name] = error.detail
            return instead


def read_minutes(text: str) -> int:
    """Return minutes that somebody waits, perhaps with a fraction, in seconds. Raises Invalid."""
    try:
        minutes = float(text.strip().replace(",", "."))
    except ValueError:
        minutes = -1.0
    most = LONGEST_WAIT // _MINUTE
    # "nan" compares as false
    if not 0 < minutes <= most or (seconds := round(minutes * _MINUTE)) < LEAST_WAIT:
        raise Invalid(f"write minutes, more than 0 and at most {most} (a week)")
    return seconds


def read_whole(text: str) -> int | None:
    """Return a number without sign and fraction; None for anything else, and for what no field takes."""
    found = text.strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) < _DIGITS else None


def every(page_of: Callable[[int, str | None], Page[T]]) -> list[T]:
    """Return everything that is listed in pages. `page_of(limit, cursor)` reads one."""
    found: list[T] = []
    cursor: str | None = None
    while True:
        page = page_of(_PAGE, cursor)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next
