"""The audit log as a file: JSON Lines, or CSV that a spreadsheet can open without running anything in it."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from hub.access.audit_log import EntryView

FORMATS: Mapping[str, str] = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
"""Format → media type."""

_COLUMNS = (
    "number", "at", "actor_type", "actor_id", "actor_name", "origin", "action", "subject_type", "subject_id",
    "before", "after", "reason", "erased", "hash",
)  # fmt: skip
# what a spreadsheet takes for the beginning of a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(entries: Iterable[EntryView], form: str) -> Iterator[bytes]:
    """Return the file in pieces. `form` is one of FORMATS."""
    return _csv(entries) if form == "csv" else map(_json_line, entries)


def _json_line(entry: EntryView) -> bytes:
    values = {**asdict(entry), "at": entry.at.isoformat()}
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _csv(entries: Iterable[EntryView]) -> Iterator[bytes]:
    yield _row(_COLUMNS)
    for entry in entries:
        yield _row([defused(cell) for cell in _cells(entry)])


def _cells(entry: EntryView) -> list[str]:
    return [
        entry.id,
        entry.at.isoformat(),
        entry.actor.type,
        entry.actor.id,
        entry.actor.name,
        entry.origin,
        entry.action,
        entry.subject.type,
        entry.subject.id,
        _compact(entry.before),
        _compact(entry.after),
        entry.reason or "",
        "yes" if entry.erased else "",
        entry.hash,
    ]


def _compact(values: Mapping[str, Any] | None) -> str:
    return "" if values is None else json.dumps(values, ensure_ascii=False)


def defused(cell: str) -> str:
    """Return a cell so that a spreadsheet runs nothing in it: behind an apostrophe where it looks like a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _row(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
