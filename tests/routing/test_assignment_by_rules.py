"""What rules do to an assignment: group, priority, topic, choice, skills, answers."""

import subprocess
import sys

import pytest

from hub.db import routing_setup
from hub.db.tables.core import AUTOMATIC_ANSWER
from hub.routing import assignment
from hub.routing.assignment import assign_waiting, questions
from hub.types import Choice, Conditions, Effects, GroupRules, Hours, Option, Rule, Wanted
from tests.outbound.stage import Stage
from tests.routing.acts import add_group, colleague, go, look, owner_of, rows, set_group, set_rules
from tests.world import Channel


def test_a_rule_routes_names_priority_and_topic_and_answers_once(stage: Stage, bot: Channel) -> None:
    ada = colleague(stage, "Ada Operator", "away")
    second = add_group(stage, "Second", ada)
    then = Effects(group_id=second, priority=2, topic="Refund", answer="We look into it")
    set_rules(stage, Rule("RULE1", "Refunds", Conditions(keywords=("refund",)), then))
    conversation = stage.write(bot, "I want a refund")
    assert conversation.group is not None
    assert (conversation.group.id, conversation.priority, conversation.topic) == (second, 2, "Refund")
    assert conversation.routing["rule"] == "RULE1"
    stage.write(bot, "a refund, please")
    assert [each.text for each in rows(stage, AUTOMATIC_ANSWER)] == ["We look into it"]


def test_who_was_offered_a_choice_goes_where_they_choose_or_else_where_the_rule_says(
    stage: Stage, bot: Channel
) -> None:
    second = add_group(stage, "Second", colleague(stage, "Ada Operator"))
    choice = Choice(
        "Sales or Support?", (Option("Sales", second), Option("Support", stage.org.group_id)), stage.org.group_id, 300
    )
    set_rules(stage, Rule("RULE1", "Ask", Conditions(), Effects(choice=choice)))
    chooses, silent = stage.open_conversation(bot), stage.open_conversation(bot, "501")
    assert (chooses.assignee, chooses.group) == (None, None)
    assert {tuple(each.options) for each in rows(stage, AUTOMATIC_ANSWER)} == {("Sales", "Support")}
    stage.hear(bot, stage.message("what?"))
    assert look(stage, chooses).group is None
    stage.hear(bot, stage.message("sales"))
    assert look(stage, chooses).group == look(stage, chooses).group
    assert getattr(look(stage, chooses).group, "id", None) == second
    stage.clock.forward(seconds=300)
    assignment.end_choices(stage.services)
    assert getattr(look(stage, silent).group, "id", None) == stage.org.group_id
    assert owner_of(stage, silent)


def test_outside_the_hours_it_is_said_once_a_day(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    never = Hours("Europe/Berlin", ((),) * 7)
    set_group(stage, GroupRules(hours=never, closed_answer="We are closed"))
    stage.open_conversation(bot)
    stage.hear(bot, stage.message("anybody?"))
    assert [each.once for each in rows(stage, AUTOMATIC_ANSWER)] == ["closed:2026-11-21"]
    stage.clock.forward(days=1)
    stage.hear(bot, stage.message("anybody?"))
    assert sorted(each.once for each in rows(stage, AUTOMATIC_ANSWER)) == ["closed:2026-11-21", "closed:2026-11-22"]


def test_skills_keep_others_out_and_changed_rules_let_them_in(stage: Stage, bot: Channel) -> None:
    set_rules(stage, Rule("RULE1", "Refunds", Conditions(), Effects(skills=("refunds",))))
    conversation = stage.open_conversation(bot)
    assert conversation.assignee is None
    assign_waiting(stage.services, stage.org.id)
    assert look(stage, conversation).assignee is None
    set_group(stage, GroupRules(skills=Wanted.PREFERRED))
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, conversation) == stage.operator.user_id


def test_the_language_is_told_before_anybody_has_to_wait_for_it(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    lock = routing_setup.lock_routing
    monkeypatch.setattr(questions, "detect", lambda text: done.append(text) or "de")
    monkeypatch.setattr(routing_setup, "lock_routing", lambda tx: done.append("locked") or lock(tx))
    set_rules(stage, Rule("RULE1", "German", Conditions(languages=("de",)), Effects(topic="German")))
    conversation = stage.write(bot, "Guten Tag")
    assert conversation.topic == "German"
    assert done == ["Guten Tag", "locked"]


def test_a_worker_has_the_calendars_of_holidays_before_its_first_job() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sys, workers.main; print('holidays' in sys.modules)"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert found.stdout == "True\n"
