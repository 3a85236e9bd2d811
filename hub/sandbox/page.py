"""The page with five phones, and the stream that keeps it fresh."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from hub.sandbox import control, customers, seeds
from hub.sandbox.bans import acting
from hub.sandbox.bans import control as bans
from hub.sandbox.bans.ban import FORBIDDEN
from hub.sandbox.bans.table import REACHES
from hub.sandbox.faults import CHANNELS
from hub.sandbox.seeds import PERSONAS
from hub.sandbox.world import JsonObject, World, world_of

_HERE = Path(__file__).parent
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape())
_BUBBLES_SHOWN = 60
_WEBHOOKS_SHOWN = 40
_LOOK_EVERY = 0.15
_ALIVE_EVERY = 10.0
_LABELS = {
    "telegram": "Telegram",
    "facebook": "Messenger",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "email": "E-mail",
}
_FAULT_BUTTONS = (
    ("429", "send", "Too many requests"),
    ("500", "send", "Server error"),
    ("timeout", "send", "Silence after a send"),
    ("close", "send", "Hang up on a send"),
    ("500", "webhook", "Lose the hub's answer"),
    ("duplicate", "webhook", "Deliver twice"),
    ("reorder", "webhook", "Swap two messages"),
    ("late_receipt", "send", "Receipt late"),
    ("early_receipt", "send", "Receipt early"),
    ("drop_receipt", "send", "No receipt"),
)


async def _page(request: Request) -> Response:
    world = world_of(request)
    html = _TEMPLATES.get_template("page.html").render(
        phones=[{"label": _LABELS[persona.channel], **vars(persona)} for persona in PERSONAS],
        channels=[(channel, _LABELS[channel]) for channel in CHANNELS],
        faults=_FAULT_BUTTONS,
        forbidden=FORBIDDEN,
        seeds=json.dumps(seeds.as_json(world.place.host, world.place.port, world.place.smtp_port), indent=2),
    )
    return HTMLResponse(html)


def _view(world: World) -> JsonObject:
    newest = [*world.queue.finished, *world.queue.pending.values()][-_WEBHOOKS_SHOWN:]
    return {
        "phones": {persona.channel: _phone(world, persona) for persona in PERSONAS},
        "webhooks": [control.webhook_shown(webhook) for webhook in reversed(newest)],
        "counters": world.queue.counters,
        "faults": [vars(fault) for fault in world.faults.waiting],
        "bans": [bans.shown(ban) for ban in reversed(world.bans.values())],
        "ban_targets": _ban_targets(world),
        "ban_levels": REACHES,
        "codes": [{"number": number, **sent} for number, sent in world.provisioned.codes.items()],
    }


def _ban_targets(world: World) -> list[JsonObject]:
    """Return whom the page can ban: each channel's senders first, then what stands above them."""
    rows = []
    for channel, levels in REACHES.items():
        for reach in ("sender", "recipient", "business_account", "portfolio", "provider_account", "app"):
            if any(reach in reaches for reaches in levels.values()):
                names = bans.targets(world, channel, reach)
                rows += [{"channel": channel, "reach": reach, "to": each, "label": each} for each in names]
    return rows


def _phone(world: World, persona: seeds.Persona) -> JsonObject:
    bubbles = world.threads.thread(persona.channel, persona.address)[-_BUBBLES_SHOWN:]
    places = customers.destinations(world, persona.channel)
    chosen = customers.default_destination(world, persona.channel, persona.address)
    return {
        "destinations": places,
        "automatic": next((place["name"] for place in places if place["to"] == chosen), chosen),
        "can": customers.can(persona.channel),
        "bubbles": [control.shown(bubble) for bubble in bubbles],
    }


async def _stream(request: Request) -> Response:
    lines = _events(world_of(request), request.app.state.stopping)
    return StreamingResponse(lines, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(world: World, stopping: Callable[[], bool]) -> AsyncIterator[str]:
    """Send the whole view whenever something changed, a few times a second at most."""
    seen, quiet = (-1, -1, -1), 0.0
    while not stopping():
        acting.settle(world)
        now = (world.changes, world.threads.version, len(world.faults.waiting))
        if now != seen:
            seen, quiet = now, 0.0
            yield f"data: {json.dumps(_view(world))}\n\n"
        elif quiet >= _ALIVE_EVERY:
            quiet = 0.0
            yield ": alive\n\n"
        await asyncio.sleep(_LOOK_EVERY)
        quiet += _LOOK_EVERY


ROUTES: list[BaseRoute] = [
    Route("/", _page),
    Route("/events", _stream),
    Mount("/static", StaticFiles(directory=_HERE / "static")),
]
