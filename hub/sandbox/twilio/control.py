"""The control API of numbers: codes that went out, sign-ups without a browser, and what Meta and Twilio decide."""

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from hub.sandbox import signing_up
from hub.sandbox.endpoint import body_of, endpoint
from hub.sandbox.messenger import business
from hub.sandbox.provisioned import MOST_SENDERS, UNVERIFIED_SENDERS, VERIFIED_SENDERS
from hub.sandbox.signing_up import SignUp
from hub.sandbox.twilio import contents, senders
from hub.sandbox.world import JsonObject, World
from hub.sandbox.written import Refused

_RATINGS = ("HIGH", "MEDIUM", "LOW")
_TEMPLATE_STATES = ("pending", "approved", "rejected", "paused", "disabled")
_BUNDLE_STATES = ("pending-review", "in-review", "twilio-rejected", "twilio-approved", "provisionally-approved")


async def _numbers(world: World, _request: Request) -> JsonObject:
    """What a person at the desk could know: codes on their way, calls heard, business accounts, bundles."""
    kept = world.provisioned
    return {
        "codes": [{"number": number, **sent} for number, sent in kept.codes.items()],
        "calls": kept.calls,
        "businesses": [vars(each) for each in kept.businesses.values()],
        "portfolios": [vars(each) for each in kept.portfolios.values()],
        "bundles": list(kept.bundles.values()),
    }


async def _sign_up(world: World, request: Request) -> JsonObject:
    """`{"number","name","business_name","portfolio"?,"verified"?,"account"?}`: sign up as if the code was typed in."""
    item = await body_of(request)
    missing = [name for name in ("number", "name", "business_name") if not item.get(name)]
    if missing:
        raise Refused(f"missing: {', '.join(missing)}")
    wanted = SignUp(
        number=str(item["number"]),
        name=str(item["name"]),
        business_name=str(item["business_name"]),
        portfolio=str(item.get("portfolio") or ""),
        verified=item.get("verified") is True,
        account=str(item.get("account") or ""),
    )
    problem = signing_up.check(world, wanted)
    if problem:
        raise Refused(problem)
    return vars(signing_up.complete(world, wanted))


def _sender(world: World, number: str) -> JsonObject:
    found = next((each for each in world.senders.values() if number in each["sender_id"]), None)
    if found is None:
        raise Refused(f"there is no WhatsApp sender on {number}", 404)
    return found


async def _quality(world: World, request: Request) -> JsonObject:
    """`{"to"?,"rating","limit"?}`: polling shows it; Meta tells of LOW by its webhook."""
    item = await body_of(request)
    if item.get("rating") not in _RATINGS:
        raise Refused(f"rating must be one of {', '.join(_RATINGS)}")
    sender = _sender(world, str(item.get("to") or ""))
    before = sender["properties"]["quality_rating"]
    senders.rate(world, sender, str(item["rating"]), str(item.get("limit") or ""))
    business.tell_of_quality(world, sender, before)
    return {"to": sender["sender_id"], **sender["properties"]}


async def _name(world: World, request: Request) -> JsonObject:
    """`{"name","declined"?}`: Meta's review declines this display name from now on, or no longer."""
    item = await body_of(request)
    kept = [each for each in world.provisioned.declined if each != item.get("name")]
    world.provisioned.declined = [*kept, str(item.get("name"))] if item.get("declined") is not False else kept
    world.changes += 1
    return {"declined": world.provisioned.declined}


async def _template(world: World, request: Request) -> JsonObject:
    """`{"sid","status","reason"?}`."""
    item = await body_of(request)
    content = world.contents.get(str(item.get("sid")))
    if content is None or not content["approval"] or item.get("status") not in _TEMPLATE_STATES:
        raise Refused(f"sid must be a submitted template's, status one of {', '.join(_TEMPLATE_STATES)}")
    contents.decide(world, content, str(item["status"]), str(item.get("reason") or ""))
    return {"sid": content["sid"], "status": item["status"]}


async def _bundle(world: World, request: Request) -> JsonObject:
    """`{"sid","status"}`."""
    item = await body_of(request)
    bundle = world.provisioned.bundles.get(str(item.get("sid")))
    if bundle is None or item.get("status") not in _BUNDLE_STATES:
        raise Refused(f"sid must be a bundle's, status one of {', '.join(_BUNDLE_STATES)}")
    bundle |= {"status": item["status"], "review_at": world.after(1e9), "approve_at": world.after(1e9)}
    world.changes += 1
    return {"sid": bundle["sid"], "status": bundle["status"]}


async def _portfolio(world: World, request: Request) -> JsonObject:
    """`{"portfolio"?,"senders_allowed"}`: 2 unverified, 20 verified, 50 on request."""
    item, known = await body_of(request), world.provisioned.portfolios
    chosen = known.get(str(item.get("portfolio") or next(iter(known))))
    allowed = item.get("senders_allowed")
    if chosen is None or allowed not in {UNVERIFIED_SENDERS, VERIFIED_SENDERS, MOST_SENDERS}:
        raise Refused(f"senders_allowed must be 2, 20 or 50, portfolio one of {', '.join(known)}")
    chosen.senders_allowed, chosen.verified = allowed, allowed > UNVERIFIED_SENDERS
    world.changes += 1
    return vars(chosen)


ROUTES: list[BaseRoute] = [
    Route("/control/numbers", endpoint(_numbers), methods=["GET"]),
    Route("/control/embedded_signup", endpoint(_sign_up), methods=["POST"]),
    Route("/control/quality", endpoint(_quality), methods=["POST"]),
    Route("/control/display_names", endpoint(_name), methods=["POST"]),
    Route("/control/templates", endpoint(_template), methods=["POST"]),
    Route("/control/bundles", endpoint(_bundle), methods=["POST"]),
    Route("/control/portfolios", endpoint(_portfolio), methods=["POST"]),
]
