"""A ban of a number on WhatsApp, at the API's door; the supplier is the sandbox."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from hub.sandbox import seeds
from hub.settings import Settings
from hub.web.app import create_app
from hub.wiring import Services, build
from tests.api.conftest import Api
from tests.numbers.cases.bans import Bans, set_up
from tests.numbers.registering.conftest import Supplier, supplier, supplier_server
from tests.outbound.stage import set_stage
from tests.provisioning.conftest import URLS

__all__ = ["supplier", "supplier_server"]


@pytest.fixture
def services(settings: Settings, supplier: Supplier) -> Iterator[Services]:
    account = {"twilio_account_sid": seeds.ACCOUNT_SID, "twilio_auth_token": SecretStr(seeds.ACCOUNT_TOKEN)}
    built = build(settings.model_copy(update={**dict.fromkeys(URLS, supplier.url), **account}))
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@pytest.fixture
def bans(services: Services) -> Bans:
    stage = set_stage(services)
    return set_up(stage, Api(stage.services, create_app(stage.services), stage.world, stage.org))
