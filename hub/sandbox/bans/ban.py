"""One ban, from the order to its end. Plain data: it survives a restart of the sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

UNASKED, REPLIES, ADDING = "unasked", "replies", "adding_senders"
FORBIDDEN = (UNASKED, REPLIES, ADDING)


@dataclass
class Ban:
    """A provider's measure against somebody.

    channel  the phone that it is felt on
    level    recipient, rate_limited, restricted, banned, credentials, account
    reach    recipient, sender, business_account, portfolio, provider_account, app
    target   whom it is against: a number, a bot's or page's id, a business account, a portfolio, an account's sid
    person   the customer's address when its reach is one recipient
    forbids  of FORBIDDEN: what a restriction leaves undone; every other level forbids everything
    code     the provider's error of a send, "" for the table's own
    every    each so manieth send meets it; `met` counts the sends it could have met
    until    when it ends by itself, 0.0 never; `ended` when it did, 0.0 while in force
    kept     what its end puts back: a token
    appeal   {"filed", "decides", "outcome"}: heard at `decides`; outcome accepted or declined; "heard" when it was
    """

    id: str
    channel: str
    level: str
    reach: str
    target: str
    person: str = ""
    forbids: list[str] = field(default_factory=lambda: list(FORBIDDEN))
    code: str = ""
    every: int = 1
    met: int = 0
    at: float = 0.0
    until: float = 0.0
    ended: float = 0.0
    kept: str = ""
    appeal: dict[str, Any] | None = None

    @property
    def in_force(self) -> bool:
        return not self.ended

    def meets(self, *, unasked: bool) -> bool:
        """Say whether a send meets it, and count the send."""
        if (UNASKED if unasked else REPLIES) not in self.forbids:
            return False
        self.met += 1
        return (self.met - 1) % self.every == 0


def in_force(bans: Iterable[Ban], channel: str) -> list[Ban]:
    """Return the bans that are felt on a channel now, oldest first."""
    return [ban for ban in bans if ban.in_force and ban.channel == channel]
