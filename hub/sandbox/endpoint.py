"""The form of the control API: JSON in, JSON out, refusals in words."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.queue import QueueFull
from hub.sandbox.world import World, world_of
from hub.sandbox.written import Refused


def endpoint(verb: Callable[[World, Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Return the HTTP endpoint of a verb; what it raises as Refused becomes {"detail"}."""

    async def call(request: Request) -> Response:
        try:
            return JSONResponse(await verb(world_of(request), request))
        except Refused as refusal:
            return JSONResponse({"detail": refusal.detail}, refusal.status)
        except QueueFull as full:
            return JSONResponse({"detail": str(full)}, 503)

    return call


async def body_of(request: Request) -> Any:
    """Return the decoded body, {} when it is empty. Raises Refused."""
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        raise Refused("the body is no JSON", 400) from None
