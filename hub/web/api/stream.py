"""The live stream of an organization's changes, as server-sent events."""

from starlette.responses import Response, StreamingResponse

from hub.access.permissions import Permission, require
from hub.web.api.frame import Call, Endpoint
from hub.web.auth import authenticate, credentials_of
from hub.web.live import Live

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_LONGEST_ID = 18


def stream(call: Call[None, None]) -> Response:
    if call.request.method == "HEAD":
        return Response(media_type="text/event-stream", headers=_HEADERS)
    live: Live = call.request.app.state.live
    credentials = credentials_of(call.request)

    def still_welcome() -> None:
        require(authenticate(call.services, credentials, "GET"), Permission.READ_CONVERSATIONS)

    last = _last_event_id(call.request.headers.get("last-event-id", ""))
    events = live.events(call.actor.organization_id, last, still_welcome)
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


def _last_event_id(sent: str) -> int | None:
    """Return the number; an id that cannot be ours counts as too old, so that the browser loads everything anew."""
    if not sent:
        return None
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= _LONGEST_ID else -1


ENDPOINTS = (
    Endpoint("GET", "/stream", "Follow changes live; Last-Event-ID resumes without a gap", stream,
             permission=Permission.READ_CONVERSATIONS, produces="text/event-stream"),
)  # fmt: skip
