"""All rules at once, from a day on which both customers have numbers and people."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import select

from hub.db.tables.core import RECIPIENT
from hub.numbers.cases.commands import Acceptance
from hub.types.bans import AppealState, Kept
from tests.numbers.playing.banning import BANS, Banning
from tests.numbers.playing.living import Living
from tests.numbers.playing.machine import ANY, pick
from tests.numbers.playing.play import FOR_SALE, PEOPLE
from tests.numbers.playing.supplying import Supplying

STRANGER = st.integers(PEOPLE, PEOPLE + 3)
"""Somebody whom no channel knows."""


class Numbers(Supplying, Living, Banning):
    """All rules at once, from a day on which both customers have numbers and people."""

    @initialize()
    def begin(self) -> None:
        for number in FOR_SALE[:4]:
            self.buy(number)
        first, second, _, fourth = self.play.numbers()
        for number in (first, fourth):
            self.register(number.id, 0)
        for _ in range(4):
            self.go_on()
        for number in (first, fourth):
            self.assign(number.id, 0, "whatsapp")
        self.assign(first.id, 0, "sms")
        self.assign(second.id, 1, "sms")
        self.play.has_worked_for_long()
        for person in range(PEOPLE):
            self.play.write(person, FOR_SALE[0], "whatsapp")
            self.greet(person, 0, "email")
        for person in range(PEOPLE - 1):
            self.join(person)
        self.play.write(1, FOR_SALE[1], "sms")

    @rule(which=ANY, what=st.sampled_from(BANS[:4]), steps=st.integers(2, 8))
    def a_ban_goes_far(self, which: int, what: tuple[str, str], steps: int) -> None:
        """Random steps alone seldom get to where people are won."""
        sender = pick(self.in_use(), which)
        if sender is not None:
            self.ban_goes(sender, what, steps)

    def in_use(self) -> list[Any]:
        """The senders of channels that are numbers."""
        return [each for each in self.play.senders() if each.state == "current" and each.number_id]

    def ban_goes(self, sender: Any, what: tuple[str, str], steps: int) -> None:
        """A sender is banned; its case goes so many steps, and whatever is offered is accepted."""
        self.ban(sender, what)
        for _ in range(steps):
            self.work()
            row = next((each for each in self.cases() if each.sender_id == sender.id), None)
            if row is not None and row.state == "offered":
                self.accept(row, Acceptance("bought a list", AppealState.WAIVED, "no use"))
            self.go_on()
            self.people_are_invited()
            self.play.send()

    @rule(which=ANY, stranger=STRANGER, what=st.sampled_from(("confirm", "deny")), undone=st.booleans())
    def a_code_is_brought_by_a_stranger(self, which: int, stranger: int, what: str, undone: bool) -> None:
        """Random steps alone never get from a ban to a claim, and from there to what is decided about it."""
        sender = pick(self.in_use(), which)
        if sender is None:
            return
        before = set(self.codes())
        self.ban_goes(sender, BANS[0], 8)
        new = next((each for each in self.in_use() if each.channel_id == sender.channel_id), None)
        codes = [each for each in self.codes() if each not in before]
        if new is None or not codes:
            return
        self.play.write(stranger, new.address, new.kind, f"my code is {codes[-1]}")
        for row in self.play.rows(select(RECIPIENT).where(RECIPIENT.c.state == "claimed")):
            self.done("claim", row)
            self.decide(row, what)
            if undone:
                self.decide(row, "undo")
        self.what_is_due_is_sent()

    @rule(which=ANY, kept=st.sampled_from(Kept))
    def a_banned_sender_is_given_back_after_all(self, which: int, kept: Kept) -> None:
        self.a_messenger_gives_back(which)
        self.work()
        self.the_customer_chooses_which_sender_stays(which, kept)
        self.work()
        self.what_is_due_is_sent()
