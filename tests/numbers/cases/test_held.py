"""What waited on a sender that was held: what goes out once it works again, and what a person sends or discards."""

from dataclasses import replace
from typing import Any

import pytest

from hub import contacts
from hub.db import ban_cases
from hub.errors import Conflict, Forbidden
from hub.failure_policy import MAX_ATTEMPTS
from hub.numbers import recruiting
from hub.numbers.cases import acting, succeeding
from hub.numbers.policy import happenings as h
from hub.numbers.policy.limits import LIMITS
from hub.outbound import recording
from hub.types import FailureKind, Level, MessageStatus, MessageView, Receipt, SendFailure
from hub.types.bans import Kept
from tests.numbers.cases.bans import Bans
from tests.numbers.cases.test_life import ACCEPTED, well
from tests.world import Channel

NEW = "+4930333333"


def _replace(bans: Bans, case_id: str) -> None:
    """Let a new sender take over the channel."""
    bans.post(case_id, "accept", **ACCEPTED)
    bans.happen(case_id, h.ReplacingBegun())
    new = bans.stage.world.sender(bans.org, bans.banned.id, "whatsapp", NEW, {"auth_token": "t"})
    with bans.services.db.transaction(bans.org.id) as tx:
        ban_cases.save(tx, replace(ban_cases.lock(tx, case_id), new_sender_id=new.sender_id))
    bans.happen(case_id, h.Replaced())


def _replace_by_sms(bans: Bans, case_id: str) -> None:
    """Let another kind of channel take over, as whatever way it comes does."""
    bans.post(case_id, "accept", **ACCEPTED)
    with bans.services.db.transaction(bans.org.id) as tx:
        succeeding.happened(bans.services, tx, case_id, bans.sms.sender_id, acting.HUB)


def _held(bans: Bans, message: MessageView) -> list[str]:
    found = bans.api.owner("GET", f"/conversations/{message.conversation_id}/held")
    return [each["message_id"] for each in found.json()["items"]]


def _decide(bans: Bans, message: MessageView, verb: str) -> Any:
    return bans.api.owner("POST", f"/conversations/{message.conversation_id}/held/{message.id}/{verb}")


def _status(bans: Bans, channel: Channel, message: MessageView) -> str:
    bans.stage.deliver(channel)
    return str(bans.stage.look(message).status)


def test_nothing_that_waited_on_an_old_sender_goes_out_by_itself_when_it_is_put_back(bans: Bans) -> None:
    talk, case_id = bans.stage.open_conversation(bans.banned, "1"), bans.offered()
    waiting, other = bans.stage.answer(talk, "first"), bans.stage.answer(talk, "second")
    _replace(bans, case_id)
    assert _held(bans, waiting) == [waiting.id, other.id]
    bans.happen(case_id, h.Reinstated("it works again"), h.SenderKept(Kept.OLD))
    bans.work(case_id)
    assert bans.record(case_id).new_sender_id is None
    assert _status(bans, bans.banned, waiting) == "queued"
    answered = bans.stage.answer(talk, "a new one goes past them")
    assert _status(bans, bans.banned, answered) == "sent"
    assert _held(bans, waiting) == [waiting.id, other.id]
    assert _decide(bans, waiting, "send").status_code == 200
    assert _decide(bans, other, "discard").json()["status"] == "failed"
    assert _status(bans, bans.banned, waiting) == "sent"
    assert _held(bans, waiting) == []


def test_only_what_is_young_and_was_not_said_otherwise_goes_out_when_a_sender_is_given_back(bans: Bans) -> None:
    talks = [bans.stage.open_conversation(bans.sms, f"+49170000{each}") for each in range(3)]
    bot = bans.stage.channel("telegram", "111222")
    elsewhere = bans.stage.open_conversation(bot, "7")
    contacts.merge(bans.services, bans.org.actor, talks[1].contact.id, elsewhere.contact.id)
    case_id = bans.judge(channel=bans.sms)
    old = bans.stage.answer(talks[0], "too late")
    bans.stage.clock.now += LIMITS.goes_out
    bans.stage.clock.forward(seconds=1)
    overtaken, young = bans.stage.answer(talks[1], "by SMS"), bans.stage.answer(talks[2], "still true")
    bans.stage.clock.forward(seconds=1)
    bans.stage.answer(elsewhere, "by Telegram then")
    bans.judge(well(bans), bans.sms)
    assert bans.state(case_id or "") == "reinstated"
    assert [_status(bans, bans.sms, each) for each in (old, overtaken, young)] == ["queued", "queued", "sent"]
    assert (_held(bans, old), _held(bans, overtaken)) == ([old.id], [overtaken.id])
    assert _decide(bans, old, "send").status_code == 200
    assert _status(bans, bans.sms, old) == "sent"


