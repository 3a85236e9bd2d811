"""The Telegram Bot API, as far as a hub of conversations needs it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.faults import ANSWER_FAULTS, Fault, answer
from hub.sandbox.telegram.updates import hand_over, user
from hub.sandbox.threads import new_bubble
from hub.sandbox.world import Bot, JsonObject, World, world_of

_TEXT_LIMIT = 4096
_SECRET_ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
_WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class Refused(Exception):  # noqa: N818
    """The Bot API's own refusal."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.description = f"{_WORDS[status]}: {text}" if text else _WORDS[status]


async def call(request: Request) -> Response:
    """Answer `/bot<token>/<method>` for every method there is."""
    world, method = world_of(request), request.path_params["method"]
    verb = _METHODS.get(method.lower(), _unknown_method)
    arguments = await _arguments(request)
    op = "send" if method.lower() == "sendmessage" else "call"

    async def process() -> Response:
        try:
            return _good(await verb(world, _bot(world, request.path_params["token"]), arguments))
        except Refused as refusal:
            return _bad(refusal.status, refusal.description)

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


async def _arguments(request: Request) -> JsonObject:
    """Return the call's parameters: query, then JSON or form."""
    arguments: JsonObject = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    async with request.form() as form:
        return arguments | {name: value for name, value in form.items() if isinstance(value, str)}


def _structured(value: Any) -> Any:
    """Forms carry lists and objects as JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value


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
    waiting = _take_back(world, bot)
    bot.url, bot.secret = url, secret if url else ""
    allowed = _structured(arguments.get("allowed_updates"))
    bot.allowed = allowed if isinstance(allowed, list) else bot.allowed
    bot.max_connections = int(arguments.get("max_connections") or 40)
    world.changes += 1
    if str(arguments.get("drop_pending_updates", "")).lower() != "true":
        for update in waiting:
            hand_over(world, bot, update)
    return True


async def _delete_webhook(world: World, bot: Bot, arguments: JsonObject) -> bool:
    return await _set_webhook(world, bot, {"drop_pending_updates": arguments.get("drop_pending_updates", "")})


def _take_back(world: World, bot: Bot) -> list[JsonObject]:
    """Collect every update that was not acknowledged, oldest first."""
    queued = [json.loads(hook.body) for hook in world.queue.withdraw(f"telegram:{bot.token}")]
    waiting, bot.updates = bot.updates + queued, []
    return sorted(waiting, key=lambda update: int(update["update_id"]))


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


async def _send_message(world: World, bot: Bot, arguments: JsonObject) -> JsonObject:
    text = str(arguments.get("text", ""))
    chat = _chat(bot, arguments.get("chat_id"))
    if not text.strip():
        raise Refused(400, "message text is empty")
    if len(text) > _TEXT_LIMIT:
        raise Refused(400, "message is too long")
    message_id = world.next_id(f"telegram {bot.id}")
    name = world.people.name("telegram", str(chat))
    bubble = new_bubble("telegram", str(chat), str(bot.id), "hub", text, f"{bot.id}:{chat}:{message_id}")
    bubble.status = "delivered"
    bubble.extra = {"message_id": str(message_id)}
    world.threads.add(bubble)
    return {
        "message_id": message_id,
        "from": user(bot),
        "chat": {"id": chat, "first_name": name, "type": "private"},
        "date": int(bubble.at),
        "text": text,
    }


def _chat(bot: Bot, value: Any) -> int:
    if value is None or value == "":
        raise Refused(400, "chat_id is empty")
    chat = int(value) if str(value).lstrip("-").isdigit() else 0
    if str(chat) not in bot.chats:
        raise Refused(400, "chat not found")
    if bot.chats[str(chat)] == "blocked":
        raise Refused(403, "bot was blocked by the user")
    return chat


_Method = Callable[[World, Bot, JsonObject], Awaitable[Any]]
_METHODS: dict[str, _Method] = {
    "getme": _get_me,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
    "getupdates": _get_updates,
    "sendmessage": _send_message,
}
