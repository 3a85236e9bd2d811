"""The stage these tests play on."""

import pytest

from hub.wiring import Services
from tests.numbers.health.stage import HealthStage, set_stage


@pytest.fixture
def stage(services: Services) -> HealthStage:
    return set_stage(services)
