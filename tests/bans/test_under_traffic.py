"""A number is banned under fifty messages a second: what must stop stops, and its people are won back, each once.

`make ban-soak` runs it with 2,000 people (BAN_PEOPLE).
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pytest

from tests.bans import stage
from tests.bans.stage import ACCEPTANCE, SMS, WHATSAPP
from tests.bans.traffic import Loop, Traffic, Watch
from tests.databases import DATABASES, Templates
from tests.rig import Rig, until
from tests.rigs import Rigs
from tests.test_recovery import AS_DELIVERED

PEOPLE: Final = int(os.environ.get("BAN_PEOPLE", "300"))
OTHERS: Final = 100
BEFORE, MEANWHILE = 10, 10
"""Turns of traffic before the ban, and between the decision's stages."""
STOPPED_WITHIN, TOLD_WITHIN = 1.0, 10.0
INVITATIONS, SPAN = 50, 10.0
"""How many invitations a number for texts may send in how many seconds: half of what it can send."""
NEVER_ASKED: Final = 25
"""Each so manieth of them has asked for nothing more before."""
_BOTH: Final = [DATABASES[0], pytest.param(DATABASES[1], marks=pytest.mark.bans)]


@pytest.fixture(params=_BOTH)
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Iterator[Rig]:
    with Rigs(tmp_path_factory, templates, "traffic", settings=AS_DELIVERED) as rigs:
        yield rigs.on(request.param)


