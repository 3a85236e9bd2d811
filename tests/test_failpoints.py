"""The process is killed between every two stops of a message; nothing is lost, nothing doubled, order kept."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.failpoints import FAILPOINTS
from tests.conftest import DATABASES, Templates, fresh_database
from tests.rig import KINDS, Rig, until

MATRIX = [
    pytest.param(
        database,
        kind,
        name,
        marks=[pytest.mark.xdist_group(f"failpoints-{database}"), *([] if chosen else [pytest.mark.matrix])],
        id=f"{name}-{kind}-{database}",
    )
    for index, name in enumerate(FAILPOINTS)
    for database in DATABASES
    for kind in KINDS
    for chosen in [kind == KINDS[index % 5] and database == DATABASES[index // 5 % 2]]
]
"""Every failpoint on every channel kind and database; without `-m matrix` each failpoint once, the rest rotating."""

_serial = itertools.count()


@pytest.fixture(scope="module")
def rigs(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Iterator[dict[str, Rig]]:
    made: dict[str, Rig] = {}
    yield made
    for rig in made.values():
        rig.stop()


@pytest.fixture
def rig(
    request: pytest.FixtureRequest, rigs: dict[str, Rig], tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Rig:
    database = request.param
    if database not in rigs:
        url = fresh_database(templates, "failpoints") if database == "postgresql" else ""
        rigs[database] = Rig(Path(tmp_path_factory.mktemp(database)), url)
        rigs[database].start()
    return rigs[database]


@pytest.mark.chaos
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("rig", "kind", "name"), MATRIX, indirect=["rig"])
def test_a_process_killed_here_loses_and_doubles_nothing(rig: Rig, kind: str, name: str) -> None:
    case = f"case{next(_serial):04d}"
    person = _person(kind, case)
    rig.write_as_customer(kind, person, f"{case} before")
    rig.wait_until_settled()
    conversation = until("the conversation", lambda: rig.conversation_with(kind, case))

    rig.arm(name)
    wrote = [f"{case} message {number}" for number in range(4)]
    for text in wrote[:2]:
        rig.write_as_customer(kind, person, text)
    answers = [rig.answer(conversation["id"], f"{case} answer {number}") for number in range(2)]
    for text in wrote[2:]:
        rig.write_as_customer(kind, person, text)
    until(f"failpoint {name}", rig.fired, 60)

    rig.wait_until_settled()
    ended = until("the answers to end", lambda: _ended(rig, conversation["id"], answers))
    _check_inbound(rig, conversation["id"], kind, [f"{case} before", *wrote])
    _check_outbound(rig, kind, person, ended)
    balance = rig.balance()
    counted = sum(balance[part] for part in ("handled", "pending", "failed", "unreadable", "duplicates"))
    assert balance["received"] == counted
    assert (balance["failed"], balance["unreadable"], balance["quarantined"]) == (0, 0, 0)


def _person(kind: str, case: str) -> str:
    number = int(case.removeprefix("case"))
    return {
        "telegram": str(720_000_000 + number),
        "facebook": f"2402000000{number:07d}",
        "whatsapp": f"+49152{25_000_000 + number}",
        "sms": f"+1202555{number % 10_000:04d}",
        "email": f"{case}@customers.example",
    }[kind]


def _ended(rig: Rig, conversation_id: str, answers: list[str]) -> list[dict[str, str]] | None:
    """The answers, once each is in a state that will not change by itself."""
    found = [entry for entry in rig.thread(conversation_id) if entry["id"] in answers]
    done = [entry for entry in found if entry["status"] not in ("queued", "sending")]
    return found if len(done) == len(answers) else None


def _check_inbound(rig: Rig, conversation_id: str, kind: str, wrote: list[str]) -> None:
    """Everything once; in the order it was written where the platform itself keeps one."""
    read = [entry["text"].strip() for entry in rig.thread(conversation_id) if entry["direction"] == "inbound"]
    assert sorted(read) == sorted(wrote)
    if kind in ("telegram", "facebook"):
        assert read == wrote


def _check_outbound(rig: Rig, kind: str, person: str, answers: list[dict[str, str]]) -> None:
    """Nobody got anything twice; what is marked sent arrived; only what is marked uncertain may be missing."""
    got = [item["text"] for item in rig.outbox(kind, person)]
    for answer in answers:
        arrived = sum(answer["text"] in text for text in got)
        assert arrived <= 1, f"{answer['text']} arrived {arrived} times"
        if answer["status"] in ("sent", "delivered", "read"):
            assert arrived == 1, f"{answer['text']} is marked {answer['status']} and did not arrive"
        else:
            assert answer["status"] == "uncertain", f"{answer['text']} ended as {answer['status']}"
