"""What only Meta has in the control API: the page's own inbox, blocks, policy, and people who leave the app."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from time import time
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.sandbox import seeds
from hub.sandbox.endpoint import body_of, endpoint
from hub.sandbox.messenger.events import owed_event
from hub.sandbox.messenger.sending import echo_of
from hub.sandbox.messenger.sign_in import USER_ID
from hub.sandbox.threads import new_bubble
from hub.sandbox.webhook import Webhook
from hub.sandbox.world import JsonObject, Page, World, world_of
from hub.sandbox.written import Refused

_INBOX_APP = 263902037430900
_ACTIONS = ("warning", "block", "unblock")


def _page(world: World, item: Any) -> Page:
    named = str(item.get("page") or seeds.PAGES[0].id) if isinstance(item, dict) else ""
    if named not in world.pages:
        raise Refused(f"there is no page {named}; there are: {', '.join(world.pages)}")
    return world.pages[named]


def _put(world: World, owed: Webhook | None) -> None:
    if owed:
        world.queue.put(owed)


async def _inbox(world: World, request: Request) -> JsonObject:
    """`{"person","text","page"?}`: somebody answers in the page's own inbox."""
    item = await body_of(request)
    page, psid = _page(world, item), world.people.address("facebook", str(item.get("person")))
    mid = "m_" + seeds.derive(f"mid {world.next_id('facebook')}", 40)
    bubble = new_bubble("facebook", psid, page.id, "hub", str(item.get("text") or ""), mid)
    world.threads.add(bubble)
    _put(world, owed_event(world, page, "echo", psid, echo_of(world, page, bubble, _INBOX_APP), mid))
    return {"id": mid}


async def _block(world: World, request: Request) -> JsonObject:
    """`{"person","page"?,"blocked"?}`: Meta tells nobody; sends are refused from now on."""
    item = await body_of(request)
    page, psid = _page(world, item), world.people.address("facebook", str(item.get("person")))
    page.blocked = [each for each in page.blocked if each != psid]
    if item.get("blocked") is not False:
        page.blocked.append(psid)
    world.changes += 1
    return {"blocked": page.blocked}


async def _policy(world: World, request: Request) -> JsonObject:
    """`{"action":"warning"|"block"|"unblock","page"?}`."""
    item = await body_of(request)
    page, action = _page(world, item), item.get("action")
    if action not in _ACTIONS:
        raise Refused(f"action must be one of {', '.join(_ACTIONS)}")
    page.restricted = action == "block"
    about = {"action": action} | ({"reason": "Messages that people did not ask for."} if action != "unblock" else {})
    event = {"recipient": {"id": page.id}, "timestamp": int(time() * 1000), "policy_enforcement": about}
    _put(world, owed_event(world, page, "policy", "", event, f"policy:{page.id}"))
    return {"restricted": page.restricted}


def _signed(path: str, *, revokes: bool) -> Callable[[World, Request], Any]:
    async def call(world: World, request: Request) -> JsonObject:
        """`{"user_id"?}`: tell the hub at once, and answer what it said."""
        item = await body_of(request)
        user_id = str(item.get("user_id") or USER_ID)
        if revokes and user_id == USER_ID:
            for page in world.pages.values():
                page.revoked = True
        if not world.settings.facebook_webhook_url:
            raise Refused("set facebook_webhook_url first")
        form = {"signed_request": signed_request(user_id)}
        async with httpx.AsyncClient(timeout=10.0) as client:
            reply = await client.post(world.settings.facebook_webhook_url + path, data=form)
        return {"status": reply.status_code, "body": reply.text}

    return call


def signed_request(user_id: str, secret: str = seeds.APP_SECRET) -> str:
    """Return what Meta posts about a person who used the sign-in."""
    content = {"algorithm": "HMAC-SHA256", "issued_at": int(time()), "user_id": user_id}
    payload = _encoded(json.dumps(content).encode())
    return f"{_encoded(hmac.digest(secret.encode(), payload.encode(), hashlib.sha256))}.{payload}"


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


async def _file(request: Request) -> Response:
    found = world_of(request).files.find(request.path_params["id"])
    return Response(found.body, media_type=found.content_type) if found else Response("URL signature expired", 403)


ROUTES: list[BaseRoute] = [
    Route("/control/facebook/inbox", endpoint(_inbox), methods=["POST"]),
    Route("/control/facebook/block", endpoint(_block), methods=["POST"]),
    Route("/control/facebook/policy", endpoint(_policy), methods=["POST"]),
    Route("/control/facebook/deauthorize", endpoint(_signed("/deauthorize", revokes=True)), methods=["POST"]),
    Route("/control/facebook/data-deletion", endpoint(_signed("/data-deletion", revokes=False)), methods=["POST"]),
    Route("/facebook-files/{id}/{name:path}", _file),
]
