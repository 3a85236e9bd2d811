"""A process is killed at every point of a number's and a ban's life; the ban goes its way, and nobody is told twice."""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from hub.failpoints import FAILPOINTS
from tests.bans import stage
from tests.bans.ban import Ban
from tests.bans.pages import Admin
from tests.bans.stage import WHATSAPP
from tests.databases import DATABASES, Templates
from tests.rig import Rig, until
from tests.rigs import Rigs

WAYS: Final = 3
"""How many bans that go their usual way share the points of it. Each kill costs the start of a process, each ban more
than that; so one ban is killed at several points of a stage, one after the other, as it reaches them."""
STAGES: Final = (
    ("account", ("account.",)),
    ("buy", ("order.",)),
    ("register", ("registration.",)),
    ("lend", ("lending.",)),
    ("strike", ("look.",)),
    ("strike", ("ban.",)),
    ("accept", ("replacing.", "templates.")),
    ("accept", ("ledger.", "inviting.", "invitation.")),
    ("decide", ("claim.", "held.")),
)
"""Of a ban's usual way: a stage, and what is reached in it, in this order; the points are armed as the stage begins."""
BACK: Final = ("replacing.put_back", "registration.taken_off")
CHANNEL_MADE: Final = "replacing.channel_made"
RETURN: Final = tuple(name for name in FAILPOINTS if name.startswith("return."))
ALONE: Final = (*BACK, CHANNEL_MADE, *RETURN)
"""What a ban that goes its usual way does not reach; each has a test of its own."""
ELSEWHERE: Final = ("templates.made",)
"""Killed in tests/numbers/registering: only a sender in another account needs its templates made anew."""
PREFIXES: Final = (*(each for _, some in STAGES for each in some), "return.")
POINTS: Final = [name for name in FAILPOINTS if name.startswith(PREFIXES) and name not in ELSEWHERE]
_bots = itertools.count()
Kills = tuple[tuple[str, str], ...]
"""(stage, failpoint) in the order in which a ban meets them."""


def usual_ways() -> list[Kills]:
    """Bans that go their usual way: each is killed in all its stages, and each point kills one of them."""
    lanes = [(begun, [name for word in some for name in POINTS if name.startswith(word)]) for begun, some in STAGES]
    usual = [(begun, [name for name in names if name not in ALONE]) for begun, names in lanes]
    return [tuple((begun, name) for begun, names in usual for name in names[first::WAYS]) for first in range(WAYS)]


def matrix(cases: Mapping[str, Kills]) -> pytest.MarkDecorator:
    """Everything on both databases; without `-m bans` each once, the databases in turn."""
    made = [
        pytest.param(
            database,
            kills,
            marks=[pytest.mark.xdist_group(f"bans-{database}"), *([] if chosen else [pytest.mark.bans])],
            id=f"{name}-{database}",
        )
        for name, kills in cases.items()
        for database in DATABASES
        for chosen in [database == DATABASES[_CASES.index(name) % 2]]
    ]
    return pytest.mark.parametrize(("rig", "kills"), made, indirect=["rig"])


_CASES: Final = (*(f"way{each}" for each in range(WAYS)), "channel", "back", "return")


