"""How a WhatsApp sender comes about: checks, its way from CREATING to ONLINE, and Meta's review of its name.

Twilio's own rules are facts C5 and C8; what nobody confirmed stands in the tables and is marked [K].
"""

import asyncio
from time import time

from hub.sandbox.bans.reaching import against_adding, offline_by, outcome_of
from hub.sandbox.twilio import one_time
from hub.sandbox.twilio.calls import Refused
from hub.sandbox.world import Account, JsonObject, World

_STEP = 1.0
"""Real seconds between two states; at Twilio minutes, and days for the reviews."""
_MOST_REGISTRATIONS, _REGISTRATION_SECONDS = 10, 72 * 3600
_MOST_GUESSES = 5
_PREFIX = "whatsapp:"
# what Meta declines by itself here; the control API declines any other name
_DECLINED_WORDS = ("whatsapp", "facebook", "meta ", "!!!")

NO_BUSINESS = (63101, "Unable to use the WhatsApp business account: it is not shared with this account")
REFUSALS: dict[str, tuple[int, str, int]] = {
    "quota": (63111, "The business portfolio has no room for another phone number", 400),  # [K] code and text
    "registrations": (20249, "Too many registrations of this phone number in 72 hours", 400),  # [K] HTTP status
    "taken": (63110, "The phone number is registered with WhatsApp already", 409),  # [K] code and status
    "disabled": (63112, "The Meta business account of this sender is disabled", 400),
    "code": (63113, "The verification code is wrong or too old", 400),  # [K] code; wrong ones could also come later
    "guesses": (63114, "Too many wrong verification codes; delete the sender and register again", 400),  # [K]
    "no code": (63115, "No verification code was asked for", 400),  # [K]
    "name": (63124, "The display name was declined by Meta: it does not follow the display name guidelines", 400),
    "name in review": (63128, "A display name change is already in progress for this sender", 409),
}


def refuse(why: str) -> Refused:
    code, message, status = REFUSALS[why]
    return Refused(code, message, status)


# --- before ---------------------------------------------------------------------------------------------


def check_new(world: World, account: Account, number: str, business_id: str) -> str:
    """Return the business account that a new sender is for. Raises Refused."""
    if any(known["sender_id"] == _PREFIX + number for known in world.senders.values()):
        raise refuse("taken")
    known = world.provisioned.business_of(account.sid)
    wanted = world.provisioned.businesses.get(business_id or (known.id if known else ""))
    # one account uses one business account, and the other way round (facts C8)
    if wanted is None or wanted.account not in {"", account.sid}:
        raise Refused(*NO_BUSINESS)
    if known is not wanted and is_bound(world, account.sid):
        raise Refused(*NO_BUSINESS)
    if against_adding(world, wanted.id):
        raise refuse("disabled")
    portfolio = world.provisioned.portfolios[wanted.portfolio]
    if len(senders_in(world, portfolio.id)) >= portfolio.senders_allowed:
        raise refuse("quota")
    _count_registration(world, number)
    if known is not None:
        known.account = ""
    wanted.account = account.sid
    return wanted.id


def is_bound(world: World, account: str) -> bool:
    """Say whether an account has senders, and so cannot change to another business account [K]."""
    return any(sender["account_sid"] == account for sender in world.senders.values())


def senders_in(world: World, portfolio: str) -> list[JsonObject]:
    """Return the senders of all business accounts of a portfolio."""
    ids = {each.id for each in world.provisioned.businesses.values() if each.portfolio == portfolio}
    return [each for each in world.senders.values() if each["configuration"].get("waba_id") in ids]


def _count_registration(world: World, number: str) -> None:
    since = time() - _REGISTRATION_SECONDS
    tries = [at for at in world.provisioned.registrations.get(number, []) if at > since]
    if len(tries) >= _MOST_REGISTRATIONS:
        raise refuse("registrations")
    world.provisioned.registrations[number] = [*tries, time()]


# --- on the way -----------------------------------------------------------------------------------------


def begin(world: World, sender: JsonObject) -> None:
    """Let a sender that was just created go on by itself."""
    sender["due"] = world.after(_STEP)
    _go_on_later(world, sender)


