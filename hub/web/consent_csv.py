"""Lists of addresses as CSV: whom only a consent is missing goes out, who gave one comes back."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from starlette.responses import Response

from hub.access.audit_export import defused
from hub.numbers.consents import Line, lies_ahead
from hub.numbers.recruiting import Unasked
from hub.types.numbers import Purpose
from hub.web.language import marked

COLUMNS: Final = ("address", "purpose", "time")
"""Their order in a list whose first line does not name them."""
_NAMED: Final = {*COLUMNS, "kind", "name"}
_SEPARATORS: Final = ("\t", ";", ",")
_LONGEST: Final = 320
_NUMBER: Final = re.compile(r"\+[\d\s()./-]+")
_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")

NO_ADDRESS: Final = marked("There is no address in this line.")
NO_PURPOSE: Final = marked("The purpose is none of: service, invitation, marketing.")
NO_TIME: Final = marked("The time is none, like 2026-11-22, 22.11.2026 or 2026-11-22T14:30.")
AHEAD: Final = marked("Nobody has said anything in the future yet.")
NO_KIND: Final = marked("There is no such kind of channel.")


class _Unreadable(Exception):  # noqa: N818 - no fault: what is told of a line
    """Why a line cannot be taken; one of the sentences above."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list: its number as an editor counts, what it names, and what it means or why it means nothing."""

    number: int
    address: str
    line: Line | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """What a list is read with. `kind`: of addresses beside which none stands; `zone`: of times without one."""

    kind: str
    kinds: Collection[str]
    zone: tzinfo
    now: datetime

    def read(self, text: str) -> list[Entry]:
        """Return the lines of a list, empty ones left out. Its first may name the columns, in any order."""
        rows = list(_rows(text))
        columns: Sequence[str] = COLUMNS
        if rows and "address" in (named := [cell.lower() for cell in rows[0][1]]) and _NAMED.issuperset(named):
            columns, rows = named, rows[1:]
        return [self._entry(number, dict(zip(columns, cells, strict=False))) for number, cells in rows]

    def _entry(self, number: int, cells: dict[str, str]) -> Entry:
        address = _address(cells.get("address", ""))
        try:
            return Entry(number, address, self._line(address, cells))
        except _Unreadable as why:
            return Entry(number, address[:_LONGEST], None, str(why))

    def _line(self, address: str, cells: dict[str, str]) -> Line:
        if not address or len(address) > _LONGEST:
            raise _Unreadable(NO_ADDRESS)
        kind, purpose = cells.get("kind", "").lower() or self.kind, cells.get("purpose", "").lower()
        if kind not in self.kinds:
            raise _Unreadable(NO_KIND)
        if purpose and purpose not in list(Purpose):
            raise _Unreadable(NO_PURPOSE)
        return Line(kind, address, self._time(cells.get("time", "")), Purpose(purpose) if purpose else None)

    def _time(self, said: str) -> datetime | None:
        if not said:
            return None
        day = _DAY.fullmatch(said)
        try:
            at = datetime.fromisoformat("{2}-{1:0>2}-{0:0>2}".format(*day.groups()) if day else said)
            at = at if at.tzinfo else at.replace(tzinfo=self.zone)
            ahead = lies_ahead(at, self.now)
        except (ValueError, OverflowError):
            raise _Unreadable(NO_TIME) from None
        if ahead:
            raise _Unreadable(AHEAD)
        return at


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines with something in them; what separates their cells is what the first of them has."""
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    for number, line in enumerate(text.split("\n"), 1):
        # a line is read by itself, so that a quotation mark that is never closed spoils no other
        cells = [cell.strip() for cell in next(csv.reader([line.strip("\r")], delimiter=separator), [])]
        if any(cells):
            yield number, cells


def _address(cell: str) -> str:
    """An address as it is kept: numbers without blanks, mail in small letters."""
    plain = cell.removeprefix("'").strip()
    if _NUMBER.fullmatch(plain):
        return "+" + re.sub(r"\D", "", plain)
    return plain.lower() if "@" in plain[1:] else plain


def unasked_csv(found: Iterable[Unasked], ban_id: str) -> Response:
    """Return whom only a consent is missing as a file that browsers keep and nobody else keeps."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", "address", "kind"))
    writer.writerows([defused(cell) for cell in (each.name, each.address, each.kind)] for each in found)
    name = f'attachment; filename="unasked-{ban_id}.csv"'
    return Response(
        text.getvalue(), media_type="text/csv", headers={"Content-Disposition": name, "Cache-Control": "no-store"}
    )
