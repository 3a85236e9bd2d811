"""The control API of bans: order one, look at them, appeal, lift; and Meta's judgement of senders, names, templates."""

from time import time
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from hub.sandbox import seeds
from hub.sandbox.bans import acting
from hub.sandbox.bans.ban import FORBIDDEN, Ban
from hub.sandbox.bans.table import REACHES
from hub.sandbox.endpoint import body_of, endpoint
from hub.sandbox.messenger import business
from hub.sandbox.people import UnknownPerson
from hub.sandbox.world import JsonObject, World
from hub.sandbox.written import Refused

_OUTCOMES = ("accepted", "declined")


def shown(ban: Ban) -> JsonObject:
    """Return a ban without the token that it keeps."""
    return {name: value for name, value in vars(ban).items() if name != "kept"} | {"in_force": ban.in_force}


async def _show_list(world: World, _request: Request) -> JsonObject:
    acting.settle(world)
    return {"items": [shown(ban) for ban in world.bans.values()]}


async def _order(world: World, request: Request) -> JsonObject:
    """Read the order; answer the ban, and the token that replaced a revoked one."""
    acting.settle(world)
    ban = _read(world, await body_of(request))
    _check_once(world, ban)
    acting.begin(world, ban)
    return shown(ban) | _new_token(world, ban)


def _read(world: World, item: Any) -> Ban:
    channel, level = str(item.get("channel") or "whatsapp"), str(item.get("level") or "")
    if channel not in REACHES or level not in REACHES[channel]:
        kinds = "; ".join(f"{name}: {', '.join(levels)}" for name, levels in REACHES.items())
        raise Refused(f"there is no ban {level!r} on {channel!r}; there are {kinds}")
    reach = str(item.get("reach") or REACHES[channel][level][0])
    if reach not in REACHES[channel][level]:
        raise Refused(f"reach must be one of {', '.join(REACHES[channel][level])}")
    forbids = item.get("forbids") or list(FORBIDDEN)
    code, every = str(item.get("code") or ""), int(item.get("every") or 1)
    if not set(forbids) <= set(FORBIDDEN) or every < 1 or not (code.isdigit() or not code):
        raise Refused(f"forbids must be of {', '.join(FORBIDDEN)}, every at least 1, code a number")
    seconds = float(item.get("seconds") or 0)
    return Ban(
        id=f"ban-{world.next_id('ban')}",
        channel=channel,
        level=level,
        reach=reach,
        target=_target(world, channel, reach, str(item.get("to") or "")),
        person=_person(world, channel, item) if reach == "recipient" else "",
        forbids=list(forbids),
        code=code,
        every=every,
        at=time(),
        until=time() + seconds if seconds else 0.0,
    )


def _check_once(world: World, ban: Ban) -> None:
    """Raise Refused for a second ban that would put back what the first one changed."""
    for each in world.bans.values():
        same = (each.level, each.target) == (ban.level, ban.target)
        if each.in_force and same and ban.level in {"credentials", "account"}:
            raise Refused(f"{each.id} is in force already; lift it first")


def targets(world: World, channel: str, reach: str) -> list[str]:
    """Return whom a ban can be against, the one that nobody needs to name first."""
    match channel, reach:
        case "facebook", "app":
            return [seeds.APP_ID]
        case "facebook", _:
            return list(world.pages)
        case "telegram", _:
            return [str(bot.id) for bot in world.bots.values()]
        case _, "provider_account":
            return list(world.accounts)
        case _, "business_account":
            return list(world.provisioned.businesses)
        case _, "portfolio":
            return list(world.provisioned.portfolios)
        case "whatsapp", _:
            return [sender["sender_id"].removeprefix("whatsapp:") for sender in world.senders.values()]
        case _:
            return [number["phone_number"] for number in world.numbers.values()]


def _target(world: World, channel: str, reach: str, named: str) -> str:
    known = targets(world, channel, reach)
    found = named or (known[0] if known else "")
    if found not in known:
        raise Refused(f"no {reach} {found!r} on {channel}; there are: {', '.join(known)}")
    return found


def _person(world: World, channel: str, item: Any) -> str:
    try:
        return world.people.address(channel, str(item.get("person") or ""))
    except UnknownPerson as unknown:
        raise Refused(str(unknown)) from None


def _new_token(world: World, ban: Ban) -> JsonObject:
    if ban.level != "credentials" or not ban.kept:
        return {}
    account = world.accounts.get(ban.target)
    bots = [bot.token for bot in world.bots.values() if str(bot.id) == ban.target]
    return {"token": account.token if account else bots[0]}


def _named(world: World, request: Request) -> Ban:
    ban = world.bans.get(request.path_params["id"])
    if ban is None:
        raise Refused(f"there is no ban {request.path_params['id']}", 404)
    return ban


async def _appeal(world: World, request: Request) -> JsonObject:
    """`{"outcome"?,"seconds"?}`: it is heard so many seconds later; accepted lifts the ban."""
    ban, item = _named(world, request), await body_of(request)
    outcome = str(item.get("outcome") or "accepted")
    if outcome not in _OUTCOMES or not ban.in_force:
        raise Refused(f"outcome must be one of {', '.join(_OUTCOMES)}, and the ban in force")
    ban.appeal = {"filed": time(), "decides": time() + float(item.get("seconds") or 0), "outcome": outcome}
    acting.settle(world)
    world.changes += 1
    return shown(ban)


async def _lift(world: World, request: Request) -> JsonObject:
    ban = _named(world, request)
    acting.end(world, ban)
    return shown(ban)


async def _meta(world: World, request: Request) -> JsonObject:
    """`{"business"?,"event", …}`: Meta tells of a business account what it is told here, and does nothing."""
    item = await body_of(request)
    known = world.provisioned.businesses
    chosen = known.get(str(item.pop("business", None) or next(iter(known), "")))
    if chosen is None or not item.get("event"):
        raise Refused(f"event is needed, and a business account of: {', '.join(known)}")
    business.tell(world, chosen, str(item.pop("field", "account_update")), item)
    return {"told": chosen.id}


ROUTES: list[BaseRoute] = [
    Route("/control/bans", endpoint(_show_list), methods=["GET"]),
    Route("/control/bans", endpoint(_order), methods=["POST"]),
    Route("/control/bans/{id}/appeal", endpoint(_appeal), methods=["POST"]),
    Route("/control/bans/{id}/lift", endpoint(_lift), methods=["POST"]),
    Route("/control/meta/account_update", endpoint(_meta), methods=["POST"]),
]
