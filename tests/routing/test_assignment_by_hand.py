"""A person's hand: notes, marks, first answers, and what is released."""

from hub.db.tables.core import ASSIGNMENT
from hub.routing.assignment import Assignment, assign
from tests.outbound.stage import Stage
from tests.routing.acts import colleague, give_slots, owner_of, rows
from tests.world import Channel


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


def test_the_first_answer_is_noted_with_whoever_has_the_conversation(stage: Stage, bot: Channel) -> None:
    conversation = stage.open_conversation(bot)
    stage.clock.forward(minutes=2)
    stage.answer(conversation)
    stage.clock.forward(minutes=2)
    stage.answer(conversation)
    [row] = rows(stage, ASSIGNMENT)
    assert (row.first_answer_at - row.assigned_at).total_seconds() == 120
