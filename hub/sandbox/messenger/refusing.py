"""Errors of the Graph API, by code and subcode."""

import json

from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.faults import Fault
from hub.sandbox.world import JsonObject


class Refused(Exception):  # noqa: N818
    """An error of the Graph API."""

    def __init__(self, code: int, message: str, subcode: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.error: JsonObject = {"message": message, "type": "OAuthException", "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        self.error["fbtrace_id"] = "A" + seeds.derive(message, 22)


def answer_of(refusal: Refused, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": refusal.error}, refusal.status, headers)


def refuse(fault: Fault) -> Response:
    """Answer as an ordered fault wants."""
    if fault.fault == "429":
        limit = Refused(613, "(#613) Calls to this api have exceeded the rate limit.")
        return answer_of(limit, _usage(fault.retry_after))
    return answer_of(Refused(2, "(#2) Service temporarily unavailable", status=500))


def _usage(seconds: int) -> dict[str, str]:
    """Meta tells whole minutes, and only in this header; under a minute it tells nothing."""
    if seconds < 60:
        return {}
    use = {"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": seconds // 60}
    return {"X-Business-Use-Case-Usage": json.dumps({seeds.PAGES[0].id: [use]})}
