"""What is said outside the hours is said to who has just written, and once in a conversation and day of the group."""

from datetime import UTC, datetime

from sqlalchemy import update

from hub.db.routing_forms import group_rules_to_json
from hub.db.tables.core import AUTOMATIC_ANSWER, GROUP
from hub.routing.assignment import assign_waiting, overflow_due
from hub.types import GroupRules, Hours
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, go, look, rows, set_group
from tests.world import Channel

NEVER_IN_AUCKLAND = Hours("Pacific/Auckland", ((),) * 7)


def said(stage: Stage) -> list[str]:
    return sorted(each.once for each in rows(stage, AUTOMATIC_ANSWER))


def test_the_day_is_that_of_the_group(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    set_group(stage, GroupRules(hours=NEVER_IN_AUCKLAND, closed_answer="We are closed"))
    stage.clock.now = datetime(2026, 11, 21, 10, 59, tzinfo=UTC)
    stage.write(bot, "Hello")
    stage.write(bot, "Anybody?")
    assert said(stage) == ["closed:2026-11-21"]
    # midnight there, which is 13 hours before that of UTC
    stage.clock.forward(minutes=1)
    stage.write(bot, "Still nobody?")
    assert said(stage) == ["closed:2026-11-21", "closed:2026-11-22"]
    stage.clock.forward(hours=13)
    stage.write(bot, "It is midnight elsewhere")
    assert said(stage) == ["closed:2026-11-21", "closed:2026-11-22"]


def test_who_goes_over_to_a_closed_group_without_a_word_is_told_nothing(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    other = add_group(stage, "Night", stage.operator)
    closed = GroupRules(hours=NEVER_IN_AUCKLAND, closed_answer="We are closed")
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(GROUP).where(GROUP.c.id == other).values(rules=group_rules_to_json(closed)))
    set_group(stage, GroupRules(overflow_group_id=other, overflow_after=300))
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=5)
    overflow_due(stage.services)
    after = look(stage, conversation)
    assert after.group is not None
    assert (after.group.name, said(stage)) == ("Night", [])
    assign_waiting(stage.services, stage.org.id)
    assert said(stage) == []
    stage.write(bot, "Hello?")
    assert len(said(stage)) == 1
