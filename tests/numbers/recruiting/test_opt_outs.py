"""What somebody said about being written to: it holds for all their addresses, in every ledger, until they take it
back."""

import pytest

from hub.errors import Conflict
from hub.types.numbers import RecipientState as S
from tests.numbers.recruiting.stage import Recruiting


def _mail(number: int) -> str:
    return f"p{number}@example.com"


def _later(scene: Recruiting) -> None:
    scene.stage.clock.forward(days=5)
    scene.invite()


def test_what_was_said_by_mail_before_the_ban_keeps_the_number_out_of_the_invitations(scene: Recruiting) -> None:
    scene.somebody(1, mail=True, bot=True)
    scene.refuse(scene.mail, _mail(1))
    scene.recruit()
    _later(scene)
    assert scene.states() == {S.OPTED_OUT: 1}
    assert (scene.sent("email"), scene.sent("telegram")) == ([], [])


def test_an_opt_out_by_mail_outlives_the_second_ban(scene: Recruiting) -> None:
    person, other = scene.somebody(1, mail=True, bot=True), scene.somebody(2, mail=True)
    scene.ban()
    scene.write(other.number)
    scene.recruit_again()
    scene.refuse(scene.mail, _mail(1))
    scene.stage.provider("email").sent.clear()
    scene.ban_again("+4930333333")
    scene.recruit_again()
    _later(scene)
    assert scene.states() == {S.OPTED_OUT: 1, S.INVITED: 1}
    assert scene.line(person).state == S.OPTED_OUT
    assert {each.recipient.address for each in scene.sent("email")} == {_mail(2)}
    assert scene.sent("telegram") == []


def test_a_ledgers_opt_out_outlives_the_parting_of_the_contact_that_it_came_by(scene: Recruiting) -> None:
    person = scene.somebody(1, bot=True)
    scene.recruit()
    mail = scene.stage.open_conversation(scene.mail, _mail(1))
    scene.merge(person.talk, mail)
    scene.refuse(scene.mail, _mail(1))
    scene.api.owner("POST", f"/contacts/{mail.contact.id}/unmerge")
    scene.ban_again("+4930333333")
    scene.recruit_again()
    assert scene.states() == {S.OPTED_OUT: 1}


def test_whoever_takes_it_back_at_the_same_address_is_invited_and_counted_as_not_come(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    scene.refuse(scene.mail, _mail(1))
    assert scene.line(person).state == S.OPTED_OUT
    scene.want(scene.mail, _mail(1))
    assert (scene.line(person).state, scene.progress().left) == (S.INVITED, 1)
    with pytest.raises(Conflict, match="has not written to the new sender"):
        scene.stage.answer(person.talk)
    scene.stage.provider("email").sent.clear()
    scene.stage.clock.forward(days=40)
    scene.invite()
    scene.write(person.number)
    assert scene.states() == {S.VERIFIED: 1}


def test_one_word_is_taken_back_only_when_no_other_address_of_theirs_says_the_same(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True, bot=True)
    scene.recruit()
    scene.refuse(scene.mail, _mail(1))
    scene.refuse(scene.bot, "7001")
    scene.want(scene.bot, "7001")
    assert scene.line(person).state == S.OPTED_OUT
    scene.want(scene.mail, _mail(1))
    assert scene.line(person).state == S.INVITED


def test_whoever_had_come_is_verified_again_when_they_take_it_back(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    scene.recruit()
    scene.write(person.number)
    scene.refuse(scene.mail, _mail(1))
    assert scene.line(person).state == S.OPTED_OUT
    scene.want(scene.mail, _mail(1))
    assert scene.states() == {S.VERIFIED: 1}
