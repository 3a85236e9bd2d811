import pytest

from hub.wiring import Services
from tests.media_jobs.stage import MediaStage, set_media_stage


@pytest.fixture
def stage(services: Services) -> MediaStage:
    return set_media_stage(services)
