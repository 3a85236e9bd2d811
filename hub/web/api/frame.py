"""The frame of the API: what an endpoint declares, and how a request of it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import Response

from hub.access.permissions import Permission, require
from hub.db.idempotency import EVERY_TIME, Once, OncePerKey
from hub.errors import NotFound
from hub.types import Actor
from hub.web.api.idempotency import KeyedRequest, answer_once, once_for
from hub.web.auth import Credentials, authenticate, credentials_of
from hub.web.bodies import JSON_LIMIT, read_body
from hub.web.problems import invalid
from hub.web.threads import run
from hub.wiring import Services

PREFIX = "/api/v1"


class Shown(BaseModel):
    """Base of what the API answers: made from the attributes of the use cases' values."""

    model_config = ConfigDict(from_attributes=True)


class Named(Shown):
    """An id with the name people know it by."""

    id: str
    name: str


class Body(BaseModel):
    """Base of what the API takes: unknown fields and NUL characters are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        if _has_nul(value):
            raise ValueError("must not contain the character NUL")
        return value


class Query(Body):
    """Base of a query string. Values come as text."""


class Paging(Query):
    """The query of every list."""

    limit: int = Field(50, ge=1, le=200, description="How many items at most")
    cursor: str | None = Field(None, max_length=500, description="`next` of the page before")


Item = TypeVar("Item")
BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT")


class Listing(Shown, Generic[Item]):
    """A page of items; `next` is the cursor of the following one, null at the end."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Call(Generic[BodyT, QueryT]):
    """One request, signed in and validated. `raw` is the body as it came; `request` has headers and the app's state."""

    services: Services
    actor: Actor
    path: Mapping[str, str]
    query: QueryT
    body: BodyT
    once: Once
    request: Request
    raw: bytes = field(repr=False)


Handler = Callable[[Call[Any, Any]], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the API's table.

    path         below /api/v1, with {placeholders}
    permission   what the caller needs; None: anybody signed in
    public       answered without signing in
    creates      takes Idempotency-Key, and the use case keeps the answer
    body_limit   bytes; a larger body gets 413
    consumes     media type of the body; other than JSON it is left to the handler as `call.raw`
    produces     media type of an answer the handler makes itself
    """

    method: str
    path: str
    summary: str
    handler: Handler
    returns: Any = None
    body: type[Body] | None = None
    query: type[Query] | None = None
    status: int = 200
    permission: Permission | None = None
    public: bool = False
    creates: bool = False
    body_limit: int = JSON_LIMIT
    consumes: str = "application/json"
    produces: str = "application/json"

    @property
    def success(self) -> int:
        """The status of a good answer."""
        return 204 if self.returns is None and self.produces == "application/json" else self.status

    @property
    def tag(self) -> str:
        return self.path.split("/")[1].split(".")[0]


@dataclass(frozen=True, slots=True)
class _Received:
    """A request as it came, complete, ready for the thread pool."""

    request: Request
    credentials: Credentials
    raw: bytes = field(repr=False)


def answering(services: Services, endpoint: Endpoint) -> Callable[[Request], Any]:
    """Return the starlette endpoint of one line of the table."""

    async def answer(request: Request) -> Response:
        raw = await read_body(request, endpoint.body_limit)
        received = _Received(request, credentials_of(request), raw)
        return await run(_answer, services, endpoint, received)

    return answer


def _answer(services: Services, endpoint: Endpoint, received: _Received) -> Response:
    actor = _sign_in(services, endpoint, received)
    if actor is None:
        return _public_answer(services, endpoint, received)
    path = _path(received.request)
    query = _parse_query(endpoint, received.request)
    body = _parse_body(endpoint, received)
    once = _once(services, endpoint, actor, received)
    call = Call(services, actor, path, query, body, once or EVERY_TIME, received.request, received.raw)
    if once is None:
        return _render(endpoint, endpoint.handler(call))
    return answer_once(services, once, lambda: _render(endpoint, endpoint.handler(call)))


def _sign_in(services: Services, endpoint: Endpoint, received: _Received) -> Actor | None:
    if endpoint.public:
        return None
    actor = authenticate(services, received.credentials, received.request.method)
    if endpoint.permission is not None:
        require(actor, endpoint.permission)
    return actor


def _public_answer(services: Services, endpoint: Endpoint, received: _Received) -> Response:
    nobody: Any = None
    return _render(
        endpoint,
        endpoint.handler(Call(services, nobody, {}, None, None, EVERY_TIME, received.request, received.raw)),
    )


def _path(request: Request) -> Mapping[str, str]:
    if any("\x00" in value for value in request.path_params.values()):
        raise NotFound("no such address")
    return request.path_params


def _parse_query(endpoint: Endpoint, request: Request) -> Query | None:
    if endpoint.query is None:
        return None
    try:
        # `?status=` is a form's way of asking for no status in particular
        sent = {name: value for name, value in request.query_params.items() if value}
        return endpoint.query.model_validate(sent)
    except ValidationError as error:
        raise invalid(error, "query") from None


def _parse_body(endpoint: Endpoint, received: _Received) -> Body | None:
    if endpoint.body is None:
        return None
    try:
        return endpoint.body.model_validate_json(received.raw or b"{}")
    except ValidationError as error:
        raise invalid(error, "body") from None


def _has_nul(value: Any) -> bool:
    match value:
        case str():
            return "\x00" in value
        case dict():
            return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
        case list():
            return any(_has_nul(item) for item in value)
        case _:
            return False


def _content(endpoint: Endpoint, result: Any) -> bytes:
    shown: BaseModel = endpoint.returns.model_validate(result, from_attributes=True)
    return shown.model_dump_json(by_alias=True).encode()


def _render(endpoint: Endpoint, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    if endpoint.returns is None:
        return Response(status_code=204)
    return Response(_content(endpoint, result), endpoint.success, media_type="application/json")


def _once(services: Services, endpoint: Endpoint, actor: Actor, received: _Received) -> OncePerKey | None:
    request = received.request
    key = request.headers.get("idempotency-key")
    if not endpoint.creates or key is None:
        return None
    content_type = request.headers.get("content-type", "")
    keyed = KeyedRequest(actor, endpoint.method, request.url.path, key, content_type, received.raw, endpoint.success)
    return once_for(services, keyed, lambda result: _content(endpoint, result).decode())
