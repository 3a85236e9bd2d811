"""What an organization has decided about bans beforehand."""

from dataclasses import dataclass

from hub.types.people import ChannelKind


@dataclass(frozen=True, slots=True)
class BanCaps:
    """How many people may be written to unasked within 24 hours, and how often; None: as limits.toml says."""

    recipients: int | None = None
    unasked: int | None = None


@dataclass(frozen=True, slots=True)
class BanWishes:
    """How an organization wants bans to be dealt with.

    automatic         offers are accepted for it; off unless somebody switches it on
    invitation_order  by which kinds of channel people are invited, in this order; empty: as the kinds are registered
    masked_numbers    its people see of its numbers the last digits only
    offer_days        how long an offer stands
    """

    automatic: bool = False
    invitation_order: tuple[ChannelKind, ...] = ()
    masked_numbers: bool = False
    caps: BanCaps = BanCaps()
    offer_days: int = 14
