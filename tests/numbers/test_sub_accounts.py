"""Sub-accounts of one supplier: a valid signature proves its own account's senders and nothing of anybody else's."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select, update

from hub.db.session import PlatformWork
from hub.db.tables.core import (
    CONVERSATION,
    DELIVERY,
    EVENT,
    IDENTITY,
    MESSAGE,
    NUMBER,
    POOL_MESSAGE,
    REGISTRATION,
    SENDER,
    SIGNAL,
)
from hub.outbound.saying import Reply
from hub.outbound.submit import submit
from tests.numbers.playing.calling import Call, account_of, post
from tests.numbers.playing.everything import Numbers
from tests.numbers.playing.play import FOR_SALE, Play, phone
from tests.numbers.playing.supplier import CODE

OURS, SPARE = FOR_SALE[0], FOR_SALE[2]
_KEPT = (
    EVENT, MESSAGE, DELIVERY, NUMBER, SENDER, SIGNAL, POOL_MESSAGE, REGISTRATION, CONVERSATION, IDENTITY,
)  # fmt: skip


def picture(play: Play) -> dict[str, list[Any]]:
    """All that a call could touch."""

    def rows(table: Table) -> list[Any]:
        return sorted((tuple(row) for row in play.rows(select(table))), key=repr)

    play.take_in()
    return {table.name: rows(table) for table in _KEPT}


def calls(play: Play) -> list[Call]:
    """Every call that says something of our number, its messages or its code."""
    sent = play.rows(select(MESSAGE).where(MESSAGE.c.direction == "outbound", MESSAGE.c.external_id.is_not(None)))[0]
    delivery = play.rows(select(DELIVERY).where(DELIVERY.c.message_id == sent.id))[0]
    wrote = next(each for each in play.wrote if each.kind == "whatsapp" and each.number == OURS)
    said = {"From": phone(3), "Body": "hello", "NumMedia": "0", "SmsStatus": "received"}
    return [
        Call("an SMS", "/webhooks/twilio/messages", {**said, "To": OURS, "MessageSid": "SM" + "a" * 32}),
        Call("a message", "/webhooks/twilio/messages",
             {**said, "From": f"whatsapp:{phone(3)}", "To": f"whatsapp:{OURS}", "MessageSid": "SM" + "b" * 32}),
        Call("an opt-out", "/webhooks/twilio/messages",
             {**said, "To": OURS, "MessageSid": "SM" + "c" * 32, "OptOutType": "STOP", "Body": "STOP"}),
        Call("a receipt", "/webhooks/twilio/status",
             {"MessageSid": sent.external_id, "MessageStatus": "undelivered", "ErrorCode": "63112",
              "From": f"whatsapp:{OURS}", "To": f"whatsapp:{phone(0)}"}, {"delivery": delivery.id}),
        Call("an error of a message", "/webhooks/twilio/errors",
             {"Sid": "NO" + "d" * 32, "Payload": f'{{"resource_sid": "{wrote.key}", "error_code": "63112"}}'}),
        Call("a code", "/webhooks/twilio/messages",
             {**said, "To": SPARE, "MessageSid": "SM" + "e" * 32, "Body": f"Your WhatsApp code: {CODE}"}),
    ]  # fmt: skip


def prepare(day: Numbers) -> None:
    """An answer of ours is on its way, and a code is waited for on a number that is to be ours."""
    play, actor = day.play, day.org(0).actor
    talk = play.rows(select(CONVERSATION).where(CONVERSATION.c.organization_id == actor.organization_id))[0]
    submit(play.services, actor, talk.id, Reply("Good morning"))
    play.send()
    day.register(next(each.id for each in play.numbers() if each.number == SPARE), 0)
    day.go_on()
    play.supplier.go_on()
    play.pass_time(timedelta(seconds=5))


def test_a_valid_signature_of_one_sub_account_never_reaches_anothers_sender(day: Numbers) -> None:
    prepare(day)
    play = day.play
    ours, theirs = account_of(play, 0), account_of(play, 1)
    assert play.supplier.holder(OURS) == ours
    for call in calls(play):
        before = picture(play)
        answer = post(play, call, *theirs)
        # a genuine call about nobody known is kept for the platform, and refused to nobody
        assert answer.status_code in (200, 204), (call.what, answer.text)
        assert picture(play) == before, f"{call.what} of another account reached us"
        forged = post(play, call, ours[0], theirs[1])
        assert forged.status_code == 403, (call.what, forged.text)
        assert picture(play) == before, f"{call.what} with another account's token reached us"
        assert post(play, call, *ours).is_success
        assert picture(play) != before, f"{call.what} of our own account does not reach us either"


def test_a_call_with_a_code_is_forwarded_for_the_numbers_own_account_only(day: Numbers) -> None:
    play, call = day.play, Call("a call", "/webhooks/twilio/voice", {"From": "+15550000000", "To": SPARE})
    prepare(day)
    with play.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(NUMBER).where(NUMBER.c.number == SPARE).values(forward_to="+4930999999"))
    ours, theirs = account_of(play, 0), account_of(play, 1)
    assert "+4930999999" in post(play, call, *ours).text
    assert "<Reject/>" in post(play, call, *theirs).text


def test_in_quarantine_a_number_hears_its_own_account_only(day: Numbers) -> None:
    play = day.play
    number = next(each for each in play.numbers() if each.number == OURS)
    ours, theirs = account_of(play, 0), account_of(play, 1)
    day.release(number.id)
    play.pass_time(timedelta(days=3))
    said = {"Body": "hello", "NumMedia": "0", "SmsStatus": "received", "MessageSid": "SM" + "f" * 32}
    call = Call("an SMS", "/webhooks/twilio/messages", {**said, "From": phone(2), "To": OURS})
    before = picture(play)
    assert post(play, call, *theirs).is_success
    assert picture(play) == before
    assert post(play, call, *ours).is_success
    assert picture(play) != before
