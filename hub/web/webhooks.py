"""The platforms' doors: read the raw bytes, verify, split, commit, and only then acknowledge."""

import contextlib
from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub.channels.base import Adapter
from hub.channels.doors import Answer
from hub.channels.doors import Route as WebhookRoute
from hub.channels.notices import CallCame, Notice
from hub.crypto import PLATFORM
from hub.db.quarantine import NewQuarantine
from hub.errors import HubError, Unavailable
from hub.failpoints import reach
from hub.inbound.accept import accept, held_request
from hub.inbound.directory import Directory, Target
from hub.inbound.intake import Batch, Intake
from hub.log import get_logger
from hub.numbers.supply.calls import forward
from hub.provisioning.withdrawing import hear
from hub.types import Forged, RawEvent, Verdict, Verified, WebhookRequest, WebhookSecret
from hub.web import problems
from hub.wiring import Services

_RETRY_AFTER = 2
_LARGE = 64 << 10

log = get_logger(__name__)


class _TooLargeError(Exception):
    """The body outgrew what the route takes."""


class _MissingTargetError(Exception):
    """The directory has to ask the database whose an event is."""


def webhook_routes(services: Services, intake: Intake) -> list[Route]:
    """Return one route for each URL the adapters declare; kinds that share a URL share the first one's answer."""
    doors: dict[str, _Door] = {}
    directory = Directory(services)
    for adapter in services.adapters.values():
        for route in adapter.routes:
            doors.setdefault(route.path, _Door(services, intake, directory, adapter, route))
    return [Route(path, door.receive, methods=list(door.route.methods)) for path, door in doors.items()]


class _Door:
    """One webhook URL."""

    def __init__(
        self, services: Services, intake: Intake, directory: Directory, adapter: Adapter, route: WebhookRoute
    ) -> None:
        self.route = route
        self._services = services
        self._intake = intake
        self._directory = directory
        self._adapter = adapter
        self._accepted = _response(route.accepted)

    async def receive(self, http: Request) -> Response:
        """Answer one call. 2xx only after everything it brought is committed."""
        try:
            headers = _headers(http)
            body = await _read(http, headers, self.route.max_body)
            return await self._answer(_request(http, self._services, headers, body))
        except _TooLargeError:
            return problems.of_status(413, f"the body is over {self.route.max_body} bytes; nothing of it was kept")
        except ClientDisconnect:
            return Response(status_code=400)
        except Unavailable as error:
            return problems.problem(503, error.title, error.detail, headers={"retry-after": str(_RETRY_AFTER)})
        except HubError as error:
            return problems.of_error(error)

    async def _answer(self, request: WebhookRequest) -> Response:
        reach("webhook.before_verify")
        await self._adapter.prepare(request)
        secrets = await self._secrets(request)
        if secrets is None:
            return await self._unknown_channel(request)
        challenge = self._adapter.answer_challenge(request, secrets)
        if challenge is not None:
            return _response(challenge)
        verdict = await self._verify(request, secrets)
        if isinstance(verdict, Forged):
            return await self._refuse(request, verdict)
        reach("webhook.after_verify")
        notice, told = self._adapter.read_notice(request), ""
        if notice is None:
            await self._intake.commit(await self._accept(request, verdict.by))
        else:
            told = await run_in_threadpool(self._hear, notice, verdict.by)
        reach("webhook.before_answer")
        answer = self._adapter.answer_accepted(request, told)
        return self._accepted if answer is None else _response(answer)

    def _hear(self, notice: Notice, proven: WebhookSecret) -> str:
        """Do what a notice asks for; return what there is to say to it."""
        if isinstance(notice, CallCame):
            return forward(self._services, notice, proven)
        hear(self._services, self._adapter.kind, notice)
        return ""

    async def _secrets(self, request: WebhookRequest) -> Sequence[WebhookSecret] | None:
        query = self._adapter.secret_query(request)
        cached = self._directory.cached_secrets(query)
        return cached if cached is not None else await run_in_threadpool(self._directory.secrets, query)

    async def _verify(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        """A secret may just have been changed: before anything is refused it is read anew."""
        verdict = await self._judge(request, secrets)
        if isinstance(verdict, Verified):
            return verdict
        anew = await run_in_threadpool(self._directory.secrets, self._adapter.secret_query(request))
        return await self._judge(request, anew or ())

    async def _judge(self, request: WebhookRequest, secrets: Sequence[WebhookSecret]) -> Verdict:
        """A large body is judged beside the event loop, which serves everybody else meanwhile."""
        if len(request.body) > _LARGE:
            return await run_in_threadpool(self._adapter.verify, request, secrets)
        return self._adapter.verify(request, secrets)

    async def _accept(self, request: WebhookRequest, proven: WebhookSecret) -> Batch:
        """Split and seal; on the event loop when no key and nobody's address has to be looked up."""
        platform = self._services.vault.remembered(PLATFORM)

        def remembered(event: RawEvent, by: WebhookSecret) -> Sequence[Target]:
            found = self._directory.cached_target(event, by)
            if found is None:
                raise _MissingTargetError
            return [found]

        if platform is not None and len(request.body) <= _LARGE:
            with contextlib.suppress(_MissingTargetError):
                return accept(self._adapter, platform, request, proven, remembered)
        return await run_in_threadpool(self._accept_beside, request, proven)

    def _accept_beside(self, request: WebhookRequest, proven: WebhookSecret) -> Batch:
        return accept(self._adapter, self._services.vault.platform(), request, proven, self._directory.targets)

    async def _unknown_channel(self, request: WebhookRequest) -> Response:
        """Kept, because a channel may have been removed by mistake; refused, because we cannot know that."""
        await self._hold(request, "no channel has the id in the URL")
        return problems.of_status(404, "there is no such channel")

    async def _refuse(self, request: WebhookRequest, verdict: Forged) -> Response:
        log.warning("webhook.forged", kind=self._adapter.kind, path=self.route.path, reason=verdict.reason)
        await self._hold(request, verdict.reason)
        return _response(self.route.forged)

    async def _hold(self, request: WebhookRequest, reason: str) -> None:
        await self._intake.commit(Batch(held=[await run_in_threadpool(self._held, request, reason)]))

    def _held(self, request: WebhookRequest, reason: str) -> NewQuarantine:
        return held_request(
            self._adapter,
            self._services.vault.platform(),
            request,
            reason,
            genuine=False,
            organization_id=self._directory.organization_of(self._adapter.secret_query(request)),
        )


async def _read(http: Request, headers: Mapping[str, str], limit: int) -> bytes:
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _TooLargeError
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > limit:
            raise _TooLargeError
    return bytes(body)


def _request(http: Request, services: Services, headers: Mapping[str, str], body: bytes) -> WebhookRequest:
    # the scope itself: starlette would build and parse a URL for each of the two
    path, query = _without_nul(http.scope["path"]), http.scope["query_string"].decode("latin-1")
    return WebhookRequest(
        method=http.method,
        path=path,
        public_url=services.settings.base_url + path + (f"?{query}" if query else ""),
        headers=headers,
        body=body,
        received_at=services.clock(),
        params={name: _without_nul(str(value)) for name, value in http.path_params.items()},
        query=dict(http.query_params) if query else {},
    )


def _without_nul(text: str) -> str:
    """PostgreSQL refuses NUL, which a caller can write as %00."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _headers(http: Request) -> dict[str, str]:
    """Header names in lower case; NUL, which PostgreSQL refuses, cannot stand in a header."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in http.scope["headers"]}


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)
