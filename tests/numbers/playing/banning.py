"""Messengers ban and give back; looks, the case's work, and everything that people may do to a case, in any order."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select, update

from hub.db.session import PlatformWork
from hub.db.tables.core import BAN_CASE, BAN_WORK, CHANNEL, SENDER
from hub.numbers import cases, detecting, health, recruiting
from hub.numbers.cases import commands, connecting
from hub.numbers.cases.commands import Acceptance
from hub.numbers.policy import happenings as h
from hub.types import Actor
from hub.types.bans import AppealState, Kept, RemedyKind, Signal, SignalSource
from tests.numbers.playing.machine import ANY, Machine, pick

BANS = (
    ("sender/OFFLINE", "your number was banned"),
    ("sender/OFFLINE", "restricted for spam"),
    ("63112", ""),
    ("sender/missing", ""),
    ("sender/OFFLINE", "no credit line"),
    ("account/suspended", ""),
    ("timeout", ""),
)
"""A ban of the sender, a restriction, a ban of the business account, a sender that is gone, credentials, the account
itself, and no answer at all."""
_WORDS = ("cause", "file", "waive", "grant", "refuse")
_KINDS = st.none() | st.sampled_from(("sms", "whatsapp", "email", "telegram"))


class Banning(Machine):
    """The rules of bans."""

    def cases(self) -> list[Any]:
        return self.play.rows(select(BAN_CASE).order_by(BAN_CASE.c.id.desc()))

    def actor_of(self, row: Any) -> Actor:
        return next(each.actor for each in self.play.orgs if each.id == row.organization_id)

    def look(self) -> None:
        """The looks that are due, and what the clock does."""
        due = (SENDER.c.released_at.is_(None), SENDER.c.look_at.is_not(None), SENDER.c.look_at <= self.play.clock())
        for row in self.play.rows(select(SENDER.c.id).where(*due)):
            health.look(self.play.services, row.id)

    def work(self) -> None:
        due = (BAN_WORK.c.done_at.is_(None), BAN_WORK.c.due_at <= self.play.clock())
        for row in self.play.rows(select(BAN_WORK.c.case_id).where(*due).distinct()):
            cases.work(self.play.services, row.case_id)
        self.play.take_in()

    def look_now(self, sender_id: str) -> None:
        with self.play.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(update(SENDER).where(SENDER.c.id == sender_id).values(look_at=self.play.clock()))
        health.look(self.play.services, sender_id)

    def ban(self, sender: Any, what: tuple[str, str]) -> None:
        """From now on every look finds it; two looks make it sure."""
        self.play.told.wrong[sender.id] = what
        for _ in range(2):
            self.look_now(sender.id)
            self.play.pass_time(timedelta(seconds=31))

    @rule(which=ANY, what=st.sampled_from(BANS))
    def a_messenger_bans(self, which: int, what: tuple[str, str]) -> None:
        sender = pick(self.play.senders(), which)
        if sender:
            self.ban(sender, what)

    @rule(which=ANY)
    def a_messenger_gives_back(self, which: int) -> None:
        sender_id = pick(sorted(self.play.told.wrong), which)
        if sender_id:
            del self.play.told.wrong[sender_id]
            self.look_now(sender_id)

    @rule(which=ANY, code=st.sampled_from(("63018", "63049", "30007", "63112", "20003", "OptOutType/STOP")))
    def a_signal_comes(self, which: int, code: str) -> None:
        services, sender = self.play.services, pick(self.play.senders(), which)
        if sender:
            family = services.adapters[sender.kind].signal_family
            signal = Signal(family, SignalSource.SEND, code, self.play.clock(), recipient=f"{which:032x}")
            with services.db.transaction(sender.organization_id) as tx:
                detecting.hear(tx, sender.id, [signal], self.play.clock())

    @rule()
    def looks_are_taken(self) -> None:
        self.look()

    @rule()
    def cases_are_worked_on(self) -> None:
        self.work()

    @rule()
    def the_minute_comes(self) -> None:
        cases.end_overdue(self.play.services)
        cases.end_won(self.play.services)

    @rule()
    def people_are_invited(self) -> None:
        for row in self.cases():
            recruiting.invite_due(self.play.services, row.id)

    # --- what the customer does --------------------------------------------------------------------------

    @rule(which=ANY, do=st.sampled_from(_WORDS), said=st.sampled_from(("", "why")))
    def the_customer_explains(self, which: int, do: str, said: str) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row is None:
            return
        by, case_id = self.actor_of(row), row.id
        deeds = {
            "cause": lambda: commands.record_cause(services, by, case_id, said),
            "file": lambda: commands.file_appeal(services, by, case_id),
            "waive": lambda: commands.waive_appeal(services, by, case_id, said),
            "grant": lambda: commands.decide_appeal(services, by, case_id, h.AppealDecided(True, said)),
            "refuse": lambda: commands.decide_appeal(services, by, case_id, h.AppealDecided(False, said)),
        }
        self.done(do, self.play.may(deeds[do]))

    @rule(which=ANY, kind=st.sampled_from(RemedyKind), helped=st.none() | st.booleans())
    def a_remedy_is_tried(self, which: int, kind: RemedyKind, helped: bool | None) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row is None:
            return
        by, case_id = self.actor_of(row), row.id
        if helped is None:
            self.play.may(lambda: commands.begin_remedy(services, by, case_id, kind))
        else:
            self.play.may(lambda: commands.end_remedy(services, by, case_id, h.RemedyEnded(kind, helped)))

    @rule(which=ANY, kind=_KINDS)
    def an_offer_is_wanted(self, which: int, kind: str | None) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row:
            self.done("want", self.play.may(lambda: commands.want_offer(services, self.actor_of(row), row.id, kind)))

    def accept(self, row: Any, said: Acceptance) -> None:
        services = self.play.services
        self.done("accept", self.play.may(lambda: commands.accept(services, self.actor_of(row), row.id, said)))

    @rule(which=ANY, cause=st.sampled_from(("", "bought a list")), appeal=st.none() | st.sampled_from(AppealState))
    def an_offer_is_accepted(self, which: int, cause: str, appeal: AppealState | None) -> None:
        row = pick(self.cases(), which)
        if row:
            self.accept(row, Acceptance(cause, appeal, "no use" if cause else ""))

    @rule(which=ANY)
    def an_offer_is_declined(self, which: int) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row:
            self.done("decline", self.play.may(lambda: commands.decline(services, self.actor_of(row), row.id)))

    @rule(which=ANY, kept=st.sampled_from(Kept))
    def the_customer_chooses_which_sender_stays(self, which: int, kept: Kept) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row:
            chosen = self.play.may(lambda: commands.keep_sender(services, self.actor_of(row), row.id, kept))
            self.done(f"keep {kept}", chosen)

    @rule(which=ANY, channel=ANY)
    def a_channel_takes_over(self, which: int, channel: int) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row is None:
            return
        mine = pick(self.play.rows(select(CHANNEL).where(CHANNEL.c.organization_id == row.organization_id)), channel)
        if mine:
            by = self.actor_of(row)
            self.done("choose", self.play.may(lambda: connecting.choose_channel(services, by, row.id, mine.id)))

    @rule(which=ANY, on=st.booleans())
    def invitations_are_stopped_or_go_on(self, which: int, on: bool) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row:
            do = recruiting.resume_invitations if on else recruiting.stop_invitations
            self.play.may(lambda: do(services, self.actor_of(row), row.id))

    @rule(which=ANY, reason=st.sampled_from(("", "enough")))
    def a_case_is_closed(self, which: int, reason: str) -> None:
        services, row = self.play.services, pick(self.cases(), which)
        if row and which == 0:
            self.done("close", self.play.may(lambda: commands.close(services, self.actor_of(row), row.id, reason)))
