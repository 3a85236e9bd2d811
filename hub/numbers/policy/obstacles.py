"""What stands in the way of a further sender, known before anything is bought.

The quotas are the messenger's: senders of a portfolio, registrations of one number within three days (limits.toml).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from hub.numbers.policy.limits import LIMITS
from hub.types import Level
from hub.types.bans import Act
from hub.types.numbers import Mender, Obstacle, Stage, Takes


class Portfolio(StrEnum):
    """How far the messenger trusts the customer's business. RAISED: verified, and more senders were granted."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    RAISED = "raised"


class Review(StrEnum):
    """Where something stands that somebody else has to approve. NOT_NEEDED: nobody asks for it."""

    NOT_NEEDED = "not_needed"
    MISSING = "missing"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REFUSED = "refused"


class SignUp(StrEnum):
    """The first sender of an account comes by the messenger's own sign-up, which only the customer can go through."""

    NEEDED = "needed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Business:
    """The customer's business account at the messenger, and the portfolio it belongs to.

    level    what is held against either, with what it forbids and until when
    senders  in the portfolio, those on their way included
    """

    sign_up: SignUp = SignUp.DONE
    level: Level = Level.NONE
    forbids: frozenset[Act] = frozenset()
    until: datetime | None = None
    portfolio: Portfolio = Portfolio.UNVERIFIED
    senders: int = 0


@dataclass(frozen=True, slots=True)
class SenderPlan:
    """A sender that is to be: in which account, on a number with which past, under which name.

    business            None for a kind that numbers need not be registered with
    account_level       what the provider holds against the account that owns the number
    documents, address  what the provider wants for numbers of the country
    registrations       when this number was registered before, with anybody
    display_name        the name people will see
    templates           those that invitations need
    """

    business: Business | None
    account_level: Level = Level.NONE
    documents: Review = Review.NOT_NEEDED
    address: Review = Review.NOT_NEEDED
    registrations: tuple[datetime, ...] = ()
    display_name: Review = Review.NOT_NEEDED
    templates: tuple[Review, ...] = ()


SENDERS_OF: Final[Mapping[Portfolio, int]] = {
    Portfolio.UNVERIFIED: LIMITS.senders_unverified,
    Portfolio.VERIFIED: LIMITS.senders_verified,
    Portfolio.RAISED: LIMITS.senders_raised,
}
"""How many senders a portfolio may have."""

_ROWS: Final[Sequence[tuple[str, Mender, Takes, Stage, str]]] = (
    ("account_inactive", Mender.PLATFORM, Takes.DAYS, Stage.BUY,
     "the platform's account with its supplier is not active; the platform has to settle that"),
    ("business_account_banned", Mender.NOBODY, Takes.FOR_EVER, Stage.BUY,
     "the messenger has banned the business account, and another number in it would be banned too; "
     "appeal, or go on with another kind of channel"),
    ("business_account_restricted", Mender.PROVIDER, Takes.DAYS, Stage.BUY,
     "the messenger lets the business account add no sender at present; mend the cause and wait for its end"),
    ("sign_up_needed", Mender.CUSTOMER, Takes.HOURS, Stage.BUY,
     "the business account is not connected; the customer has to go through the messenger's sign-up once"),
    ("senders_unverified", Mender.CUSTOMER, Takes.DAYS, Stage.BUY,
     "a business that is not verified may have no further sender; verify it with the messenger, or remove one"),
    ("senders_verified", Mender.CUSTOMER, Takes.DAYS, Stage.BUY,
     "the business may have no further sender; ask the messenger for more, or remove one"),
    ("senders_raised", Mender.CUSTOMER, Takes.HOURS, Stage.BUY,
     "the business may have no further sender; remove one that is not needed"),
    ("documents_missing", Mender.PLATFORM, Takes.DAYS, Stage.BUY,
     "numbers of this country need documents; hand them in"),
    ("documents_in_review", Mender.PROVIDER, Takes.DAYS, Stage.BUY,
     "the documents for numbers of this country are being looked at; wait until they are approved"),
    ("documents_refused", Mender.PLATFORM, Takes.DAYS, Stage.BUY,
     "the documents for numbers of this country were refused; hand in others"),
    ("address_missing", Mender.PLATFORM, Takes.HOURS, Stage.BUY,
     "numbers of this country need an address in it; enter one"),
    ("address_in_review", Mender.PROVIDER, Takes.DAYS, Stage.BUY,
     "the address for numbers of this country is being looked at; wait until it is approved"),
    ("address_refused", Mender.PLATFORM, Takes.DAYS, Stage.BUY,
     "the address for numbers of this country was refused; enter another one"),
    ("registrations_used_up", Mender.NOBODY, Takes.DAYS, Stage.REGISTER,
     "the number was registered as often as the messenger allows within three days; wait, or take another one"),
    ("name_missing", Mender.CUSTOMER, Takes.MINUTES, Stage.REGISTER,
     "the sender has no name that people will see; choose one"),
    ("name_in_review", Mender.PROVIDER, Takes.DAYS, Stage.INVITE,
     "the messenger is looking at the name that people will see; few people a day can be invited until then"),
    ("name_refused", Mender.CUSTOMER, Takes.DAYS, Stage.INVITE,
     "the messenger refused the name that people will see; choose another one"),
    ("template_missing", Mender.PLATFORM, Takes.HOURS, Stage.INVITE,
     "a template that invitations need was not handed in to the messenger; hand it in"),
    ("template_in_review", Mender.PROVIDER, Takes.HOURS, Stage.INVITE,
     "the messenger is looking at a template that invitations need; wait until it is approved"),
    ("template_refused", Mender.CUSTOMER, Takes.DAYS, Stage.INVITE,
     "the messenger refused a template that invitations need; reword it"),
)  # fmt: skip

