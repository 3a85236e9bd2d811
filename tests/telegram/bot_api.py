"""The Bot API's end of a call."""

import json
from typing import Any

import httpx

from tests.fixtures.telegram.kit import KIT

TOKEN = str(KIT.sender.credentials["bot_token"])
ROOT = f"https://api.telegram.org/bot{TOKEN}"
FILES = f"https://api.telegram.org/file/bot{TOKEN}"
ME = {"id": 7300000001, "is_bot": True, "first_name": "Lindenhof", "username": "lindenhof_support_bot"}


def ok(result: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": result})


def refused(status: int, description: str) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error_code": status, "description": description})


def form(request: httpx.Request) -> dict[str, str]:
    return dict(httpx.QueryParams(request.content.decode()))


def decoded(request: httpx.Request) -> dict[str, Any]:
    """Return a call's fields; lists and objects in them as such."""
    fields = form(request)
    return {name: json.loads(value) if value[:1] in {"[", "{"} else value for name, value in fields.items()}
