"""The stage these tests play on."""

import pytest

from hub.wiring import Services
from tests.outbound.stage import Stage, set_stage
from tests.world import Channel


@pytest.fixture
def stage(services: Services) -> Stage:
    return set_stage(services)


@pytest.fixture
def bot(stage: Stage) -> Channel:
    """A connected channel of the organization's group."""
    return stage.channel()