@pytest.fixture(scope="module")
def rigs(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Iterator[Rigs]:
    with Rigs(tmp_path_factory, templates, "bans") as made:
        yield made


@pytest.fixture
def rig(request: pytest.FixtureRequest, rigs: Rigs) -> Rig:
    return rigs.on(request.param)


def test_every_point_of_numbers_and_bans_is_killed_once() -> None:
    killed = [name for kills in usual_ways() for _, name in kills]
    assert sorted([*killed, *ALONE]) == sorted(POINTS)
    words = {name.partition(".")[0] for name in POINTS}
    assert {f"{word}." for word in words} == set(PREFIXES), "a stage arms nothing, or a point belongs to none"


@pytest.mark.chaos
@pytest.mark.timeout(1500)
@matrix({f"way{number}": kills for number, kills in enumerate(usual_ways())})
def test_a_ban_whose_process_is_killed_in_each_of_its_stages_goes_its_way(rig: Rig, kills: Kills) -> None:
    sold = stage.owned_at_supplier(rig)
    with Killer(rig) as killer:
        ban = Ban(rig, lambda begun: killer.arm(*(point for at, point in kills if at == begun)))
        ban.provide()
        ban.strike()
        ban.accept()
        ban.decide()
        killer.wait_for(*(name for _, name in kills))
    ban.check(stage.owned_at_supplier(rig) - sold)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@matrix({"back": tuple(("keep", name) for name in BACK)})
def test_an_old_sender_is_put_back_though_the_process_was_killed(rig: Rig, kills: Kills) -> None:
    ban = Ban(rig)
    ban.provide()
    order = ban.strike()
    old = ban.customer.addresses["a"]
    ban.accept()
    new = ban.customer.addresses["a"]
    rig.sandbox.post(f"/control/bans/{order['id']}/lift").raise_for_status()
    stage.end_waiting(rig)
    case = until("the choice", lambda: _if(stage.case_of(ban.customer), "undecided"), 120)
    with Killer(rig) as killer:
        killer.arm(*(name for _, name in kills))
        path = f"/api/v1/bans/{case['id']}"
        is_done = lambda: ban.customer.get(path)["undecided"] is None  # noqa: E731
        stage.insist(ban.customer, f"{path}/keep", {"sender": "old"}, is_done)
        killer.wait_for(*(name for _, name in kills))
    until("the old sender", lambda: ban.address() == old, 120)
    until("the new number's removal", lambda: _registered_at_supplier(rig, new) == 0, 120)
    ban.customer.addresses["a"] = old
    stage.write_many(ban.customer, WHATSAPP, "a", {ban.people[0]: f"{ban.case} again"})
    ban.customer.answer(ban.talks[0]["id"], f"{ban.case} as ever")
    until("the answer", lambda: f"{ban.case} as ever" in stage.arrived(rig, WHATSAPP, ban.people[0], old), 120)
    stage.returned(rig, new)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@matrix({"channel": (("bring", CHANNEL_MADE),)})
def test_a_channel_that_was_made_before_the_process_was_killed_takes_over(rig: Rig, kills: Kills) -> None:
    ban = Ban(rig)
    ban.provide()
    ban.strike()
    path, bot = f"/api/v1/bans/{ban.id}", rig.seeds["telegram"]["bots"][1 + next(_bots) % 2]
    offer = lambda: (ban.customer.get(path)["offer"] or {}).get("channel_kind") == "telegram"  # noqa: E731
    stage.insist(ban.customer, f"{path}/decline", {}, lambda: ban.customer.get(path)["state"] == "declined")
    stage.insist(ban.customer, f"{path}/offer", {"channel_kind": "telegram"}, offer)
    stage.accepted(ban.customer, ban.id)
    admin = Admin(ban.customer)
    with Killer(rig) as killer:
        killer.arm(*(name for _, name in kills))
        admin.post(f"/bans/{ban.id}/bring", {"credential:bot_token": bot["token"], "name": "Bot"})
        killer.wait_for(CHANNEL_MADE)
    [channel] = until("the channel", lambda: _of_kind(ban, "telegram"), 120)
    admin.post(f"/bans/{ban.id}/choose", {"channel_id": channel["id"]})
    case = stage.case_in(ban.customer, "recruiting")
    assert case["new_sender_id"] == channel["sender"]["id"]
    until("the ledger", lambda: stage.case_of(ban.customer)["progress"]["total"] == 6, 120)  # type: ignore[index]
    ban.customer.request("DELETE", f"/api/v1/channels/{channel['id']}")


@pytest.mark.chaos
@pytest.mark.timeout(900)
@matrix({"return": tuple(("return", name) for name in RETURN)})
def test_a_number_is_given_back_once_though_the_process_was_killed(rig: Rig, kills: Kills) -> None:
    number = rig.get(f"/api/v1/platform/numbers/{stage.bought(rig)}")["number"]
    with Killer(rig) as killer:
        killer.arm(*(name for _, name in kills))
        stage.returned(rig, number)
        killer.wait_for(*(name for _, name in kills))
    assert number not in stage.owned_at_supplier(rig)


class Killer:
    """Arms failpoints one after the other; what a process that died had taken for itself is free at once."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.killed: list[str] = []
        self._wanted: list[str] = []
        self._met: set[str] = set()
        self._armed = ""
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._tending = threading.Thread(target=self._tend)

    def __enter__(self) -> "Killer":
        self._tending.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._tending.join()
        self.rig.disarm()

    def arm(self, *names: str) -> None:
        """Let processes die at these points, once at each however often it is asked for."""
        with self._lock:
            self._wanted += [each for each in names if each not in self._met]
            self._met.update(names)
            self._arm_next()

    def wait_for(self, *names: str) -> None:
        """Wait until each of these has killed a process; fail with those that none has reached."""
        deadline = time.monotonic() + 120
        while missing := sorted(set(names) - set(self.killed)):
            assert time.monotonic() < deadline, f"never reached: {', '.join(missing)}"
            time.sleep(0.05)
        assert sorted(self.killed) == sorted(names)

    def _arm_next(self) -> None:
        if not self._armed and self._wanted:
            self._armed = self._wanted.pop(0)
            self.rig.arm(self._armed)

    def _tend(self) -> None:
        while not self._over.wait(0.02):
            with self._lock:
                if self._armed and self.rig.fired():
                    stage.end_waiting(self.rig)
                    self.killed.append(self._armed)
                    self._armed = ""
                self._arm_next()


def _of_kind(ban: Ban, kind: str) -> list[dict[str, Any]]:
    return [each for each in ban.customer.get("/api/v1/channels?limit=200")["items"] if each["kind"] == kind]


def _registered_at_supplier(rig: Rig, number: str) -> int:
    found = stage.number_called(rig, number)
    return len([each for each in (found or {}).get("registrations", []) if each["state"] != "removed"])


def _if(case: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    return case if case and case[name] else None
