"""Becoming a customer of WhatsApp: what an embedded sign-up makes, whoever fills it in."""

from dataclasses import dataclass

from hub.sandbox.provisioned import UNVERIFIED_SENDERS, VERIFIED_SENDERS, Business, Portfolio, digits
from hub.sandbox.twilio import registering, senders
from hub.sandbox.world import World


@dataclass(frozen=True)
class SignUp:
    """What somebody filled in.

    portfolio  id of one of theirs; "": a new one is made, `verified` or not
    account    sid of the Twilio account that signs up in its console and gets the sender at once; "": nobody yet
    """

    number: str
    name: str
    business_name: str
    portfolio: str = ""
    verified: bool = False
    account: str = ""
    method: str = "sms"


@dataclass(frozen=True)
class SignedUp:
    """What Meta hands back."""

    business_id: str
    portfolio_id: str
    phone_number_id: str
    sender_sid: str


def check(world: World, wanted: SignUp) -> str:
    """Return why somebody cannot sign up like this; "" when they can."""
    if any(known["sender_id"] == f"whatsapp:{wanted.number}" for known in world.senders.values()):
        return f"{wanted.number} is on WhatsApp already"
    if wanted.account and (wanted.account not in world.accounts or registering.is_bound(world, wanted.account)):
        return "the Twilio account is not known, or has senders of another business account"
    if registering.is_declined(world, wanted.name):
        return "this display name does not follow the guidelines"
    known = world.provisioned.portfolios.get(wanted.portfolio)
    if wanted.portfolio and known is None:
        return "there is no such portfolio"
    if known and len(registering.senders_in(world, known.id)) >= known.senders_allowed:
        return "the portfolio has no room for another number"
    return ""


def complete(world: World, wanted: SignUp) -> SignedUp:
    """Make business account, portfolio and phone number; the number has proved itself. `check` it before."""
    portfolio = world.provisioned.portfolios.get(wanted.portfolio) or _new_portfolio(world, wanted)
    business = Business(digits(f"business {world.next_id('business')}"), wanted.business_name, portfolio.id)
    world.provisioned.businesses[business.id] = business
    world.provisioned.proven[wanted.number] = business.id
    sid = ""
    if wanted.account:
        registered = registering.check_new(world, world.accounts[wanted.account], wanted.number, business.id)
        sid = senders.add(world, wanted.account, f"whatsapp:{wanted.number}", registered, {"name": wanted.name})["sid"]
    return SignedUp(business.id, portfolio.id, digits(f"phone number {wanted.number}"), sid)


def _new_portfolio(world: World, wanted: SignUp) -> Portfolio:
    allowed = VERIFIED_SENDERS if wanted.verified else UNVERIFIED_SENDERS
    made = Portfolio(digits(f"portfolio {world.next_id('portfolio')}"), wanted.business_name, wanted.verified, allowed)
    world.provisioned.portfolios[made.id] = made
    return made
