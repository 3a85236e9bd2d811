"""What the team's forms have in common: fields that are read one by one, and lists that are read to their end."""

from collections.abc import Callable
from typing import TypeVar

from hub.errors import Invalid
from hub.types import Page

T = TypeVar("T")
Read = Callable[[str], str]
"""Returns what the form says under a name, "" for nothing."""

_PAGE = 200
_MINUTE = 60
_LONGEST_WAIT = 7 * 24 * 60


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
    """Return minutes, perhaps with a fraction, in seconds. Raises Invalid."""
    try:
        minutes = float(text.strip().replace(",", "."))
    except ValueError:
        minutes = -1.0
    # "nan" compares as false
    if not 0 <= minutes <= _LONGEST_WAIT:
        raise Invalid(f"write minutes, from 0 to {_LONGEST_WAIT} (a week)")
    return round(minutes * _MINUTE)


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
