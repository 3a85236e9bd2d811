"""The sandbox put together: one HTTP application, with the mail server and the webhook queue living in its lifespan."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from hub.sandbox import control, page, smtp, storage
from hub.sandbox.bans import control as bans_control
from hub.sandbox.messenger import api as messenger
from hub.sandbox.messenger import control as messenger_control
from hub.sandbox.telegram import api as telegram
from hub.sandbox.telegram import standing
from hub.sandbox.twilio import control as twilio_control
from hub.sandbox.twilio import resources
from hub.sandbox.world import World

# Twilio's paths come before Meta's, whose version would match anything
_ROUTES: list[BaseRoute] = [
    *page.ROUTES,
    *control.ROUTES,
    *messenger_control.ROUTES,
    *twilio_control.ROUTES,
    *bans_control.ROUTES,
    *resources.ROUTES,
    Route("/bot{token}/{method}", telegram.call, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", standing.download),
    Route("/v{major:int}.{minor:int}/{path:path}", messenger.call, methods=["GET", "POST", "DELETE"]),
]


def build(world: World, file: Path | None, stopping: Callable[[], bool]) -> Starlette:
    """Return the application. `file` keeps the state; `stopping` tells open streams to end."""
    resources.seed(world)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        relay = await smtp.serve(world)
        world.queue.start()
        saving = asyncio.create_task(storage.keep_saving(world, file)) if file else None
        yield
        relay.close()
        if saving:
            saving.cancel()
            with suppress(asyncio.CancelledError):
                await saving
        await world.queue.stop()
        if file:
            storage.save(world, file)

    app = Starlette(routes=_ROUTES, lifespan=lifespan)
    app.state.world = world
    app.state.stopping = stopping
    return app
