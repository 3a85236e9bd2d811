"""The control API: play the customer, see what arrived, order faults. For tests and the demo, not a provider's."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hub.sandbox import faults, seeds
from hub.sandbox.customers import Refused, look_up, write
from hub.sandbox.messenger import events
from hub.sandbox.queue import QueueFull
from hub.sandbox.telegram import updates
from hub.sandbox.threads import Bubble
from hub.sandbox.twilio import resources
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import JsonObject, Settings, World, world_of

_MOST_SHOWN = 50_000


def _endpoint(verb: Callable[[World, Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def call(request: Request) -> Response:
        try:
            return JSONResponse(await verb(world_of(request), request))
        except Refused as refusal:
            return JSONResponse({"detail": refusal.detail}, refusal.status)
        except QueueFull as full:
            return JSONResponse({"detail": str(full)}, 503)

    return call


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        raise Refused("the body is no JSON", 400) from None


# --- customers ------------------------------------------------------------------------------------------


def _public(channel: str, message_id: str) -> str:
    """Return a message id as the hub knows it: Telegram's without the bot."""
    return message_id.partition(":")[2] if channel == "telegram" else message_id


async def _send(world: World, request: Request) -> JsonObject:
    written = look_up(world, await _body(request))
    message_id, webhook = write(world, written)
    if webhook:
        world.queue.put(webhook)
    return {"id": _public(written.channel, message_id), "address": written.address, "to": written.to}


async def _send_many(world: World, request: Request) -> JsonObject:
    """Messenger's messages are put together, `facebook_batch` to a webhook, as Meta may do."""
    body = await _body(request)
    items = body.get("messages") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise Refused("the body must be a list of messages")
    ids, waiting = [], []
    for written in [look_up(world, item) for item in items]:
        message_id, webhook = write(world, written)
        ids.append(_public(written.channel, message_id))
        if webhook:
            waiting.append(webhook)
    _put_in_batches(world, waiting)
    return {"ids": ids}


def _put_in_batches(world: World, webhooks: Sequence[Webhook]) -> None:
    size = max(world.settings.facebook_batch, 1)
    for start in range(0, len(webhooks), size):
        batch = webhooks[start : start + size]
        world.queue.put(events.merge(batch) if len(batch) > 1 else batch[0])


async def _block(world: World, request: Request) -> JsonObject:
    body = await _body(request)
    if body.get("channel") != "telegram":
        raise Refused("only Telegram tells of a block; on SMS let the customer send STOP")
    written = look_up(world, body | {"text": "-"})
    updates.customer_blocks(world, updates.find_bot(world, written.to), written.address)
    return {"blocked": written.to}


# --- looking --------------------------------------------------------------------------------------------


def _shown(bubble: Bubble) -> JsonObject:
    return vars(bubble) | {"id": _public(bubble.channel, bubble.id), "extra": bubble.extra or {}}


async def _outbox(world: World, request: Request) -> JsonObject:
    channel, person = request.query_params.get("channel", ""), request.query_params.get("person", "")
    address = world.people.address(channel, person) if channel and person else ""
    found = [
        _shown(bubble)
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
        "message_id": ",".join(_public(webhook.channel, one) for one in webhook.message_id.split(",")),
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
    body = await _body(request)
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
    body = await _body(request)
    fault = faults.Fault(
        provider=str(body.get("provider", "any")),
        op=str(body.get("op", "any")),
        fault=str(body.get("fault", "")),
        times=int(body.get("times", 1)),
        retry_after=int(body.get("retry_after") or 2),
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
    Route("/control", _endpoint(_overview)),
    Route("/control/seeds", _endpoint(_seeds)),
    Route("/control/customer/send", _endpoint(_send), methods=["POST"]),
    Route("/control/customer/send_many", _endpoint(_send_many), methods=["POST"]),
    Route("/control/customer/block", _endpoint(_block), methods=["POST"]),
    Route("/control/outbox", _endpoint(_outbox)),
    Route("/control/webhooks", _endpoint(_webhooks)),
    Route("/control/settings", _endpoint(_settings), methods=["POST"]),
    Route("/control/faults", _endpoint(_order_fault), methods=["POST"]),
    Route("/control/faults", _endpoint(_clear_faults), methods=["DELETE"]),
    Route("/control/reset", _endpoint(_reset), methods=["POST"]),
]
