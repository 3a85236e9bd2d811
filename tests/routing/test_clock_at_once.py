"""What ends by the clock is found by an index, an organization at a time, and one that fails keeps nobody else back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from hub.conversations import commands
from hub.db import conversations, routing_lines
from hub.db.session import Database, PlatformWork
from hub.routing.assignment import acting, end_choices, end_snoozes, endings
from hub.types import Choice, Conditions, ConversationView, Effects, Option, Rule
from tests.outbound.stage import Stage
from tests.routing.acts import give_slots, look, set_rules
from tests.test_indexes import statements
from tests.world import Channel

HOUR = timedelta(hours=1)
WAIT = 300


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The organizations that something was written in, transaction by transaction."""
    seen: list[str] = []
    begin = Database.transaction

    def noted(self: Database, organization_id: str) -> Any:
        seen.append(organization_id)
        return begin(self, organization_id)

    monkeypatch.setattr(Database, "transaction", noted)
    return seen


def put_aside(stage: Stage, bot: Channel, count: int) -> list[ConversationView]:
    found = [stage.open_conversation(bot, str(500 + number)) for number in range(count)]
    for each in found:
        commands.snooze(stage.services, stage.operator, each.id, stage.clock() + HOUR)
    return found


def offered(stage: Stage, bot: Channel) -> ConversationView:
    choice = Choice("Whom?", (Option("Us", stage.org.group_id), Option("You", stage.org.group_id)), stage.org.group_id,
                    WAIT)  # fmt: skip
    set_rules(stage, Rule("RULE1", "Ask", Conditions(), Effects(choice=choice)))
    return stage.open_conversation(bot)


def awake(stage: Stage, talks: list[ConversationView]) -> list[bool]:
    return [look(stage, each).snoozed_until is None for each in talks]


def test_the_snoozes_of_an_organization_end_together(stage: Stage, bot: Channel, writes: list[str]) -> None:
    talks = put_aside(stage, bot, 3)
    stage.clock.forward(hours=1)
    writes.clear()
    end_snoozes(stage.services)
    assert (awake(stage, talks), writes) == ([True] * 3, [stage.org.id])
    end_snoozes(stage.services)
    assert len(writes) == 1


def test_more_than_one_transaction_takes_end_all_the_same(
    stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "AT_ONCE", 2)
    talks = put_aside(stage, bot, 5)
    stage.clock.forward(hours=1)
    end_snoozes(stage.services)
    assert awake(stage, talks) == [True] * 5


def test_one_that_fails_keeps_no_other_back(stage: Stage, bot: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    talks = put_aside(stage, bot, 3)
    say = endings.activity

    def fail(record: Any, *said: Any) -> Any:
        if record.id == talks[0].id:
            raise RuntimeError("it is broken")
        return say(record, *said)

    monkeypatch.setattr(endings, "activity", fail)
    stage.clock.forward(hours=1)
    end_snoozes(stage.services)
    assert awake(stage, talks) == [False, True, True]


def test_a_choice_that_is_put_aside_or_not_over_is_left_alone(stage: Stage, bot: Channel, writes: list[str]) -> None:
    waiting = offered(stage, bot)
    end_choices(stage.services)
    commands.snooze(stage.services, stage.operator, waiting.id, stage.clock() + HOUR)
    stage.clock.forward(seconds=WAIT)
    writes.clear()
    end_choices(stage.services)
    assert writes == []
    stage.clock.forward(hours=1)
    end_snoozes(stage.services)
    assert look(stage, waiting).group is not None


def test_choices_that_are_over_together_give_no_slot_twice(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    first = offered(stage, bot)
    second = stage.open_conversation(bot, "502")
    stage.clock.forward(seconds=WAIT)
    end_choices(stage.services)
    owners = [look(stage, each).assignee for each in (first, second)]
    assert [each is None for each in owners] == [False, True]


def test_what_answered_or_closed_is_no_choice_any_more(stage: Stage, bot: Channel, writes: list[str]) -> None:
    waiting = offered(stage, bot)
    commands.close(stage.services, stage.org.actor, waiting.id)
    stage.clock.forward(seconds=WAIT)
    writes.clear()
    end_choices(stage.services)
    assert writes == []


@contextmanager
def looking(stage: Stage) -> Iterator[list[str]]:
    """How SQLite finds what is asked for meanwhile, step by step."""
    steps: list[str] = []
    with statements(stage.services) as seen:
        yield steps
    with stage.services.db.engine.connect() as connection:
        for statement, values in seen.items():
            steps += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_is_over_is_found_by_an_index(stage: Stage) -> None:
    with looking(stage) as steps, stage.services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        conversations.list_snoozed_until(tx, stage.clock(), 100)
        routing_lines.list_offered(tx, stage.clock(), 100)
    found = [each for each in steps if "conversations" in each]
    assert found == [
        "SEARCH conversations USING INDEX conversations_snoozed (snoozed_until<?)",
        "SEARCH conversations USING INDEX conversations_choosing (choose_until<?)",
    ]
