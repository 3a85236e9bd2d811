"""Mails to a person who is away: each trigger sends one, none is sent twice, and none without a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from hub.db import letters, notifications, reaching
from hub.db.letters import NewLetter
from hub.db.tables.core import IDENTITY, MESSAGE, SENDER
from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.notifying import links, planning, reading, sending
from hub.notifying.by_mail import answer_by_mail
from hub.notifying.transcripts import To, mail_transcript
from hub.types import FailureKind, MessageStatus, Receipt, SendFailure
from tests.notifying.conftest import MAILBOX, Told

GONE = SendFailure(FailureKind.RECIPIENT, "the person blocked the page")
CLOSED = SendFailure(FailureKind.WINDOW, "the reply window is closed")


def states(told: Told) -> list[str]:
    found = reading.list_notifications(told.stage.services, told.stage.operator, told.conversation.id)
    return [each.state for each in found]


def hold(told: Told, what: str | None) -> None:
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        tx.execute(update(SENDER).where(SENDER.c.id == told.page.sender_id).values(hold=what))


# --- the triggers ---------------------------------------------------------------------------------------


def test_an_answer_that_stays_unread_is_told_once_by_mail(told: Told) -> None:
    told.answer("It is on its way")
    told.run()
    assert told.mails == []
    told.stage.clock.forward(minutes=30)
    told.run()
    [mail] = told.mails
    assert (mail.recipient.address, mail.conversation_id, mail.automatic) == (MAILBOX, told.conversation.id, True)
    assert "It is on its way" in mail.text
    for _ in range(3):
        told.stage.clock.forward(hours=1)
        told.run()
    assert len(told.mails) == 1
    assert states(told) == ["sent"]
    assert "notified" in told.stage.activities(told.conversation)


def test_an_answer_that_was_read_is_told_to_nobody(told: Told) -> None:
    made = told.answer()
    told.stage.hear(told.page, Receipt(MessageStatus.READ, external_id=made.external_id))
    told.stage.clock.forward(hours=2)
    told.run()
    assert told.mails == []


def test_what_is_read_while_the_mail_waits_cancels_it(told: Told) -> None:
    made = told.answer()
    told.stage.clock.forward(minutes=30)
    sending_later = told.stage.clock.now
    planning.plan(told.stage.services)
    told.stage.hear(told.page, Receipt(MessageStatus.READ, external_id=made.external_id))
    told.stage.clock.now = sending_later + timedelta(minutes=1)
    sending.send_due(told.stage.services)
    assert told.mails == []
    assert states(told) == ["cancelled"]


def test_a_person_who_has_written_since_is_not_away(told: Told) -> None:
    told.answer()
    told.stage.clock.forward(minutes=10)
    told.stage.write(told.page, "Thank you")
    told.stage.clock.forward(hours=2)
    told.run()
    assert told.mails == []


@pytest.mark.parametrize(("failure", "word"), [(GONE, "unreachable"), (CLOSED, "window_closed")])
def test_an_answer_that_could_not_be_sent_is_told_at_once(told: Told, failure: SendFailure, word: str) -> None:
    told.stage.provider("facebook").answers.append(failure)
    told.answer("Your parcel is here")
    told.run()
    [mail] = told.mails
    assert "Your parcel is here" in mail.text
    [found] = reading.list_notifications(told.stage.services, told.stage.operator, told.conversation.id)
    assert found.trigger == word


def test_an_answer_that_a_banned_sender_holds_is_told(told: Told) -> None:
    hold(told, "banned")
    told.answer()
    told.run()
    assert len(told.mails) == 1
    assert reading.list_notifications(told.stage.services, told.stage.operator, told.conversation.id)[0].trigger == (
        "sender_held"
    )


def test_several_answers_go_in_one_mail_also_one_that_came_while_it_waited(told: Told) -> None:
    told.stage.provider("facebook").answers.extend([GONE])
    told.answer("First")
    planning.plan(told.stage.services)
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        reaching.mark_reachable(tx, [told_identity(told)])
    told.stage.provider("facebook").answers.extend([GONE])
    told.answer("Second")
    told.run()
    [mail] = told.mails
    assert mail.text.index("First") < mail.text.index("Second")


def told_identity(told: Told) -> str:
    with told.stage.services.db.reading(told.stage.org.id) as tx:
        found = tx.scalar(IDENTITY.select().with_only_columns(IDENTITY.c.id).where(IDENTITY.c.kind == "facebook"))
    return str(found)


# --- who may be told ------------------------------------------------------------------------------------


def test_nobody_is_told_unless_the_organization_wants_it(told: Told) -> None:
    told.wish(people=False)
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    assert told.mails == []


@pytest.mark.parametrize("values", [{"verified": False}, {"unreachable": "bounced"}])
def test_an_address_nobody_vouched_for_or_that_bounced_is_not_used(told: Told, values: dict[str, object]) -> None:
    with told.stage.services.db.transaction(told.stage.org.id) as tx:
        tx.execute(update(IDENTITY).where(IDENTITY.c.kind == "email").values(**values))
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    assert told.mails == []


def test_the_link_in_the_mail_ends_such_mails(told: Told) -> None:
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    token = told.mails[0].unsubscribe.rpartition("/")[2]
    links.unsubscribe(told.stage.services, token)
    links.unsubscribe(told.stage.services, token)
    told.stage.write(told.page, "Hello again")
    told.stage.provider("facebook").answers.append(GONE)
    told.answer("More")
    told.run()
    assert len(told.mails) == 1
    with pytest.raises(NotFound):
        links.unsubscribe(told.stage.services, token[:-1] + ("A" if token[-1] != "A" else "B"))


# --- never two, never none without a state ----------------------------------------------------------------


def test_a_relay_that_is_away_is_tried_again(told: Told) -> None:
    told.relay.answers.append(SendFailure(FailureKind.TRY_LATER, "the relay cannot be reached"))
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    assert states(told) == ["queued"]
    told.stage.clock.forward(minutes=1)
    sending.send_due(told.stage.services)
    assert states(told) == ["sent"]
    assert len(told.mails) == 2


def test_a_mail_that_may_have_left_is_never_sent_again_and_ends_as_failed_without_a_word(told: Told) -> None:
    told.relay.answers.append(SendFailure(FailureKind.UNCERTAIN, "the connection broke"))
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    assert states(told) == ["uncertain"]
    told.stage.clock.forward(minutes=6)
    told.run()
    assert states(told) == ["failed"]
    assert len(told.mails) == 1


def test_a_relay_that_tells_of_it_later_settles_an_uncertain_mail(told: Told) -> None:
    told.relay.answers.append(SendFailure(FailureKind.UNCERTAIN, "the connection broke"))
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    told.stage.hear(told.mailbox, Receipt(MessageStatus.DELIVERED, delivery_id=told.mails[0].delivery_id))
    assert states(told) == ["delivered"]


def test_a_process_that_dies_while_sending_leaves_one_mail_and_a_state(told: Told) -> None:
    class Died(BaseException):
        """As a killed process would end it."""

    told.relay.answers.append(Died())
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    with pytest.raises(Died):
        told.run()
    assert states(told) == ["sending"]
    told.stage.clock.forward(minutes=2)
    told.run()
    assert states(told) == ["uncertain"]
    assert len(told.mails) == 1


# --- by mail, transcripts -------------------------------------------------------------------------------


def test_an_operator_answers_by_mail_where_the_channel_is_closed(told: Told) -> None:
    made = answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, "By mail then")
    assert made.status == "queued"
    sending.send_due(told.stage.services)
    [mail] = told.mails
    assert (mail.text, mail.automatic, mail.unsubscribe) == ("By mail then", False, "")
    assert told.stage.look(made).status == "sent"
    told.stage.hear(told.mailbox, Receipt(MessageStatus.DELIVERED, delivery_id=mail.delivery_id))
    assert told.stage.look(made).status == "delivered"


def test_an_answer_by_mail_that_bounces_fails_with_the_reason(told: Told) -> None:
    made = answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, "By mail then")
    told.relay.answers.append(SendFailure(FailureKind.RECIPIENT, "the address does not exist"))
    sending.send_due(told.stage.services)
    found = told.stage.look(made)
    assert (found.status, found.error and found.error.detail) == ("failed", "the address does not exist")
    with pytest.raises(Conflict, match="no mail address"):
        answer_by_mail(told.stage.services, told.stage.operator, told.conversation.id, "Again")


def test_a_transcript_goes_to_whoever_asks_and_to_the_customer_once_each(told: Told) -> None:
    told.answer("It is on its way")
    services, operator = told.stage.services, told.stage.operator
    assert mail_transcript(services, operator, told.conversation.id, To.ME).to == "user"
    mail_transcript(services, operator, told.conversation.id, To.CUSTOMER)
    with pytest.raises(Conflict):
        mail_transcript(services, operator, told.conversation.id, To.CUSTOMER)
    sending.send_due(services)
    to_me, to_customer = told.mails
    assert to_customer.recipient.address == MAILBOX
    assert to_me.recipient.address != MAILBOX
    assert not to_me.answerable
    for mail in told.mails:
        assert "Hello" in mail.text
        assert "It is on its way" in mail.text


def test_there_is_no_transcript_of_a_conversation_in_which_nothing_was_said(told: Told) -> None:
    services = told.stage.services
    with services.db.transaction(told.stage.org.id) as tx:
        tx.execute(delete(MESSAGE).where(MESSAGE.c.conversation_id == told.conversation.id))
    with pytest.raises(Conflict, match="nothing was said"):
        mail_transcript(services, told.stage.operator, told.conversation.id, To.ME)


def test_operators_are_told_of_people_who_wait_too_long(told: Told) -> None:
    told.wish(people=False, operators=True, waiting_minutes=15)
    told.run()
    assert told.mails == []
    told.stage.clock.forward(minutes=15)
    told.run()
    told.stage.clock.forward(minutes=15)
    told.run()
    mails = [mail for mail in told.mails if "Carla" in mail.topic]  # type: ignore[operator]
    assert len({(mail.recipient.address, mail.conversation_id) for mail in mails}) == len(mails) > 0
    assert all(f"/inbox/{mail.conversation_id}" in mail.text for mail in mails)


def test_a_full_turn_wakes_the_next_one_and_letters_about_bans_go_first(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_MOST_AT_ONCE", 2)
    services, owner = told.stage.services, told.stage.org.actor
    mail_transcript(services, told.stage.operator, told.conversation.id, To.ME)
    told.stage.clock.forward(seconds=1)
    text = ("confirmed", "Your page is banned", "Read on", services.clock())
    with services.db.transaction(told.stage.org.id) as tx:
        new = [NewLetter(new_id(), owner.organization_id, owner.user_id, new_id(), *text) for _ in range(2)]
        assert len(letters.add(tx, new)) == 2
    services.queue.redis.flushdb()
    sending.send_due(services)
    assert [mail.topic for mail in told.mails] == ["Your page is banned"] * 2
    assert services.queue.is_waiting(sending.MAILS_QUEUE)

    services.queue.redis.flushdb()
    sending.send_due(services)
    assert len(told.mails) == 3
    assert not services.queue.is_waiting(sending.MAILS_QUEUE)


def test_a_mail_is_taken_by_one_process_only(told: Told) -> None:
    told.stage.provider("facebook").answers.append(GONE)
    told.answer()
    told.run()
    services, now = told.stage.services, told.stage.clock.now
    with services.db.transaction(told.stage.org.id) as tx:
        [found] = notifications.list_newest(tx, told.conversation.id, 5)
        assert notifications.take(tx, found.id, now, now) is None
