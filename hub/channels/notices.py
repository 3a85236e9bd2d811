"""What a provider tells that is no event of a sender: of who signed in to connect one, of calls to a number."""

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


@dataclass(frozen=True, slots=True)
class CallCame:
    """Somebody calls a number (E.164), as a messenger does that speaks a one-time code. Where to is core's to say."""

    number: str


Notice = AccessWithdrawn | DeletionAsked | CallCame
