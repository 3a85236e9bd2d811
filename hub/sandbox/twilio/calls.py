"""What Twilio's calls share: basic auth, forms, errors, paging, dates."""

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.bans.acting import settle
from hub.sandbox.faults import ANSWER_FAULTS, Fault, answer
from hub.sandbox.world import Account, JsonObject, World, world_of

_LARGEST_PAGE = 1000
_ALIVE = "active"


class Refused(Exception):  # noqa: N818
    """An error of Twilio's REST API."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }


Verb = Callable[[World, Account, Request], Awaitable[Response]]


def endpoint(
    verb: Verb, channel: Callable[[Request], Awaitable[str]] | None = None, op: str = "call"
) -> Callable[[Request], Any]:
    """Return the endpoint of a verb: it signs in, maps refusals, and misbehaves when told to.

    channel: says which channel a send is on; None: the call is no send, and faults find it by `op`.
    """

    async def call(request: Request) -> Response:
        async def process() -> Response:
            try:
                return await verb(world_of(request), _account(request), request)
            except Refused as refusal:
                return JSONResponse(refusal.body, refusal.status)

        settle(world_of(request))
        name, kind = (await channel(request), "send") if channel else ("twilio", op)
        return await answer(world_of(request).faults.take(name, kind, ANSWER_FAULTS), _refuse, process)

    return call


def _refuse(fault: Fault) -> Response:
    if fault.fault == "429":
        refusal = Refused(20429, "Too Many Requests", 429)
        return JSONResponse(refusal.body, 429, {"Retry-After": str(fault.retry_after)})
    return JSONResponse(Refused(20500, "Internal Server Error", 500).body, 500)


def _account(request: Request) -> Account:
    """Return the account the call is about: the caller's own, or one of the caller's sub-accounts.

    A suspended or closed account may only be looked at, and changed by its parent [K].
    """
    world = world_of(request)
    caller = _caller(world, request.headers.get("authorization", ""))
    named = request.path_params.get("account", caller.sid)
    account = world.accounts.get(named)
    if account is None or caller.sid not in {account.sid, account.owner}:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    alive = {caller.status, account.status, world.accounts[account.owner].status} == {_ALIVE}
    itself = request.url.path.endswith(f"/Accounts/{account.sid}.json")
    if not alive and not (itself and (request.method == "GET" or caller.status == _ALIVE)):
        raise Refused(20005, "Account is not active", 403)
    return account


def _caller(world: World, header: str) -> Account:
    scheme, _, encoded = header.partition(" ")
    try:
        sid, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        sid, token = "", ""
    account = world.accounts.get(sid)
    if scheme.lower() != "basic" or account is None or account.token != token or account.status == "closed":
        raise Refused(20003, "Authenticate", 401)
    return account


async def form(request: Request) -> dict[str, str]:
    """Return the form's fields, the last value of each."""
    fields = parse_qs((await request.body()).decode(), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


async def json_object(request: Request) -> JsonObject:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(20001, "The request body must be a JSON object")
    return body


def rfc2822(moment: float) -> str:
    """Return a time as Twilio's first API writes it."""
    return format_datetime(datetime.fromtimestamp(moment, UTC))


def page_of(request: Request, key: str, items: Sequence[JsonObject]) -> JsonObject:
    """Return one page of a list in the shape of the 2010 API."""
    query = dict(request.query_params)
    size = min(int(query.get("PageSize") or 50), _LARGEST_PAGE)
    number = int(query.get("Page") or 0)
    start = number * size
    more = start + size < len(items)

    def uri(page: int) -> str:
        return f"{request.url.path}?" + urlencode(query | {"PageSize": str(size), "Page": str(page)})

    shown = list(items[start : start + size])
    return {
        key: shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1) if more else None,
        "previous_page_uri": uri(number - 1) if number else None,
    }


def listed_as(request: Request, key: str, items: Sequence[JsonObject]) -> JsonObject:
    """Return one page of a list in the shape of the newer APIs, whose addresses are whole."""
    query = dict(request.query_params)
    size = min(int(query.get("PageSize") or 50), _LARGEST_PAGE)
    number = int(query.get("Page") or 0)
    more = (number + 1) * size < len(items)

    def url(page: int) -> str:
        return str(request.url.replace(query=urlencode(query | {"PageSize": str(size), "Page": str(page)})))

    meta = {
        "key": key,
        "page": number,
        "page_size": size,
        "url": url(number),
        "first_page_url": url(0),
        "next_page_url": url(number + 1) if more else None,
        "previous_page_url": url(number - 1) if number else None,
    }
    return {key: list(items[number * size : (number + 1) * size]), "meta": meta}
