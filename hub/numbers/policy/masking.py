"""Showing a number only so far that people tell it from another."""

from typing import Final

_LEAVES: Final = 4


def masked(number: str) -> str:
    """Return a number of which only the last digits can be read."""
    return "•" * max(len(number) - _LEAVES, 0) + number[-_LEAVES:]