def _go_on_later(world: World, sender: JsonObject) -> None:
    world.later(_wait(world, sender))


async def _wait(world: World, sender: JsonObject) -> None:
    await asyncio.sleep(max(sender["due"] - time(), 0.0) + 0.01)
    advance(world, sender)


def advance(world: World, sender: JsonObject) -> None:
    """Take the step that is due. Whoever looks takes it too, so that a restart loses none."""
    due = sender.get("due", 0.0)
    if not due or time() < due or sender["sid"] not in world.senders:
        return
    sender["due"] = 0.0
    world.changes += 1
    number = sender["sender_id"].removeprefix(_PREFIX)
    match sender["status"]:
        case "CREATING" if world.provisioned.proven.get(number) == sender["configuration"].get("waba_id"):
            _move(world, sender, "TWILIO_REVIEW")
        case "CREATING":
            sender["status"] = "PENDING_VERIFICATION"
            one_time.send(world, number, sender["configuration"].get("verification_method") or "sms")
        case "VERIFYING":
            _move(world, sender, "TWILIO_REVIEW")
        case "TWILIO_REVIEW":
            _come_online(world, sender)
        case "ONLINE:UPDATING":
            sender["status"] = "ONLINE"
            _decide_name(world, sender)


def _move(world: World, sender: JsonObject, status: str) -> None:
    sender["status"], sender["due"] = status, world.after(_STEP)
    _go_on_later(world, sender)


def _come_online(world: World, sender: JsonObject) -> None:
    if is_declined(world, sender["profile"].get("name", "")):
        _, words, _ = REFUSALS["name"]
        go_offline(sender, "63124", words)
        return
    ban = offline_by(world, sender)
    outcome = outcome_of(ban) if ban else None
    if outcome and outcome.offline:
        go_offline(sender, *outcome.offline)
        return
    sender["status"], sender["offline_reasons"] = "ONLINE", None


def go_offline(sender: JsonObject, code: str, words: str) -> None:
    more = f"https://www.twilio.com/docs/errors/{code}"
    sender["status"], sender["due"] = "OFFLINE", 0.0
    sender["offline_reasons"] = [{"code": code, "message": words, "more_info": more}]


def verify(world: World, sender: JsonObject, code: str) -> None:
    """Take a one-time code. Raises Refused; after too many wrong ones for good."""
    number = sender["sender_id"].removeprefix(_PREFIX)
    sent = world.provisioned.codes.get(number)
    if sender["status"] != "PENDING_VERIFICATION" or sent is None:
        raise refuse("no code")
    if sender.get("guesses", 0) >= _MOST_GUESSES:
        raise refuse("guesses")
    if code.replace("-", "").strip() != sent["code"]:
        sender["guesses"] = sender.get("guesses", 0) + 1
        world.changes += 1
        raise refuse("code")
    del world.provisioned.codes[number]
    _move(world, sender, "VERIFYING")


# --- the name -------------------------------------------------------------------------------------------


def is_declined(world: World, name: str) -> bool:
    return name in world.provisioned.declined or any(word in name.lower() for word in _DECLINED_WORDS)


def rename(world: World, sender: JsonObject, name: str) -> str:
    """Hand a new display name to Meta's review, and return `display_name_status`. Raises Refused."""
    if name == sender["profile"].get("name"):
        return "no_change"
    waiting = sender.get("pending_display_name_status") == "PENDING_REVIEW"
    if waiting and sender["pending_display_name"] != name:
        raise refuse("name in review")
    if waiting:
        return "pending_review"
    sender |= {"pending_display_name": name, "pending_display_name_status": "PENDING_REVIEW"}
    if is_declined(world, name):
        sender["pending_display_name_status"] = "DECLINED"
        raise refuse("name")
    _move(world, sender, "ONLINE:UPDATING")
    return "updating"


def _decide_name(world: World, sender: JsonObject) -> None:
    name = sender.get("pending_display_name", "")
    if sender.get("pending_display_name_status") != "PENDING_REVIEW":
        return
    if is_declined(world, name):
        sender["pending_display_name_status"] = "DECLINED"
        return
    sender["pending_display_name_status"] = "COMPLETED"
    sender["profile"]["name"] = name
