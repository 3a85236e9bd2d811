"""Twilio's incoming numbers and WhatsApp senders, and the table of all its routes."""

from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hub.sandbox import seeds
from hub.sandbox.twilio import accounts, contents, media, messages, sending
from hub.sandbox.twilio.calls import Refused, endpoint, form, json_object, page_of, rfc2822
from hub.sandbox.world import Account, JsonObject, World

_SETTABLE = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "StatusCallback": "status_callback",
    "FriendlyName": "friendly_name",
    "AccountSid": "account_sid",
}
_ONLINE_AFTER = 2.0


def seed(world: World) -> None:
    """Give the parent account its numbers and WhatsApp senders, unless it has them from a saved state."""
    for number in seeds.NUMBERS:
        world.numbers.setdefault(number.sid, _number(number))
        if number.sender_sid and number.sender_sid not in world.senders:
            sender = _sender(number.sender_sid, seeds.ACCOUNT_SID, f"whatsapp:{number.number}", number.name)
            world.senders[number.sender_sid] = sender | {"status": "ONLINE"}


def _number(number: seeds.NumberSeed) -> JsonObject:
    now = rfc2822(time())
    return {
        "sid": number.sid,
        "account_sid": seeds.ACCOUNT_SID,
        "phone_number": number.number,
        "friendly_name": number.name,
        "sms_url": "",
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_application_sid": "",
        "status_callback": "",
        "capabilities": {"voice": False, "sms": True, "mms": False, "fax": False},
        "address_requirements": "none",
        "bundle_sid": None,
        "origin": "twilio",
        "status": "in-use",
        "date_created": now,
        "date_updated": now,
        "api_version": "2010-04-01",
    }


def _sender(sid: str, account: str, sender_id: str, name: str) -> JsonObject:
    return {
        "sid": sid,
        "account_sid": account,
        "status": "CREATING",
        "sender_id": sender_id,
        "configuration": {"waba_id": seeds.derive(f"waba {account}", 15)},
        "webhook": {"callback_url": None, "callback_method": "POST", "status_callback_url": None},
        "profile": {"name": name},
        "properties": {"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"},
        "offline_reasons": None,
        "compliance": None,
        "url": f"https://messaging.twilio.com/v2/Channels/Senders/{sid}",
    }


# --- numbers --------------------------------------------------------------------------------------------


async def _list_numbers(world: World, account: Account, request: Request) -> Response:
    wanted = request.query_params.get("PhoneNumber", "").replace("*", "")
    found = [
        number
        for number in world.numbers.values()
        if number["account_sid"] == account.sid and wanted in number["phone_number"]
    ]
    return JSONResponse(page_of(request, "incoming_phone_numbers", found))


def _owned_number(world: World, account: Account, request: Request) -> JsonObject:
    number = world.numbers.get(request.path_params["sid"])
    if number is None or number["account_sid"] != account.sid:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return number


async def _fetch_number(world: World, account: Account, request: Request) -> Response:
    return JSONResponse(_owned_number(world, account, request))


async def _update_number(world: World, account: Account, request: Request) -> Response:
    number = _owned_number(world, account, request)
    fields = await form(request)
    if fields.get("AccountSid", account.sid) not in world.accounts:
        raise Refused(21452, "The account to move the number to does not exist")
    number.update({_SETTABLE[name]: value for name, value in fields.items() if name in _SETTABLE})
    number["date_updated"] = rfc2822(time())
    world.changes += 1
    return JSONResponse(number)


# --- WhatsApp senders -----------------------------------------------------------------------------------


def _grow_up(world: World, sender: JsonObject) -> JsonObject:
    """A created sender is ONLINE a little later; callers poll for it, as they do at Twilio."""
    if sender["status"] == "CREATING" and time() >= sender.get("online_at", 0.0):
        sender["status"] = "ONLINE"
        world.changes += 1
    return {name: value for name, value in sender.items() if name not in {"account_sid", "online_at"}}


async def _list_senders(world: World, account: Account, request: Request) -> Response:
    if request.query_params.get("Channel") != "whatsapp":
        raise Refused(20001, "The query parameter Channel is required; the sandbox knows whatsapp")
    found = [_grow_up(world, s) for s in world.senders.values() if s["account_sid"] == account.sid]
    url = str(request.url)
    meta = {"key": "senders", "page": 0, "page_size": max(len(found), 1), "url": url, "first_page_url": url}
    return JSONResponse({"senders": found, "meta": meta | {"next_page_url": None, "previous_page_url": None}})


