"""People write, stop, agree, use codes; operators answer, join contacts, erase, decide on claims and held messages."""

import re
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from hub import contacts
from hub.db.privacy import CaseView
from hub.db.tables.core import CONTACT, CONVERSATION, DELIVERY, EVENT, MESSAGE, RECIPIENT, SENDER
from hub.numbers import consents, recruiting
from hub.numbers.consents import NewConsent
from hub.numbers.policy.caps import Answer
from hub.outbound.saying import Reply
from hub.outbound.submit import submit
from hub.privacy import cases as privacy
from hub.privacy import work as privacy_work
from hub.privacy.cases import request_of
from hub.provisioning.channels import delete_channel
from hub.types import MessageReceived, Person, ReachabilityChanged, Text
from hub.types.numbers import Purpose
from tests.numbers.playing.machine import ANY, KIND, ORG, PERSON, Machine, pick
from tests.numbers.playing.messengers import MemoryMessenger
from tests.numbers.playing.play import FOR_SALE, chat, mail, phone

_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_ELSEWHERE = st.sampled_from(("email", "telegram"))
_PURPOSE = st.sampled_from((Purpose.INVITATION, Purpose.SERVICE))


class Living(Machine):
    """The rules of people and of those who answer them."""

    @rule(person=PERSON, number=ANY, kind=KIND)
    def somebody_writes_to_a_number(self, person: int, number: int, kind: str) -> None:
        """Whatever became of the number: old people keep writing."""
        self.play.write(person, FOR_SALE[number % len(FOR_SALE)], kind)

    @rule(person=PERSON, which=ANY)
    def somebody_writes_to_a_channel(self, person: int, which: int) -> None:
        sender = pick([each for each in self.play.senders() if each.number_id], which)
        if sender:
            self.play.write(person, sender.address, sender.kind)

    @rule(person=PERSON, which=ANY, stop=st.booleans())
    def somebody_says_stop_or_start(self, person: int, which: int, stop: bool) -> None:
        sender = pick([each for each in self.play.senders() if each.number_id], which)
        if sender:
            self.play.write(person, sender.address, sender.kind, stop=stop)

    def greet(self, person: int, org: int, kind: str) -> None:
        whose = self.org(org)
        channel = (self.play.mails if kind == "email" else self.play.chats)[whose.id]
        address = mail(person) if kind == "email" else chat(person)
        key = f"in-{len(self.play.rows(select(EVENT.c.id)))}-{kind}"
        self.play.hear(channel, whose, MessageReceived(key, Person(address), (Text("hello"),), sequence=0))

    @rule(person=PERSON, org=ORG, kind=_ELSEWHERE)
    def somebody_writes_elsewhere(self, person: int, org: int, kind: str) -> None:
        self.greet(person, org, kind)

    @rule(person=PERSON, org=ORG, kind=_ELSEWHERE)
    def somebody_stops_elsewhere(self, person: int, org: int, kind: str) -> None:
        whose = self.org(org)
        channel = (self.play.mails if kind == "email" else self.play.chats)[whose.id]
        address = mail(person) if kind == "email" else chat(person)
        self.play.stop_by(whose, kind, address)
        word = ReachabilityChanged(Person(address), reachable=False, reason="they unsubscribed", opted_out=True)
        self.play.hear(channel, whose, word)

    @rule(which=ANY, person=PERSON)
    def somebody_uses_the_code_of_an_invitation(self, which: int, person: int) -> None:
        """They, or whoever got hold of it, write it to the new number."""
        codes = self.codes()
        news = self.play.rows(select(SENDER).join(CONVERSATION, CONVERSATION.c.channel_id == SENDER.c.channel_id))
        code, sender = pick(codes, which), pick([each for each in news if each.number_id], which)
        if code and sender:
            self.play.write(person, sender.address, sender.kind, f"my code is {code}")

    def codes(self) -> list[str]:
        """The codes of all invitations that went out, those of one kind in their order."""
        found: list[str] = []
        for each in self.play.services.adapters.values():
            assert isinstance(each, MemoryMessenger)
            found += each.texts
        return [code for each in found for code in _CODE.findall(each)]

    def join(self, person: int) -> None:
        """Somebody of the first customer is known by number and by mail, where they agreed to be invited."""
        services, org = self.play.services, self.org(0)
        known = {each.address: each for each in self.play.identities(org)}
        by_mail = known[mail(person)]
        contacts.merge(services, org.actor, known[phone(person)].contact_id, by_mail.contact_id)
        contact_id = known[phone(person)].contact_id
        new = NewConsent(by_mail.id, Purpose.INVITATION, Answer.GIVEN, "a form")
        consents.record_consent(services, org.actor, contact_id, new)

    # --- whoever answers ---------------------------------------------------------------------------------

    @rule(org=ORG, which=ANY)
    def somebody_is_answered(self, org: int, which: int) -> None:
        services, actor = self.play.services, self.org(org).actor
        mine = select(CONVERSATION.c.id).where(CONVERSATION.c.organization_id == actor.organization_id)
        row = pick(self.play.rows(mine.order_by(CONVERSATION.c.id.desc())), which)
        if row:
            self.done("answer", self.play.may(lambda: submit(services, actor, row.id, Reply("Good morning"))))

    @rule(person=PERSON, which=ANY, sent=st.booleans())
    def somebody_is_answered_at_once(self, person: int, which: int, sent: bool) -> None:
        sender = pick([each for each in self.play.senders() if each.number_id], which)
        if sender is None:
            return
        self.play.write(person, sender.address, sender.kind)
        actor = next(each.actor for each in self.play.orgs if each.id == sender.organization_id)
        mine = (CONVERSATION.c.channel_id == sender.channel_id, CONVERSATION.c.last_inbound_at == self.play.clock())
        for row in self.play.rows(select(CONVERSATION.c.id).where(*mine)):
            self.done("answer", self.play.may(lambda: submit(self.play.services, actor, row.id, Reply("Good morning"))))  # noqa: B023 - called at once
        if sent:
            self.play.send()

    @rule()
    def what_is_due_is_sent(self) -> None:
        self.play.send()

    @rule(org=ORG, which=ANY, kind=_ELSEWHERE, purpose=_PURPOSE, answer=st.sampled_from(Answer))
    def somebody_agrees_or_takes_it_back(
        self, org: int, which: int, kind: str, purpose: Purpose, answer: Answer
    ) -> None:
        services, whose = self.play.services, self.org(org)
        row = pick([each for each in self.play.identities(whose) if each.kind == kind], which)
        if row:
            new = NewConsent(row.id, purpose, answer, "a form")
            said = self.play.may(lambda: consents.record_consent(services, whose.actor, row.contact_id, new))
            self.done("consent", said)

    @rule(org=ORG, one=ANY, other=ANY)
    def contacts_are_joined(self, org: int, one: int, other: int) -> None:
        services, actor = self.play.services, self.org(org).actor
        rows = self.play.rows(select(CONTACT).where(CONTACT.c.organization_id == actor.organization_id))
        first, second = pick(rows, one), pick(rows, other)
        if first and second:
            joined = self.play.may(lambda: contacts.merge(services, actor, first.id, second.id))
            self.done("merge", joined)

    @rule(org=ORG, which=ANY)
    def somebody_is_erased(self, org: int, which: int) -> None:
        services, actor = self.play.services, self.org(org).actor
        rows = self.play.rows(select(CONTACT).where(CONTACT.c.organization_id == actor.organization_id))
        row = pick(rows, which)
        if row:
            request = request_of(actor, row.id, "they asked for it")
            case = self.play.may(lambda: privacy.begin_erasure(services, request))
            self.done("erase", case)
            if isinstance(case, CaseView):
                privacy_work.work(services, case.id)

    @rule(which=ANY, what=st.sampled_from(("confirm", "deny", "undo")))
    def a_claim_is_decided(self, which: int, what: str) -> None:
        row = pick(self.play.rows(select(RECIPIENT).where(RECIPIENT.c.claimed.is_(True))), which)
        if row:
            self.decide(row, what)

    def decide(self, row: Any, what: str) -> None:
        """An operator says what is with a claim: `confirm`, `deny` or `undo`."""
        services = self.play.services
        actor = next(each.actor for each in self.play.orgs if each.id == row.organization_id)
        do = getattr(recruiting, what)
        self.done(what, self.play.may(lambda: do(services, actor, row.case_id, row.id)))

    @rule(which=ANY, sent=st.booleans())
    def a_held_message_is_sent_or_discarded(self, which: int, sent: bool) -> None:
        services = self.play.services
        waiting = (
            select(MESSAGE)
            .join(DELIVERY, DELIVERY.c.message_id == MESSAGE.c.id)
            .join(SENDER, SENDER.c.id == DELIVERY.c.sender_id)
            .where(DELIVERY.c.state == "queued", SENDER.c.state != "current")
        )
        row = pick(self.play.rows(waiting), which)
        if row:
            actor = next(each.actor for each in self.play.orgs if each.id == row.organization_id)
            do = recruiting.send_held if sent else recruiting.discard_held
            self.play.clicked = row.id
            self.done("held", self.play.may(lambda: do(services, actor, row.conversation_id, row.id)))
            self.play.clicked = None

    @rule(which=ANY)
    def a_customer_gives_a_channel_up(self, which: int) -> None:
        services = self.play.services
        sender = pick([each for each in self.play.senders() if each.number_id], which)
        if sender and which == 0:
            actor = next(each.actor for each in self.play.orgs if each.id == sender.organization_id)
            self.play.may(lambda: delete_channel(services, actor, sender.channel_id))
