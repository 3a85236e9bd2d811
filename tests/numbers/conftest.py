"""What the tests of numbers share."""

from collections.abc import Iterator

import pytest

from tests.numbers.playing.everything import Numbers
from tests.numbers.playing.hubs import open_hub
from tests.numbers.playing.machine import OpenHub

__all__ = ["open_hub"]


@pytest.fixture
def day(open_hub: OpenHub) -> Iterator[Numbers]:
    """Two customers with numbers, people, and accounts of their own at the supplier."""
    machine = Numbers(open_hub)
    machine.begin()
    yield machine
    machine.teardown()
