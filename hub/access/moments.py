"""Which moments people may ask about."""

from datetime import UTC, datetime
from typing import Final

from hub.errors import Invalid

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Wide enough for anybody, and far enough from the calendar's own ends, where no time zone and no month before is."""


def require_moment(at: datetime) -> datetime:
    """Return an aware moment. Raises Invalid for one before 1970 or after 2199."""
    if not _FIRST <= at < _END:
        raise Invalid(f"the year {at.year} is beyond the calendar here; choose one from 1970 to 2199")
    return at
