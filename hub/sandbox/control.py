"""The control API: see what arrived, set up, order faults. For tests and the demo, not a provider's."""

from dataclasses import fields

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from hub.sandbox import faults, playing, seeds
from hub.sandbox.endpoint import body_of, endpoint
from hub.sandbox.messenger import events
from hub.sandbox.threads import Bubble, public_id
from hub.sandbox.twilio import resources
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import JsonObject, Settings, World
from hub.sandbox.written import Refused

_MOST_SHOWN = 50_000


# --- looking --------------------------------------------------------------------------------------------


def shown(bubble: Bubble) -> JsonObject:
    """Return a bubble with its public id."""
    return vars(bubble) | {"id": bubble.public_id, "extra": bubble.extra or {}}


async def _outbox(world: World, request: Request) -> JsonObject:
    channel, person = request.query_params.get("channel", ""), request.query_params.get("person", "")
    address = world.people.address(channel, person) if channel and person else ""
    found = [
        shown(bubble)
        for bubble in world.threads.received
        if channel in {"", bubble.channel} and address in {"", bubble.address}
    ]
    return {"items": found[-_MOST_SHOWN:]}


def webhook_shown(webhook: Webhook) -> JsonObject:
    """Return a webhook's story without its body and its secrets."""
    return {
        "id": webhook.id,
        "channel": webhook.channel,
        "what": webhook.what,
        "message_id": ",".join(public_id(webhook.channel, one) for one in webhook.message_id.split(",")),
        "url": "" if webhook.target.startswith("telegram:") else webhook.target,
        "state": webhook.state,
        "created": webhook.created,
        "tries": webhook.tries,
        "attempts": webhook.attempts,
    }


async def _webhooks(world: World, request: Request) -> JsonObject:
    wanted = request.query_params
    limit = min(int(wanted.get("limit") or 1000), _MOST_SHOWN)
    everything = [*world.queue.finished, *world.queue.pending.values()]
    found = [
        webhook
        for webhook in everything
        if wanted.get("state", webhook.state) == webhook.state
        and wanted.get("channel", webhook.channel) == webhook.channel
    ]
    return {"counters": world.queue.counters, "items": [webhook_shown(webhook) for webhook in found[-limit:]]}


def overview(world: World) -> JsonObject:
    """Return what GET /control shows."""
    place = world.place
    return {
        "seeds": seeds.as_json(place.host, place.port, place.smtp_port),
        "settings": vars(world.settings),
        "counters": world.queue.counters,
        "faults": [vars(fault) for fault in world.faults.waiting],
        "speed": place.speed,
    }


async def _overview(world: World, _request: Request) -> JsonObject:
    return overview(world)


async def _seeds(world: World, _request: Request) -> JsonObject:
    return seeds.as_json(world.place.host, world.place.port, world.place.smtp_port)


# --- changing -------------------------------------------------------------------------------------------


async def _settings(world: World, request: Request) -> JsonObject:
    """Meta's URL is taken only after it answered the challenge, with the verify token that comes along."""
    body = await body_of(request)
    known = {field.name: type(getattr(world.settings, field.name)) for field in fields(Settings)}
    for name, value in body.items():
        if name not in known:
            raise Refused(f"there is no setting {name}; there are: {', '.join(known)}")
        if not isinstance(value, known[name]):
            raise Refused(f"{name} must be a {known[name].__name__}")
    url = body.get("facebook_webhook_url")
    if url:
        token = body.get("facebook_verify_token", world.settings.facebook_verify_token)
        problem = await events.check_webhook(url, token)
        if problem:
            raise Refused(problem)
    vars(world.settings).update(body)
    world.changes += 1
    return dict(vars(world.settings))


async def _order_fault(world: World, request: Request) -> JsonObject:
    body = await body_of(request)
    fault = faults.Fault(
        provider=str(body.get("provider", "any")),
        op=str(body.get("op", "any")),
        fault=str(body.get("fault", "")),
        times=int(body.get("times", 1)),
        retry_after=int(body.get("retry_after") or 2),
        delay=float(body.get("delay") or 0.15),
    )
    if fault.provider not in {*faults.CHANNELS, *faults.ALIASES}:
        raise Refused(f"no provider {fault.provider!r}; there are: {', '.join([*faults.CHANNELS, *faults.ALIASES])}")
    if fault.op not in faults.OPS or fault.fault not in faults.KINDS or fault.times < 1:
        raise Refused(
            f"op must be one of {', '.join(faults.OPS)}, fault one of {', '.join(faults.KINDS)}, times 1 or more"
        )
    world.faults.waiting.append(fault)
    return {"faults": [vars(waiting) for waiting in world.faults.waiting]}


async def _clear_faults(world: World, _request: Request) -> JsonObject:
    world.faults.waiting.clear()
    return {"faults": []}


async def _reset(world: World, _request: Request) -> JsonObject:
    world.reset()
    resources.seed(world)
    return {"reset": True}


ROUTES: list[BaseRoute] = [
    *playing.ROUTES,
    Route("/control", endpoint(_overview)),
    Route("/control/seeds", endpoint(_seeds)),
    Route("/control/outbox", endpoint(_outbox)),
    Route("/control/webhooks", endpoint(_webhooks)),
    Route("/control/settings", endpoint(_settings), methods=["POST"]),
    Route("/control/faults", endpoint(_order_fault), methods=["POST"]),
    Route("/control/faults", endpoint(_clear_faults), methods=["DELETE"]),
    Route("/control/reset", endpoint(_reset), methods=["POST"]),
]
