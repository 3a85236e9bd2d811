"""Fixtures of the Telegram tests."""

from collections.abc import Iterator

import pytest
import respx

from hub.channels.base import Adapter
from tests.fixtures.telegram.kit import KIT
from tests.telegram.bot_api import ME, ROOT, ok


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{ROOT}/getMe").mock(return_value=ok(ME))
        yield router


@pytest.fixture
def adapter() -> Adapter:
    return KIT.build()
