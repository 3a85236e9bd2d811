"""What relays say of letters about bans, at the door: a letter ends, and whom it does not reach is shown to others."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import anyio
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from hub.db import senders
from hub.db.session import PlatformWork
from hub.db.tables.core import EVENT, NOTIFICATION, QUARANTINE
from hub.errors import Conflict
from hub.inbound import accept, journal
from hub.notifying import sending
from hub.numbers.cases import acting, informing, reading
from hub.sandbox.signing import mailgun_signature
from hub.settings import Settings
from hub.types import Level, OutboundMessage, Role
from hub.wiring import Services, build
from tests.fixtures.email.sns_wire import TOPIC, Sns
from tests.line import webhooks
from tests.numbers.test_informing import address, judgement
from tests.outbound.stage import START, Stage, set_stage

KEY = "key-for-mailgun-in-tests"
GONE = "the address does not exist or refuses our mails"


@pytest.fixture
def sns() -> Iterator[Sns]:
    with Sns() as running:
        yield running


@pytest.fixture
def services(settings: Settings, sns: Sns) -> Iterator[Services]:
    changes = {
        "mail_primary_url": SecretStr("smtp://127.0.0.1:9?tls=off"),
        "mailgun_signing_key": SecretStr(KEY),
        "ses_sns_url": sns.root,
        "ses_topic_arn": TOPIC,
    }
    built = build(settings.model_copy(update=changes))
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@dataclass
class Letters:
    """A ban of which two admins were told by mail, and the relay that speaks of these mails."""

    stage: Stage
    case_id: str
    sns: Sns
    mails: dict[str, OutboundMessage]
    numbers: Any

    def mailgun(self, mail: OutboundMessage, **event: Any) -> None:
        stamp, token = str(int(START.timestamp())), f"{next(self.numbers):032d}"
        variables = {"delivery_id": mail.delivery_id, "sender": "", "conversation": mail.conversation_id}
        body = {
            "signature": {"timestamp": stamp, "token": token, "signature": mailgun_signature(KEY, stamp, token)},
            "event-data": {"recipient": mail.recipient.address, "user-variables": variables, **event},
        }
        self._post("mailgun/events", json.dumps(body).encode())

    def ses(self, mail: OutboundMessage, name: str, **more: Any) -> None:
        told = {
            "messageId": "0107018c-aaaa-bbbb",
            "destination": [mail.recipient.address],
            "tags": {"delivery_id": [mail.delivery_id]},
        }
        self._post("ses", self.sns.call({"eventType": name, "mail": told} | more))

    def _post(self, place: str, body: bytes) -> None:
        async def call() -> int:
            async with webhooks(self.stage.services) as relay:
                answer = await relay.post(f"/webhooks/email/{place}", content=body)
                return answer.status_code

        assert anyio.run(call) == 200

    def states(self) -> dict[str, tuple[str, str | None]]:
        """Address → where its letter stands, and what is wrong."""
        by_id = {mail.delivery_id: name for name, mail in self.mails.items()}
        with self.stage.services.db.reading(self.stage.org.id) as tx:
            return {by_id[row.id]: (row.state, row.error) for row in tx.all(select(NOTIFICATION))}

    def untold(self) -> list[tuple[str, str]]:
        shown = reading.get_ban(self.stage.services, self.stage.org.actor, self.case_id)
        return [(each.name, each.why) for each in shown.untold]

    def set_aside(self) -> int:
        """Everything of the relay that nobody understood, or that stands in a journal."""
        with self.stage.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return len(tx.all(select(QUARANTINE.c.id))) + len(tx.all(select(EVENT.c.id)))


@pytest.fixture
def letters(services: Services, sns: Sns) -> Letters:
    stage = set_stage(services)
    channel = stage.channel("telegram", "111222")
    stage.world.user(stage.org.id, "Anna Admin", Role.ADMIN)
    with stage.services.db.transaction(stage.org.id) as tx:
        sender = senders.lock(tx, channel.sender_id)
        assert sender
        case_id = acting.judged(stage.services, tx, sender, judgement(stage, Level.BANNED), stage.clock.now)
    assert case_id
    informing.tell_admins(stage.services, case_id, "Confirmed")
    sending.send_due(stage.services)
    mails = {mail.recipient.address: mail for mail in stage.provider("email").sent}
    assert len(mails) == 2
    return Letters(stage, case_id, sns, mails, count(1))


def test_a_letter_ends_delivered_or_failed_and_the_others_see_whom_it_does_not_reach(letters: Letters) -> None:
    mine = address(letters.stage.org.actor)
    [anna] = set(letters.mails) - {mine}
    letters.mailgun(letters.mails[mine], event="delivered")
    assert letters.untold() == []
    letters.mailgun(letters.mails[anna], event="failed", severity="temporary")
    letters.mailgun(letters.mails[anna], event="failed", severity="permanent", reason="bounce")
    letters.mailgun(letters.mails[anna], event="accepted")
    assert {name: state for name, (state, _) in letters.states().items()} == {mine: "delivered", anna: "failed"}
    assert letters.untold() == [("Anna Admin", f"The mail could not be delivered: {GONE}")]
    assert letters.set_aside() == 0


def test_ses_tells_the_same_and_a_complaint_is_no_failure(letters: Letters) -> None:
    mine = address(letters.stage.org.actor)
    [anna] = set(letters.mails) - {mine}
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": anna, "status": "5.1.1"}]}
    letters.ses(letters.mails[anna], "Bounce", bounce=bounce)
    letters.ses(letters.mails[mine], "Delivery")
    letters.ses(letters.mails[mine], "Complaint", complaint={"complainedRecipients": [{"emailAddress": mine}]})
    assert letters.states() == {
        mine: ("delivered", "they marked our mail as spam"),
        anna: ("failed", f"The mail came back: {GONE}"),
    }
    assert {name for name, _ in letters.untold()} == {"Anna Admin", letters.stage.org.actor.name}
    assert letters.set_aside() == 0


def test_a_later_letter_that_arrives_takes_the_trouble_back(letters: Letters) -> None:
    [anna] = set(letters.mails) - {address(letters.stage.org.actor)}
    letters.mailgun(letters.mails[anna], event="failed", severity="permanent", reason="bounce")
    assert len(letters.untold()) == 1
    with letters.stage.services.db.transaction(letters.stage.org.id) as tx:
        acting.happen(
            letters.stage.services, tx, letters.case_id, acting.h.Reinstated("it is back"), acting.HUB,
            letters.stage.clock.now,
        )  # fmt: skip
    letters.stage.provider("email").sent.clear()
    informing.tell_admins(letters.stage.services, letters.case_id, "Reinstated")
    sending.send_due(letters.stage.services)
    [again] = [mail for mail in letters.stage.provider("email").sent if mail.recipient.address == anna]
    letters.mailgun(again, event="delivered")
    assert letters.untold() == []


def test_an_event_of_a_letter_that_is_gone_is_taken_and_one_of_no_mail_of_ours_is_kept(letters: Letters) -> None:
    [mail, _] = letters.mails.values()
    with letters.stage.services.db.transaction(letters.stage.org.id) as tx:
        tx.execute(NOTIFICATION.delete().where(NOTIFICATION.c.id == mail.delivery_id))
    letters.mailgun(mail, event="delivered")
    assert letters.set_aside() == 0
    stamp, token = str(int(START.timestamp())), "9" * 32
    signed = {"timestamp": stamp, "token": token, "signature": mailgun_signature(KEY, stamp, token)}
    foreign = {"signature": signed, "event-data": {"event": "delivered", "user-variables": {"delivery_id": "7"}}}
    letters._post("mailgun/events", json.dumps(foreign).encode())
    assert letters.set_aside() == 1


def test_what_its_parser_cannot_read_of_a_letter_is_kept_and_the_request_is_taken(
    letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[object]:
        raise ValueError("an unusual event")

    services = letters.stage.services
    name, mail = next(iter(letters.mails.items()))
    with monkeypatch.context() as unusual:
        unusual.setattr(accept, "fates_of", fail)
        letters.mailgun(mail, event="delivered")
        assert letters.set_aside() == 1
        [held] = journal.list_quarantined(services)
        with pytest.raises(Conflict):
            journal.release(services, held.id)
    # a hub that understands it takes it out again
    assert journal.release(services, held.id) == 1
    assert letters.states()[name] == ("delivered", None)
    assert journal.list_quarantined(services) == []
