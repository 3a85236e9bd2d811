"""A banned number, its people, and the number in its place."""

import pytest

from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import Api
from tests.numbers.recruiting.stage import Recruiting, set_up
from tests.outbound.stage import set_stage


@pytest.fixture
def scene(services: Services) -> Recruiting:
    stage = set_stage(services)
    return set_up(stage, Api(stage.services, create_app(stage.services), stage.world, stage.org))
