"""What a rule may ask for, and what becomes of rules when what they name goes."""

import pytest
from sqlalchemy import select

from hub.access.profile_values import LONGEST_SKILL
from hub.access.routing_rules import MOST_NEEDED, list_problems, list_rules, replace_rules
from hub.db.tables.core import QUEUE_LINE
from hub.errors import Invalid
from hub.provisioning.channels import delete_channel
from hub.types import Conditions, Effects, Rule
from tests.outbound.stage import Stage
from tests.world import Channel


def test_the_longest_that_a_rule_can_ask_for_still_has_its_line(stage: Stage, bot: Channel) -> None:
    """Four bytes a letter, and none that repeats itself: PostgreSQL takes no index entry beyond 2,704 bytes."""
    letters = iter(range(0x20000, 0x20000 + MOST_NEEDED * LONGEST_SKILL))
    skills = tuple("".join(chr(next(letters)) for _ in range(LONGEST_SKILL)) for _ in range(MOST_NEEDED))
    replace_rules(
        stage.services, stage.org.actor, [Rule("", "All", Conditions(), Effects(skills=skills, language=True))]
    )
    stage.write(bot, "Wo bleibt denn meine Rechnung vom letzten Monat?")
    with stage.services.db.reading(stage.org.id) as tx:
        [line] = tx.all(select(QUEUE_LINE))
    assert len(line.needs.encode()) > 1_600
    assert [each.assignee for each in stage.conversations()] == [None]


def test_a_rule_that_asks_for_more_is_refused_and_says_how_many_it_can(stage: Stage) -> None:
    skills = tuple(f"skill {number}" for number in range(MOST_NEEDED + 1))
    wrong = [Rule("", "All", Conditions(), Effects(skills=skills))]
    with pytest.raises(Invalid, match="the rule “All” asks for 11 skills; a rule can ask for 10 at most"):
        replace_rules(stage.services, stage.org.actor, wrong)
    assert list_rules(stage.services, stage.org.actor) == []


def test_a_channel_may_go_that_a_rule_asks_for_and_the_rules_say_so_and_can_still_be_changed(
    stage: Stage, bot: Channel
) -> None:
    actor, services = stage.org.actor, stage.services
    replace_rules(services, actor, [Rule("", "Bot", Conditions(channel_ids=(bot.id,)), Effects(priority=2))])
    assert list_problems(services, actor) == []
    delete_channel(services, actor, bot.id)
    told = "the rule “Bot” asks for a channel that does not exist any more; take it out, or choose another"
    assert list_problems(services, actor) == [told]
    kept = list_rules(services, actor)
    after = replace_rules(services, actor, [*kept, Rule("", "New", Conditions(topics=("x",)), Effects(priority=1))])
    assert [each.name for each in after] == ["Bot", "New"]
    again = Rule("", "Bot too", Conditions(channel_ids=(bot.id,)), Effects(priority=2))
    with pytest.raises(Invalid, match="“Bot too”") as refused:
        replace_rules(services, actor, [*after, again])
    assert told not in refused.value.extra["problems"], "what was there before is no reason"
