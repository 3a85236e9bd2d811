"""Pages over rows that are ordered by their id."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from hub.types import Page


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=_WithId)


def page_by_id(found: Sequence[Item], limit: int) -> Page[Item]:
    """Return a page out of up to `limit` + 1 items found; the cursor is the last id shown."""
    shown = tuple(found[:limit])
    return Page(shown, shown[-1].id if len(found) > limit else None)
