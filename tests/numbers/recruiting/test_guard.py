"""To whom a sender that took a banned one's place writes: from the change of sender on, ledger or not, to those alone
who wrote to it."""

from collections.abc import Collection

import pytest
from sqlalchemy import update

from hub.conversations.windows import Saying
from hub.db import recipients
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.db.tables.core import SENDER
from hub.errors import Conflict
from hub.outbound import permitting
from hub.outbound.permitting import Place
from hub.types import ConversationView, FailureKind, SendFailure
from hub.types.numbers import RecipientState as S
from hub.wiring import Services
from tests.numbers.recruiting.stage import Recruiting
from tests.world import Channel

_NOT_YET = "has not written to the new sender"


def _refuses(scene: Recruiting, talk: ConversationView, why: str = _NOT_YET) -> bool:
    with pytest.raises(Conflict, match=why):
        scene.stage.answer(talk)
    scene.deliver()
    return scene.sent("sms") == []


def _answers(scene: Recruiting, talk: ConversationView) -> bool:
    scene.stage.answer(talk)
    scene.deliver()
    return [each.conversation_id for each in scene.sent("sms")] == [talk.id]


def test_nobody_is_written_to_between_the_change_of_sender_and_the_ledger(scene: Recruiting) -> None:
    person = scene.somebody(1)
    failed = scene.stage.answer(person.talk, "Your parcel is here")
    scene.stage.provider("sms").answers.append(SendFailure(FailureKind.CONTENT, "no"))
    scene.stage.deliver(scene.old)
    scene.stage.provider("sms").sent.clear()
    scene.ban()
    assert _refuses(scene, person.talk)
    retried = scene.api.owner("POST", f"/messages/{failed.id}/retry")
    assert (retried.status_code, _NOT_YET in retried.text) == (409, True)
    scene.write(person.number)
    assert _answers(scene, person.talk)


def test_whoever_comes_to_the_old_number_only_is_not_written_to_whenever_they_came(scene: Recruiting) -> None:
    scene.recruit()
    late = scene.write_to_old("+491700000077")
    assert _refuses(scene, late)
    scene.write("+491700000077")
    assert _answers(scene, late)


def test_a_third_number_writes_to_nobody_of_the_first_and_second(scene: Recruiting) -> None:
    first, second = scene.somebody(1), scene.somebody(2)
    scene.recruit()
    scene.write(second.number)
    scene.ban_again("+4930333333")
    assert _refuses(scene, first.talk)
    assert _refuses(scene, second.talk)
    scene.recruit_again()
    assert scene.states() == {S.TO_RECRUIT: 2}
    assert _refuses(scene, first.talk)
    assert _refuses(scene, second.talk)
    scene.write(first.number)
    assert _answers(scene, first.talk)


def test_a_number_in_the_place_of_the_one_that_took_over_writes_to_nobody_either(scene: Recruiting) -> None:
    came, stayed = scene.somebody(1), scene.somebody(2)
    scene.recruit()
    scene.write(came.number)
    scene.change_number("+4930444444")
    assert _refuses(scene, came.talk)
    assert _refuses(scene, stayed.talk)
    scene.write(stayed.number)
    assert _answers(scene, stayed.talk)


def test_whoever_talks_with_the_new_number_alone_is_answered(scene: Recruiting) -> None:
    scene.recruit()
    assert _answers(scene, scene.write("+491700000088"))


@pytest.mark.parametrize("with_ledger", [False, True])
def test_a_message_by_an_address_that_nobody_vouches_for_opens_nothing(scene: Recruiting, *, with_ledger: bool) -> None:
    person = scene.somebody(1)
    scene.ban()
    if with_ledger:
        scene.recruit_again()
    assert scene.pretend(person.number).id == person.talk.id
    assert _refuses(scene, person.talk)
    scene.recruit_again()
    assert scene.states() == {S.TO_RECRUIT: 1}


def test_what_the_old_number_was_permitted_is_not_sent_by_one_that_takes_over_at_that_moment(
    scene: Recruiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = scene.somebody(1)
    scene.ban()
    _make_current(scene, scene.old)

    def another_takes_over(_services: Services, tx: Tx, _place: Place, _saying: Saying) -> None:
        _switch(tx, scene.won)

    monkeypatch.setattr(permitting, "_require_window", another_takes_over)
    message = scene.stage.answer(person.talk)
    scene.deliver()
    assert [each.sender_id for each in scene.stage.deliveries(message)] == [scene.old.sender_id]
    assert scene.sent("sms") == []


def _make_current(scene: Recruiting, channel: Channel) -> None:
    with scene.services.db.transaction(scene.org.id) as tx:
        _switch(tx, channel)


def _switch(tx: Tx, channel: Channel) -> None:
    tx.execute(update(SENDER).where(SENDER.c.channel_id == channel.id).values(state="past"))
    tx.execute(update(SENDER).where(SENDER.c.id == channel.sender_id).values(state="current"))


# --- several addresses of one contact -------------------------------------------------------------------


def test_whoever_writes_from_another_phone_of_the_contact_verifies_that_one_alone(scene: Recruiting) -> None:
    person = scene.somebody(1)
    scene.recruit()
    other = scene.write("+491759999999")
    scene.merge(person.talk, other)
    scene.write("+491759999999", "It is me")
    assert scene.line(person).state == S.TO_RECRUIT
    assert _refuses(scene, person.talk)
    assert _answers(scene, other)


def test_whoever_goes_on_by_another_messenger_is_known_there_by_their_contact(scene: Recruiting) -> None:
    person = scene.somebody(1, bot=True)
    scene.ban_in_favour_of(scene.bot)
    scene.recruit_again()
    scene.write("7001")
    assert scene.line(person).state == S.VERIFIED


def test_a_channel_that_takes_over_for_two_banned_ones_wins_the_people_of_both(scene: Recruiting) -> None:
    first = scene.somebody(1, bot=True)
    cases = [scene.ban_in_favour_of(scene.bot)]
    scene.recruit_again()
    scene.old = scene.stage.channel("sms", "+4930555555")
    second = scene.somebody(2, bot=True)
    cases.append(scene.ban_in_favour_of(scene.bot))
    scene.recruit_again()
    scene.write("7001")
    scene.write("7002")
    for scene.case_id, person in zip(cases, (first, second), strict=True):
        assert scene.line(person).state == S.VERIFIED


def test_nothing_is_locked_for_whoever_came_long_ago(scene: Recruiting, monkeypatch: pytest.MonkeyPatch) -> None:
    person = scene.somebody(1)
    scene.recruit()
    taken: list[Collection[str]] = []
    lock_many = recipients.lock_many

    def lock(tx: Tx, case_id: str, recipient_ids: Collection[str]) -> list[RecipientRecord]:
        taken.append(recipient_ids)
        return lock_many(tx, case_id, recipient_ids)

    monkeypatch.setattr(recipients, "lock_many", lock)
    scene.write(person.number)
    scene.write(person.number, "and again")
    assert [len(each) for each in taken] == [1, 0]
