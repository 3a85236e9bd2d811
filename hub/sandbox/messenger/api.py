"""Meta's Graph API for Messenger: pages, the Send API, subscriptions, and the events of an app's webhook."""

import json
from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.faults import ANSWER_FAULTS, Fault, answer
from hub.sandbox.messenger.events import owed_event
from hub.sandbox.receipts import Step, follow
from hub.sandbox.signing import appsecret_proof
from hub.sandbox.threads import new_bubble
from hub.sandbox.world import JsonObject, Page, World, world_of

_TEXT_LIMIT = 2000
_WINDOW_SECONDS = 24 * 3600
_TAG_SECONDS = 7 * 24 * 3600


class Refused(Exception):  # noqa: N818
    """An error of the Graph API, by code and subcode."""

    def __init__(self, code: int, message: str, subcode: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.error: JsonObject = {"message": message, "type": "OAuthException", "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        self.error["fbtrace_id"] = "A" + seeds.derive(message, 22)


async def call(request: Request) -> Response:
    """Answer every call of the Graph API."""
    world, path = world_of(request), request.path_params["path"]
    node, _, edge = path.strip("/").partition("/")
    arguments = await _arguments(request)
    op = "send" if edge == "messages" and request.method == "POST" else "call"

    async def process() -> Response:
        try:
            page = _authorise(world, arguments)
            return JSONResponse(await _dispatch(world, page, request.method, node, edge, arguments))
        except Refused as refusal:
            return _bad(refusal)

    return await answer(world.faults.take("facebook", op, ANSWER_FAULTS), _refuse, process)


def _bad(refusal: Refused, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": refusal.error}, refusal.status, headers)


def _refuse(fault: Fault) -> Response:
    if fault.fault == "429":
        return _bad(Refused(613, "(#613) Calls to this api have exceeded the rate limit."), _usage(fault.retry_after))
    return _bad(Refused(2, "(#2) Service temporarily unavailable", status=500))


def _usage(seconds: int) -> dict[str, str]:
    """Meta tells whole minutes, and only in this header; under a minute it tells nothing."""
    if seconds < 60:
        return {}
    use = {"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": seconds // 60}
    return {"X-Business-Use-Case-Usage": json.dumps({seeds.PAGES[0].id: [use]})}


async def _arguments(request: Request) -> JsonObject:
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
    async with request.form() as form:
        return arguments | {name: value for name, value in form.items() if isinstance(value, str)}


def _authorise(world: World, arguments: JsonObject) -> Page:
    """Return the page whose token this is, after the proof of the app secret where one is sent."""
    token = str(arguments.get("access_token", ""))
    if not token:
        raise Refused(104, "An access token is required to request this resource.")
    proof = arguments.get("appsecret_proof")
    if proof is not None and proof != appsecret_proof(seeds.APP_SECRET, token):
        raise Refused(100, "Invalid appsecret_proof provided in the API argument")
    page = next((page for page in world.pages.values() if page.token == token), None)
    if page is None:
        raise Refused(190, "Invalid OAuth access token - Cannot parse access token")
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
            return await _send(world, page, arguments)
        case (("POST" | "GET" | "DELETE"), "subscribed_apps"):
            return _subscribe(world, page, method, arguments)
        case _:
            raise Refused(2500, f"Unknown path components: /{edge}")


def _profile(world: World, page: Page, psid: str) -> JsonObject:
    if not world.threads.last_from_customer("facebook", psid, page.id):
        raise Refused(100, f"Unsupported get request. Object with ID '{psid}' does not exist", 33)
    first, _, last = world.people.name("facebook", psid).partition(" ")
    return {"first_name": first, "last_name": last, "name": f"{first} {last}".strip(), "id": psid}


def _subscribe(world: World, page: Page, method: str, arguments: JsonObject) -> JsonObject:
    if method == "GET":
        app = {"name": "Messenger hub", "id": seeds.APP_ID, "subscribed_fields": page.fields}
        return {"data": [app] if page.fields else []}
    wanted = arguments.get("subscribed_fields", "") if method == "POST" else ""
    names = wanted if isinstance(wanted, list) else str(wanted).split(",")
    page.fields = [name.strip() for name in names if name.strip()]
    world.changes += 1
    return {"success": True}


# --- the Send API ---------------------------------------------------------------------------------------


async def _send(world: World, page: Page, arguments: JsonObject) -> JsonObject:
    psid = str(_object(arguments, "recipient").get("id", ""))
    message = _object(arguments, "message")
    _check(world, page, psid, message, arguments)
    mid = "m_" + seeds.derive(f"mid {world.next_id('facebook')}", 40)
    bubble = new_bubble("facebook", psid, page.id, "hub", str(message["text"]), mid)
    metadata = str(message.get("metadata", ""))
    bubble.delivery_id = metadata
    world.threads.add(bubble)
    await follow(world, "facebook", mid, _steps(world, page, psid, mid, message))
    return {"recipient_id": psid, "message_id": mid}


def _object(arguments: JsonObject, name: str) -> JsonObject:
    value = arguments.get(name)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(100, f"(#100) The parameter {name} is required.")
    return value


def _check(world: World, page: Page, psid: str, message: JsonObject, arguments: JsonObject) -> None:
    text = message.get("text")
    last = world.threads.last_from_customer("facebook", psid, page.id)
    if not last:
        raise Refused(100, "(#100) No matching user found", 2018001)
    if not isinstance(text, str) or not text:
        raise Refused(100, "(#100) Message cannot be empty", 2018034)
    if len(text) > _TEXT_LIMIT:
        raise Refused(100, f"(#100) Length of param message[text] must be at most {_TEXT_LIMIT}")
    kind, tag = arguments.get("messaging_type", "RESPONSE"), arguments.get("tag", "")
    if kind == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
        raise Refused(100, "(#100) Invalid parameter")
    window = _TAG_SECONDS if kind == "MESSAGE_TAG" else _WINDOW_SECONDS
    if time() - last > window:
        raise Refused(10, "(#10) This message is sent outside of allowed window.", 2018278, 403)


def _steps(world: World, page: Page, psid: str, mid: str, message: JsonObject) -> list[Step]:
    now = int(time() * 1000)
    echo = {"mid": mid, "is_echo": True, "app_id": int(seeds.APP_ID), "text": message["text"]}
    if message.get("metadata"):
        echo["metadata"] = message["metadata"]
    from_page = {"sender": {"id": page.id}, "recipient": {"id": psid}, "timestamp": now, "message": echo}
    from_person: JsonObject = {"sender": {"id": psid}, "recipient": {"id": page.id}}
    delivery = from_person | {"timestamp": now + 200, "delivery": {"mids": [mid], "watermark": now}}
    read = from_person | {"timestamp": now + 1000, "read": {"watermark": now}}
    return [
        Step(0.05, "", owed_event(world, page, "echo", psid, from_page, mid)),
        Step(0.2, "delivered", owed_event(world, page, "delivery", psid, delivery, mid)),
        Step(1.0, "read", owed_event(world, page, "read", psid, read, mid)),
    ]
