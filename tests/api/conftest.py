"""An API with its clients: the application in-process, tokens of every role, and a foreign organization beside it."""

from dataclasses import dataclass
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from hub.access import tokens
from hub.access.permissions import ORGANIZATION_SCOPES
from hub.types import Actor
from hub.web.app import create_app
from hub.wiring import Services
from tests.world import Organization, World

ONE_DATABASE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""For what never reaches the database: once is enough."""

BASE = "https://hub.example.com/api/v1"


@dataclass(frozen=True)
class Api:
    """Calls the API of one application. Each method is one request in an event loop of its own."""

    services: Services
    app: Starlette
    world: World
    org: Organization

    def token(self, actor: Actor, scopes: tuple[str, ...] = ORGANIZATION_SCOPES) -> str:
        """A fresh token of a user, whatever their role may issue."""
        with self.services.db.transaction(actor.organization_id) as tx:
            return tokens.issue(self.services, tx, actor.user_id, "for a test", scopes).token

    def call(
        self, method: str, path: str, token: str | None = None, headers: dict[str, str] | None = None, **content: Any
    ) -> httpx.Response:
        """One request; `content` as httpx takes it (json, content, files, params)."""
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}

        async def request() -> httpx.Response:
            async with client(self.app) as http:
                return await http.request(method, BASE + path, headers=sent, **content)

        return anyio.run(request)

    def owner(self, method: str, path: str, **content: Any) -> httpx.Response:
        """One request of the organization's owner."""
        return self.call(method, path, self.token(self.org.actor), **content)


def client(app: Starlette) -> httpx.AsyncClient:
    """A client that talks to the application in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app))


@pytest.fixture
def api(services: Services, world: World, org: Organization) -> Api:
    return Api(services, create_app(services), world, org)
