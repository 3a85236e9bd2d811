"""An answer by mail goes in one mail of its own, whose fate is its own, and it never waits for ever."""

import pytest
from sqlalchemy import update

from hub.db import reaching
from hub.db.session import Tx
from hub.db.tables.core import CONTACT
from hub.notifying import sending
from hub.notifying.by_mail import answer_by_mail
from hub.outbound.submit import retry
from hub.types import FailureKind, MessageStatus, MessageView, Receipt, SendFailure
from tests.notifying.conftest import Told

REFUSED = SendFailure(FailureKind.CONTENT, "the relay refused the mail")


class DiedError(BaseException):
    """As a killed process would end it."""


def by_mail(told: Told, text: str) -> MessageView:
    told.stage.clock.forward(seconds=5)
    return answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, text)


def test_what_a_dying_process_gave_to_the_relay_does_not_go_along_with_the_next_mail(told: Told) -> None:
    first = by_mail(told, "The first")
    told.relay.answers.append(DiedError())
    with pytest.raises(DiedError):
        sending.send_due(told.stage.services)
    assert told.stage.look(first).status == "sending"
    by_mail(told, "The second")
    sending.send_due(told.stage.services)
    assert ["The first" in mail.text for mail in told.mails] == [True, False]


def test_an_answer_that_the_relay_could_not_take_yet_goes_with_the_next_try(told: Told) -> None:
    made = by_mail(told, "Once more")
    told.relay.answers.append(SendFailure(FailureKind.TRY_LATER, "the relay cannot be reached"))
    sending.send_due(told.stage.services)
    told.stage.clock.forward(minutes=1)
    sending.send_due(told.stage.services)
    assert [mail.text for mail in told.mails] == ["Once more"] * 2
    assert told.stage.look(made).status == "sent"


def test_what_becomes_of_one_mail_says_nothing_of_another(told: Told) -> None:
    first = by_mail(told, "The first")
    sending.send_due(told.stage.services)
    second = by_mail(told, "The second")
    told.relay.answers.append(REFUSED)
    sending.send_due(told.stage.services)
    third = by_mail(told, "The third")
    sending.send_due(told.stage.services)
    told.stage.hear(told.mailbox, Receipt(MessageStatus.DELIVERED, delivery_id=told.mails[2].delivery_id))
    assert [told.stage.look(each).status for each in (first, second, third)] == ["sent", "failed", "delivered"]


def bounce(tx: Tx, told: Told, mailbox: str) -> None:
    reaching.mark_unreachable(tx, mailbox, "bounced")


def opt_out(tx: Tx, told: Told, mailbox: str) -> None:
    reaching.opt_out(tx, mailbox, "complained", told.stage.clock())


def restrict(tx: Tx, told: Told, mailbox: str) -> None:
    tx.execute(update(CONTACT).values(restricted_at=told.stage.clock()))


def switch_off(tx: Tx, told: Told, mailbox: str) -> None:
    told.relay.missing_settings = lambda: ("HUB_MAIL_FROM",)  # type: ignore[attr-defined]


def lift(told: Told) -> None:
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        tx.execute(update(CONTACT).values(restricted_at=None))


@pytest.mark.parametrize(
    ("happens", "words"),
    [(bounce, "bounced"), (opt_out, "complained"), (restrict, "restricted"), (switch_off, "mail is off")],
)
def test_an_answer_whose_mail_may_not_go_any_more_fails_with_the_reason(
    told: Told, happens: "object", words: str
) -> None:
    made = by_mail(told, "By mail then")
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        happens(tx, told, told.mailbox_identity)  # type: ignore[operator]
    sending.send_due(told.stage.services)
    assert told.mails == []
    lift(told)
    found = told.stage.look(made)
    assert (found.status, words in (found.error.detail if found.error else "")) == ("failed", True)
    assert retry(told.stage.services, told.stage.operator, made.id).status == "queued"
