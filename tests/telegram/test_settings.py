"""A channel's own settings reach its adapter."""

from sqlalchemy import update

from hub.db import senders
from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.types import Chore, JournalEvent, NothingToDo, Sender
from hub.wiring import Services
from tests.conformance.kit import RECEIVED_AT
from tests.fixtures.telegram.kit import KIT
from tests.world import Channel, World

GROUP = JournalEvent("1", {}, KIT.request("group_text").body, RECEIVED_AT)
CHANNEL = t.Channel.__table__  # type: ignore[attr-defined]


def as_read(services: Services, channel: Channel) -> Sender:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        found = senders.find(tx, channel.sender_id)
    assert found is not None
    return found.open(services.vault)


def test_a_channel_says_whether_its_bot_leaves_groups(services: Services, world: World) -> None:
    org = world.organization("Lindenhof")
    channel = world.channel(org, "telegram", KIT.sender.address, {"bot_token": "1:x"})
    adapter = services.adapters[KIT.kind]
    assert [type(event) for event in adapter.parse(GROUP, as_read(services, channel))] == [Chore]
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel.id).values(settings={"leave_groups": False}))
    assert [type(event) for event in adapter.parse(GROUP, as_read(services, channel))] == [NothingToDo]
