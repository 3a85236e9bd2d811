"""Twilio's Senders API: WhatsApp senders as a resource. What makes one is in `registering`."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.twilio import registering
from hub.sandbox.twilio.calls import Refused, json_object, listed_as
from hub.sandbox.world import Account, JsonObject, World

_SENDER_ID = re.compile(r"whatsapp:\+[1-9]\d{6,14}")
_PARTS = ("configuration", "webhook", "profile")
_INTERNAL = frozenset({"account_sid", "due", "guesses"})
_LIMITS = {"HIGH": "10K Customers/24hr", "MEDIUM": "10K Customers/24hr", "LOW": "1K Customers/24hr"}
"""[K] what falls with the quality."""


def seed(world: World) -> None:
    """Give the parent account its WhatsApp senders, unless it has them from a saved state."""
    business = world.provisioned.business_of(seeds.ACCOUNT_SID)
    for each in seeds.NUMBERS:
        if each.sender_sid and each.sender_sid not in world.senders:
            sender = _made(
                each.sender_sid, seeds.ACCOUNT_SID, f"whatsapp:{each.number}", business.id if business else ""
            )
            world.senders[each.sender_sid] = sender | {"status": "ONLINE", "profile": {"name": each.name}}


def _made(sid: str, account: str, sender_id: str, business: str) -> JsonObject:
    return {
        "sid": sid,
        "account_sid": account,
        "status": "CREATING",
        "sender_id": sender_id,
        "configuration": {
            "waba_id": business,
            "verification_method": "sms",
            "verification_code": None,
            "voice_application_sid": None,
        },
        "webhook": {"callback_url": None, "callback_method": "POST", "status_callback_url": None},
        "profile": {},
        "properties": {"quality_rating": "HIGH", "messaging_limit": _LIMITS["HIGH"]},
        "offline_reasons": None,
        "compliance": None,
        "url": f"https://messaging.twilio.com/v2/Channels/Senders/{sid}",
    }


def _shown(world: World, sender: JsonObject) -> JsonObject:
    registering.advance(world, sender)
    return {name: value for name, value in sender.items() if name not in _INTERNAL}


async def show_list(world: World, account: Account, request: Request) -> Response:
    if request.query_params.get("Channel") != "whatsapp":
        raise Refused(20001, "The query parameter Channel is required; the sandbox knows whatsapp")
    found = [_shown(world, each) for each in world.senders.values() if each["account_sid"] == account.sid]
    return JSONResponse(listed_as(request, "senders", found))


async def create(world: World, account: Account, request: Request) -> Response:
    """Answer `POST /v2/Channels/Senders` with 202: the rest happens later."""
    body = await json_object(request)
    sender_id, name = str(body.get("sender_id", "")), _part(body, "profile").get("name")
    configuration = _part(body, "configuration")
    if not _SENDER_ID.fullmatch(sender_id):
        raise Refused(63100, "senderId must be in whatsapp:<E.164_PHONE_NUMBER> format")
    if not isinstance(name, str) or not name.strip():
        raise Refused(63100, "profile.name is required for WhatsApp senders")
    if configuration.get("verification_method") not in {None, "sms", "voice"}:
        raise Refused(63100, "verificationMethod must be sms or voice")
    number = sender_id.removeprefix("whatsapp:")
    business = registering.check_new(world, account, number, str(configuration.get("waba_id") or ""))
    sender = add(world, account.sid, sender_id, business, {})
    _merge(sender, body)
    return JSONResponse(_shown(world, sender), 202)


def add(world: World, account: str, sender_id: str, business: str, profile: JsonObject) -> JsonObject:
    """Make a sender that goes on by itself from CREATING."""
    sid = "XE" + seeds.derive(f"new sender {world.next_id('twilio sender')}")
    world.senders[sid] = _made(sid, account, sender_id, business) | {"profile": profile}
    registering.begin(world, world.senders[sid])
    return world.senders[sid]


def _part(body: JsonObject, name: str) -> JsonObject:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _merge(sender: JsonObject, body: JsonObject) -> None:
    for name in _PARTS:
        sender[name] = sender[name] | {key: value for key, value in _part(body, name).items() if value is not None}
    # a code is taken and never shown again
    sender["configuration"]["verification_code"] = None


def _owned(world: World, account: Account, request: Request) -> JsonObject:
    sender = world.senders.get(request.path_params["sid"])
    if sender is None or sender["account_sid"] != account.sid:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return sender


async def fetch(world: World, account: Account, request: Request) -> Response:
    return JSONResponse(_shown(world, _owned(world, account, request)))


async def update(world: World, account: Account, request: Request) -> Response:
    """Change webhooks and profile, or hand in the one-time code; a new name goes to Meta's review first."""
    sender, body = _owned(world, account, request), await json_object(request)
    registering.advance(world, sender)
    business = _part(body, "configuration").get("waba_id")
    if business not in {None, sender["configuration"]["waba_id"]}:
        raise Refused(*registering.NO_BUSINESS)
    code, name = _part(body, "configuration").get("verification_code"), _part(body, "profile").pop("name", None)
    if code:
        registering.verify(world, sender, str(code))
    more = {"display_name_status": _rename(world, sender, body, name)} if isinstance(name, str) else {}
    _merge(sender, body)
    world.changes += 1
    return JSONResponse(_shown(world, sender) | more, 202)


def _rename(world: World, sender: JsonObject, body: JsonObject, name: str) -> str:
    """Only a request for nothing but a name is refused with the name's own error; else that part says `error`."""
    if sender["status"] not in {"ONLINE", "ONLINE:UPDATING"}:
        sender["profile"]["name"] = name
        return "updating"
    try:
        return registering.rename(world, sender, name)
    except Refused:
        if any(_part(body, part) for part in _PARTS):
            return "error"
        raise


async def delete(world: World, account: Account, request: Request) -> Response:
    sender = _owned(world, account, request)
    del world.senders[sender["sid"]]
    world.provisioned.proven.pop(sender["sender_id"].removeprefix("whatsapp:"), None)
    world.changes += 1
    return Response(status_code=204)


def rate(world: World, sender: JsonObject, rating: str, limit: str) -> None:
    """Let Meta judge a sender's quality; the limit falls with it unless one is named."""
    sender["properties"] = {"quality_rating": rating, "messaging_limit": limit or _LIMITS[rating]}
    world.changes += 1
