"""A customer who brings a sender of their own; every provider is the sandbox."""

import pytest

from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import Api

# fixtures are found by their names in this module
from tests.provisioning.conftest import rival, sandbox, sandbox_server, services
from tests.world import Organization, World

__all__ = ["rival", "sandbox", "sandbox_server", "services"]


@pytest.fixture
def api(services: Services, world: World, org: Organization) -> Api:
    return Api(services, create_app(services), world, org)
