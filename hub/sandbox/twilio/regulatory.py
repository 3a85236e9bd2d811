"""Twilio's regulatory compliance: regulations, and bundles that prove who owns a number."""

from datetime import UTC, datetime
from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.twilio.calls import Refused, form, listed_as
from hub.sandbox.twilio.inventory import RANGES
from hub.sandbox.world import Account, JsonObject, World

APPROVED = ("twilio-approved", "provisionally-approved")
_REVIEW_AFTER, _APPROVED_AFTER = 1.0, 2.0
"""Real seconds until somebody looks at a bundle, and until they approve it. At Twilio it takes days."""
_URL = "https://numbers.twilio.com/v2/RegulatoryCompliance"
_USERS = ("business", "individual")
_HIDDEN = frozenset({"iso_country", "number_type", "end_user_type", "review_at", "approve_at"})


def seed(world: World) -> None:
    """Give the parent account approved bundles for what needs one, unless it has them."""
    for country, kind in sorted({(each.country, each.kind) for each in RANGES if each.bundle}):
        sid = "BU" + seeds.derive(f"bundle {country} {kind}")
        name = f"{country} {kind.lower()} business"
        bundle = _bundle(sid, seeds.ACCOUNT_SID, name, (country, kind.lower(), "business"))
        world.provisioned.bundles.setdefault(sid, bundle | {"status": "twilio-approved"})


# --- regulations ----------------------------------------------------------------------------------------


def _regulations() -> list[JsonObject]:
    sorts = sorted({(each.country, each.kind.lower()) for each in RANGES if each.bundle})
    return [_regulation(country, kind, user) for country, kind in sorts for user in _USERS]


def _regulation(country: str, kind: str, user: str) -> JsonObject:
    sid = _regulation_sid(country, kind, user)
    return {
        "sid": sid,
        "friendly_name": f"{country}: {kind} - {user}",
        "iso_country": country,
        "number_type": kind,
        "end_user_type": user,
        "requirements": {"end_user": [], "supporting_document": [[]]},
        "url": f"{_URL}/Regulations/{sid}",
    }


def _regulation_sid(country: str, kind: str, user: str) -> str:
    return "RN" + seeds.derive(f"regulation {country} {kind} {user}")


async def list_regulations(_world: World, _account: Account, request: Request) -> Response:
    query = request.query_params
    names = {"IsoCountry": "iso_country", "NumberType": "number_type", "EndUserType": "end_user_type"}
    found = [
        each for each in _regulations() if all(query.get(name, each[key]) == each[key] for name, key in names.items())
    ]
    return JSONResponse(listed_as(request, "results", found))


# --- bundles --------------------------------------------------------------------------------------------


