"""The ledger while it is written, a page at a time: everybody of the old number is in it once."""

import pytest
from sqlalchemy import delete, select

from hub.conversations import commands
from hub.db import senders
from hub.db.tables.core import RECIPIENT
from hub.numbers import recruiting
from hub.numbers.recruiting import ledger
from hub.provisioning.channels import ChannelChanges, change_channel
from hub.types import Returning
from hub.types.numbers import RecipientState
from tests.numbers.recruiting.stage import Recruiting


def test_nobody_is_left_out_whose_contact_is_joined_to_another_while_the_ledger_is_written(
    scene: Recruiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [scene.somebody(number) for number in range(4)]
    scene.ban()
    points: list[str] = []

    def join_before_the_third_page(point: str) -> None:
        points.append(point)
        if point == "ledger.before_page" and points.count(point) == 3:
            scene.merge(people[3].talk, people[0].talk)
            scene.merge(people[2].talk, people[1].talk)

    monkeypatch.setattr(ledger, "reach", join_before_the_third_page)
    monkeypatch.setattr(ledger, "_page_size", lambda _: 1)
    recruiting.build_ledger(scene.services, scene.case_id)
    assert [bool(scene.line(each)) for each in people] == [True] * 4
    assert scene.progress().total == 4


def test_whoever_first_comes_to_the_old_number_after_the_ledger_was_written_is_won_too(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.recruit()
    late = scene.write_to_old("+49170009999")
    scene.write_to_old("+49170009999")
    assert scene.states() == {RecipientState.INVITED: 1, RecipientState.TO_RECRUIT: 1}
    known = scene.stage.open_conversation(scene.mail, "late@example.com")
    scene.merge(late, known)
    scene.agree("late@example.com")
    scene.invite()
    assert scene.states() == {RecipientState.INVITED: 2}
    assert [each.recipient.address for each in scene.sent("email")][-1] == "late@example.com"
    scene.write("+49170009999")
    assert scene.states() == {RecipientState.INVITED: 1, RecipientState.VERIFIED: 1}


def test_whoever_wrote_to_the_new_number_and_then_to_the_old_one_needs_no_invitation(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.recruit()
    scene.write("+49170009999")
    scene.write_to_old("+49170009999")
    assert scene.states() == {RecipientState.INVITED: 1, RecipientState.VERIFIED: 1}


def test_whoever_comes_to_the_first_number_is_won_for_the_one_that_stands_now(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.recruit()
    first, first_case = scene.old, scene.case_id
    scene.ban_again("+4930333333")
    scene.recruit_again()
    before = scene.progress().total
    scene.old = first
    scene.write_to_old("+49170009999")
    assert scene.progress().total == before + 1
    scene.case_id = first_case
    assert scene.progress().total == 2


def test_whoever_was_quicker_than_the_ledger_in_a_thread_of_their_own_needs_no_invitation(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    change_channel(scene.services, scene.org.actor, scene.old.id, ChannelChanges(returning=Returning.NEW))
    commands.close(scene.services, scene.org.actor, person.talk.id)
    scene.ban()
    begun = scene.write(person.number)
    assert begun.id != person.talk.id
    recruiting.build_ledger(scene.services, scene.case_id)
    assert scene.line(person).state == RecipientState.VERIFIED
    assert "won" in scene.stage.activities(begun)


def test_whoever_was_quicker_than_the_ledger_on_another_channel_needs_no_invitation(scene: Recruiting) -> None:
    person, other = scene.somebody(1, bot=True), scene.somebody(2, bot=True)
    scene.stage.clock.forward(minutes=1)
    scene.ban_in_favour_of(scene.bot)
    begun = scene.write("7001")
    recruiting.build_ledger(scene.services, scene.case_id)
    assert scene.line(person).state == RecipientState.VERIFIED
    assert scene.line(other).state == RecipientState.TO_RECRUIT
    assert "won" in scene.stage.activities(begun)


def test_whoever_comes_late_to_the_old_number_and_wrote_on_another_channel_needs_no_invitation(
    scene: Recruiting,
) -> None:
    scene.somebody(1, bot=True)
    scene.ban_in_favour_of(scene.bot)
    scene.recruit_again()
    there = scene.write("7002")
    scene.stage.org.channels["sms"] = scene.old
    here = scene.stage.open_conversation(scene.old, "+49170000002")
    scene.merge(there, here)
    with scene.services.db.transaction(scene.org.id) as tx:
        senders.hold(tx, scene.old.sender_id, "banned", None, "banned")
        tx.execute(delete(RECIPIENT).where(RECIPIENT.c.conversation_id == here.id))
    scene.write_to_old("+49170000002")
    with scene.services.db.reading(scene.org.id) as tx:
        assert tx.scalar(select(RECIPIENT.c.state).where(RECIPIENT.c.conversation_id == here.id)) == "verified"
