"""What Meta tells our app of WhatsApp business accounts: bans, restrictions, quality (facts C9)."""

import json
from collections.abc import Sequence
from time import gmtime, strftime, time

from hub.sandbox import seeds
from hub.sandbox.bans.ban import Ban
from hub.sandbox.bans.table import RESTRICTIONS
from hub.sandbox.messenger.refusing import Refused
from hub.sandbox.provisioned import Business
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import JsonObject, World

_TIERS = {"1K Customers/24hr": "TIER_1K", "10K Customers/24hr": "TIER_10K", "100K Customers/24hr": "TIER_100K"}


SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")
"""What an embedded sign-up grants, for the business account that it made."""


def call(world: World, granted: Sequence[str], method: str, node: str, edge: str) -> JsonObject:
    """Answer a call about a business account, with a token that was made for `granted`."""
    business = world.provisioned.businesses[node]
    if business.id not in granted:
        raise Refused(200, "You do not have permission to access this WhatsApp business account.")
    match method, edge:
        case "GET", "":
            owner = world.provisioned.portfolios[business.portfolio]
            return {
                "id": business.id,
                "name": business.name,
                "owner_business_info": {"id": owner.id, "name": owner.name},
            }
        case "GET", "subscribed_apps":
            app = {"id": seeds.APP_ID, "name": "Messenger hub", "link": "https://www.facebook.com/games"}
            return {"data": [{"whatsapp_business_api_data": app}] if business.subscribed else []}
        case (("POST" | "DELETE"), "subscribed_apps"):
            business.subscribed = method == "POST"
            world.changes += 1
            return {"success": True}
        case _:
            raise Refused(2500, f"Unknown path components: /{edge}")


def tell(world: World, business: Business, field: str, value: JsonObject) -> None:
    """Queue a webhook of the app about a business account, unless nobody is told of it."""
    if not world.settings.facebook_webhook_url or not business.subscribed:
        return
    change = {"value": value, "field": field}
    entries = [{"id": business.id, "time": int(time()), "changes": [change]}]
    world.queue.put(
        Webhook(
            id=webhook_id(),
            channel="whatsapp",
            what="account",
            rule="meta",
            lane=f"meta:{business.id}",
            target="facebook",
            body=json.dumps({"object": "whatsapp_business_account", "entry": entries}, separators=(",", ":")),
            content_type="application/json",
            created=time(),
            due=0.0,
        )
    )


def reached_by(world: World, ban: Ban) -> list[Business]:
    """Return the business accounts that a ban is against."""
    every = world.provisioned.businesses.values()
    match ban.reach:
        case "business_account":
            return [each for each in every if each.id == ban.target]
        case "portfolio":
            return [each for each in every if each.portfolio == ban.target]
        case _:
            return []


def tell_of_ban(world: World, ban: Ban) -> None:
    """Tell of a ban that begins."""
    for business in reached_by(world, ban):
        if ban.level == "banned":
            tell(world, business, "account_update", disabled("DISABLE"))
        elif ban.level == "restricted":
            tell(world, business, "account_update", restriction(ban.forbids, ban.until))


def tell_of_end(world: World, ban: Ban) -> None:
    """Tell of a ban that was lifted. Of a restriction that expires Meta tells nothing, as its end was told [K]."""
    for business in reached_by(world, ban):
        if ban.level == "banned" or not ban.until or time() < ban.until:
            tell(world, business, "account_update", disabled("REINSTATE"))


def disabled(state: str) -> JsonObject:
    """Return the value of DISABLED_UPDATE: SCHEDULE_FOR_DISABLE, DISABLE or REINSTATE."""
    date = strftime("%B %-d, %Y", gmtime())
    return {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state, "waba_ban_date": date}}


def restriction(forbids: Sequence[str], until: float) -> JsonObject:
    """Return the value of ACCOUNT_RESTRICTION: one entry for each thing that is forbidden."""
    end = {"expiration": int(until)} if until else {}
    return {
        "event": "ACCOUNT_RESTRICTION",
        "restriction_info": [{"restriction_type": RESTRICTIONS[each], **end} for each in forbids],
    }


def tell_of_quality(world: World, sender: JsonObject, before: str) -> None:
    """Tell of a sender whose quality fell to LOW, or rose from there."""
    business = world.provisioned.businesses.get(str(sender["configuration"].get("waba_id")))
    now = sender["properties"]["quality_rating"]
    if business is None or "LOW" not in {before, now} or before == now:
        return
    value = {
        "display_phone_number": sender["sender_id"].removeprefix("whatsapp:+"),
        "event": "FLAGGED" if now == "LOW" else "UNFLAGGED",
        "current_limit": _TIERS.get(sender["properties"]["messaging_limit"], "TIER_1K"),
    }
    tell(world, business, "phone_number_quality_update", value)