def test_the_rest_of_what_is_held_is_counted_and_discarded_at_once(bans: Bans) -> None:
    talks = [bans.stage.open_conversation(bans.banned, f"{each}") for each in range(3)]
    case_id = bans.offered()
    waiting = [bans.stage.answer(each, text) for each in talks for text in ("one", "two")]
    _replace(bans, case_id)
    assert recruiting.count_held(bans.services, bans.org.actor, case_id) == 6
    assert recruiting.discard_rest(bans.services, bans.org.actor, case_id) == 6
    assert recruiting.count_held(bans.services, bans.org.actor, case_id) == 0
    assert {bans.stage.look(each).status for each in waiting} == {"failed"}
    assert bans.audited().count("message.held_discarded") == 6
    with pytest.raises(Forbidden):
        recruiting.discard_rest(bans.services, bans.org.operator, case_id)


def test_a_handed_over_message_has_all_its_attempts_before_it(bans: Bans) -> None:
    talk = bans.stage.open_conversation(bans.banned, "1")
    bans.stage.provider("whatsapp").answers += [SendFailure(FailureKind.TRY_LATER, "down")] * MAX_ATTEMPTS
    message = bans.stage.answer(talk, "again and again")
    for _ in range(MAX_ATTEMPTS - 1):
        bans.stage.deliver(bans.banned)
        bans.stage.clock.forward(hours=1)
    case_id = bans.offered()
    _replace(bans, case_id)
    bans.stage.write(bans.stage.org.channels["whatsapp"], "I am here", "1")
    assert _decide(bans, message, "send").status_code == 200
    assert _status(bans, bans.stage.org.channels["whatsapp"], message) == "queued", "one hiccup is not the end"
    bans.stage.clock.forward(hours=1)
    assert _status(bans, bans.stage.org.channels["whatsapp"], message) == "sent"


def test_what_a_banned_sender_had_handed_over_and_got_back_waits_again_and_is_told_once(bans: Bans) -> None:
    talk = bans.stage.open_conversation(bans.banned, "1")
    message = bans.stage.answer(talk, "just before the ban")
    assert _status(bans, bans.banned, message) == "sent"
    [first] = bans.stage.deliveries(message)
    banned = SendFailure(FailureKind.SENDER, "the number is banned", level=Level.BANNED)
    for delivery_id in (None, first.id, None):
        returned = Receipt(MessageStatus.FAILED, f"out-{first.id}", delivery_id, failure=banned)
        bans.stage.hear(bans.banned, returned)
        assert _status(bans, bans.banned, message) == "queued"
    assert [each.state for each in bans.stage.deliveries(message)] == ["sent", "queued"]
    case_id = bans.offered()
    _replace(bans, case_id)
    assert _held(bans, message) == [message.id]
    bans.stage.write(bans.stage.org.channels["whatsapp"], "I am here", "1")
    assert _decide(bans, message, "send").status_code == 200
    assert _status(bans, bans.stage.org.channels["whatsapp"], message) == "sent"


def test_what_waits_on_a_channel_in_whose_place_another_one_goes_on_is_a_persons_to_discard(bans: Bans) -> None:
    talk, case_id = bans.stage.open_conversation(bans.banned, "1"), bans.offered()
    waiting = bans.stage.answer(talk, "nobody will send this")
    _replace_by_sms(bans, case_id)
    assert bans.sender(bans.banned).state == "current"
    assert _held(bans, waiting) == [waiting.id]
    assert _decide(bans, waiting, "send").status_code == 409
    assert _decide(bans, waiting, "discard").json()["status"] == "failed"
    with pytest.raises(Conflict, match="has taken over") as refused:
        bans.stage.answer(talk, "nor this")
    assert "once they have written there" in str(refused.value.__dict__)
    bans.happen(case_id, h.Reinstated("it works again"), h.SenderKept(Kept.OLD))
    bans.work(case_id)
    assert _status(bans, bans.banned, bans.stage.answer(talk, "it works again")) == "sent"


def test_what_comes_back_to_a_banned_sender_after_another_channel_took_over_is_held(bans: Bans) -> None:
    talk = bans.stage.open_conversation(bans.banned, "1")
    message = bans.stage.answer(talk, "just before the ban")
    assert _status(bans, bans.banned, message) == "sent"
    _replace_by_sms(bans, bans.offered())
    [first] = bans.stage.deliveries(message)
    banned = SendFailure(FailureKind.SENDER, "the number is banned", level=Level.BANNED)
    bans.stage.hear(bans.banned, Receipt(MessageStatus.FAILED, f"out-{first.id}", first.id, failure=banned))
    assert _held(bans, message) == [message.id]


def test_what_was_being_sent_while_another_channel_took_over_is_held(
    bans: Bans, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = bans.stage.answer(bans.stage.open_conversation(bans.banned, "1"), "on its way")
    banned = SendFailure(FailureKind.SENDER, "the number is banned", level=Level.BANNED)
    bans.stage.provider("whatsapp").answers.append(banned)

    def meanwhile(failpoint: str) -> None:
        if failpoint == "delivery.before_record":
            _replace_by_sms(bans, bans.offered())

    monkeypatch.setattr(recording, "reach", meanwhile)
    bans.stage.deliver(bans.banned)
    assert [each.state for each in bans.stage.deliveries(message)] == ["held"]
    assert _held(bans, message) == [message.id]
