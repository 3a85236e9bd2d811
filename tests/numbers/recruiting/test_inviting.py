"""Who is invited, by which way, and who never is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.channels.email.adapter import EmailAdapter
from hub.channels.email.content import Content
from hub.channels.email.wishes import wish_of
from hub.channels.sms.adapter import SmsAdapter
from hub.db import ban_cases, holds
from hub.db.tables.core import CONVERSATION, IDENTITY
from hub.errors import UnsupportedContent
from hub.ids import new_id
from hub.numbers import recruiting
from hub.numbers.policy.caps import Answer
from hub.types import FailureKind, MessageReceived, Person, Said, SendFailure, Text
from hub.types.numbers import RecipientState as S
from tests.numbers.recruiting.stage import NEW, Recruiting, Somebody


def test_people_are_invited_by_one_way_with_their_own_code_and_a_link_to_the_new_number(scene: Recruiting) -> None:
    both = scene.somebody(1, mail=True, bot=True)
    scene.somebody(2, bot=True)
    scene.recruit()
    [letter], [chat] = scene.sent("email"), scene.sent("telegram")
    assert scene.states() == {S.INVITED: 2}
    assert NEW in letter.text
    assert "Acme" in letter.text
    assert "sms:+4930222222?body=" in letter.text
    assert scene.code_of(letter) != scene.code_of(chat)
    assert letter.automatic
    assert scene.line(both).way == "email"
    assert scene.sent("sms") == []


def test_an_invitation_names_who_writes_and_how_to_get_no_more_of_them_there(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.somebody(2, bot=True)
    scene.recruit()
    [letter], [chat] = scene.sent("email"), scene.sent("telegram")
    assert letter.text.startswith("Acme has a new address")
    assert letter.text.endswith("answer UNSUBSCRIBE.")
    assert chat.text.endswith("block this chat."), "no word ends messages there"


def test_the_words_that_invitations_name_are_understood_where_they_go() -> None:
    answer = MessageReceived(
        author=Person("p1@example.com"), parts=(Text(EmailAdapter.opt_out_word),), external_id="1", topic="Re: Moved"
    )
    assert wish_of(answer, Content()) is not None
    assert SmsAdapter.opt_out_words[SmsAdapter.opt_out_word] is False


def test_nobody_is_invited_without_consent_who_refused_or_who_opted_out(scene: Recruiting) -> None:
    silent = scene.somebody(1, mail=True, agreed=False)
    refusing = scene.somebody(2, mail=True)
    scene.agree("p2@example.com", Answer.WITHDRAWN)
    stopped = scene.somebody(3, mail=True)
    scene.refuse(scene.old, stopped.number)
    unsubscribed = scene.somebody(4, mail=True)
    scene.refuse(scene.mail, "p4@example.com")
    alone = scene.somebody(5)
    scene.recruit()
    assert scene.sent("email") == []
    assert scene.states() == {S.TO_RECRUIT: 3, S.OPTED_OUT: 2}
    whys = [scene.line(each).why for each in (silent, refusing, unsubscribed, alone)]
    assert whys == ["no_consent", "no_consent", "", "no_way"]


def test_whoever_answers_an_invitation_with_stop_is_never_invited_again(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True, bot=True)
    scene.recruit()
    scene.refuse(scene.mail, "p1@example.com")
    assert scene.line(person).state == S.OPTED_OUT
    scene.stage.clock.forward(days=10)
    scene.invite()
    assert len(scene.sent("email") + scene.sent("telegram")) == 1


def test_the_next_way_is_tried_after_a_pause_and_at_once_after_an_invitation_that_came_back(scene: Recruiting) -> None:
    scene.somebody(1, mail=True, bot=True)
    scene.somebody(2, mail=True, bot=True)
    scene.stage.provider("email").answers.append(SendFailure(FailureKind.RECIPIENT, "there is no such mailbox"))
    scene.recruit()
    assert (len(scene.sent("email")), len(scene.sent("telegram"))) == (2, 0)
    scene.stage.clock.forward(hours=2)
    scene.invite()
    assert len(scene.sent("telegram")) == 1
    scene.stage.clock.forward(hours=73)
    scene.invite()
    assert len(scene.sent("telegram")) == 2
    scene.stage.clock.forward(days=30)
    scene.invite()
    assert (len(scene.sent("email")), len(scene.sent("telegram"))) == (2, 2)


def test_the_second_invitation_of_somebody_names_the_same_code(scene: Recruiting) -> None:
    scene.somebody(1, mail=True, bot=True)
    scene.recruit()
    scene.stage.clock.forward(hours=73)
    scene.invite()
    [letter], [chat] = scene.sent("email"), scene.sent("telegram")
    assert scene.code_of(letter) == scene.code_of(chat)


def test_the_organizations_cap_paces_invitations_over_days_and_a_stop_ends_them(scene: Recruiting) -> None:
    for number in range(5):
        scene.somebody(number, mail=True)
    answer = scene.api.owner("PATCH", "/organization", json={"bans": {"caps": {"recipients": 2, "unasked": 2}}})
    assert answer.status_code == 200, answer.text
    scene.recruit()
    scene.invite()
    assert scene.states() == {S.TO_RECRUIT: 3, S.INVITED: 2}
    scene.stage.clock.forward(hours=25)
    scene.invite()
    assert len(scene.sent("email")) == 4
    stopped = scene.api.owner("POST", f"/bans/{scene.case_id}/invitations/stop")
    assert (stopped.status_code, stopped.json()["inviting"]) == (200, False)
    scene.stage.clock.forward(hours=25)
    scene.invite()
    assert len(scene.sent("email")) == 4
    assert scene.api.owner("POST", f"/bans/{scene.case_id}/invitations/resume").json()["inviting"] is True
    scene.invite()
    assert scene.states() == {S.INVITED: 5}


def test_the_customers_order_decides_and_a_held_channel_is_waited_for(scene: Recruiting) -> None:
    scene.somebody(1, mail=True, bot=True)
    scene.api.owner("PATCH", "/organization", json={"bans": {"invitation_order": ["telegram"]}})
    scene.recruit()
    assert (len(scene.sent("email")), len(scene.sent("telegram"))) == (0, 1)


def test_the_ledger_is_safe_to_build_again(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.recruit()
    recruiting.build_ledger(scene.services, scene.case_id)
    assert scene.states() == {S.INVITED: 1}


def test_whoever_writes_german_is_invited_in_german(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == person.talk.id).values(language="de"))
    scene.recruit()
    [letter] = scene.sent("email")
    assert "Acme hat eine neue Adresse bei SMS: +4930222222" in letter.text


def test_a_channel_that_had_to_wait_is_used_again_as_soon_as_its_wait_is_over(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    until = scene.stage.clock() + timedelta(seconds=2)
    with scene.services.db.transaction(scene.org.id) as tx:
        holds.wait_until(tx, scene.mail.sender_id, until, "too fast")
    scene.recruit()
    assert scene.sent("email") == []
    scene.stage.clock.forward(minutes=16)
    scene.invite()
    assert scene.states() == {S.INVITED: 1}


def test_what_a_person_stopped_only_a_person_lets_go_on(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    scene.ban()
    recruiting.build_ledger(scene.services, scene.case_id)
    assert scene.api.owner("POST", f"/bans/{scene.case_id}/invitations/stop").status_code == 200
    recruiting.start_inviting(scene.services, scene.case_id)
    recruiting.start_inviting(scene.services, scene.case_id)
    scene.invite()
    assert scene.states() == {S.TO_RECRUIT: 1}
    assert scene.api.owner("POST", f"/bans/{scene.case_id}/invitations/resume").json()["inviting"] is True
    recruiting.start_inviting(scene.services, scene.case_id)
    scene.invite()
    assert scene.states() == {S.INVITED: 1}


def _succeed(scene: Recruiting) -> None:
    """The mailbox too was banned and replaced: to its new one nobody has written."""
    old = scene.mail
    scene.mail = scene.stage.world.sender(scene.org, old.id, "email", "new@shop.example")
    with scene.services.db.transaction(scene.org.id) as tx:
        other = replace(
            ban_cases.get(tx, scene.case_id),
            id=new_id(),
            channel_id=old.id,
            sender_id=old.sender_id,
            new_sender_id=scene.mail.sender_id,
        )
        ban_cases.insert(tx, other)
    recruiting.build_ledger(scene.services, other.id)


def test_who_was_lost_on_two_channels_is_invited_where_they_may_be_written_to(scene: Recruiting) -> None:
    both, alone = scene.somebody(1, mail=True, bot=True), scene.somebody(2, mail=True)
    scene.ban()
    _succeed(scene)
    scene.recruit_again()
    assert (len(scene.sent("email")), len(scene.sent("telegram"))) == (0, 1)
    assert (scene.line(both).way, scene.line(alone).why) == ("telegram", "window_closed")
    assert scene.line(alone).next_at > scene.stage.clock() + timedelta(hours=1)


def _know_mail_of(scene: Recruiting, person: Somebody, address: str) -> None:
    """An address of theirs by which they never wrote."""
    row = {"id": new_id(), "organization_id": scene.org.id, "kind": "email", "address": address}
    of = {"contact_id": person.contact_id, "first_contact_id": person.contact_id}
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.insert(IDENTITY, [row | of | {"created_at": scene.services.clock()}])
    scene.agree(address)


def test_an_invitation_that_is_refused_at_the_last_moment_leaves_nothing_and_is_tried_the_next_day(
    scene: Recruiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = scene.somebody(1)
    _know_mail_of(scene, person, "p1@example.com")
    before = len(scene.stage.conversations())
    with monkeypatch.context() as refusing:
        refusing.setattr(scene.stage.provider("email"), "compose", _refuse)
        scene.recruit()
    assert (scene.states(), scene.line(person).why) == ({S.TO_RECRUIT: 1}, "refused")
    assert len(scene.stage.conversations()) == before
    scene.stage.clock.forward(days=1, seconds=1)
    scene.invite()
    assert (scene.states(), len(scene.stage.conversations())) == ({S.INVITED: 1}, before + 1)


def _refuse(said: Said) -> tuple[Said, ...]:
    raise UnsupportedContent(f"{len(said.text)} characters are too many")