OBSTACLES: Final[Mapping[str, Obstacle]] = {
    code: Obstacle(code, text, mender, takes, stops) for code, mender, takes, stops, text in _ROWS
}
"""Every obstacle there is, by its code."""

_WORKS: Final = frozenset({Level.NONE, Level.RECIPIENT, Level.RATE_LIMITED})
_BANNED: Final = frozenset({Level.BANNED, Level.ACCOUNT})


def obstacles(plan: SenderPlan, now: datetime) -> tuple[Obstacle, ...]:
    """Return what stands in the way of a sender, in the order in which it has to be cleared."""
    found = [] if plan.account_level in _WORKS else [OBSTACLES["account_inactive"]]
    if plan.business is not None:
        found += _of_business(plan.business)
    found += [*_reviewed("documents", plan.documents), *_reviewed("address", plan.address)]
    if plan.business is not None:
        found += [*_of_registrations(plan.registrations, now), *_reviewed("name", plan.display_name)]
        for review in sorted(set(plan.templates)):
            found += _reviewed("template", review)
    return tuple(found)


def may_buy(found: Sequence[Obstacle]) -> bool:
    """Whether a number may be bought in spite of these obstacles: none of them would make it useless."""
    return all(each.stops is not Stage.BUY for each in found)


def _of_business(business: Business) -> Iterator[Obstacle]:
    if business.level in _BANNED:
        yield OBSTACLES["business_account_banned"]
    elif Act.ADDING_SENDERS in business.forbids:
        yield replace(OBSTACLES["business_account_restricted"], until=business.until)
    if business.sign_up is SignUp.NEEDED:
        yield OBSTACLES["sign_up_needed"]
    if business.senders >= SENDERS_OF[business.portfolio]:
        yield OBSTACLES[f"senders_{business.portfolio}"]


def _of_registrations(made: Sequence[datetime], now: datetime) -> Iterator[Obstacle]:
    recent = sorted(each for each in made if each > now - LIMITS.registrations_within)
    if len(recent) >= LIMITS.most_registrations:
        passes = recent[-LIMITS.most_registrations] + LIMITS.registrations_within
        yield replace(OBSTACLES["registrations_used_up"], until=passes)


def _reviewed(what: str, review: Review) -> Iterator[Obstacle]:
    if review not in (Review.NOT_NEEDED, Review.APPROVED):
        yield OBSTACLES[f"{what}_{review}"]
