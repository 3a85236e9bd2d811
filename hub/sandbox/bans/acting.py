"""How a ban takes hold, is appealed against, and ends."""

from time import time

from hub.sandbox import seeds
from hub.sandbox.bans.ban import Ban
from hub.sandbox.bans.reaching import offline_by, outcome_of, senders_of
from hub.sandbox.messenger import bans as on_messenger
from hub.sandbox.messenger import business
from hub.sandbox.telegram import bans as on_telegram
from hub.sandbox.world import World

_OF_TWILIO = ("whatsapp", "sms")


def begin(world: World, ban: Ban) -> None:
    """Put a ban in force and let everybody feel it who does."""
    world.bans[ban.id] = ban
    world.changes += 1
    match ban.channel:
        case "telegram":
            on_telegram.begin(world, ban)
        case "facebook":
            on_messenger.begin(world, ban)
        case _:
            _begin_on_twilio(world, ban)


def _begin_on_twilio(world: World, ban: Ban) -> None:
    if ban.reach == "provider_account":
        account = world.accounts[ban.target]
        if ban.level == "account":
            ban.kept, account.status = account.status, "suspended"
        else:
            ban.kept, account.token = account.token, seeds.derive(f"token of {ban.id}")
        return
    outcome = outcome_of(ban)
    if outcome and outcome.offline:
        code, words = outcome.offline
        for sender in senders_of(world, ban):
            sender["status"] = "OFFLINE"
            more = f"https://www.twilio.com/docs/errors/{code}"
            sender["offline_reasons"] = [{"code": code, "message": words, "more_info": more}]
    business.tell_of_ban(world, ban)


def end(world: World, ban: Ban) -> None:
    """Lift a ban: whoever felt it is as before, unless another ban is in force."""
    if not ban.in_force:
        return
    ban.ended = time()
    world.changes += 1
    match ban.channel:
        case "telegram":
            on_telegram.end(world, ban)
        case "facebook":
            on_messenger.end(world, ban)
        case _:
            _end_on_twilio(world, ban)


def _end_on_twilio(world: World, ban: Ban) -> None:
    account = world.accounts.get(ban.target)
    if account and ban.level == "account":
        account.status = ban.kept
    elif account and ban.level == "credentials":
        account.token = ban.kept
    outcome = outcome_of(ban)
    for sender in senders_of(world, ban) if outcome and outcome.offline else ():
        if sender["status"] == "OFFLINE" and offline_by(world, sender) is None:
            sender["status"], sender["offline_reasons"] = "ONLINE", None
    business.tell_of_end(world, ban)


def settle(world: World) -> None:
    """Let happen what the clock brought: restrictions expire, appeals are heard."""
    for ban in [each for each in world.bans.values() if each.in_force]:
        appeal = ban.appeal
        if ban.until and time() >= ban.until:
            end(world, ban)
        elif appeal and not appeal.get("heard") and time() >= appeal["decides"]:
            ban.appeal = appeal | {"heard": True}
            world.changes += 1
            if appeal["outcome"] == "accepted":
                end(world, ban)
