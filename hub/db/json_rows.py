"""Rows as JSON, and ids in portions that one statement takes."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from hub.types import JsonObject

CHUNK = 500
"""Ids asked for at once, and rows changed in one transaction."""

Rows = list[JsonObject]


def chunks(ids: Collection[Any]) -> Iterator[list[Any]]:
    """Yield ids in portions that fit one statement on both databases."""
    every = list(ids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


def as_json(row: Any) -> JsonObject:
    """Return a row as JSON, without bytes."""
    mapping: Mapping[str, Any] = row._mapping
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in mapping.items()
        if not isinstance(value, bytes | memoryview)
    }
