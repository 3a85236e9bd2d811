"""Twilio's IncomingPhoneNumbers: bought, listed, pointed at webhooks, moved between accounts, given back."""

import re
from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.bans.reaching import is_lost
from hub.sandbox.twilio import addresses, regulatory
from hub.sandbox.twilio.calls import Refused, form, page_of, rfc2822
from hub.sandbox.twilio.inventory import Range, listed, range_of
from hub.sandbox.world import Account, JsonObject, World

_SETTABLE = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "SmsApplicationSid": "sms_application_sid",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "FriendlyName": "friendly_name",
    "BundleSid": "bundle_sid",
    "AddressSid": "address_sid",
    "AccountSid": "account_sid",
}
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def seed(world: World) -> None:
    """Give the parent account its numbers, unless it has them from a saved state."""
    able = {"voice": False, "sms": True, "mms": False, "fax": False}
    for each in seeds.NUMBERS:
        number = _made(each.sid, seeds.ACCOUNT_SID, each.number, able)
        world.numbers.setdefault(each.sid, number | {"friendly_name": each.name})


def _made(sid: str, account: str, phone: str, capabilities: dict[str, bool]) -> JsonObject:
    now = rfc2822(time())
    urls = dict.fromkeys(_SETTABLE.values(), "")
    methods = {name: "POST" for name in urls if name.endswith("_method")}
    return (
        urls
        | methods
        | {
            "sid": sid,
            "account_sid": account,
            "phone_number": phone,
            "friendly_name": phone,
            "capabilities": capabilities,
            "address_requirements": "none",
            "address_sid": None,
            "bundle_sid": None,
            "identity_sid": None,
            "beta": False,
            "origin": "twilio",
            "status": "in-use",
            "type": "mobile",
            "date_created": now,
            "date_updated": now,
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json",
        }
    )


# --- looking --------------------------------------------------------------------------------------------


async def show_list(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /IncomingPhoneNumbers.json`; the pattern of `PhoneNumber` may have * in it."""
    query = request.query_params
    wanted = query.get("PhoneNumber", "").replace("*", "")
    found = [
        number
        for number in world.numbers.values()
        if number["account_sid"] == account.sid
        and wanted in number["phone_number"]
        and query.get("FriendlyName", number["friendly_name"]) == number["friendly_name"]
        and not is_lost(world, number["phone_number"])
    ]
    return JSONResponse(page_of(request, "incoming_phone_numbers", found))


def _owned(world: World, account: Account, request: Request) -> JsonObject:
    number = world.numbers.get(request.path_params["sid"])
    if number is None or number["account_sid"] != account.sid or is_lost(world, number["phone_number"]):
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return number


async def fetch(world: World, account: Account, request: Request) -> Response:
    return JSONResponse(_owned(world, account, request))


# --- buying ---------------------------------------------------------------------------------------------


async def buy(world: World, account: Account, request: Request) -> Response:
    """Answer `POST /IncomingPhoneNumbers.json`: everything is checked before the number changes hands."""
    fields = await form(request)
    phone = fields.get("PhoneNumber") or _first_of(world, fields.get("AreaCode", ""))
    if not _NUMBER.fullmatch(phone):
        raise Refused(21421, f"{phone} is not a valid phone number")
    sort = range_of(phone)
    if sort is None or phone in world.provisioned.released or _has_owner(world, phone):
        raise Refused(21422, f"{phone} is not available")
    _check_papers(world, account, sort, fields)
    sid = "PN" + seeds.derive(f"bought number {world.next_id('twilio number')}")
    number = _made(sid, account.sid, phone, {key.lower(): able for key, able in sort.capabilities.items()})
    named = {_SETTABLE[name]: value for name, value in fields.items() if name in _SETTABLE and name != "AccountSid"}
    world.numbers[sid] = number | {"address_requirements": sort.address, "type": sort.kind.lower()} | named
    return JSONResponse(world.numbers[sid], 201)


def _has_owner(world: World, phone: str) -> bool:
    return any(number["phone_number"] == phone for number in world.numbers.values())


def _first_of(world: World, area: str) -> str:
    """Return the first free number of a North American area."""
    for phone, _ in listed("US", "Local") if area else ():
        if phone[2:].startswith(area) and not _has_owner(world, phone) and phone not in world.provisioned.released:
            return phone
    if area:
        raise Refused(21422, f"No numbers are available in area code {area}")
    return ""


def _check_papers(world: World, account: Account, sort: Range, papers: JsonObject) -> None:
    """Raise Refused unless the account has what country and kind ask for.

    Facts C5, C7: 21631 no address, 21613 one that does not do, 21649 no fitting approved bundle. Which of the first two
    it is in which case is a guess [K].
    """
    address = str(papers.get("AddressSid") or "")
    if sort.address != "none" and not address:
        raise Refused(21631, "Phone Number Requires an Address but the 'AddressSid' parameter was empty.")
    if sort.address != "none" and not addresses.fits(world, account, address, sort.country, sort.address):
        raise Refused(21613, f"Phone Number Requires a {sort.address} Address")
    if sort.bundle and not regulatory.fits(world, account, str(papers.get("BundleSid") or ""), sort.country, sort.kind):
        raise Refused(21649, "Phone Number Requires a Bundle: none that is approved and fits was given")


# --- changing and giving back ---------------------------------------------------------------------------


async def update(world: World, account: Account, request: Request) -> Response:
    """Set webhooks and names, or move it to another account, which needs papers of its own (facts C7)."""
    number, fields = _owned(world, account, request), await form(request)
    target = world.accounts.get(fields.get("AccountSid", account.sid))
    if target is None or account.owner not in {target.sid, target.owner}:
        raise Refused(21452, "The account to move the number to does not exist")
    sort = range_of(number["phone_number"])
    if target.sid != account.sid and sort is not None:
        _check_papers(world, target, sort, fields)
    number.update({_SETTABLE[name]: value for name, value in fields.items() if name in _SETTABLE})
    number["date_updated"] = rfc2822(time())
    number["uri"] = f"/2010-04-01/Accounts/{target.sid}/IncomingPhoneNumbers/{number['sid']}.json"
    world.changes += 1
    return JSONResponse(number)


async def release(world: World, account: Account, request: Request) -> Response:
    """Answer DELETE: the number is nobody's, and nobody can buy it soon [K: how soon]."""
    number = _owned(world, account, request)
    del world.numbers[number["sid"]]
    world.provisioned.released.append(number["phone_number"])
    world.changes += 1
    return Response(status_code=204)
