"""Whom a ban reaches: the senders and numbers it is felt on, and the one that a call meets."""

from hub.sandbox.bans.ban import ADDING, Ban, in_force
from hub.sandbox.bans.table import OUTCOMES, Outcome
from hub.sandbox.world import JsonObject, World

_PREFIX = "whatsapp:"


def covers(world: World, ban: Ban, sender: JsonObject) -> bool:
    """Say whether a ban reaches a WhatsApp sender."""
    business = str(sender["configuration"].get("waba_id") or "")
    known = world.provisioned.businesses.get(business)
    match ban.reach:
        case "business_account":
            return ban.target == business
        case "portfolio":
            return known is not None and ban.target == known.portfolio
        case "recipient" | "sender":
            return str(sender["sender_id"]) == _PREFIX + ban.target
        case _:
            return False


def senders_of(world: World, ban: Ban) -> list[JsonObject]:
    """Return the WhatsApp senders that a ban reaches."""
    return [each for each in world.senders.values() if ban.channel == "whatsapp" and covers(world, ban, each)]


def outcome_of(ban: Ban) -> Outcome | None:
    """Return what a send ends in that meets a ban; None when it is felt elsewhere than on sends."""
    found = OUTCOMES.get((ban.channel, ban.level, ban.reach))
    if found is None or not ban.code:
        return found
    return Outcome(int(ban.code), found.meta, found.words, found.offline)


def offline_by(world: World, sender: JsonObject) -> Ban | None:
    """Return the ban that keeps a sender OFFLINE."""
    for ban in in_force(world.bans.values(), "whatsapp"):
        outcome = outcome_of(ban)
        if outcome and outcome.offline and covers(world, ban, sender):
            return ban
    return None


def met_on_whatsapp(world: World, sender: JsonObject, customer: str, *, unasked: bool) -> Outcome | None:
    """Return what a message to a customer ends in because of a ban."""
    for ban in in_force(world.bans.values(), "whatsapp"):
        reached = covers(world, ban, sender) and ban.person in {"", customer}
        if reached and outcome_of(ban) and ban.meets(unasked=unasked):
            return outcome_of(ban)
    return None


def met_on_sms(world: World, number: str, customer: str) -> Outcome | None:
    """Return what a text message to a customer ends in because of a ban."""
    for ban in in_force(world.bans.values(), "sms"):
        if ban.target == number and ban.person in {"", customer} and outcome_of(ban) and ban.meets(unasked=True):
            return outcome_of(ban)
    return None


def is_lost(world: World, number: str) -> bool:
    """Say whether Twilio took a number away: it is in no list any more (facts F)."""
    return any(ban.level == "banned" and ban.target == number for ban in in_force(world.bans.values(), "sms"))


def against_adding(world: World, business_id: str) -> Ban | None:
    """Return the ban that lets a business account register no further sender."""
    business = world.provisioned.businesses.get(business_id)
    for ban in in_force(world.bans.values(), "whatsapp"):
        reached = ban.target == business_id or (business is not None and ban.target == business.portfolio)
        if reached and ban.level in {"restricted", "banned"} and ADDING in ban.forbids:
            return ban
    return None


def on_bot(world: World, bot_id: int) -> Ban | None:
    """Return the newest ban of a bot itself."""
    found = [each for each in in_force(world.bans.values(), "telegram") if each.target == str(bot_id)]
    return next((each for each in reversed(found) if each.reach == "sender"), None)


def on_page(world: World, page_id: str) -> Ban | None:
    """Return the newest ban of a page, or of the app that it is connected by."""
    found = in_force(world.bans.values(), "facebook")
    reached = [each for each in found if each.reach == "app" or (each.target == page_id and each.reach == "sender")]
    return reached[-1] if reached else None