async def _create_sender(world: World, account: Account, request: Request) -> Response:
    body = await json_object(request)
    sender_id = str(body.get("sender_id", ""))
    if not sender_id.startswith("whatsapp:+"):
        raise Refused(63100, "sender_id must be whatsapp: and an E.164 number")
    if any(known["sender_id"] == sender_id for known in world.senders.values()):
        raise Refused(63110, "The number is a WhatsApp sender already", 409)
    sid = "XE" + seeds.derive(f"new sender {world.next_id('twilio sender')}")
    sender = _sender(sid, account.sid, sender_id, "") | {"online_at": world.after(_ONLINE_AFTER)}
    _merge(sender, body)
    world.senders[sid] = sender
    return JSONResponse(_grow_up(world, sender), 202)


def _merge(sender: JsonObject, body: JsonObject) -> None:
    for name in ("configuration", "webhook", "profile"):
        if isinstance(body.get(name), dict):
            sender[name] = sender[name] | {key: value for key, value in body[name].items() if value is not None}


def _owned_sender(world: World, account: Account, request: Request) -> JsonObject:
    sender = world.senders.get(request.path_params["sid"])
    if sender is None or sender["account_sid"] != account.sid:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return sender


async def _fetch_sender(world: World, account: Account, request: Request) -> Response:
    return JSONResponse(_grow_up(world, _owned_sender(world, account, request)))


async def _update_sender(world: World, account: Account, request: Request) -> Response:
    sender = _owned_sender(world, account, request)
    _merge(sender, await json_object(request))
    world.changes += 1
    return JSONResponse(_grow_up(world, sender), 202)


async def _delete_sender(world: World, account: Account, request: Request) -> Response:
    del world.senders[_owned_sender(world, account, request)["sid"]]
    world.changes += 1
    return Response(status_code=204)


# --- routes ---------------------------------------------------------------------------------------------

_API = "/2010-04-01/Accounts"
_SENDERS = "/v2/Channels/Senders"
_CONTENT = "/v1/Content"

ROUTES: list[BaseRoute] = [
    Route(f"{_API}.json", endpoint(accounts.show_list), methods=["GET"]),
    Route(f"{_API}.json", endpoint(accounts.create), methods=["POST"]),
    Route(f"{_API}/{{account}}/Messages.json", endpoint(messages.show_list), methods=["GET"]),
    Route(
        f"{_API}/{{account}}/Messages.json",
        endpoint(sending.create, sending.sending_channel),
        methods=["POST"],
    ),
    Route(f"{_API}/{{account}}/Messages/{{sid}}/Media.json", endpoint(media.show_list), methods=["GET"]),
    Route(f"{_API}/{{account}}/Messages/{{sid}}/Media/{{media}}", endpoint(media.fetch), methods=["GET"]),
    Route(f"{_API}/{{account}}/Messages/{{sid}}.json", endpoint(messages.fetch), methods=["GET"]),
    Route("/twilio-media/{account}/{file}", media.deliver, methods=["GET"]),
    Route("/v1/ContentAndApprovals", endpoint(contents.list_with_approvals), methods=["GET"]),
    Route(_CONTENT, endpoint(contents.list_contents), methods=["GET"]),
    Route(_CONTENT, endpoint(contents.create), methods=["POST"]),
    Route(f"{_CONTENT}/{{sid}}/ApprovalRequests", endpoint(contents.show_approval), methods=["GET"]),
    Route(f"{_CONTENT}/{{sid}}/ApprovalRequests/whatsapp", endpoint(contents.ask_approval), methods=["POST"]),
    Route(f"{_API}/{{account}}/IncomingPhoneNumbers.json", endpoint(_list_numbers), methods=["GET"]),
    Route(f"{_API}/{{account}}/IncomingPhoneNumbers/{{sid}}.json", endpoint(_fetch_number), methods=["GET"]),
    Route(f"{_API}/{{account}}/IncomingPhoneNumbers/{{sid}}.json", endpoint(_update_number), methods=["POST"]),
    Route(f"{_API}/{{account}}.json", endpoint(accounts.fetch), methods=["GET"]),
    Route(f"{_API}/{{account}}.json", endpoint(accounts.update), methods=["POST"]),
    Route(_SENDERS, endpoint(_list_senders), methods=["GET"]),
    Route(_SENDERS, endpoint(_create_sender), methods=["POST"]),
    Route(f"{_SENDERS}/{{sid}}", endpoint(_fetch_sender), methods=["GET"]),
    Route(f"{_SENDERS}/{{sid}}", endpoint(_update_sender), methods=["POST"]),
    Route(f"{_SENDERS}/{{sid}}", endpoint(_delete_sender), methods=["DELETE"]),
]
