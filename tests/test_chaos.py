"""Thousands of webhooks while every process of the hub is killed at random: afterwards each message is there once.

`make soak` runs it with 50,000 webhooks and 200 kills (SOAK_WEBHOOKS, SOAK_KILLS).
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.databases import DATABASES, Templates
from tests.rig import KINDS, Rig, until
from tests.rigs import Rigs

WEBHOOKS = int(os.environ.get("SOAK_WEBHOOKS", "2000"))
KILLS = int(os.environ.get("SOAK_KILLS", "16"))
PEOPLE = 12
"""Customers of each channel kind."""
ANSWERS_EVERY = 40
TARGETS = ("hub.web", "workers.main", "valkey-server")
_NUMBERS = {
    "telegram": 730_000_000,
    "facebook": 24_030_000_000_000_000,
    "whatsapp": 49_152_26_000_000,
    "sms": 12_025_550_000,
}


@dataclass
class Report:
    """What the kills hit."""

    kills: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0

    def __str__(self) -> str:
        hit = ", ".join(f"{count} of {name}" for name, count in sorted(self.kills.items()))
        return f"{sum(self.kills.values())} kills ({hit}), {self.in_flight} of them with work in flight"


@dataclass
class Written:
    """What customers wrote and operators answered, by conversation partner."""

    inbound: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    answers: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@pytest.fixture(params=DATABASES)
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Iterator[Rig]:
    with Rigs(tmp_path_factory, templates, "chaos") as rigs:
        yield rigs.on(request.param)


@pytest.mark.chaos
@pytest.mark.timeout(max(300, WEBHOOKS // 5))
def test_random_kills_lose_and_double_nothing(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(20_261_121)  # noqa: S311 - the same dice on every run
    written, report = Written(), Report()
    chunk = max(20, WEBHOOKS // (KILLS + 1))
    for first in range(0, WEBHOOKS, chunk):
        _write(rig, chance, written, range(first, min(first + chunk, WEBHOOKS)))
        if sum(report.kills.values()) < KILLS:
            _kill_in_the_middle(rig, chance, chunk, report)
        if first >= chunk:
            _answer_some(rig, chance, written, chunk // ANSWERS_EVERY)
    rig.wait_until_settled(max(120.0, WEBHOOKS / 20))
    with capsys.disabled():
        print(f"\nchaos: {WEBHOOKS} webhooks, {report}")  # noqa: T201 - the report is what this test is for
    assert sum(report.kills.values()) == KILLS
    assert report.in_flight > 0
    _check_inbound(rig, written)
    _check_answers(rig, written)
    balance = rig.balance()
    counted = sum(balance[part] for part in ("handled", "pending", "failed", "unreadable", "duplicates"))
    assert balance["received"] == counted
    assert (balance["failed"], balance["unreadable"], balance["quarantined"]) == (0, 0, 0)


def _person(kind: str, number: int) -> str:
    if kind == "email":
        return f"person{number}@customers.example"
    prefix = "+" if kind in ("whatsapp", "sms") else ""
    return f"{prefix}{_NUMBERS[kind] + number}"


def _write(rig: Rig, chance: random.Random, written: Written, numbers: range) -> None:
    """Customers write; the sandbox posts their webhooks in its own time."""
    batch = []
    for number in numbers:
        kind = KINDS[number % len(KINDS)]
        person = _person(kind, chance.randrange(PEOPLE))
        text = f"text{number:06d} of {kind}"
        written.inbound.setdefault((kind, person), []).append(text)
        batch.append({"channel": kind, "person": person, "text": text, "to": rig.addresses[kind], "name": person})
    answer = rig.sandbox.post("/control/customer/send_many", json=batch, timeout=60)
    assert answer.status_code < 300, answer.text


def _kill_in_the_middle(rig: Rig, chance: random.Random, chunk: int, report: Report) -> None:
    """Kill one process once a random share of the chunk has been acknowledged."""
    target = TARGETS[sum(report.kills.values()) % len(TARGETS)]
    before = rig.webhook_counts()
    goal = before["acknowledged"] + chance.randrange(1, max(2, min(chunk, before["pending"] + 1)))
    counts = until(
        f"acknowledgement {goal}",
        lambda: (found := rig.webhook_counts()) and (found["acknowledged"] >= goal or not found["pending"]) and found,
        120,
    )
    victim = until(f"a {target}", lambda: rig.children(target))[0]
    victim.kill()
    report.kills[target] += 1
    report.in_flight += bool(counts["pending"])


def _answer_some(rig: Rig, chance: random.Random, written: Written, count: int) -> None:
    for kind, person in chance.sample(sorted(written.inbound), min(count, len(written.inbound))):
        conversation = rig.conversation_with(kind, written.inbound[(kind, person)][0].split()[0])
        if conversation is None:
            continue
        answers = written.answers.setdefault((kind, person), [])
        text = f"answer{len(answers)} to {kind} {person}"
        rig.answer(conversation["id"], text)
        answers.append(text)


def _check_inbound(rig: Rig, written: Written) -> None:
    for (kind, person), texts in written.inbound.items():
        conversation = until("the conversation", lambda: rig.conversation_with(kind, texts[0].split()[0]))  # noqa: B023
        # what a platform gave up on is fetched by the next recovery, a moment later
        read = until("all of it", lambda: _read_when(rig, conversation["id"], len(texts)), 60)  # noqa: B023
        doubled = [text for text, times in Counter(read).items() if times > 1]
        assert not doubled, f"{kind} {person}: doubled {doubled}"
        assert not set(texts) - set(read), f"{kind} {person}: lost {sorted(set(texts) - set(read))}"
        if kind == "telegram":
            assert read == texts, f"{kind} {person}: out of order"


def _read_when(rig: Rig, conversation_id: str, count: int) -> list[str] | None:
    """What customers wrote in a conversation, once there is as much of it as they wrote."""
    read = [entry["text"].strip() for entry in rig.thread(conversation_id) if entry["direction"] == "inbound"]
    return read if len(read) >= count else None


def _check_answers(rig: Rig, written: Written) -> None:
    for (kind, person), texts in written.answers.items():
        conversation = rig.conversation_with(kind, written.inbound[(kind, person)][0].split()[0])
        assert conversation is not None
        got = [item["text"] for item in rig.outbox(kind, person)]
        for entry in until("the answers to end", lambda: _ended(rig, conversation["id"], texts), 60):  # noqa: B023
            arrived = sum(entry["text"] in text for text in got)
            assert arrived <= 1, f"{entry['text']} arrived {arrived} times"
            if entry["status"] != "uncertain":
                assert entry["status"] in ("sent", "delivered", "read"), f"{entry['text']}: {entry['error']}"
                assert arrived == 1, f"{entry['text']} is marked {entry['status']} and did not arrive"


def _ended(rig: Rig, conversation_id: str, texts: list[str]) -> list[dict[str, str]] | None:
    found = [entry for entry in rig.thread(conversation_id) if entry["text"] in texts]
    under_way = [entry for entry in found if entry["status"] in ("queued", "sending")]
    return found if len(found) == len(texts) and not under_way else None
