"""The life of an assignment: parked customers, absent operators, overflow, choices, silence, a person's hand."""

from typing import Any

from sqlalchemy import select, update

from hub.conversations import commands
from hub.db.routing_forms import group_rules_to_json, wishes_to_json
from hub.db.routing_rules import replace_rules
from hub.db.tables.core import ASSIGNMENT, AUTOMATIC_ANSWER, CONVERSATION, GROUP, GROUP_MEMBER, ORGANIZATION, QUEUE_LINE
from hub.ids import new_id
from hub.routing import assignment
from hub.routing.assignment import Assignment, Hypothesis, assign, assign_waiting, explain
from hub.types import (
    Actor,
    Choice,
    Conditions,
    ConversationView,
    Effects,
    GroupRules,
    Hours,
    Option,
    RoutingWishes,
    Rule,
    Wanted,
)
from tests.outbound.stage import Stage
from tests.routing.test_assignment import colleague, give_slots, go, owner_of
from tests.world import Channel


def set_group(stage: Stage, rules: GroupRules) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(GROUP).where(GROUP.c.id == stage.org.group_id).values(rules=group_rules_to_json(rules)))


def add_group(stage: Stage, name: str, *members: Actor) -> str:
    group_id = new_id()
    row = {"id": group_id, "organization_id": stage.org.id, "name": name, "strategy": "least_busy", "rules": {}}
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.insert(GROUP, [{**row, "created_at": stage.clock()}])
        mine = {"organization_id": stage.org.id, "group_id": group_id}
        tx.insert(GROUP_MEMBER, [{**mine, "user_id": each.user_id} for each in members])
    return group_id


def set_rules(stage: Stage, *rules: Rule) -> None:
    with stage.services.db.transaction(stage.org.id) as tx:
        replace_rules(tx, rules)


def look(stage: Stage, conversation: ConversationView) -> ConversationView:
    return next(each for each in stage.conversations() if each.id == conversation.id)


def rows(stage: Stage, table: Any) -> list[Any]:
    with stage.services.db.reading(stage.org.id) as tx:
        return list(tx.all(select(table)))


def times(stage: Stage, conversation: ConversationView) -> list[tuple[str, str | None]]:
    """(who had it, by what it ended), oldest first."""
    found = [each for each in rows(stage, ASSIGNMENT) if each.conversation_id == conversation.id]
    return [(each.user_id, each.ended_by) for each in sorted(found, key=lambda each: (each.assigned_at, each.id))]


def test_a_parked_customer_returns_to_the_same_operator_who_has_a_slot(stage: Stage, bot: Channel) -> None:
    colleague(stage, "Ada Operator")
    conversation = stage.open_conversation(bot)
    first = owner_of(stage, conversation)
    stage.answer(conversation)
    stage.clock.forward(hours=3)
    stage.hear(bot, stage.message("I am back"))
    assert owner_of(stage, conversation) == first
    assert stage.activities(conversation) == ["routed"]
    assert times(stage, conversation) == [(first, None)]


def test_a_parked_customer_whose_operator_is_full_goes_to_others_or_waits(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    parked = stage.open_conversation(bot, "500")
    stage.answer(parked)
    stage.clock.forward(hours=3)
    busy = stage.open_conversation(bot, "501")
    assert owner_of(stage, busy) == stage.operator.user_id
    stage.hear(bot, stage.message("I am back", "500"))
    assert look(stage, parked).assignee is None
    commands.close(stage.services, stage.operator, busy.id)
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, parked) == stage.operator.user_id
    assert times(stage, parked) == [(stage.operator.user_id, "returned"), (stage.operator.user_id, None)]


def test_what_waits_for_somebody_offline_goes_back_after_the_grace_time(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    answered = stage.open_conversation(bot, "501")
    stage.answer(answered)
    ada = colleague(stage, "Ada Operator")
    stage.clock.forward(minutes=5)
    go(stage, stage.operator, "offline")
    stage.clock.forward(seconds=119)
    assignment.return_from_offline(stage.services)
    assert owner_of(stage, conversation) == stage.operator.user_id
    stage.clock.forward(seconds=1)
    assignment.return_from_offline(stage.services)
    assert owner_of(stage, conversation) == ada.user_id
    assert owner_of(stage, answered) == stage.operator.user_id
    assert times(stage, conversation) == [(stage.operator.user_id, "returned"), (ada.user_id, None)]
    stage.hear(bot, stage.message("and now?", "501"))
    assert owner_of(stage, answered) == ada.user_id


def test_what_a_person_gave_to_somebody_offline_stays_theirs(stage: Stage, bot: Channel) -> None:
    ada = colleague(stage, "Ada Operator", "offline")
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=1)
    assign(stage.services, stage.operator, conversation.id, Assignment(user_id=ada.user_id))
    stage.clock.forward(hours=1)
    assignment.return_from_offline(stage.services)
    assert owner_of(stage, conversation) == ada.user_id


