"""Pages over rows that are ordered by one column."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hub.types import Page


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item")
Identified = TypeVar("Identified", bound=_WithId)


def page_by(found: Sequence[Item], limit: int, cursor_of: Callable[[Item], str]) -> Page[Item]:
    """Return a page out of up to `limit` + 1 items found; the cursor is that of the last one shown."""
    shown = tuple(found[:limit])
    return Page(shown, cursor_of(shown[-1]) if len(found) > limit else None)


def page_by_id(found: Sequence[Identified], limit: int) -> Page[Identified]:
    """Return a page out of up to `limit` + 1 items found; the cursor is the last id shown."""
    return page_by(found, limit, lambda item: item.id)
