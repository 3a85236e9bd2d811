"""The customer's part of the control API: write, react, edit, take back, block; and the files of both sides."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.sandbox import customers, samples
from hub.sandbox.customers import look_up, write
from hub.sandbox.endpoint import body_of, endpoint
from hub.sandbox.messenger import events
from hub.sandbox.telegram import acts, updates
from hub.sandbox.threads import public_id
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import JsonObject, World, world_of
from hub.sandbox.written import Refused


async def _send(world: World, request: Request) -> JsonObject:
    written = look_up(world, await body_of(request))
    message_ids, webhooks = write(world, written)
    for webhook in webhooks:
        world.queue.put(webhook)
    ids = [public_id(written.channel, each) for each in message_ids]
    return {"id": ids[0], "ids": ids, "address": written.address, "to": written.to}


async def _send_many(world: World, request: Request) -> JsonObject:
    """Messenger's messages are put together, `facebook_batch` to a webhook, as Meta may do."""
    body = await body_of(request)
    items = body.get("messages") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise Refused("the body must be a list of messages")
    ids, waiting = [], []
    for written in [look_up(world, item) for item in items]:
        message_ids, webhooks = write(world, written)
        ids.append(public_id(written.channel, message_ids[0]))
        waiting.extend(webhooks)
    _put_in_batches(world, waiting)
    return {"ids": ids}


def _put_in_batches(world: World, webhooks: Sequence[Webhook]) -> None:
    size = max(world.settings.facebook_batch, 1)
    for start in range(0, len(webhooks), size):
        batch = webhooks[start : start + size]
        world.queue.put(events.merge(batch) if len(batch) > 1 else batch[0])


def _act(verb: Callable[[World, Any], Webhook | None]) -> Callable[[Request], Any]:
    async def call(world: World, request: Request) -> JsonObject:
        owed = verb(world, await body_of(request))
        if owed:
            world.queue.put(owed)
        return {"done": True}

    return endpoint(call)


async def _block(world: World, request: Request) -> JsonObject:
    """`{"channel":"telegram","person","to"?,"blocked"?}`: `blocked` false lifts it."""
    body = await body_of(request)
    if body.get("channel") != "telegram":
        raise Refused("only Telegram tells of a block; on SMS let the customer send STOP")
    written = look_up(world, body | {"text": "-"})
    bot = updates.find_bot(world, written.to)
    if body.get("blocked") is False:
        acts.customer_unblocks(world, bot, written.address)
    else:
        acts.customer_blocks(world, bot, written.address)
    return {"blocked": written.to}


async def _file(request: Request) -> Response:
    """Return a file of either side as it is; a type that a browser would run is told as plain bytes."""
    found = world_of(request).files.find(request.path_params["id"])
    if found is None:
        return Response("this file was forgotten", 404)
    shown = found.content_type.startswith(("image/", "audio/", "video/")) and "svg" not in found.content_type
    content_type = found.content_type if shown else "application/octet-stream"
    return Response(found.body, media_type=content_type, headers={"X-Content-Type-Options": "nosniff"})


async def _sample(request: Request) -> Response:
    """Return the sample of a media kind, as customers send it; `?variant=1` in another colour."""
    try:
        found = samples.sample(request.path_params["kind"], int(request.query_params.get("variant") or 0))
    except (KeyError, ValueError):
        return Response(f"there is no such sample; there are: {', '.join(samples.kinds())}", 404)
    return Response(found.body, media_type=found.content_type)


ROUTES: list[BaseRoute] = [
    Route("/control/customer/send", endpoint(_send), methods=["POST"]),
    Route("/control/customer/send_many", endpoint(_send_many), methods=["POST"]),
    Route("/control/customer/react", _act(customers.react), methods=["POST"]),
    Route("/control/customer/edit", _act(customers.edit), methods=["POST"]),
    Route("/control/customer/delete", _act(customers.delete), methods=["POST"]),
    Route("/control/customer/block", endpoint(_block), methods=["POST"]),
    Route("/control/files/{id}", _file),
    Route("/control/samples/{kind}", _sample),
]
