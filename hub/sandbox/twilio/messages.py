"""Twilio's Messages as a resource: kept, shown, listed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.files import StoredFile
from hub.sandbox.twilio.calls import Refused, page_of, rfc2822
from hub.sandbox.world import Account, JsonObject, World


def new_message(
    world: World, account: Account, from_: str, to: str, body: str, direction: str, files: Sequence[StoredFile] = ()
) -> JsonObject:
    """Make a message and keep it; one with files has a sid of its own sort."""
    number = world.next_id("twilio message")
    message: JsonObject = {
        "sid": ("MM" if files else "SM") + seeds.derive(f"message {number}"),
        "account": account.sid,
        "from": from_,
        "to": to,
        "body": body,
        "direction": direction,
        "status": "received" if direction == "inbound" else "queued",
        "error_code": None,
        "created": time(),
        "changed": time(),
        "media": [{"file": each.id, "content_type": each.content_type} for each in files],
    }
    world.keep_message(message)
    return message


def shown(message: JsonObject) -> JsonObject:
    """Return a message as the API answers it; texts stay as they were written, dates lose their fractions."""
    sid, account = message["sid"], message["account"]
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message["body"],
        "date_created": rfc2822(message["created"]),
        "date_sent": rfc2822(message["created"]),
        "date_updated": rfc2822(message["changed"]),
        "direction": message["direction"],
        "error_code": message["error_code"],
        "error_message": None,
        "from": message["from"],
        "messaging_service_sid": None,
        "num_media": str(len(message.get("media", ())) or message.get("links", 0)),
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": message["status"],
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message["to"],
        "uri": f"{uri}.json",
    }


def owned(world: World, account: Account, request: Request) -> JsonObject:
    """Return the message a path names. Raises Refused."""
    message = world.messages.get(request.path_params["sid"])
    if message is None or message["account"] != account.sid:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return message


async def fetch(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /Messages/{sid}.json`."""
    return JSONResponse(shown(owned(world, account, request)))


async def show_list(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /Messages.json`, newest first."""
    query = request.query_params
    after, before = _moment(query.get("DateSent>")), _moment(query.get("DateSent<"))
    day = query.get("DateSent", "")[:10]
    found = [
        message
        for message in reversed(world.messages.values())
        if message["account"] == account.sid
        and query.get("To", message["to"]) == message["to"]
        and query.get("From", message["from"]) == message["from"]
        and (after is None or message["created"] >= after)
        and (before is None or message["created"] <= before)
        and datetime.fromtimestamp(message["created"], UTC).isoformat().startswith(day)
    ]
    page = page_of(request, "messages", found)
    page["messages"] = [shown(message) for message in page["messages"]]
    return JSONResponse(page)


def _moment(value: str | None) -> float | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(20001, f"'{value}' is no ISO 8601 date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
