"""What an appeal rests on: where and until when it is made, and the pack of evidence in words and numbers."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from hub.db import consents, signals
from hub.db.consents import ConsentRecord
from hub.db.tables.core import CONVERSATION, IDENTITY
from hub.ids import new_id
from hub.numbers.policy.caps import Answer
from hub.types import ConversationView, Reach
from hub.types.bans import Signal, SignalSource
from hub.types.numbers import Purpose
from tests.numbers.cases.bans import OURS, SECRETS, Bans, judgement


def identity_of(bans: Bans, talk: ConversationView) -> str:
    with bans.services.db.reading(bans.org.id) as tx:
        return str(tx.scalar(select(CONVERSATION.c.identity_id).where(CONVERSATION.c.id == talk.id)))


def lived(bans: Bans) -> None:
    """Two people wrote and got an answer; one agreed, then thought better of it; one wants nothing at all."""
    now = bans.services.clock()
    talks = [bans.stage.open_conversation(bans.banned, each) for each in ("Lena", "Priya")]
    for talk in talks:
        bans.stage.answer(talk, "Good morning")
    bans.stage.deliver(bans.banned)
    one, other = (identity_of(bans, each) for each in talks)
    said = ((one, Answer.GIVEN, 0), (one, Answer.WITHDRAWN, 1), (other, Answer.GIVEN, 0))
    seen = [
        Signal("twilio", SignalSource.POLL, f"quality/{each}", now + timedelta(minutes=place))
        for place, each in enumerate(("HIGH", "HIGH", "LOW"))
    ]
    with bans.services.db.transaction(bans.org.id) as tx:
        for who, answer, minute in said:
            at = now + timedelta(minutes=minute)
            consents.add(tx, ConsentRecord(new_id(), who, Purpose.INVITATION, answer, "a form", "", None, at))
        signals.add(tx, bans.banned.sender_id, seen)
        tx.execute(update(IDENTITY).where(IDENTITY.c.id == other).values(opted_out_at=now))


def packed(bans: Bans, case_id: str) -> dict[str, Any]:
    answer = bans.api.owner("GET", f"/bans/{case_id}/evidence")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_pack_says_in_words_and_numbers_what_happened_and_names_nobody(bans: Bans) -> None:
    lived(bans)
    bans.stage.clock.forward(hours=1)
    case_id = bans.offered()
    found = packed(bans, case_id)
    assert (found["address"], found["level"], found["reach"]) == (OURS, "banned", "sender")
    assert found["traffic"] == {"people": 2, "received": 2, "sent": 2, "unasked": 0, "refused": 0}
    assert (found["touched"], found["opted_out"]) == ({"conversations": 2, "recipients": 2}, 1)
    assert [each["quality"] for each in found["qualities"]] == ["high", "low"]
    assert found["consents"][1] == {"purpose": "invitation", "given": 1, "withdrawn": 1}
    assert found["evidence"]
    text = bans.api.owner("GET", f"/bans/{case_id}/evidence?format=text&language=de")
    assert text.headers["content-disposition"].startswith("attachment; filename=")
    assert "Der Messenger" in text.text
    assert "Einladungen: 1 haben zugestimmt, 1 abgelehnt oder widerrufen" in text.text
    for hidden in ("Lena", "Priya", *SECRETS):
        assert hidden not in text.text
        assert hidden not in str(found)


def test_traffic_after_the_ban_and_long_before_it_does_not_count(bans: Bans) -> None:
    bans.stage.open_conversation(bans.banned, "long ago")
    bans.stage.clock.forward(days=31)
    case_id = bans.offered()
    bans.stage.clock.forward(hours=1)
    bans.stage.open_conversation(bans.banned, "after")
    assert packed(bans, case_id)["traffic"]["received"] == 0


def test_whoever_may_not_appeal_gets_no_pack(bans: Bans) -> None:
    case_id = bans.offered()
    token = bans.api.token(bans.stage.operator)
    assert bans.api.call("GET", f"/bans/{case_id}/evidence", token).status_code == 403


def test_a_case_says_who_appeals_where_and_until_when(bans: Bans) -> None:
    case_id = bans.offered()
    shown = bans.get(case_id)
    appeal, confirmed = shown["appeal"], datetime.fromisoformat(shown["confirmed_at"])
    assert (datetime.fromisoformat(appeal["by"]) - confirmed, appeal["checked"]) == (timedelta(days=90), True)
    assert appeal["link"].startswith("https://business.facebook.com/")
    sms = bans.judge(channel=bans.sms)
    assert sms
    other = bans.get(sms)["appeal"]
    assert (other["by"], other["checked"]) == (None, False)
    assert "Twilio" in other["who"]


def test_what_hits_the_platforms_own_account_is_the_platforms_to_appeal(bans: Bans) -> None:
    case_id = bans.judge(judgement(bans.services, reach=Reach.PROVIDER_ACCOUNT))
    assert case_id
    appeal = bans.get(case_id)["appeal"]
    assert (appeal["link"], appeal["by"]) == ("", None)
    assert appeal["who"].startswith("Whoever runs this hub")
