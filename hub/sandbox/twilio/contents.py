"""Twilio's Content API: message templates and WhatsApp's approval of them."""

import json
import re
from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.twilio.calls import Refused, json_object
from hub.sandbox.world import Account, JsonObject, World

_APPROVED_AFTER = 2.0
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_REPLIES = {"twilio/quick-reply": {"body": "Guten Tag {{1}}, passt Ihnen {{2}} fuer die Lieferung?", "actions": [
    {"type": "QUICK_REPLY", "title": "Ja, passt", "id": "delivery-yes"},
    {"type": "QUICK_REPLY", "title": "Anderer Tag", "id": "delivery-no"},
]}}  # fmt: skip
_SEEDS = (
    ("order_update", "en", "UTILITY", "approved",
     {"twilio/text": {"body": "Hello {{1}}, your order {{2}} is on its way."}},
     {"1": "Wanda", "2": "A-1017"}),
    ("lieferung", "de", "UTILITY", "approved", _REPLIES, {"1": "Wanda", "2": "Dienstag"}),
    ("autumn_sale", "en", "MARKETING", "rejected",
     {"twilio/text": {"body": "Everything is cheaper until {{1}} only."}}, {"1": "Friday"}),
)  # fmt: skip
_REFUSALS = {"rejected": 63040, "paused": 63041, "disabled": 63042}
_NOT_APPROVED = 63016


def seed(world: World, account: Account) -> None:
    """Give the parent account its templates, unless it has them; other accounts write and submit their own."""
    if account.sid != seeds.ACCOUNT_SID:
        return
    for name, language, category, status, types, variables in _SEEDS:
        sid = "HX" + seeds.derive(f"content {account.sid} {name}")
        content = _content(sid, account, name, language, types, variables)
        world.contents.setdefault(sid, content | {"approval": _approval(world, account, name, category, status)})


def _content(
    sid: str, account: Account, name: str, language: str, types: JsonObject, variables: JsonObject
) -> JsonObject:
    return {
        "sid": sid,
        "account_sid": account.sid,
        "friendly_name": name,
        "language": language,
        "variables": variables,
        "types": types,
        "created": time(),
        "approval": None,
    }


def _approval(world: World, account: Account, name: str, category: str, status: str) -> JsonObject:
    """Return an approval of the business account that the account uses now."""
    reason = "INVALID_FORMAT" if status == "rejected" else ""
    business = world.provisioned.business_of(account.sid)
    shown = {"name": name, "category": category, "status": status, "rejection_reason": reason}
    return shown | {"business": business.id if business else ""}


# --- calls ----------------------------------------------------------------------------------------------


async def list_with_approvals(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /v1/ContentAndApprovals`."""
    seed(world, account)
    shown = [_shown(content) | {"approval_requests": _settled(world, content)} for content in _of(world, account)]
    return _page(request, shown)


async def list_contents(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /v1/Content`."""
    seed(world, account)
    return _page(request, [_shown(content) for content in _of(world, account)])


async def create(world: World, account: Account, request: Request) -> Response:
    """Answer `POST /v1/Content`."""
    body = await json_object(request)
    if not isinstance(body.get("types"), dict) or not body.get("language"):
        raise Refused(92002, "types and language are required")
    sid = "HX" + seeds.derive(f"new content {world.next_id('twilio content')}")
    name = str(body.get("friendly_name") or sid)
    content = _content(sid, account, name, str(body["language"]), body["types"], body.get("variables") or {})
    world.contents[sid] = content
    return JSONResponse(_shown(content), 201)


async def fetch(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /v1/Content/{sid}`."""
    return JSONResponse(_shown(_owned(world, account, request.path_params["sid"])))


async def show_approval(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /v1/Content/{sid}/ApprovalRequests`."""
    content = _owned(world, account, request.path_params["sid"])
    return JSONResponse({"sid": content["sid"], "whatsapp": _settled(world, content) or {"status": "unsubmitted"}})


async def ask_approval(world: World, account: Account, request: Request) -> Response:
    """Answer `POST /v1/Content/{sid}/ApprovalRequests/whatsapp`: WhatsApp approves everything, a little later."""
    content, body = _owned(world, account, request.path_params["sid"]), await json_object(request)
    if _settled(world, content):
        raise Refused(92009, "Content was submitted already")
    if world.provisioned.business_of(account.sid) is None:
        raise Refused(63101, "The account has no WhatsApp business account to approve templates for")  # [K] code
    content["approval"] = _approval(world, account, str(body.get("name")), str(body.get("category")), "received")
    content["approval"]["approved_at"] = world.after(_APPROVED_AFTER)
    world.changes += 1
    return JSONResponse(_settled(world, content), 201)


def _of(world: World, account: Account) -> list[JsonObject]:
    return [content for content in world.contents.values() if content["account_sid"] == account.sid]


def _owned(world: World, account: Account, sid: str) -> JsonObject:
    seed(world, account)
    content = world.contents.get(sid)
    if content is None or content["account_sid"] != account.sid:
        raise Refused(20404, f"The content {sid} was not found", 404)
    return content


def _shown(content: JsonObject) -> JsonObject:
    return {name: value for name, value in content.items() if name not in {"approval", "created"}}


def _settled(world: World, content: JsonObject) -> JsonObject:
    approval, business = content["approval"], world.provisioned.business_of(content["account_sid"])
    # templates belong to a business account (facts C3): with another one they are unsubmitted
    if not approval or approval["business"] != (business.id if business else ""):
        return {}
    if approval["status"] == "received" and time() >= approval.get("approved_at", 0.0):
        approval["status"] = "approved"
        world.changes += 1
    return {name: value for name, value in approval.items() if name not in {"approved_at", "business"}}


def decide(world: World, content: JsonObject, status: str, reason: str) -> None:
    """Let WhatsApp approve, reject, pause or disable a template."""
    content["approval"] = (content["approval"] or {}) | {"status": status, "rejection_reason": reason}
    world.changes += 1


def _page(request: Request, contents: list[JsonObject]) -> Response:
    url = str(request.url)
    meta = {"key": "contents", "page": 0, "page_size": max(len(contents), 1), "url": url, "first_page_url": url}
    return JSONResponse({"contents": contents, "meta": meta | {"next_page_url": None, "previous_page_url": None}})


# --- using one ------------------------------------------------------------------------------------------


def said_by(world: World, account: Account, sid: str, variables: str) -> tuple[JsonObject, str]:
    """Return a content and its text with the values filled in. Raises Refused."""
    seed(world, account)
    content = world.contents.get(sid)
    if content is None or content["account_sid"] != account.sid:
        raise Refused(21655, "The ContentSid is invalid")
    try:
        values = json.loads(variables or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) and value for value in values.values()):
        raise Refused(21656, "The ContentVariables are invalid")
    shape = next(iter(content["types"].values()))
    given = content["variables"] | values
    return content, _VARIABLE.sub(lambda found: str(given.get(found[1], found[0])), str(shape.get("body", "")))


def refusal_outside_window(world: World, content: JsonObject) -> int:
    """Return the error of sending a content when the window is closed; 0: none."""
    status = _settled(world, content).get("status", "unsubmitted")
    return 0 if status == "approved" else _REFUSALS.get(status, _NOT_APPROVED)
