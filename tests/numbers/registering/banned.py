"""A channel on a banned number, and its case after the offer was accepted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.db import ban_cases, ban_events, ban_work, senders
from hub.db.ban_cases import CaseRecord
from hub.numbers import cases
from hub.types.bans import BanState
from hub.types.numbers import OfferKind
from tests.numbers.accepted import accept
from tests.sandbox.world import until
from tests.world import Channel, Organization

if TYPE_CHECKING:
    from tests.numbers.registering.conftest import Desk

WORK = """
from hub.db import ban_work, registrations
from hub.db.session import PlatformWork
from hub.numbers import cases
from hub.numbers.supply.advancing import advance
end = time.monotonic() + 45
while time.monotonic() < end:
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, "{organization}") as tx:
        ban_work.hasten(tx, "{case}", "Replace", now)
        for each in registrations.list_due(tx, now.replace(year=2100), 10):
            registrations.change(tx, each, {{"due_at": now}})
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = registrations.list_due(tx, services.clock(), 10)
    for each in due:
        advance(services, each)
    cases.work(services, "{case}")
"""
"""What a process does for a case of an organization until it is killed."""


@dataclass
class Banned:
    """A channel on a banned number, and the case whose offer was accepted."""

    desk: "Desk"
    org: Organization
    channel_id: str
    sender_id: str
    number_id: str
    case_id: str = ""

    def record(self) -> CaseRecord:
        with self.desk.services.db.reading(self.org.id) as tx:
            return ban_cases.get(tx, self.case_id)

    def work(self) -> CaseRecord:
        """Do what is due, and let what waits go on as the clock would soon."""
        services, now = self.desk.services, self.desk.services.clock()
        with services.db.transaction(self.org.id) as tx:
            ban_work.hasten(tx, self.case_id, "Replace", now)
        cases.work(services, self.case_id)
        number_id = self.record().reserved.get("number_id")
        if number_id:
            for each in self.desk.views(number_id):
                self.desk.hurry(each.id)
        return self.record()

    def timeline(self) -> list[str]:
        with self.desk.services.db.reading(self.org.id) as tx:
            return [each.happening for each in ban_events.list_events(tx, self.case_id)]

    def until(self, state: BanState) -> CaseRecord:
        found: CaseRecord = until(lambda: self._if_in(self.work(), state), 40.0)
        return found

    def _if_in(self, record: CaseRecord, state: BanState) -> CaseRecord | None:
        return record if record.case.state is state else None

    def current(self) -> str | None:
        with self.desk.services.db.reading(self.org.id) as tx:
            return senders.current_sender_id(tx, self.channel_id)

    def accept(self, kind: OfferKind, channel_kind: str, reserved: dict[str, str]) -> None:
        """Let an offer be accepted."""
        hit = Channel(self.channel_id, self.sender_id, "", "", "")
        self.case_id = accept(self.desk.services, self.org, hit, kind, channel_kind, reserved)