def _bundle(sid: str, account: str, name: str, sort: tuple[str, str, str]) -> JsonObject:
    country, kind, user = sort
    now = _iso(time())
    return {
        "sid": sid,
        "account_sid": account,
        "regulation_sid": _regulation_sid(*sort),
        "friendly_name": name,
        "status": "draft",
        "valid_until": None,
        "email": "numbers@sandbox.example",
        "status_callback": None,
        "date_created": now,
        "date_updated": now,
        "iso_country": country,
        "number_type": kind,
        "end_user_type": user,
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _settled(world: World, bundle: JsonObject) -> JsonObject:
    """A submitted bundle is looked at, then approved."""
    before = bundle["status"]
    if bundle["status"] == "pending-review" and time() >= bundle["review_at"]:
        bundle["status"] = "in-review"
    if bundle["status"] == "in-review" and time() >= bundle["approve_at"]:
        bundle["status"] = "twilio-approved"
    if bundle["status"] != before:
        bundle["date_updated"] = _iso(time())
        world.changes += 1
    return bundle


def _shown(world: World, bundle: JsonObject) -> JsonObject:
    settled, url = _settled(world, bundle), f"{_URL}/Bundles/{bundle['sid']}"
    links = {"item_assignments": f"{url}/ItemAssignments", "evaluations": f"{url}/Evaluations"}
    return {name: value for name, value in settled.items() if name not in _HIDDEN} | {"url": url, "links": links}


def fits(world: World, account: Account, sid: str, country: str, kind: str) -> bool:
    """Say whether an account has an approved bundle of this sid for the country and kind of number."""
    bundle = world.provisioned.bundles.get(sid)
    if bundle is None or bundle["account_sid"] != account.sid or _settled(world, bundle)["status"] not in APPROVED:
        return False
    return (bundle["iso_country"], bundle["number_type"]) == (country, kind.lower())


async def list_bundles(world: World, account: Account, request: Request) -> Response:
    query = request.query_params
    names = {
        "Status": "status",
        "FriendlyName": "friendly_name",
        "RegulationSid": "regulation_sid",
        "IsoCountry": "iso_country",
        "NumberType": "number_type",
        "EndUserType": "end_user_type",
    }
    found = [
        _shown(world, each)
        for each in world.provisioned.bundles.values()
        if each["account_sid"] == account.sid
        and all(query.get(name, _settled(world, each)[key]) == each[key] for name, key in names.items())
    ]
    return JSONResponse(listed_as(request, "results", found))


async def create_bundle(world: World, account: Account, request: Request) -> Response:
    fields = await form(request)
    if not fields.get("FriendlyName") or not fields.get("Email"):
        raise Refused(20001, "FriendlyName and Email are required")
    sort = _sort_of(fields)
    sid = "BU" + seeds.derive(f"new bundle {world.next_id('twilio bundle')}")
    bundle = _bundle(sid, account.sid, fields["FriendlyName"], sort) | {"email": fields["Email"]}
    world.provisioned.bundles[sid] = bundle
    return JSONResponse(_shown(world, bundle), 201)


def _sort_of(fields: dict[str, str]) -> tuple[str, str, str]:
    for each in _regulations():
        sort = (each["iso_country"], each["number_type"], each["end_user_type"])
        named = (fields.get("IsoCountry", ""), fields.get("NumberType", ""), fields.get("EndUserType", "business"))
        if fields.get("RegulationSid") == each["sid"] or named == sort:
            return sort
    raise Refused(20001, "there is no such regulation")


def _owned(world: World, account: Account, request: Request) -> JsonObject:
    bundle = world.provisioned.bundles.get(request.path_params["sid"])
    if bundle is None or bundle["account_sid"] != account.sid:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return bundle


async def fetch_bundle(world: World, account: Account, request: Request) -> Response:
    return JSONResponse(_shown(world, _owned(world, account, request)))


async def update_bundle(world: World, account: Account, request: Request) -> Response:
    """`Status=pending-review` submits it."""
    bundle, fields = _owned(world, account, request), await form(request)
    bundle["friendly_name"] = fields.get("FriendlyName", bundle["friendly_name"])
    if fields.get("Status") == "pending-review":
        bundle |= {"status": "pending-review"}
        bundle |= {"review_at": world.after(_REVIEW_AFTER), "approve_at": world.after(_APPROVED_AFTER)}
    world.changes += 1
    return JSONResponse(_shown(world, bundle))


async def clone_bundle(world: World, account: Account, request: Request) -> Response:
    """Copy a bundle, with its approval, to a sub-account: `POST /Bundles/{sid}/Clones`."""
    bundle, fields = _owned(world, account, request), await form(request)
    target = world.accounts.get(fields.get("TargetAccountSid", ""))
    if target is None or account.owner not in {target.sid, target.owner}:
        raise Refused(20001, "TargetAccountSid must be an account of the same owner")
    sid = "BU" + seeds.derive(f"new bundle {world.next_id('twilio bundle')}")
    copied = bundle | {"sid": sid, "account_sid": target.sid}
    if fields.get("FriendlyName"):
        copied["friendly_name"] = fields["FriendlyName"]
    if fields.get("MoveToDraft") == "true":
        copied["status"] = "draft"
    world.provisioned.bundles[sid] = copied
    return JSONResponse(_shown(world, copied) | {"bundle_sid": sid}, 201)
