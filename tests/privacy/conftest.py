"""Persons with markers planted wherever a word about them can lie."""

import pytest

from hub.wiring import Services
from tests.api.conftest import Api, api
from tests.privacy.scene import Scene
from tests.world import Organization, World

__all__ = ["api"]


@pytest.fixture
def scene(services: Services, world: World, org: Organization, api: Api) -> Scene:
    """An organization with three channels."""
    world.channel(org, "email", "support@shop.example")
    world.channel(org, "telegram", "7100000101", {"bot_token": "1:a"})
    world.channel(org, "sms", "+4930111")
    return Scene(services, world, org, api)
