"""Traffic of a hub with two numbers, one of which is banned under it: customers, operators, and who watches."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.bans import stage
from tests.bans.stage import WHATSAPP
from tests.rig import Rig, until

A_SECOND: Final = 50
"""Messages: what customers write and what operators answer."""
_ANSWERS: Final = 10
_TICK: Final = 0.5


class Loop(threading.Thread):
    """Does something again and again until it is stopped; what went wrong there is raised where it is stopped."""

    def __init__(self, every: float, turn: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._every, self._turn = every, turn
        self._over = threading.Event()
        self._error: BaseException | None = None

    def __enter__(self) -> "Loop":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join(60)
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        due = time.monotonic()
        try:
            while not self._over.is_set():
                self._turn()
                due = max(due + self._every, time.monotonic() - self._every)
                self._over.wait(max(0.0, due - time.monotonic()))
        except BaseException as error:  # noqa: BLE001 - raised where the loop is stopped
            self._error = error


@dataclass
class Traffic:
    """Customers of the channels "a" and "b" write and operators answer, `A_SECOND` messages in all.

    wrote     person → what they wrote that the messenger takes; to one who is banned it takes nothing
    answered  message id → its words
    refused   what an operator was told instead, by the first words
    lock      held by each turn: whoever has it knows that nothing is being written
    """

    customer: Rig
    people: list[str]
    others: list[str]
    chance: random.Random
    talks: dict[str, str] = field(default_factory=dict)
    wrote: dict[str, list[str]] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    banned: bool = False
    turns: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meet(self) -> None:
        """Everybody writes for the first time."""
        for name, people in (("a", self.people), ("b", self.others)):
            for first in range(0, len(people), A_SECOND):
                self.write(name, people[first : first + A_SECOND])

    def write(self, name: str, people: list[str]) -> None:
        """People write to a channel, each something else."""
        texts = {each: f"word {len(self.wrote.get(each, ())):03d} of {each}" for each in people}
        stage.write_many(self.customer, WHATSAPP, name, texts)
        if not (self.banned and name == "a"):
            self.note(texts)

    def note(self, texts: dict[str, str]) -> None:
        for each, text in texts.items():
            self.wrote.setdefault(each, []).append(text)

    def turn(self) -> None:
        """What is written in half a second, on the banned channel and on the other."""
        count = round(A_SECOND * _TICK)
        answers = round(_ANSWERS * _TICK)
        with self.lock:
            self.turns += 1
            here = (count - answers) // 2
            if not self.banned:
                self.write("a", self.chance.sample(self.people, min(here, len(self.people))))
            rest = count - answers - (0 if self.banned else here)
            self.write("b", self.chance.sample(self.others, min(rest, len(self.others))))
            for person in (*self.chance.sample(self.people, 2), *self.chance.sample(self.others, answers - 2)):
                self.answer(person)

    def wait_for(self, turns: int) -> None:
        """Wait until so many more turns have been written."""
        least = self.turns + turns
        until("traffic", lambda: self.turns >= least, 60)

    def answer(self, person: str) -> None:
        """An operator answers somebody, or is told why that cannot be."""
        self.asked[person] += 1
        text = f"answer {self.asked[person]:03d} to {person}"
        path = f"/api/v1/conversations/{self.talks[person]}/messages"
        key = {"idempotency-key": text}
        try:
            said = self.customer.api.post(path, json={"text": text}, headers=key)
        except httpx.TransportError:
            self.refused["no answer"] += 1
            return
        if said.status_code < 300:
            self.answered[said.json()["id"]] = text
        else:
            self.refused[str(said.json().get("detail", said.text))[:60]] += 1


@dataclass
class Watch:
    """Somebody who looks at the ban all the time.

    met       (when, how many sends the banned number has been asked for): those that a messenger has refused
    progress  every progress that was shown, in turn
    """

    customer: Rig
    met: list[tuple[float, int]] = field(default_factory=list)
    progress: list[dict[str, Any]] = field(default_factory=list)
    case: dict[str, Any] = field(default_factory=dict)

    def look_at_messenger(self) -> None:
        found = self.customer.sandbox.get("/control/bans").json()
        bans = found["items"] if isinstance(found, dict) else found
        self.met.append((time.time(), sum(each["met"] for each in bans)))

    def look_at_case(self) -> None:
        case = stage.case_of(self.customer)
        if case is not None:
            stage.check_sum(case)
            self.case = case
            self.progress.append(case["progress"])

    def last_met(self) -> float:
        """When the banned number was last asked for a send."""
        most = max((count for _, count in self.met), default=0)
        return next((at for at, count in self.met if count == most), 0.0) if most else 0.0
