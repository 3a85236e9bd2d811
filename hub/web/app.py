"""The web application: webhooks, API, pages, health, in one Starlette."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from hub.errors import HubError, NotFound
from hub.inbound.intake import Intake
from hub.numbers.supply.parents import refresh_parents
from hub.settings import Settings
from hub.web import consent_lists, contacts, deletion, media, problems, profile, unsubscribing
from hub.web.admin import audit as admin_audit
from hub.web.admin import business as admin_business
from hub.web.admin import channels as admin_channels
from hub.web.admin import connecting as admin_connecting
from hub.web.admin import groups as admin_groups
from hub.web.admin import pages as admin
from hub.web.admin import privacy as admin_privacy
from hub.web.admin import routing as admin_routing
from hub.web.admin import settings as admin_settings
from hub.web.admin import usage as admin_usage
from hub.web.admin import webhook as admin_webhook
from hub.web.api.frame import PREFIX, answering
from hub.web.api.table import ENDPOINTS
from hub.web.assets import Assets
from hub.web.bans import pages as bans
from hub.web.bans import rehearsal
from hub.web.headers import Counted, CrashNet, SecurityHeaders
from hub.web.health import health_routes
from hub.web.inbox import pages as inbox
from hub.web.live import Live
from hub.web.platform import accounts as platform_accounts
from hub.web.platform import bans as platform_bans
from hub.web.platform import incidents as platform_incidents
from hub.web.platform import numbers as platform_numbers
from hub.web.rendering import STATIC
from hub.web.threads import run
from hub.web.visits import error_response
from hub.web.webhooks import webhook_routes
from hub.wiring import Services, build

_MACHINES = ("/api/", "/webhooks/", "/media/")
"""Below these paths errors are problem documents; elsewhere they are pages."""


def create(settings: Settings) -> Starlette:
    """Return the application of one web process. Raises Misconfigured."""
    return create_app(build(settings))


def create_app(services: Services) -> Starlette:
    """Return the application over given services. Its lifespan runs the intake and the live stream."""
    registry = CollectorRegistry()
    intake, live = Intake(services), Live(services)
    app = Starlette(
        routes=_routes(services, intake, registry),
        middleware=[
            Middleware(SecurityHeaders, https=services.settings.base_url.startswith("https://")),
            Middleware(Counted, registry=registry),
            Middleware(CrashNet),
        ],
        exception_handlers={
            HubError: _answer_error,
            HTTPException: _answer_refusal,
            ClientDisconnect: _answer_nobody,
        },
        lifespan=_lifespan(services, intake, live),
    )
    app.state.services = services
    app.state.live = live
    app.state.endpoints = ENDPOINTS
    return app


def _routes(services: Services, intake: Intake, registry: CollectorRegistry) -> list[BaseRoute]:
    return [
        *webhook_routes(services, intake),
        *(Route(PREFIX + each.path, answering(services, each), methods=[each.method]) for each in ENDPOINTS),
        *health_routes(services, registry),
        *media.routes(services),
        Mount("/static", Assets(directory=STATIC)),
        *inbox.routes(services),
        *admin_connecting.routes(services),
        *admin_channels.routes(services),
        *deletion.routes(services),
        *unsubscribing.routes(services),
        *profile.routes(services),
        *admin.routes(services),
        *admin_groups.routes(services),
        *admin_routing.routes(services),
        *admin_usage.routes(services),
        *admin_audit.routes(services),
        *admin_privacy.routes(services),
        *admin_settings.routes(services),
        *admin_webhook.routes(services),
        *admin_business.routes(services),
        *rehearsal.routes(services),
        *bans.routes(services),
        *contacts.routes(services),
        *consent_lists.routes(services),
        *platform_numbers.routes(services),
        *platform_accounts.routes(services),
        *platform_incidents.routes(services),
        *platform_bans.routes(services),
    ]


def _lifespan(
    services: Services, intake: Intake, live: Live
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await run(refresh_parents, services)
        intake.start()
        live.start()
        try:
            yield
        finally:
            await live.stop()
            intake.stop()
            services.queue.close()
            services.db.dispose()

    return lifespan


async def _answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HubError):
        raise error
    return problems.of_error(error) if _by_machine(request) else error_response(request, error)


async def _answer_refusal(request: Request, error: Exception) -> Response:
    """The router's own refusals: no such path, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    if _by_machine(request) or error.status_code != NotFound.status:
        answer = problems.of_status(error.status_code, f"{request.method} {request.url.path} is not part of the hub")
        answer.headers.update(error.headers or {})
        return answer
    return error_response(request, NotFound("there is no page at this address"))


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    """The client left before its request was whole; nobody reads this."""
    return Response(status_code=400)


def _by_machine(request: Request) -> bool:
    return request.url.path.startswith(_MACHINES)
