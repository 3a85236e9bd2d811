from collections.abc import Iterator

import pytest
import respx

from tests.fixtures.twilio import ACCOUNT_SID
from tests.twilio.account import API


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        # every look begins with the account; a test that plans another answer for it replaces this one
        router.get(f"{API}.json").respond(json={"sid": ACCOUNT_SID, "status": "active"})
        yield router
