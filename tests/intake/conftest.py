"""An organization with a channel of each kind."""

import pytest

from tests.world import Channel, Organization, World


@pytest.fixture
def bot(world: World, org: Organization) -> Channel:
    return world.channel(org, "telegram", "111222", {"bot_token": "111222:token-for-tests"})


@pytest.fixture
def page(world: World, org: Organization) -> Channel:
    return world.channel(org, "facebook", "110000000000001", {"page_access_token": "page-token-for-tests"})


@pytest.fixture
def number(world: World, org: Organization) -> Channel:
    return world.channel(org, "sms", "+4915228895456")


@pytest.fixture
def mailbox(world: World, org: Organization) -> Channel:
    return world.channel(org, "email", "support@shop.example")
