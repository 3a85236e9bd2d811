"""A hub whose providers are the sandbox, with something of everything that can be changed."""

import pytest

from hub.wiring import Services
from tests.audit.scene import Scene

# fixtures are found by their names in this module
from tests.provisioning.conftest import Sandbox, sandbox, sandbox_server, services  # noqa: F401
from tests.world import Organization, World


@pytest.fixture
def scene(services: Services, world: World, org: Organization, sandbox: Sandbox) -> Scene:  # noqa: F811
    return Scene(services, world, org, sandbox)
