"""What a channel kind can do, and how its senders fare."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be said on a channel kind, with its limits.

    text_limit            characters of one message
    reply_window          seconds after the person's last message in which we may answer freely; None: always
    lawful_after_window   what may still be done when it is closed, one phrase each
    address_family        kinds of one family share addresses: equal ones are one person ("phone")
    sends_per_second      what one sender may send
    """

    text_limit: int
    receipts: bool = False
    reply_window: int | None = None
    lawful_after_window: tuple[str, ...] = ()
    polls: bool = False
    recovers: bool = False
    address_family: str | None = None
    sends_per_second: float = 30.0


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One value that connecting a channel asks for. `name` is its key in the API's `credentials`."""

    name: str
    label: str
    secret: bool = True


@dataclass(frozen=True, slots=True)
class SenderProfile:
    """Who the provider says a credential belongs to."""

    address: str
    name: str


class HealthState(StrEnum):
    OK = "ok"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe of a sender found. `problems` name cause and mend, one sentence each."""

    state: HealthState
    problems: tuple[str, ...] = ()
