"""What Twilio and Meta keep about owning numbers: business accounts, portfolios, bundles, addresses, registrations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sandbox import seeds

UNVERIFIED_SENDERS, VERIFIED_SENDERS, MOST_SENDERS = 2, 20, 50
"""How many WhatsApp senders a portfolio may have: unverified, verified, verified and asked for more (facts C8)."""


@dataclass
class Portfolio:
    """A business portfolio at Meta; its limit of senders counts over all its business accounts."""

    id: str
    name: str
    verified: bool = False
    senders_allowed: int = UNVERIFIED_SENDERS


@dataclass
class Business:
    """A WhatsApp business account (WABA).

    account     sid of the one Twilio account that uses it; "" until its first sender
    subscribed  our Meta app is told what happens to it
    """

    id: str
    name: str
    portfolio: str
    account: str = ""
    subscribed: bool = True


@dataclass
class Provisioned:
    """All of it; kept over restarts.

    proven          number to the business account whose sign-up proved it: its registration needs no code
    sign_ups        sign-ups whose code is still owed: state to what was filled in
    registrations   number to the times it was registered with WhatsApp
    released        numbers given back, which nobody can buy
    codes           number to {"code", "method", "at"}: the newest one-time code
    calls           voice calls that brought a code, oldest first
    declined        display names that Meta's review declined
    """

    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    businesses: dict[str, Business] = field(default_factory=dict)
    proven: dict[str, str] = field(default_factory=dict)
    sign_ups: dict[str, dict[str, str]] = field(default_factory=dict)
    bundles: dict[str, dict[str, Any]] = field(default_factory=dict)
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    registrations: dict[str, list[float]] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)

    @classmethod
    def at_birth(cls) -> "Provisioned":
        """Return what the parent account is born with."""
        portfolio = Portfolio(digits("portfolio"), "Sandbox portfolio", verified=True, senders_allowed=VERIFIED_SENDERS)
        business = Business(digits("business"), "Sandbox business", portfolio.id, seeds.ACCOUNT_SID)
        return cls({portfolio.id: portfolio}, {business.id: business})

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> "Provisioned":
        """Return what a state file holds. Raises TypeError or KeyError when it is none."""
        found = cls(**saved)
        found.portfolios = {key: Portfolio(**value) for key, value in saved["portfolios"].items()}
        found.businesses = {key: Business(**value) for key, value in saved["businesses"].items()}
        return found

    def business_of(self, account: str) -> Business | None:
        """Return the business account that a Twilio account uses; one at most (facts C8)."""
        return next((each for each in self.businesses.values() if each.account == account), None)


def digits(name: str, length: int = 15) -> str:
    """Return an id as Meta writes them: only digits, always the same for a name."""
    return str(int(seeds.derive(name), 16))[:length]
