"""What a provider tells about somebody who signed in there to connect a channel."""

from dataclasses import dataclass
from typing import Final

CONNECTED_BY: Final = "connected_by"
"""The name under which the provider's id of whoever connected a sender is sealed with its credentials."""


@dataclass(frozen=True, slots=True)
class AccessWithdrawn:
    """They took back what they had allowed. `subject`: the provider's id of them."""

    subject: str


@dataclass(frozen=True, slots=True)
class DeletionAsked:
    """They want their data deleted. `code`: ours, at most 26 characters, the same when the request comes again."""

    subject: str
    code: str


Notice = AccessWithdrawn | DeletionAsked
