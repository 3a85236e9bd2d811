"""Public holidays of a country and its parts, from the library that keeps their calendars."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

_PART = "-"


@lru_cache(maxsize=512)
def holidays_of(place: str, year: int) -> frozenset[date]:
    """Return the public holidays of a place ("DE", "DE-BE") in a year, also those that were moved to another day.

    A place that the calendars do not know, or no longer, has none: whoever writes is served all the same.
    """
    country, _, part = place.partition(_PART)
    if not is_place(place):
        return frozenset()
    return frozenset(_library().country_holidays(country, subdiv=part or None, years=year))


def is_place(place: str) -> bool:
    """Whether there is a calendar for a country ("DE") or a part of it ("DE-BE")."""
    country, dash, part = place.partition(_PART)
    parts = places().get(country)
    return parts is not None and (part in parts if dash else True)


@cache
def places() -> Mapping[str, tuple[str, ...]]:
    """Return the countries that have a calendar (ISO 3166-1) with their parts as the calendar calls them."""
    listed = _library().list_supported_countries(include_aliases=False)
    return {country: tuple(parts) for country, parts in sorted(listed.items())}


@cache
def _library() -> Any:
    # costs each process 8 MB, and as much again at the first country: only those that need a calendar pay for it
    return import_module("holidays")
