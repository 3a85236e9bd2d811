"""Meta's Graph API for Messenger: whose token a call has, and which of the edges it is for."""

import json
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.bans.acting import settle
from hub.sandbox.faults import ANSWER_FAULTS, answer
from hub.sandbox.files import StoredFile
from hub.sandbox.messenger import bans, business, embedded, sending, sign_in
from hub.sandbox.messenger.refusing import Refused, answer_of, refuse
from hub.sandbox.signing import appsecret_proof
from hub.sandbox.threads import Bubble
from hub.sandbox.world import JsonObject, Page, World, world_of

_DIALOG = "dialog/oauth"
_LISTED = 25


async def call(request: Request) -> Response:
    """Answer every call of the Graph API, and Meta's dialog."""
    world, path = world_of(request), request.path_params["path"].strip("/")
    if path == _DIALOG:
        # only the configuration of a login says that it is WhatsApp's embedded sign-up
        whatsapp = "config_id" in request.query_params
        return embedded.dialog(world, request) if whatsapp else sign_in.dialog(world, request)
    settle(world)
    node, _, edge = path.partition("/")
    arguments = await _arguments(world, request)
    op = "send" if edge == "messages" and request.method == "POST" and "message" in arguments else "call"

    async def process() -> Response:
        try:
            return JSONResponse(await _answer(world, request.method, node, edge, arguments))
        except Refused as refusal:
            return answer_of(refusal)

    return await answer(world.faults.take("facebook", op, ANSWER_FAULTS), refuse, process)


async def _arguments(world: World, request: Request) -> JsonObject:
    arguments: JsonObject = dict(request.query_params)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "oauth"}:
        arguments["access_token"] = token
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    async with request.form(max_part_size=1 << 20) as form:
        return arguments | {name: await _value(world, value) for name, value in form.items()}


async def _value(world: World, value: UploadFile | str) -> StoredFile | str:
    if isinstance(value, str):
        return value
    content_type = value.content_type or "application/octet-stream"
    return world.files.keep("file", value.filename or "file", content_type, await value.read())


async def _answer(world: World, method: str, node: str, edge: str, arguments: JsonObject) -> JsonObject:
    if (node, edge) == ("oauth", "access_token"):
        return sign_in.access_token(world, arguments)
    token = _token(arguments)
    if node == "debug_token":
        return sign_in.inspect(world, token, str(arguments.get("input_token", "")))
    if node in world.provisioned.businesses:
        return business.call(world, sign_in.businesses_of(token), method, node, edge)
    if (node, edge) == ("me", "accounts"):
        return sign_in.accounts(world, token, arguments)
    return await _dispatch(world, _page_of(world, token), method, node, edge, arguments)


def _token(arguments: JsonObject) -> str:
    """Return the call's token, after the proof of the app secret where one is sent."""
    token = str(arguments.get("access_token", ""))
    if not token:
        raise Refused(104, "An access token is required to request this resource.")
    proof = arguments.get("appsecret_proof")
    if proof is not None and proof != appsecret_proof(seeds.APP_SECRET, token):
        raise Refused(100, "Invalid appsecret_proof provided in the API argument")
    return token


def _page_of(world: World, token: str) -> Page:
    page = next((page for page in world.pages.values() if page.token == token), None)
    if page is None:
        raise Refused(190, "Invalid OAuth access token - Cannot parse access token")
    if page.revoked:
        raise Refused(190, "Error validating access token: The user has not authorized the application.", 458)
    bans.check_call(world, page)
    return page


async def _dispatch(world: World, page: Page, method: str, node: str, edge: str, arguments: JsonObject) -> JsonObject:
    if edge == "" and method == "GET" and node not in {"me", page.id}:
        return _profile(world, page, node)
    if node not in {"me", page.id}:
        raise Refused(100, f"Unsupported request: object '{node}' does not exist or is not this token's", 33)
    match method, edge:
        case (("GET" | "POST"), ""):
            return {"id": page.id, "name": page.name}
        case "POST", "messages":
            return await sending.send(world, page, arguments)
        case "POST", "message_attachments":
            return sending.upload(world, arguments)
        case "GET", "conversations":
            return _conversations(world, page, str(arguments.get("user_id", "")))
        case (("POST" | "GET" | "DELETE"), "subscribed_apps"):
            return _subscribe(world, page, method, arguments)
        case _:
            raise Refused(2500, f"Unknown path components: /{edge}")


def _profile(world: World, page: Page, psid: str) -> JsonObject:
    if not world.threads.last_from_customer("facebook", psid, page.id):
        raise Refused(100, f"Unsupported get request. Object with ID '{psid}' does not exist", 33)
    first, _, last = world.people.name("facebook", psid).partition(" ")
    return {"first_name": first, "last_name": last, "name": f"{first} {last}".strip(), "id": psid}


def _conversations(world: World, page: Page, psid: str) -> JsonObject:
    """The newest messages with a person, newest first."""
    bubbles = [each for each in world.threads.thread("facebook", psid) if each.endpoint == page.id]
    if not bubbles:
        return {"data": []}
    rows = [_row(page, bubble) for bubble in reversed(bubbles[-_LISTED:])]
    return {"data": [{"id": f"t_{psid}", "messages": {"data": rows}}]}


def _row(page: Page, bubble: Bubble) -> JsonObject:
    writer = bubble.address if bubble.sender == "customer" else page.id
    at = datetime.fromtimestamp(bubble.at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": bubble.id, "message": bubble.text, "created_time": at, "from": {"id": writer}}


def _subscribe(world: World, page: Page, method: str, arguments: JsonObject) -> JsonObject:
    if method == "GET":
        app = {"name": "Messenger hub", "id": seeds.APP_ID, "subscribed_fields": page.fields}
        return {"data": [app] if page.fields else []}
    wanted: Any = arguments.get("subscribed_fields", "") if method == "POST" else ""
    names = wanted if isinstance(wanted, list) else str(wanted).split(",")
    page.fields = [name.strip() for name in names if name.strip()]
    world.changes += 1
    return {"success": True}
