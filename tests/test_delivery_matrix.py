"""Every channel, every way a provider misbehaves, a process killed at every stop of a send: what is told is true.

Sent ≤ received ≤ sent + uncertain, none received twice, and where the provider can be asked nothing stays uncertain.
"""

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hub.failpoints import FAILPOINTS
from hub.sandbox import faults
from tests.databases import DATABASES, Templates
from tests.rig import KINDS, Rig, until
from tests.rigs import Rigs

STOPS = tuple(name for name in FAILPOINTS if name.startswith("delivery."))
FAULTS = tuple(kind for kind in faults.KINDS if kind != "slow")
TELLING = frozenset({"facebook", "whatsapp", "sms", "email"})
"""Kinds that end every send in one state: their provider can be asked, or its silence says that nobody knows."""
_SENT = ("sent", "delivered", "read")
_LOOK_UP_SECONDS = 90.0
_ASK_EVERY = 5.0
_SETTINGS = {"HUB_MAIL_CONFIRM_SECONDS": "30"}

_CASES = list(itertools.product(FAULTS, KINDS, STOPS, DATABASES))
MATRIX = [
    pytest.param(
        database,
        kind,
        fault,
        stop,
        marks=[pytest.mark.xdist_group(f"matrix-{database}"), *([] if chosen else [pytest.mark.deliveries])],
        id=f"{fault}-{stop}-{kind}-{database}",
    )
    for fault, kind, stop, database in _CASES
    for index in [STOPS.index(stop)]
    for chosen in [fault == faults.ANSWER_FAULTS[index % 4] and kind == KINDS[index % 5] and database == DATABASES[0]]
]
"""All of it with `make deliveries`; else each stop once, on one database, with the faults and channels rotating."""

_serial = itertools.count()


@pytest.fixture(scope="module")
def rigs(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Iterator[Rigs]:
    with Rigs(tmp_path_factory, templates, "matrix", settings=_SETTINGS) as made:
        yield made


@pytest.fixture
def rig(request: pytest.FixtureRequest, rigs: Rigs) -> Rig:
    return rigs.on(request.param)


@pytest.mark.chaos
@pytest.mark.timeout(290)
@pytest.mark.parametrize(("rig", "kind", "fault", "stop"), MATRIX, indirect=["rig"])
def test_what_is_told_of_a_send_is_true(rig: Rig, kind: str, fault: str, stop: str) -> None:
    case = f"matrix{next(_serial):04d}"
    person = _person(kind, case)
    rig.write_as_customer(kind, person, f"{case} before")
    rig.wait_until_settled()
    conversation = until("the conversation", lambda: rig.conversation_with(kind, case))
    ordered = {"provider": kind, "op": "any" if fault in faults.RECEIPT_FAULTS else "send", "fault": fault}
    rig.sandbox.post("/control/faults", json=ordered).raise_for_status()
    rig.arm(stop)
    answers = [rig.answer(conversation["id"], f"{case} answer {number}") for number in range(3)]
    until(f"failpoint {stop}", rig.fired, 60)
    ended = until("the answers to end", lambda: _ended(rig, conversation["id"], answers), 120)
    if kind in TELLING and any(each["status"] == "uncertain" for each in ended):
        ended = _reconciled(rig, conversation["id"], answers)
    rig.sandbox.delete("/control/faults")
    _check(ended, [item["text"] for item in rig.outbox(kind, person)])


def _check(answers: list[dict[str, Any]], received: list[str]) -> None:
    arrived = {answer["text"]: sum(answer["text"] in text for text in received) for answer in answers}
    assert max(arrived.values()) <= 1, f"received twice: {arrived}"
    sent = sum(answer["status"] in _SENT for answer in answers)
    uncertain = sum(_is_unproven(answer) for answer in answers)
    states = {answer["text"]: answer["status"] for answer in answers}
    assert sent <= sum(arrived.values()) <= sent + uncertain, (states, arrived)
    assert all(arrived[answer["text"]] == 1 for answer in answers if answer["status"] in _SENT), (states, arrived)


def _person(kind: str, case: str) -> str:
    number = int(case.removeprefix("matrix"))
    return {
        "telegram": str(740_000_000 + number),
        "facebook": f"2404000000{number:07d}",
        "whatsapp": f"+49152{26_000_000 + number}",
        "sms": f"+1202556{number % 10_000:04d}",
        "email": f"{case}@customers.example",
    }[kind]


def _answers(rig: Rig, conversation_id: str, ids: list[str]) -> list[dict[str, Any]]:
    return [entry for entry in rig.thread(conversation_id) if entry["id"] in ids]


def _ended(rig: Rig, conversation_id: str, ids: list[str]) -> list[dict[str, Any]] | None:
    found = _answers(rig, conversation_id, ids)
    under_way = any(entry["status"] in ("queued", "sending") for entry in found)
    return None if under_way or len(found) < len(ids) else found


def _reconciled(rig: Rig, conversation_id: str, ids: list[str]) -> list[dict[str, Any]]:
    """Let the providers be asked, sooner than by the clock, until nothing is uncertain and all of it has ended."""
    asked_at = float("-inf")

    def certain() -> list[dict[str, Any]] | None:
        nonlocal asked_at
        if time.monotonic() - asked_at > _ASK_EVERY:
            rig.look_up_now()
            asked_at = time.monotonic()
        found = _ended(rig, conversation_id, ids)
        return None if found is None or any(entry["status"] == "uncertain" for entry in found) else found

    return until("the provider's word", certain, _LOOK_UP_SECONDS)


def _is_unproven(answer: dict[str, Any]) -> bool:
    """Uncertain, or failed because its confirmation never came: a person is told that it may have arrived."""
    return answer["status"] == "uncertain" or (
        answer["status"] == "failed" and (answer["error"] or {}).get("kind") == "uncertain"
    )
