"""One mail about one thing: no other mail stands in its way, none repeats it, and nobody's silence starves another."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hub.contacts import merge
from hub.conversations.commands import close, reopen
from hub.db import reaching
from hub.db.session import Database
from hub.notifying import planning, sending
from hub.notifying.by_mail import answer_by_mail
from hub.notifying.transcripts import To, mail_transcript
from hub.types import FailureKind, SendFailure
from tests.notifying.conftest import MAILBOX, Told

GONE = SendFailure(FailureKind.RECIPIENT, "the person blocked the page")


def told_of(told: Told, text: str) -> int:
    """How many of the mails that tell of answers hold a text."""
    return sum(text in mail.text and mail.unsubscribe != "" for mail in told.mails)


def transcript(told: Told) -> None:
    mail_transcript(told.stage.services, told.stage.operator, told.conversation.id, To.CUSTOMER)


# --- beside other mails -----------------------------------------------------------------------------------


def test_a_transcript_does_not_keep_an_unread_answer_from_being_told(told: Told) -> None:
    told.answer("It is on its way")
    transcript(told)
    sending.send_due(told.stage.services)
    told.stage.clock.forward(minutes=30)
    told.run()
    assert told_of(told, "It is on its way") == 1


def test_a_transcript_of_as_much_does_not_disturb_a_mail_that_took_more_along(told: Told) -> None:
    told.answer("First")
    told.stage.clock.forward(minutes=30)
    planning.plan(told.stage.services)
    told.answer("Second")
    transcript(told)
    told.stage.clock.forward(minutes=1)
    sending.send_due(told.stage.services)
    told.stage.clock.forward(hours=1)
    told.run()
    assert (told_of(told, "First"), told_of(told, "Second")) == (1, 1)


def test_a_mail_that_was_cancelled_is_written_anew_when_there_is_reason_again(told: Told) -> None:
    told.answer("It is on its way")
    told.stage.clock.forward(minutes=30)
    planning.plan(told.stage.services)
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        reaching.mark_unreachable(tx, told.mailbox_identity, "mailbox full")
    told.stage.clock.forward(minutes=1)
    sending.send_due(told.stage.services)
    assert told.mails == []
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        reaching.mark_reachable(tx, [told.mailbox_identity])
    told.run()
    assert told_of(told, "It is on its way") == 1


def test_an_answer_by_mail_does_not_make_an_older_unread_one_count_as_told(told: Told) -> None:
    told.answer("On Messenger")
    told.stage.clock.forward(minutes=10)
    answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, "By mail")
    sending.send_due(told.stage.services)
    told.stage.clock.forward(minutes=30)
    told.run()
    assert (told_of(told, "On Messenger"), told_of(told, "By mail")) == (1, 0)


# --- many who are away ------------------------------------------------------------------------------------


def test_conversations_with_nothing_due_do_not_starve_a_newer_one(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.answer("Not due yet")
    second = told.stage.open_conversation(told.page, "501")
    merge(told.stage.services, told.stage.org.actor, told.conversation.contact.id, second.contact.id)
    told.stage.provider("facebook").answers.append(GONE)
    told.stage.clock.forward(seconds=5)
    told.stage.answer(second, "Due at once")
    told.stage.deliver(told.page)
    monkeypatch.setattr(planning, "_MOST_AT_ONCE", 1)
    told.run()
    assert (told_of(told, "Due at once"), told_of(told, "Not due yet")) == (1, 0)


def test_nothing_is_written_where_nothing_is_to_be_told(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.wish(operators=True)
    told.answer()
    written: list[str] = []
    real = Database.transaction

    @contextmanager
    def noted(self: Database, organization_id: str) -> Iterator[Any]:
        written.append(organization_id)
        with real(self, organization_id) as tx:
            yield tx

    monkeypatch.setattr(Database, "transaction", noted)
    planning.plan(told.stage.services)
    assert written == []
    told.stage.clock.forward(minutes=30)
    planning.plan(told.stage.services)
    planning.plan(told.stage.services)
    # one for the answer, one for Carla's mail that waits
    assert written == [told.stage.org.id] * 2


# --- operators --------------------------------------------------------------------------------------------


def test_somebody_who_goes_on_writing_while_they_wait_is_told_of_once(told: Told) -> None:
    told.wish(people=False, operators=True, waiting_minutes=15)
    told.stage.answer(told.conversation)
    told.stage.deliver(told.page)
    told.stage.write(told.page, "Where is it?")

    def warnings() -> int:
        told.run()
        return sum(mail.conversation_id == told.conversation.id for mail in told.mails)

    told.stage.clock.forward(minutes=15)
    assert warnings() == 1
    for _ in range(3):
        told.stage.write(told.page, "Hello?")
        told.stage.clock.forward(minutes=1)
        assert warnings() == 1
    told.stage.clock.forward(seconds=5)
    told.stage.answer(told.conversation)
    told.stage.clock.forward(seconds=5)
    told.stage.write(told.page, "And now?")
    told.stage.clock.forward(minutes=15)
    assert warnings() == 2


def test_a_conversation_opened_again_is_a_new_wait(told: Told) -> None:
    told.wish(people=False, operators=True, waiting_minutes=15)
    services, operator = told.stage.services, told.stage.operator
    close(services, operator, told.conversation.id)
    told.stage.clock.forward(minutes=5)
    reopen(services, operator, told.conversation.id)
    told.stage.clock.forward(minutes=15)
    told.run()
    told.run()
    assert [mail.conversation_id for mail in told.mails].count(told.conversation.id) == 1


# --- what ended -------------------------------------------------------------------------------------------


def test_whoever_ended_such_mails_is_still_answered_when_they_ask(told: Told) -> None:
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    told.unsubscribe()
    made = answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, "In person")
    sending.send_due(told.stage.services)
    assert told.stage.look(made).status == "sent"
    by_mail = next(each for each in told.stage.conversations() if each.channel.kind == "email")
    told.stage.clock.forward(minutes=5)
    answered = told.stage.answer(by_mail, "Of course we help")
    told.stage.deliver(told.mailbox)
    assert told.stage.look(answered).status == "sent"
    assert told.mails[-1].recipient.address == MAILBOX
