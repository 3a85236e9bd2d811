"""Twilio's Media: the files of messages, behind basic auth and a redirect; and fetching the hub's links."""

import asyncio
import urllib.request
from urllib.error import URLError

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hub.sandbox.files import StoredFile
from hub.sandbox.twilio.calls import Refused, page_of, rfc2822
from hub.sandbox.twilio.messages import owned
from hub.sandbox.world import Account, JsonObject, World, world_of

LARGEST = 16 << 20
_PATIENCE = 10.0
_KINDS = {"image": "image", "audio": "audio", "video": "video"}
_KINDS_BY_TYPE = {"audio/ogg": "voice", "image/webp": "sticker", "text/vcard": "contact_file"}


def media_url(root: str, message: JsonObject, file_id: str) -> str:
    """Return the address that an inbound message names a file by."""
    return f"{root}/2010-04-01/Accounts/{message['account']}/Messages/{message['sid']}/Media/ME{file_id}"


async def show_list(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /Messages/{sid}/Media.json`."""
    message = owned(world, account, request)
    found = [
        {
            "sid": f"ME{each['file']}",
            "account_sid": account.sid,
            "parent_sid": message["sid"],
            "content_type": each["content_type"],
            "date_created": rfc2822(message["created"]),
            "date_updated": rfc2822(message["created"]),
            "uri": f"{request.url.path.removesuffix('.json')}/ME{each['file']}.json",
        }
        for each in message.get("media", ())
    ]
    return JSONResponse(page_of(request, "media_list", found))


async def fetch(world: World, account: Account, request: Request) -> Response:
    """Answer `GET /Messages/{sid}/Media/{media}`: the file itself lies elsewhere."""
    message, file_id = owned(world, account, request), request.path_params["media"].removeprefix("ME")
    if all(each["file"] != file_id for each in message.get("media", ())) or world.files.find(file_id) is None:
        raise Refused(20404, f"The requested resource {request.url.path} was not found", 404)
    return RedirectResponse(f"/twilio-media/{account.sid}/{file_id}", 307)


async def deliver(request: Request) -> Response:
    """Answer for the store that media redirects to: whoever has the address may read."""
    found = world_of(request).files.find(request.path_params["file"])
    if found is None:
        return Response("this file was forgotten", 404)
    return Response(found.body, media_type=found.content_type)


async def take(world: World, link: str) -> StoredFile | None:
    """Fetch a file that the hub sends by its link; None when that fails or it is too large."""
    try:
        body, content_type = await asyncio.to_thread(_get, link)
    except (URLError, OSError, ValueError):
        return None
    if not body or len(body) > LARGEST:
        return None
    kind = _KINDS_BY_TYPE.get(content_type, _KINDS.get(content_type.partition("/")[0], "file"))
    return world.files.keep(kind, "", content_type, body)


def _get(link: str) -> tuple[bytes, str]:
    if not link.startswith(("http://", "https://")):
        raise ValueError("no link")
    request = urllib.request.Request(link, headers={"User-Agent": "TwilioProxy/1.1"})  # noqa: S310 - checked above
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - checked above
        return answer.read(LARGEST + 1), answer.headers.get_content_type()
