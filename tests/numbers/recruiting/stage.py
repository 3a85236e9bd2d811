"""A number on SMS that was banned and replaced; its people, whom the organization knows by mail and Telegram too."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub import contacts
from hub.db import ban_cases, consents, recipients, wrong_codes
from hub.db.ban_cases import CaseRecord
from hub.db.consents import ConsentRecord
from hub.db.tables.core import IDENTITY, RECIPIENT
from hub.ids import new_id
from hub.numbers import recruiting
from hub.numbers.policy.caps import Answer
from hub.numbers.policy.ledger import Progress
from hub.numbers.policy.limits import LIMITS
from hub.types import (
    ConversationView,
    Level,
    MessageReceived,
    OutboundMessage,
    Person,
    Reach,
    ReachabilityChanged,
    Text,
)
from hub.types.bans import BanCase, BanState
from hub.types.numbers import Purpose, RecipientState
from hub.wiring import Services
from tests.api.conftest import Api
from tests.outbound.stage import Stage
from tests.world import Channel, Organization

OLD, NEW = "+4930111111", "+4930222222"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@dataclass
class Somebody:
    """A person: their number, and their conversation over the banned one."""

    number: str
    talk: ConversationView
    contact_id: str


@dataclass
class Recruiting:
    """What the tests do and look at."""

    stage: Stage
    api: Api
    old: Channel
    mail: Channel
    bot: Channel
    new: Channel | None = None
    case_id: str = ""
    new_number: str = NEW

    @property
    def services(self) -> Services:
        return self.stage.services

    @property
    def org(self) -> Organization:
        return self.stage.org

    @property
    def won(self) -> Channel:
        assert self.new
        return self.new

    def somebody(self, number: int, *, mail: bool = False, bot: bool = False, agreed: bool = True) -> Somebody:
        """They wrote to the number; by mail and to the bot too, and agreed to be invited there."""
        address = f"+4917000{number:04}"
        talk = self.stage.open_conversation(self.old, address)
        others = [(self.mail, f"p{number}@example.com")] if mail else []
        others += [(self.bot, str(7000 + number))] if bot else []
        for channel, there in others:
            other = self.stage.open_conversation(channel, there)
            contacts.merge(self.services, self.org.actor, talk.contact.id, other.contact.id)
            if agreed:
                self.agree(there)
        return Somebody(address, talk, talk.contact.id)

    def agree(self, address: str, answer: Answer = Answer.GIVEN) -> None:
        with self.services.db.transaction(self.org.id) as tx:
            identity = tx.scalar(select(IDENTITY.c.id).where(IDENTITY.c.address == address))
            said = ConsentRecord(
                new_id(), identity, Purpose.INVITATION, answer, "form", "1", None, self.services.clock()
            )
            consents.add(tx, said)

    def refuse(self, channel: Channel, address: str) -> None:
        """They say that they do not want to be written to."""
        word = ReachabilityChanged(Person(address), reachable=False, reason="they wrote STOP", opted_out=True)
        self.stage.hear(channel, word)

    def want(self, channel: Channel, address: str) -> None:
        """They take that back."""
        word = ReachabilityChanged(Person(address), reachable=True, reason="", opted_out=True)
        self.stage.hear(channel, word)

    def change_number(self, number: str) -> Channel:
        """The channel's current sender becomes another one, whyever."""
        self.new = self.stage.world.sender(self.org, self.old.id, "sms", number, {"auth_token": "t"})
        return self.new

    def ban(self) -> str:
        """The number is replaced: the case stands where its people are won."""
        return self.ban_in_favour_of(self.change_number(self.new_number))

    def ban_again(self, number: str) -> str:
        """The number that took over is banned itself, and replaced."""
        self.old, self.new_number = self.won, number
        return self.ban()

    def ban_in_favour_of(self, new: Channel) -> str:
        now, self.new = self.services.clock(), new
        case = BanCase(BanState.RECRUITING, now, Level.BANNED, Reach.SENDER)
        self.case_id = new_id()
        with self.services.db.transaction(self.org.id) as tx:
            ban_cases.insert(
                tx,
                CaseRecord(
                    self.case_id,
                    self.org.id,
                    self.old.id,
                    self.old.sender_id,
                    case,
                    now,
                    new_sender_id=new.sender_id,
                ),
            )
        return self.case_id

    def recruit(self) -> None:
        """The ledger, and the first invitations."""
        self.ban()
        self.recruit_again()

    def recruit_again(self) -> None:
        recruiting.build_ledger(self.services, self.case_id)
        recruiting.start_inviting(self.services, self.case_id)
        self.invite()

    def invite(self) -> None:
        recruiting.invite_due(self.services, self.case_id)
        self.deliver()

    def deliver(self) -> None:
        for channel in (self.mail, self.bot, self.won):
            self.stage.deliver(channel)

    def guess(self, times: int) -> None:
        """Strangers have guessed so often."""
        with self.services.db.transaction(self.org.id) as tx:
            for _ in range(times):
                wrong_codes.add(tx, self.won.id, new_id(), self.services.clock())

    def wrong_codes(self) -> int:
        """How often a code was guessed on the channel."""
        with self.services.db.reading(self.org.id) as tx:
            return wrong_codes.count(tx, self.won.id, "", self.services.clock() - LIMITS.attempts_within).on_channel

    def progress(self) -> Progress:
        with self.services.db.reading(self.org.id) as tx:
            return recipients.count(tx, self.case_id)

    def states(self) -> dict[RecipientState, int]:
        return dict(self.progress().counts)

    def line(self, person: Somebody) -> Any:
        wanted = select(RECIPIENT).where(
            RECIPIENT.c.case_id == self.case_id, RECIPIENT.c.conversation_id == person.talk.id
        )
        with self.services.db.reading(self.org.id) as tx:
            return tx.first(wanted)

    def sent(self, kind: str) -> list[OutboundMessage]:
        return self.stage.provider(kind).sent

    def code_of(self, message: OutboundMessage) -> str:
        [code, *_] = CODE.findall(message.text)
        return str(code)

    def write(self, person: str, text: str = "Hello", at: datetime | None = None) -> ConversationView:
        """Somebody writes to the new number; return where that went."""
        return self._write(self.won, Person(person), text, at)

    def pretend(self, person: str) -> ConversationView:
        """Somebody writes to the new number for whose address its provider does not vouch."""
        return self._write(self.won, Person(person, verified=False), "Hello")

    def write_to_old(self, person: str) -> ConversationView:
        """Somebody writes to the banned number, which still receives."""
        kinds = self.org.channels
        kinds["sms"] = self.old
        try:
            return self._write(self.old, Person(person), "Hello")
        finally:
            kinds["sms"] = self.won

    def _write(self, channel: Channel, author: Person, text: str, at: datetime | None = None) -> ConversationView:
        before = {each.id: each.last_message_at for each in self.stage.conversations()}
        self.stage.clock.forward(seconds=1)
        said = MessageReceived(
            author=author,
            parts=(Text(text),),
            external_id=f"in-{next(self.stage.numbers)}",
            sequence=0,
            position=at,
        )
        self.stage.hear(channel, said)
        return next(each for each in self.stage.conversations() if before.get(each.id) != each.last_message_at)

    def merge(self, one: ConversationView, other: ConversationView) -> None:
        """Somebody says that two contacts are one person."""
        contacts.merge(self.services, self.org.actor, one.contact.id, other.contact.id)


def set_up(stage: Stage, api: Api) -> Recruiting:
    old = stage.channel("sms", OLD)
    mail = stage.channel("email", "support@shop.example")
    bot = stage.channel("telegram", "111222")
    return Recruiting(stage, api, old, mail, bot)
