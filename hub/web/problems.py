"""Errors as RFC 9457 problem documents."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from hub.errors import HubError, Invalid, TooMany, Unavailable
from hub.ids import new_id
from hub.log import get_logger, trace_of

MEDIA_TYPE = "application/problem+json"
_UNAVAILABLE_SECONDS = 2
_TITLES = {404: "Not found", 405: "Method not allowed", 413: "Too large"}

log = get_logger(__name__)


class Problem(BaseModel):
    """What every error of the API looks like. Further members depend on the error."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def problem(
    status: int,
    title: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """Return a problem document; `extra` joins its members."""
    content = {**(extra or {}), "type": "about:blank", "title": title, "status": status, "detail": detail}
    return ProblemResponse(content, status, headers=headers)


def of_error(error: HubError) -> ProblemResponse:
    """Return what an error of the hub looks like from outside."""
    return problem(error.status, error.title, error.detail, error.extra, _headers(error))


def of_status(status: int, detail: str) -> ProblemResponse:
    return problem(status, _TITLES.get(status, "Refused"), detail)


def of_crash(request: Request, error: Exception) -> ProblemResponse:
    """Log an error nobody expected and return a document that names only where to find it."""
    trace = new_id()
    log.error(
        "web.crash",
        trace=trace,
        method=request.method,
        path=_pattern(request),
        error=type(error).__name__,
        at=trace_of(error),
    )
    detail = f"the hub failed on this request; its log has the reason under the trace {trace}"
    return problem(500, HubError.title, detail, {"trace": trace})


def _pattern(request: Request) -> str:
    """The route's pattern: a path itself may hold a token (an invitation)."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "unknown"))


def invalid(error: ValidationError, where: str) -> Invalid:
    """Return pydantic's findings as Invalid, without the values that were sent: they may be secrets."""
    found = [
        {"field": ".".join(str(step) for step in item["loc"]), "error": item["msg"]}
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Invalid(f"the {where} is not as it must be: {_sentence(found)}", errors=found)


def _sentence(found: Iterable[Mapping[str, str]]) -> str:
    return "; ".join(f"{item['field']}: {item['error']}" if item["field"] else item["error"] for item in found)


def _headers(error: HubError) -> dict[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(math.ceil(error.retry_after))}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(_UNAVAILABLE_SECONDS)}
    if "retry_after" in error.extra:
        return {"Retry-After": str(math.ceil(error.extra["retry_after"]))}
    if error.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {}
