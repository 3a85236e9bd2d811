"""The Telegram Bot API, as far as a hub of conversations needs it."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.bans.acting import settle
from hub.sandbox.faults import ANSWER_FAULTS, Fault, answer
from hub.sandbox.telegram import bans, sending, standing
from hub.sandbox.telegram.messages import user
from hub.sandbox.telegram.refusing import Refused
from hub.sandbox.telegram.sending import structured
from hub.sandbox.telegram.updates import hand_over, take_back
from hub.sandbox.world import Bot, JsonObject, World, world_of

_SECRET_ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


async def call(request: Request) -> Response:
    """Answer `/bot<token>/<method>` for every method there is."""
    world, method = world_of(request), request.path_params["method"]
    settle(world)
    verb = _METHODS.get(method.lower(), _unknown_method)
    arguments = await _arguments(world, request)
    op = "send" if method.lower() in _SENDING else "call"

    async def process() -> Response:
        try:
            bot = _bot(world, request.path_params["token"])
            bans.check(world, bot, sends=op == "send")
            return _good(await verb(world, bot, arguments))
        except Refused as refusal:
            return _bad(refusal.status, refusal.description, refusal.parameters)

    return await answer(world.faults.take("telegram", op, ANSWER_FAULTS), _refuse, process)


def _good(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _bad(status: int, description: str, parameters: JsonObject | None = None) -> Response:
    body: JsonObject = {"ok": False, "error_code": status, "description": description}
    return JSONResponse(body | ({"parameters": parameters} if parameters else {}), status)


def _refuse(fault: Fault) -> Response:
    if fault.fault == "429":
        wait = fault.retry_after
        return _bad(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
    return _bad(500, "Internal Server Error")


def _bot(world: World, token: str) -> Bot:
    number, _, secret = token.partition(":")
    if not number.isdigit() or not secret:
        raise Refused(404)
    bot = world.bots.get(token)
    if bot is None:
        raise Refused(401)
    return bot


async def _arguments(world: World, request: Request) -> JsonObject:
    """Return the call's parameters: query, then JSON or form; an uploaded file is kept and stands there as such."""
    arguments: JsonObject = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    async with request.form() as form:
        return arguments | {name: await _value(world, value) for name, value in form.items()}


async def _value(world: World, value: str | UploadFile) -> Any:
    if isinstance(value, str):
        return value
    content_type = value.content_type or "application/octet-stream"
    return world.files.keep("file", value.filename or "file", content_type, await value.read())


# --- the methods ----------------------------------------------------------------------------------------


async def _unknown_method(_world: World, _bot: Bot, _arguments: JsonObject) -> None:
    raise Refused(404)


async def _get_me(_world: World, bot: Bot, _arguments: JsonObject) -> JsonObject:
    return user(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def _set_webhook(world: World, bot: Bot, arguments: JsonObject) -> bool:
    url, secret = str(arguments.get("url", "")), str(arguments.get("secret_token", ""))
    if url and not url.startswith(("http://", "https://")):
        raise Refused(400, "invalid webhook URL specified")
    if len(secret) > 256:
        raise Refused(400, "secret token is too long")
    if not set(secret) <= _SECRET_ALPHABET:
        raise Refused(400, "secret token contains unallowed characters")
    waiting = take_back(world, bot)
    bot.url, bot.secret = url, secret if url else ""
    allowed = structured(arguments.get("allowed_updates"))
    bot.allowed = allowed if isinstance(allowed, list) else bot.allowed
    bot.max_connections = int(arguments.get("max_connections") or 40)
    world.changes += 1
    if str(arguments.get("drop_pending_updates", "")).lower() != "true":
        for update in waiting:
            hand_over(world, bot, update)
    return True


async def _delete_webhook(world: World, bot: Bot, arguments: JsonObject) -> bool:
    return await _set_webhook(world, bot, {"drop_pending_updates": arguments.get("drop_pending_updates", "")})


async def _get_webhook_info(world: World, bot: Bot, _arguments: JsonObject) -> JsonObject:
    waiting = world.queue.waiting_for(f"telegram:{bot.token}")
    pending = len(bot.updates) + len(waiting)
    info: JsonObject = {"url": bot.url, "has_custom_certificate": False, "pending_update_count": pending}
    if bot.url:
        info |= {"max_connections": bot.max_connections, "ip_address": "127.0.0.1"}
    if bot.allowed:
        info["allowed_updates"] = bot.allowed
    return info | _last_error([webhook.attempts[-1] for webhook in waiting if webhook.attempts])


def _last_error(attempts: list[list[Any]]) -> JsonObject:
    if not attempts:
        return {}
    at, said = max(attempts, key=lambda attempt: float(attempt[0]))
    words = f"Wrong response from the webhook: {said}" if said.isdigit() else "Webhook connection closed"
    return {"last_error_date": int(at), "last_error_message": words}


async def _get_updates(world: World, bot: Bot, arguments: JsonObject) -> list[JsonObject]:
    if bot.url:
        raise Refused(409, _WEBHOOK_ACTIVE)
    offset, limit = int(arguments.get("offset") or 0), int(arguments.get("limit") or 100)
    bot.updates = [update for update in bot.updates if update["update_id"] >= offset]
    world.changes += 1
    return bot.updates[: min(limit, 100)]


async def _done(_world: World, _bot: Bot, _arguments: JsonObject) -> bool:
    """Answer a call that changes nothing a customer could see."""
    return True


_Method = Callable[[World, Bot, JsonObject], Awaitable[Any]]
_SENDING: dict[str, _Method] = {
    "sendmessage": sending.send_message,
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendvenue": sending.send_location,
    "sendcontact": sending.send_contact,
    **{method: partial(sending.send_file, method=method) for method in sending.FILES},
}
_METHODS: dict[str, _Method] = {
    "getme": _get_me,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
    "getupdates": _get_updates,
    "getfile": standing.get_file,
    "editmessagetext": standing.edit_message_text,
    "editmessagecaption": standing.edit_message_caption,
    "deletemessages": standing.delete_messages,
    "setmessagereaction": standing.set_message_reaction,
    "sendchataction": standing.send_chat_action,
    "answercallbackquery": standing.answer_callback_query,
    "leavechat": _done,
    "readbusinessmessage": _done,
    **_SENDING,
}
