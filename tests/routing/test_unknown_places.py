"""Hours of a place or a clock that the libraries no longer know: what comes in is routed all the same."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.routing.assignment import Hypothesis, explain
from hub.types import Conditions, Effects, GroupRules, Hours, Interval, Rule, TimeCondition
from hub.web.admin.groups_now import now_of
from hub.web.language import USUAL, load
from hub.web.rendering import Times
from tests.intake.kit import counted
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, owner_of, set_group, set_rules
from tests.world import Channel

ALWAYS = Hours("Europe/Berlin", ((Interval(0, 1440),),) * 7)
GONE = [replace(ALWAYS, time_zone="Europe/Bonn", week=((),) * 7), replace(ALWAYS, holidays="DE-XX")]


@pytest.mark.parametrize("hours", GONE, ids=["zone", "place"])
def test_what_comes_in_is_handled_and_the_group_is_open(stage: Stage, bot: Channel, hours: Hours) -> None:
    set_group(stage, GroupRules(hours=hours, closed_answer="We are closed."))
    night = Conditions(time=TimeCondition(inside=False, hours=hours))
    set_rules(stage, Rule("RULE1", "Night", night, Effects(group_id=add_group(stage, "Night"))))
    conversation = stage.open_conversation(bot)
    assert owner_of(stage, conversation) == stage.operator.user_id
    assert counted(stage.services, stage.org.actor) == {"received": 1, "handled": 1}
    decision = explain(stage.services, stage.org.actor, Hypothesis(channel_id=bot.id, text="Hello"))
    assert (decision.rule, decision.closed) == ("channel", False)


@pytest.mark.parametrize("hours", GONE, ids=["zone", "place"])
def test_the_page_of_groups_shows_it_as_open(hours: Hours) -> None:
    now = now_of(hours, Times(UTC, datetime(2026, 3, 1, tzinfo=UTC), load(USUAL)))
    assert (now.open, now.text) == (True, "Open now")
