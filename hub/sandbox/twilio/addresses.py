"""Twilio's Addresses: some numbers are sold only to whoever has one."""

from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.twilio.calls import Refused, form, page_of, rfc2822
from hub.sandbox.world import Account, JsonObject, World

_ADDRESS = {
    "CustomerName": "customer_name",
    "Street": "street",
    "City": "city",
    "Region": "region",
    "PostalCode": "postal_code",
    "IsoCountry": "iso_country",
    "FriendlyName": "friendly_name",
}
_PLACE = {
    "CustomerName": "Sandbox GmbH",
    "Street": "Hauptstr. 1",
    "City": "Berlin",
    "Region": "BE",
    "PostalCode": "10115",
    "IsoCountry": "DE",
}


def seed(world: World) -> None:
    """Give the parent account an address, unless it has one."""
    sid = "AD" + seeds.derive("address")
    world.provisioned.addresses.setdefault(sid, _address(sid, seeds.ACCOUNT_SID, _PLACE))


def _address(sid: str, account: str, fields: dict[str, str]) -> JsonObject:
    now = rfc2822(time())
    named = {key: fields.get(name, "") for name, key in _ADDRESS.items()}
    uri = f"/2010-04-01/Accounts/{account}/Addresses/{sid}.json"
    more = {"date_created": now, "date_updated": now, "validated": True, "verified": False, "emergency_enabled": False}
    return {"sid": sid, "account_sid": account, **named, **more, "uri": uri}


def fits(world: World, account: Account, sid: str, country: str, required: str) -> bool:
    """Say whether an account's address does for a number that asks for one: `local` wants one in its country."""
    address = world.provisioned.addresses.get(sid)
    if address is None or address["account_sid"] != account.sid:
        return False
    return required == "any" or (address["iso_country"] == country) is (required == "local")


async def show_list(world: World, account: Account, request: Request) -> Response:
    query = request.query_params
    found = [
        each
        for each in world.provisioned.addresses.values()
        if each["account_sid"] == account.sid and query.get("IsoCountry", each["iso_country"]) == each["iso_country"]
    ]
    return JSONResponse(page_of(request, "addresses", found))


async def create(world: World, account: Account, request: Request) -> Response:
    fields = await form(request)
    missing = [name for name in _ADDRESS if name != "FriendlyName" and not fields.get(name)]
    if missing:
        raise Refused(20001, f"missing: {', '.join(missing)}")
    sid = "AD" + seeds.derive(f"new address {world.next_id('twilio address')}")
    world.provisioned.addresses[sid] = _address(sid, account.sid, fields)
    return JSONResponse(world.provisioned.addresses[sid], 201)
