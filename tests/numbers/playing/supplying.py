"""Numbers are bought, registered, lent, taken back, given back, lost and found, and time goes by."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from hub import suspension
from hub.channels.numbers import NumberKind
from hub.db import accounts
from hub.db.session import PlatformWork
from hub.db.tables.core import REGISTRATION
from hub.numbers.supply import buying, lending, opening, quarantine, reconciling, registering, returning, settling
from hub.numbers.supply.advancing import advance
from hub.numbers.supply.buying import NewOrder
from hub.numbers.supply.lending import Assignment
from hub.numbers.supply.registering import NewRegistration
from hub.types.numbers import RegistrationState
from hub.wiring import Services
from tests.numbers.playing.machine import ANY, KIND, ORG, Machine, pick
from tests.numbers.playing.play import FOR_SALE
from tests.numbers.playing.supplier import CODE, Mishap

_MISHAPS = st.lists(st.none() | st.sampled_from(Mishap), max_size=2)
SPANS = (
    timedelta(minutes=1), timedelta(minutes=31), timedelta(hours=1), timedelta(hours=2), timedelta(hours=25),
    timedelta(days=4), timedelta(days=31),
)  # fmt: skip


def compare(services: Services) -> None:
    """Compare every account with what the supplier has in it."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        known = accounts.list_all(tx)
    for each in known:
        reconciling.compare(services, each.id)


class Supplying(Machine):
    """The rules of the platform."""

    def _happen(self, mishaps: list[Mishap | None]) -> None:
        self.play.supplier.mishaps.extend(each for each in mishaps if each is not None)

    def buy(self, number: str) -> None:
        services, platform = self.play.services, self.play.platform
        order = NewOrder(number, "DE", NumberKind.LOCAL)
        self.done("buy", self.play.may(lambda: buying.buy(services, platform, order)))

    @rule(which=ANY, mishaps=_MISHAPS)
    def a_number_is_bought(self, which: int, mishaps: list[Mishap | None]) -> None:
        self._happen(mishaps)
        self.buy(FOR_SALE[which % len(FOR_SALE)])
        self.play.supplier.mishaps.clear()

    @rule(mishaps=_MISHAPS)
    def the_clock_settles(self, mishaps: list[Mishap | None]) -> None:
        services = self.play.services
        self._happen(mishaps)
        for sweep in (
            settling.settle_orders, returning.settle_returns, opening.settle_accounts, compare, quarantine.end_due,
        ):  # fmt: skip
            sweep(services)
        self.play.supplier.mishaps.clear()

    def register(self, number_id: str, org: int) -> None:
        services, platform = self.play.services, self.play.platform
        new = NewRegistration(self.org(org).id, "whatsapp", "Our shop")
        self.done("register", self.play.may(lambda: registering.register(services, platform, number_id, new)))

    @rule(which=ANY, org=ORG)
    def a_number_is_registered(self, which: int, org: int) -> None:
        number = pick(self.play.numbers(), which)
        if number:
            self.register(number.id, org)

    @rule(mishaps=_MISHAPS)
    def registrations_go_on(self, mishaps: list[Mishap | None]) -> None:
        """The messenger goes on, codes come by text, and the jobs look."""
        self._happen(mishaps)
        self.go_on()
        self.play.supplier.mishaps.clear()

    def go_on(self) -> None:
        for number in self.play.supplier.go_on():
            self.play.write(0, number, "sms", f"Your WhatsApp code: {CODE[:3]}-{CODE[3:]}")
        self.play.pass_time(timedelta(minutes=16))
        due = (REGISTRATION.c.due_at.is_not(None), REGISTRATION.c.due_at <= self.play.clock())
        for row in self.play.rows(select(REGISTRATION.c.id).where(*due)):
            advance(self.play.services, row.id)

    @rule(which=ANY, state=st.sampled_from((RegistrationState.OFFLINE, RegistrationState.ONLINE)))
    def the_messenger_switches_a_sender(self, which: int, state: RegistrationState) -> None:
        number = pick(FOR_SALE, which)
        if number:
            self.play.supplier.change(number, state)

    def assign(self, number_id: str, org: int, kind: str) -> None:
        services, platform = self.play.services, self.play.platform
        to = Assignment(self.org(org).id, kind)
        self.done("assign", self.play.may(lambda: lending.assign_number(services, platform, number_id, to)))
        self.play.take_in()

    @rule(which=ANY, org=ORG, kind=KIND)
    def a_number_is_assigned(self, which: int, org: int, kind: str) -> None:
        number = pick(self.play.numbers(), which)
        if number:
            self.assign(number.id, org, kind)

    def release(self, number_id: str) -> None:
        services, platform = self.play.services, self.play.platform
        self.done("release", self.play.may(lambda: lending.release_number(services, platform, number_id)))

    @rule(which=ANY)
    def a_number_is_taken_back(self, which: int) -> None:
        number = pick([each for each in self.play.numbers() if each.state == "lent"], which)
        if number:
            self.release(number.id)

    @rule(which=ANY)
    def a_quarantine_is_ended_by_hand(self, which: int) -> None:
        services, platform = self.play.services, self.play.platform
        number = pick(self.play.numbers(), which)
        if number:
            ended = self.play.may(lambda: quarantine.end_quarantine(services, platform, number.id))
            self.done("end quarantine", ended)

    @rule(which=ANY, mishaps=_MISHAPS)
    def a_number_is_given_back(self, which: int, mishaps: list[Mishap | None]) -> None:
        services, platform = self.play.services, replace(self.play.platform, reason="nobody knows it")
        number = pick([each for each in self.play.numbers() if each.state != "lent"], which)
        self._happen(mishaps)
        if number:
            self.done("return", self.play.may(lambda: returning.return_number(services, platform, number.id)))
        self.play.supplier.mishaps.clear()

    @rule(which=ANY)
    def the_supplier_loses_a_number(self, which: int) -> None:
        """It is not listed for one sweep, and listed again at the next."""
        number = pick(list(self.play.supplier.numbers), which)
        if number:
            gone = self.play.supplier.numbers.pop(number)
            compare(self.play.services)
            self.play.supplier.numbers[number] = gone

    @rule(org=ORG, suspended=st.booleans())
    def a_contract_ends_or_runs_again(self, org: int, suspended: bool) -> None:
        services, whose = self.play.services, self.org(org).id
        do = suspension.suspend if suspended else suspension.resume
        self.play.may(lambda: do(services, self.play.platform, suspension.ORGANIZATION, whose, "the contract"))
        self.play.take_in()

    @rule(org=ORG, number=ANY, kind=KIND)
    def a_former_number_rests_long_enough(self, org: int, number: int, kind: str) -> None:
        """Random steps seldom wait for a quarantine: the next organization gets a number that another one had."""
        found = pick([each for each in self.play.numbers() if each.state in ("lent", "quarantined")], number)
        if found is None:
            return
        self.release(found.id)
        self.play.pass_time(timedelta(days=91))
        quarantine.end_due(self.play.services)
        self.assign(found.id, org, kind)

    @rule(span=st.sampled_from(SPANS))
    def time_goes_by(self, span: timedelta) -> None:
        self.play.pass_time(span)
