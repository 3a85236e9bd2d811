"""What only one kind of channel has can be set, seen and reaches its adapter."""

import pytest

from hub.errors import Invalid
from hub.provisioning.channels import ChannelChanges, change_channel, get_channel
from hub.wiring import Services
from tests.world import Organization, World


def test_a_setting_of_the_kind_is_shown_set_and_refused_where_it_is_none(
    services: Services, world: World, org: Organization
) -> None:
    bot = world.channel(org, "telegram", "4711", {"bot_token": "4711:t"})
    assert get_channel(services, org.actor, bot.id).settings == {"leave_groups": True}
    changed = change_channel(services, org.actor, bot.id, ChannelChanges(settings={"leave_groups": False}))
    assert changed.settings == {"leave_groups": False}
    with pytest.raises(Invalid, match="no setting 'colour'; there are: leave_groups"):
        change_channel(services, org.actor, bot.id, ChannelChanges(settings={"colour": "red"}))
    with pytest.raises(Invalid, match="leave_groups must be one of true, false"):
        change_channel(services, org.actor, bot.id, ChannelChanges(settings={"leave_groups": "maybe"}))
    page = world.channel(org, "facebook", "110000000000001")
    with pytest.raises(Invalid, match="there are: none"):
        change_channel(services, org.actor, page.id, ChannelChanges(settings={"leave_groups": False}))
