"""Deleting a group beside whoever makes use of it at that moment: it stays, and nobody gets the database's word."""

import pytest
from sqlalchemy import update

from hub.access import groups
from hub.conversations import commands
from hub.db.routing_setup import lock_routing
from hub.db.session import Tx
from hub.db.tables.core import CHANNEL, CONVERSATION
from hub.errors import Conflict
from tests.outbound.stage import Stage
from tests.routing.acts import set_channel_group
from tests.world import Channel

USED = "channels or open conversations use this group"


def test_what_was_closed_in_it_meanwhile_is_a_conflict(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = groups.create_group(stage.services, stage.org.actor, "Night shift").id
    conversation = stage.open_conversation(bot)
    commands.close(stage.services, stage.operator, conversation.id)

    def close_meanwhile(tx: Tx) -> None:
        lock_routing(tx)
        mine = CONVERSATION.c.organization_id == stage.org.id, CONVERSATION.c.id == conversation.id
        tx.execute(update(CONVERSATION).where(*mine).values(group_id=group))

    monkeypatch.setattr(groups, "lock_routing", close_meanwhile)
    with pytest.raises(Conflict, match=USED):
        groups.delete_group(stage.services, stage.org.actor, group)
    assert groups.get_group(stage.services, stage.org.actor, group).name == "Night shift"


def test_a_channel_that_gets_it_and_goes_meanwhile_is_a_conflict(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = groups.create_group(stage.services, stage.org.actor, "Night shift").id

    def delete_meanwhile(tx: Tx) -> None:
        lock_routing(tx)
        mine = CHANNEL.c.organization_id == stage.org.id, CHANNEL.c.id == bot.id
        tx.execute(update(CHANNEL).where(*mine).values(group_id=group, deleted_at=stage.clock()))

    monkeypatch.setattr(groups, "lock_routing", delete_meanwhile)
    with pytest.raises(Conflict, match=USED):
        groups.delete_group(stage.services, stage.org.actor, group)


def test_one_that_is_used_is_refused_before_anything_is_locked(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_tx: Tx, *_more: object) -> None:
        raise AssertionError("nobody is kept waiting for a refusal")

    monkeypatch.setattr(groups, "lock_routing", fail)
    monkeypatch.setattr(groups.queries, "forget_group", fail)
    with pytest.raises(Conflict, match=USED):
        groups.delete_group(stage.services, stage.org.actor, stage.org.group_id)


# SQLite has one writer at a time
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_one_that_somebody_is_just_making_use_of_is_a_conflict_and_nobody_waits(stage: Stage, bot: Channel) -> None:
    group = groups.create_group(stage.services, stage.org.actor, "Night shift").id
    with stage.services.db.transaction(stage.org.id) as tx:
        mine = CHANNEL.c.organization_id == stage.org.id, CHANNEL.c.id == bot.id
        tx.execute(update(CHANNEL).where(*mine).values(group_id=group))
        with pytest.raises(Conflict, match=USED):
            groups.delete_group(stage.services, stage.org.actor, group)
    set_channel_group(stage, bot, None)
    groups.delete_group(stage.services, stage.org.actor, group)