@pytest.mark.chaos
@pytest.mark.timeout(max(900, PEOPLE * 2))
def test_a_ban_under_traffic_stops_what_must_stop_and_wins_everybody_back_once(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(rig)
    scene.provide()
    with Loop(0.5, scene.traffic.turn):
        scene.traffic.wait_for(BEFORE)
        scene.rehearse()
        scene.strike()
        scene.decide()
        scene.win_back()
    rig.wait_until_settled(max(120.0, PEOPLE / 5))
    with capsys.disabled():
        print(f"\nban under traffic: {scene.report()}")  # noqa: T201 - the times are what this test is for
    scene.check_people()
    scene.check_new_number()
    scene.check_held()
    scene.check_messages()
    scene.check_times()


class Scene:
    """A customer with two numbers, one of which is banned, and many people."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.customer = rig, rig.of_customer("bakery")
        self.chance = random.Random(20_261_122)  # noqa: S311 - the same dice on every run
        people = [f"+4915228{number:06d}" for number in range(PEOPLE)]
        others = [f"+4915229{number:06d}" for number in range(OTHERS)]
        self.traffic = Traffic(self.customer, people, others, self.chance)
        self.watch = Watch(self.customer)
        self.silent = set(people[3::NEVER_ASKED])
        self.reachable = {each for each in people[::2] if each not in self.silent}
        self.back: set[str] = set()
        self.by_code: dict[str, str] = {}
        self.stopped: set[str] = set()
        self.never: set[str] = set()
        self.clicked: dict[str, list[str]] = {}
        self.times: dict[str, float] = {}
        self.id = ""

    # --- before -------------------------------------------------------------------------------------------

    def provide(self) -> None:
        stage.signed_up(self.rig, self.customer)
        for name in ("a", "b"):
            number_id = stage.bought(self.rig, self.customer)
            stage.registered(self.rig, self.customer, number_id)
            stage.lent(self.rig, self.customer, number_id, WHATSAPP, name)
        stage.lent(self.rig, self.customer, number_id, SMS, "text")
        self.old = self.customer.addresses["a"]
        traffic = self.traffic
        traffic.meet()
        stage.write_many(self.customer, SMS, "text", {each: f"text of {each}" for each in traffic.people[::2]})
        traffic.note(dict.fromkeys(self.silent, "STOP"))
        stage.write_many(self.customer, WHATSAPP, "a", dict.fromkeys(self.silent, "STOP"))
        self.rig.wait_until_settled(max(120.0, PEOPLE / 5))
        contacts = {}
        for name in ("a", "b"):
            for talk in stage.talks(self.customer, name):
                traffic.talks[talk["contact"]["name"]] = talk["id"]
                contacts[talk["contact"]["name"]] = talk["contact"]["id"]
        for person in sorted(self.reachable):
            stage.consent_by_text(self.customer, contacts[person])

    def rehearse(self) -> None:
        self.rehearsal = self.customer.get(f"/api/v1/channels/{self.customer.channels['a']}/rehearsal")

    # --- the ban ------------------------------------------------------------------------------------------

    def strike(self) -> None:
        """The messenger bans the number in the middle of everything; operators go on answering."""
        with self.traffic.lock:
            self.traffic.banned = True
            stage.strike(self.customer, "a")
            self.times["struck"] = time.time()
        with Loop(0.1, self.watch.look_at_messenger), Loop(0.5, self.watch.look_at_case):
            case = stage.case_in(self.customer, "offered", seconds=120)
            self.id = case["id"]
            until("the mail", self._mails, 60)
            self.traffic.wait_for(MEANWHILE)
        assert (case["reach"], case["level"]) == ("sender", "banned")
        assert [each["kind"] for each in case["remedies"]] == sorted(
            (each["kind"] for each in case["remedies"]), key=("register_again", "appeal", "replace").index
        )
        assert (case["offer"]["kind"], case["offer"]["channel_kind"]) == ("another_number", WHATSAPP)

    def decide(self) -> None:
        """Nothing is replaced before an admin accepts, which takes a cause and a word about an appeal."""
        path = f"/api/v1/bans/{self.id}/accept"
        assert self.customer.api.post(path, json={}).status_code == 422
        assert self._address() == self.old
        self.customer.post(path, ACCEPTANCE)
        self.times["accepted"] = time.time()
        stage.case_in(self.customer, "recruiting", seconds=180)
        self.times["replaced"] = time.time()
        self.customer.addresses["a"] = self.new = self._address()

    # --- winning ------------------------------------------------------------------------------------------

    def win_back(self) -> None:
        """Whoever is invited does what people do, at random; some of the others find the new number by themselves."""
        for person in self.chance.sample(self.traffic.people, PEOPLE // 20):
            if person not in self.reachable:
                self._come_back(person)
        seen: set[str] = set()
        deadline = time.monotonic() + max(180.0, PEOPLE / 2)
        with Loop(0.5, self.watch.look_at_case):
            while len(seen) < len(self.reachable):
                assert time.monotonic() < deadline, f"{len(seen)} of {len(self.reachable)} were invited"
                invitations = {each["address"]: each["text"] for each in self._invitations()}
                for person in sorted(set(invitations) - seen):
                    self._react(person, invitations[person])
                seen |= set(invitations)
                time.sleep(0.5)
            self.times["invited"] = time.time()
            until("everybody who came back", self._all_are_back, 120)
            self._confirm_claims()
        self.people = {each["identity"]["name"]: each for each in stage.people_of(self.customer, self.id)}

    def _react(self, person: str, invitation: str) -> None:
        dice = self.chance.random()
        if dice < 0.6:
            self._come_back(person)
        elif dice < 0.75:
            self._come_as_somebody_else(person, stage.code_in(invitation))
        elif dice < 0.85:
            self.stopped.add(person)
            stage.write_many(self.customer, SMS, "text", {person: "STOP"})
        else:
            self.never.add(person)

    def _come_back(self, person: str) -> None:
        text = f"here again, {person}"
        self.back.add(person)
        with self.traffic.lock:
            self.traffic.note({person: text})
            stage.write_many(self.customer, WHATSAPP, "a", {person: text})

    def _come_as_somebody_else(self, person: str, code: str) -> None:
        unknown = person.replace("+4915228", "+4915227")
        text = f"hello, I have this code: {code.lower()}"
        self.by_code[person] = unknown
        with self.traffic.lock:
            self.traffic.note({unknown: text})
            stage.write_many(self.customer, WHATSAPP, "a", {unknown: text})

    def _all_are_back(self) -> bool:
        counts = self.watch.case["progress"]["counts"]
        verified = counts.get("verified", 0) + len(self.back & self.silent)
        return bool(verified == len(self.back) and counts.get("claimed", 0) == len(self.by_code))

    def _confirm_claims(self) -> None:
        for claimed in [each for each in stage.people_of(self.customer, self.id) if each["state"] == "claimed"]:
            self.customer.post(f"/api/v1/bans/{self.id}/recipients/{claimed['id']}/confirm")

    # --- afterwards ---------------------------------------------------------------------------------------

    def check_times(self) -> None:
        """What must stop has stopped within a second of the confirmation; admins knew within ten."""
        took = self._took()
        assert took["stopped"] <= STOPPED_WITHIN, took
        assert max(took["informed"], took["mail"]) <= TOLD_WITHIN, took
        confirmed = _at(self.watch.case["confirmed_at"])
        late = [each for each in self._sent_by(self.old) if each["at"] > confirmed + STOPPED_WITHIN]
        assert late == []

    def check_people(self) -> None:
        """Everybody is in the ledger once, where they belong; invitations went to whom they might, within limits."""
        invitations = Counter(each["address"] for each in self._invitations())
        assert invitations == Counter(self.reachable)
        assert self.rehearsal["total"] == PEOPLE == len(self.people) == self.watch.progress[-1]["total"]
        assert self.rehearsal["reachable"] == len(invitations)
        assert sum(each["people"] for each in self.rehearsal["ways"]) == len(invitations)
        states = {person: self.people[person]["state"] for person in self.traffic.people}
        expected = dict.fromkeys(self.traffic.people, "to_recruit") | dict.fromkeys(self.reachable, "invited")
        expected |= dict.fromkeys((*self.back, *self.by_code), "verified")
        expected |= dict.fromkeys((*self.silent, *self.stopped), "opted_out")
        assert {each: (states[each], expected[each]) for each in states if states[each] != expected[each]} == {}
        at = sorted(_at(each["invited_at"]) for each in self.people.values() if each["invited_at"])
        assert max((_within(at, first) for first in at), default=0) <= INVITATIONS

    def check_new_number(self) -> None:
        """The new number wrote to nobody who had not come by themselves, and nothing that nobody clicked."""
        sent = {each["address"] for each in self._sent_by(self.new)}
        assert sent <= self.back | set(self.by_code.values())
        for person in self.silent - self.back:
            assert stage.arrived(self.rig, WHATSAPP, person, self.new) == []

    def check_held(self) -> None:
        """What waited on the old number is listed, and goes out by a click, once; histories go on in their threads."""
        held = 0
        for person in sorted(self.back):
            path = f"/api/v1/conversations/{self.traffic.talks[person]}/held"
            for message in self.customer.get(path)["items"]:
                before = stage.arrived(self.rig, WHATSAPP, person, self.new)
                assert message["text"] not in before
                self.customer.post(f"{path}/{message['message_id']}/send")
                until("it", lambda: message["text"] in stage.arrived(self.rig, WHATSAPP, person, self.new))  # noqa: B023
                held += 1
            entries = self.customer.thread(self.traffic.talks[person])
            assert f"here again, {person}" in [each["text"] for each in entries]
            assert sum(part.get("what") == "won" for each in entries for part in each["parts"]) == 1
        assert held > 0, "nobody had answered while the number was banned: the test shows nothing"
        self.held = held

    def check_messages(self) -> None:
        """Nothing that anybody wrote is lost or doubled, and every answer has an end."""
        balance = self.rig.wait_until_settled()
        counted = sum(balance[part] for part in ("handled", "pending", "failed", "unreadable", "duplicates"))
        assert balance["received"] == counted
        assert (balance["failed"], balance["unreadable"], balance["quarantined"]) == (0, 0, 0)
        said: dict[str, list[str]] = {}
        ended: dict[str, str] = {}
        failed: list[Any] = []
        arrived = Counter(each["text"] for each in self._whatsapp())
        for name in ("a", "b"):
            for talk in stage.talks(self.customer, name):
                for entry in self.customer.thread(talk["id"]):
                    if entry["direction"] == "inbound":
                        said.setdefault(self._who(talk), []).append(entry["text"])
                    elif entry["direction"] == "outbound":
                        ended[entry["id"]] = entry["status"]
                        failed += [(self._who(talk), entry)] if entry["status"] in ("failed", "uncertain") else []
        assert {each: sorted(texts) for each, texts in said.items()} == {
            each: sorted(texts) for each, texts in self.traffic.wrote.items()
        }
        assert max(arrived.values()) == 1
        waiting = [text for each, text in self.traffic.answered.items() if ended[each] == "queued"]
        assert set(waiting) & set(arrived) == set()
        gone = {each: status for each, status in ended.items() if status in ("sent", "delivered", "read")}
        assert all(arrived[self.traffic.answered[each]] == 1 for each in gone if each in self.traffic.answered)
        assert failed == [], (failed, self.back, self.by_code, self.silent)

    def report(self) -> str:
        took = {name: round(seconds, 1) for name, seconds in self._took().items()}
        counts = self.watch.progress[-1]["counts"]
        turns, refused = self.traffic.turns, dict(self.traffic.refused)
        return (
            f"{PEOPLE} people, {turns} turns of traffic; seconds {took}; "
            f"looked at {len(self.watch.progress)} times; {counts}; refused answers {refused}"
        )

    def _took(self) -> dict[str, float]:
        """Seconds from the confirmation on, where nothing else is said."""
        case = self.watch.case
        confirmed = _at(case["confirmed_at"])
        line = {each["happening"]: _at(each["at"]) for each in case["timeline"]}
        return {
            "struck to confirmed": confirmed - self.times["struck"],
            "stopped": self.watch.last_met() - confirmed,
            "informed": line["Informed"] - confirmed,
            "mail": min(each["at"] for each in self._mails()) - confirmed,
            "offered": line["OfferMade"] - confirmed,
            "accepted to replaced": self.times["replaced"] - self.times["accepted"],
            "replaced to all invited": self.times["invited"] - self.times["replaced"],
        }

    def _mails(self) -> list[dict[str, Any]]:
        found = self.rig.outbox("email", "bakery@example.com")
        return [each for each in found if each["extra"]["subject"] == "a was banned"]

    def _invitations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.rig.sandbox.get("/control/outbox", params={"channel": SMS}).json()["items"]
        return [each for each in found if each["endpoint"] == self.customer.addresses["text"]]

    def _whatsapp(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.rig.sandbox.get("/control/outbox", params={"channel": WHATSAPP}).json()[
            "items"
        ]
        return found

    def _sent_by(self, number: str) -> list[dict[str, Any]]:
        return [each for each in self._whatsapp() if each["endpoint"] == number and each["status"] != "failed"]

    def _address(self) -> str:
        return str(self.customer.get(f"/api/v1/channels/{self.customer.channels['a']}")["sender"]["address"])

    def _who(self, talk: dict[str, Any]) -> str:
        """Who writes in a conversation; after a claim was confirmed the contact has the person's name."""
        known = {talk_id: person for person, talk_id in self.traffic.talks.items()}
        name = str(talk["contact"]["name"])
        return known.get(talk["id"]) or self.by_code.get(name, name)


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _within(at: list[float], first: float) -> int:
    return sum(first <= each < first + SPAN for each in at)