def test_who_waits_too_long_goes_over_to_another_group(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    ada = colleague(stage, "Ada Operator", "away")
    second = add_group(stage, "Second", ada)
    set_group(stage, GroupRules(overflow_group_id=second, overflow_after=300, tell_after=600))
    conversation = stage.open_conversation(bot)
    go(stage, ada, "online")
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(GROUP_MEMBER.delete().where(GROUP_MEMBER.c.group_id == stage.org.group_id))
    stage.clock.forward(seconds=299)
    assignment.overflow_due(stage.services)
    assert look(stage, conversation).assignee is None
    stage.clock.forward(seconds=1)
    assignment.overflow_due(stage.services)
    assert owner_of(stage, conversation) == ada.user_id
    assert "took it in time" in stage.thread(conversation)[-1].text


def test_supervisors_are_told_once_that_somebody_waits(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    set_group(stage, GroupRules(tell_after=600))
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=10)
    assignment.tell_supervisors(stage.services)
    assignment.tell_supervisors(stage.services)
    assert stage.activities(conversation) == ["routed", "waiting_long"]


def test_a_silent_conversation_closes_by_itself_unless_it_waits_for_us(stage: Stage, bot: Channel) -> None:
    wishes = wishes_to_json(RoutingWishes(close_after=7))
    with stage.services.db.transaction(stage.org.id) as tx:
        tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == stage.org.id).values(routing=wishes))
    answered, owed = stage.open_conversation(bot), stage.open_conversation(bot, "501")
    stage.answer(answered)
    stage.clock.forward(days=6, hours=23)
    assignment.close_silent(stage.services)
    assert look(stage, answered).status == "pending"
    stage.clock.forward(hours=1)
    assignment.close_silent(stage.services)
    assert (look(stage, answered).status, look(stage, owed).status) == ("closed", "new")
    assert times(stage, answered) == [(stage.operator.user_id, "closed")]


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


def test_a_transfer_carries_its_note_and_what_is_given_beyond_slots_says_so(stage: Stage, bot: Channel) -> None:
    give_slots(stage, 1)
    ada = colleague(stage, "Ada Operator")
    give_slots(stage, 1)
    first, second = stage.open_conversation(bot, "500"), stage.open_conversation(bot, "501")
    assert {owner_of(stage, first), owner_of(stage, second)} == {stage.operator.user_id, ada.user_id}
    theirs = first if owner_of(stage, first) == stage.operator.user_id else second
    wanted = Assignment(user_id=ada.user_id, note="Please call her")
    given = assign(stage.services, stage.operator, theirs.id, wanted)
    assert given.routing["reason"].endswith("by Ben Operator, beyond their slots")
    assert [each.text for each in stage.thread(theirs) if each.direction == "note"] == ["Please call her"]
    beyond = [(each.user_id, each.beyond_slots) for each in rows(stage, ASSIGNMENT) if each.by_hand]
    assert beyond == [(ada.user_id, True)]


def test_a_released_conversation_stands_in_its_groups_line_again(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    released = assign(stage.services, stage.operator, conversation.id, Assignment(release=True))
    assert (released.assignee, released.routing["reason"]) == (None, "Released by Ben Operator")
    assert times(stage, conversation) == [(stage.operator.user_id, "released")]
    assert len(rows(stage, QUEUE_LINE)) == 1
    assign_waiting(stage.services, stage.org.id)
    assert owner_of(stage, conversation) == stage.operator.user_id


def test_the_first_answer_is_noted_with_whoever_has_the_conversation(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=2)
    stage.answer(conversation)
    stage.clock.forward(minutes=2)
    stage.answer(conversation)
    [row] = rows(stage, ASSIGNMENT)
    assert (row.first_answer_at - row.assigned_at).total_seconds() == 120


def test_explaining_stores_nothing_and_says_what_would_happen(stage: Stage, bot: Channel) -> None:
    decision = explain(stage.services, stage.org.actor, Hypothesis(channel_id=bot.id, text="Hello"))
    assert decision.user_id == stage.operator.user_id
    assert rows(stage, CONVERSATION) == []
    conversation = stage.open_conversation(bot)
    again = explain(stage.services, stage.org.actor, Hypothesis(conversation_id=conversation.id))
    assert (again.user_id, again.rule) == (stage.operator.user_id, "kept")


def test_lines_in_which_nobody_stands_are_forgotten(stage: Stage, bot: Channel) -> None:
    go(stage, stage.operator, "offline")
    stage.open_conversation(bot)
    assignment.forget_lines(stage.services)
    assert len(rows(stage, QUEUE_LINE)) == 1
    go(stage, stage.operator, "online")
    assign_waiting(stage.services, stage.org.id)
    assignment.forget_lines(stage.services)
    assert rows(stage, QUEUE_LINE) == []
