"""The ban of one of a customer's numbers, small and whole: six people, from the first number to the last decision."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select

from hub.db.tables.core import NOTIFICATION
from tests.bans import stage
from tests.bans.stage import SMS, WHATSAPP
from tests.rig import Rig, until

LONG: Final = 300.0
"""Seconds for a stage in which several processes are killed, each of which takes its time to come back."""
TIMELINE: Final = [
    *("Opened", "Confirmed", "Informed", "Proposed", "OfferMade"),
    *("CauseRecorded", "AppealWaived", "Accepted", "ReplacingBegun", "Replaced"),
]
LETTERS: Final = dict.fromkeys(
    (
        "a was banned",
        "A replacement is offered for a",
        "The replacement for a was accepted",
        "a has a new sender",
    ),
    1,
)


_serial = itertools.count()


class Ban:
    """The ban of one of a customer's two numbers, with six people: two come back, one by a code, one asked for
    nothing more, and two can be invited by no way."""

    def __init__(self, rig: Rig, begins: Callable[[str], None] = lambda _: None) -> None:
        serial = next(_serial)
        self.rig, self.begins, self.case = rig, begins, f"ban{serial:04d}"
        self.customer = rig.of_customer(self.case)
        self.people = [f"+4915226{300_000 + serial * 10 + each}" for each in range(6)]
        self.unknown = f"+4915226{300_000 + serial * 10 + 9}"
        self.talks: list[dict[str, Any]] = []
        self.id = ""

    def provide(self) -> None:
        """Two senders of one business account, so that the ban of one reaches no further; texts by the second."""
        self.begins("account")
        stage.signed_up(self.rig, self.customer)
        for name in ("a", "b"):
            self.begins("buy")
            number_id = stage.bought(self.rig, self.customer)
            self.begins("register")
            stage.registered(self.rig, self.customer, number_id)
            self.begins("lend")
            stage.lent(self.rig, self.customer, number_id, WHATSAPP, name)
        stage.lent(self.rig, self.customer, number_id, SMS, "text")
        self._meet()

    def _meet(self) -> None:
        people = self.people
        stage.write_many(self.customer, WHATSAPP, "a", dict.fromkeys(people, f"{self.case} hello"))
        stage.write_many(self.customer, SMS, "text", dict.fromkeys([*people[:3], people[5]], f"{self.case} text"))
        self.rig.wait_until_settled()
        by_name = {each["contact"]["name"]: each for each in stage.talks(self.customer, "a")}
        self.talks = [by_name[each] for each in people]
        for talk in self.talks[:3]:
            stage.consent_by_text(self.customer, talk["contact"]["id"])
        stage.write_many(self.customer, WHATSAPP, "a", {people[3]: "STOP"})
        self.rig.wait_until_settled()

    def strike(self) -> dict[str, Any]:
        """The number is banned; an operator's answer meets it, and waits."""
        self.begins("strike")
        order = stage.strike(self.customer, "a")
        self.customer.answer(self.talks[0]["id"], f"{self.case} answer")
        self.id = stage.case_in(self.customer, "offered", seconds=LONG)["id"]
        return order

    def accept(self) -> None:
        """Another number takes over, and everybody who may be is invited."""
        self.begins("accept")
        stage.accepted(self.customer, self.id)
        stage.case_in(self.customer, "recruiting", seconds=LONG)
        until("the invitations", lambda: self._progress() == {"invited": 3, "opted_out": 1, "to_recruit": 2}, LONG)
        until("their arrival", lambda: all(self._invitations()[:3]), LONG)
        self.customer.addresses["a"] = self.address()

    def decide(self) -> None:
        """One comes back as they are, one as somebody else with a code; operators decide what follows."""
        code = stage.code_in(self._invitations()[1][0])
        back = {self.people[0]: f"{self.case} back", self.unknown: f"this is my code: {code.lower()}"}
        stage.write_many(self.customer, WHATSAPP, "a", back)
        until("them", lambda: (found := self._progress()).get("verified") == found.get("claimed") == 1, 120)
        self.begins("decide")
        [claimed] = [each for each in stage.people_of(self.customer, self.id) if each["state"] == "claimed"]
        won = lambda: self._progress().get("verified") == 2  # noqa: E731
        stage.insist(self.customer, f"/api/v1/bans/{self.id}/recipients/{claimed['id']}/confirm", None, won)
        path = f"/api/v1/conversations/{self.talks[0]['id']}/held"
        [held] = self.customer.get(path)["items"]
        stage.insist(self.customer, f"{path}/{held['message_id']}/send", None, lambda: not self._held())

    def check(self, sold: set[str]) -> None:
        """Everything happened, and once; `sold`: the numbers that were bought for it."""
        case = stage.case_in(self.customer, "recruiting")
        stage.check_sum(case)
        assert [each["happening"] for each in case["timeline"]] == TIMELINE
        assert len(self.customer.get("/api/v1/bans")["items"]) == 1
        numbers = self.rig.get(f"/api/v1/platform/numbers?organization_id={self.customer.organization_id}")["items"]
        assert {each["number"] for each in numbers} == sold
        assert len(sold) == 3
        until("the answer", lambda: self._by_new_number()[0], 120)
        assert self._by_new_number() == [[f"{self.case} answer"], [], [], [], [], []]
        assert list(map(len, self._invitations())) == [1, 1, 1, 0, 0, 0]
        until("the mails", lambda: self._letters() | self._cut_off() == LETTERS, 120)
        balance = self.rig.wait_until_settled()
        assert self._letters() | self._cut_off() == LETTERS
        assert (balance["failed"], balance["unreadable"], balance["quarantined"]) == (0, 0, 0)
        said = [each["text"] for each in self.customer.thread(self.talks[0]["id"]) if each["direction"] != "activity"]
        assert said == [f"{self.case} hello", f"{self.case} answer", f"{self.case} back"]

    def address(self) -> str:
        """The address of the channel's current sender."""
        return str(self.customer.get(f"/api/v1/channels/{self.customer.channels['a']}")["sender"]["address"])

    def _held(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.customer.get(f"/api/v1/conversations/{self.talks[0]['id']}/held")["items"]
        return found

    def _progress(self) -> dict[str, int]:
        case = self.customer.get(f"/api/v1/bans/{self.id}")
        stage.check_sum(case)
        return {state: count for state, count in case["progress"]["counts"].items() if count}

    def _invitations(self) -> list[list[str]]:
        number = self.customer.addresses["text"]
        return [stage.arrived(self.rig, SMS, each, number) for each in self.people]

    def _by_new_number(self) -> list[list[str]]:
        return [stage.arrived(self.rig, WHATSAPP, each, self.customer.addresses["a"]) for each in self.people]

    def _letters(self) -> Counter[str]:
        mails = self.rig.outbox("email", f"{self.case}@example.com")
        return Counter(each["extra"]["subject"] for each in mails)

    def _cut_off(self) -> Counter[str]:
        """Mails whose process died while it sent them: they may have arrived, so they are not sent again."""
        mine = (NOTIFICATION.c.organization_id == self.customer.organization_id, NOTIFICATION.c.state == "uncertain")
        return Counter(row.letter["subject"] for row in self.rig.read(select(NOTIFICATION.c.letter).where(*mine)))
