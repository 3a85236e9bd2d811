"""Calls arrive signed, in order and at least once; what is not taken is tried again for a day."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hub.calling import posting, signing, writing
from hub.calling.policy import GIVEN_UP_AFTER, next_attempt
from hub.db.outgoing_calls import HOLDING_BACK
from hub.db.session import PlatformWork
from hub.db.tables.core import ORGANIZATION
from hub.numbers.cases.informing import KINDS
from hub.retention import retain_all
from hub.wiring import Services
from tests.calling.conftest import Called
from tests.outbound.stage import START

GUIDE = Path(__file__).parents[2] / "docs" / "outgoing-webhooks.md"
Verify = Callable[[str, Mapping[str, str], bytes], bool]


@pytest.fixture(scope="module")
def is_genuine() -> Verify:
    """What the guide tells receivers to do, run as it stands there."""
    found = re.search(r"```python\n(.+?)```", GUIDE.read_text(), re.DOTALL)
    assert found
    names: dict[str, Verify] = {}
    exec(found[1], names)  # noqa: S102 - the example of our own page
    return names["is_genuine"]


def test_a_call_arrives_as_the_guide_verifies_it(called: Called, is_genuine: Verify) -> None:
    asked = called.api.owner("POST", "/organization/webhook/test")
    assert asked.status_code == 202
    called.run()
    [got] = called.receiver.got
    assert (got.path, got.headers["Content-Type"]) == ("/hub?from=acme", "application/json")
    body = json.loads(got.body)
    assert body | {"created_at": ""} == {
        "version": 1,
        "id": asked.json()["id"],
        "kind": "test",
        "organization_id": called.api.org.id,
        "created_at": "",
        "data": {"by": "Olga Owner"},
    }
    assert is_genuine(called.secret, got.headers, got.body)
    assert not is_genuine(called.secret, got.headers, got.body + b" ")
    assert not is_genuine("another secret", got.headers, got.body)
    assert not is_genuine(called.secret, {**got.headers, "Hub-Webhook-Id": "another"}, got.body)
    earlier = str(int(got.headers["Hub-Webhook-Timestamp"]) - 301)
    assert not is_genuine(called.secret, {**got.headers, "Hub-Webhook-Timestamp": earlier}, got.body)
    [shown] = called.api.owner("GET", "/organization/webhook/calls").json()["items"]
    assert (shown["id"], shown["state"], shown["attempts"], shown["trouble"]) == (got.id, "taken", 1, "")


def test_the_guide_names_every_header_kind_and_wait() -> None:
    page = GUIDE.read_text()
    wanted = [signing.ID, signing.TIMESTAMP, signing.SIGNATURE, f"{signing.VERSION}=", *KINDS.values(), writing.TEST]
    assert [each for each in wanted if f"`{each}`" not in page] == []
    assert f"within {posting.TIMEOUT:.0f} seconds" in page
    assert f"until\nits {('first', 'second', 'third')[HOLDING_BACK - 1]} attempt" in page


def test_what_is_not_taken_is_tried_again_with_the_same_id_and_a_new_signature(
    called: Called, is_genuine: Verify
) -> None:
    called.receiver.answers.extend([500, 302])
    call_id = called.tell()
    called.run()
    [view] = called.calls()
    assert (view.state, view.attempts) == ("waiting", 1)
    assert "answered 500" in view.trouble
    assert view.due_at == called.clock.now + timedelta(seconds=10)
    called.run(seconds=9)
    assert len(called.receiver.got) == 1
    called.run(seconds=1)
    assert "redirects are not followed" in called.calls()[0].trouble
    called.run(seconds=30)
    first, _, third = called.receiver.got
    assert {each.id for each in called.receiver.got} == {call_id}
    assert {each.path for each in called.receiver.got} == {"/hub?from=acme"}
    assert first.body == third.body
    assert first.headers["Hub-Webhook-Signature"] != third.headers["Hub-Webhook-Signature"]
    assert is_genuine(called.secret, third.headers, third.body)
    assert (called.calls()[0].state, called.calls()[0].trouble) == ("taken", "")


def test_a_server_that_is_away_is_called_for_a_day(called: Called) -> None:
    called.receiver.answers.extend([503] * 100)
    called.tell()
    began = called.clock.now
    while called.calls()[0].state == "waiting":
        called.clock.now = max(called.clock.now, called.calls()[0].due_at)
        posting.run(called.services)
    assert called.states() == {"test": "given_up"}
    assert timedelta(hours=22) < called.clock.now - began <= GIVEN_UP_AFTER
    assert len(called.receiver.got) == called.calls()[0].attempts == 31
    called.run(hours=48)
    assert len(called.receiver.got) == 31


def test_waits_grow_and_end() -> None:
    waits = [next_attempt(START, attempts, START) for attempts in range(1, 12)]
    assert [int((each - START).total_seconds()) for each in waits if each] == [
        *(10, 30, 60, 120, 300, 600, 1200, 1800),
        *(3600, 3600, 3600),
    ]
    assert next_attempt(START, 30, START + GIVEN_UP_AFTER - timedelta(hours=1)) is None


def test_calls_come_in_order_until_one_was_refused_three_times(called: Called) -> None:
    called.receiver.answers.extend([500] * 3)
    first, second = called.tell("first"), called.tell("second")
    called.run()
    called.run(seconds=10)
    assert [each.id for each in called.receiver.got] == [first, first]
    called.run(seconds=30)
    assert [each.id for each in called.receiver.got] == [first, first, first, second]
    called.run(minutes=1)
    assert called.receiver.got[-1].id == first
    assert called.states() == {"first": "taken", "second": "taken"}


def test_none_passes_the_third_attempt_before_it_was_answered(called: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    called.receiver.answers.extend([500] * 2)
    first, second = called.tell("first"), called.tell("second")
    called.run()
    called.run(seconds=10)
    called.clock.forward(seconds=30)
    glanced = threading.Event()
    said: list[tuple[str, str]] = []
    take_due = posting._take_due

    def glance(*told: Any) -> Any:
        taken = take_due(*told)
        glanced.set()
        return taken

    async def answer_late(_services: Services, post: Any) -> str:
        said.append(("asked", post.call.id))
        for _ in range(2):
            glanced.clear()
            assert await asyncio.to_thread(glanced.wait, 30)
        said.append(("answered", post.call.id))
        return "your server answered 500" if post.call.id == first else ""

    monkeypatch.setattr(posting, "_GLANCE", 0)
    monkeypatch.setattr(posting, "_take_due", glance)
    monkeypatch.setattr(posting, "_post", answer_late)
    posting.run(called.services)
    assert said == [("asked", first), ("answered", first), ("asked", second), ("answered", second)]


def test_a_process_that_is_to_stop_begins_no_further_call_and_leaves_them_to_the_next(called: Called) -> None:
    first, second = called.tell("first"), called.tell("second")
    posting.run(called.services, lambda: bool(called.receiver.got))
    assert [each.id for each in called.receiver.got] == [first]
    assert called.services.queue.is_waiting(writing.QUEUE)
    called.run()
    assert [each.id for each in called.receiver.got] == [first, second]


def test_somebody_elses_dead_server_keeps_nobody_waiting(called: Called) -> None:
    other = called.api.world.organization("Other")
    with called.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        sealed = called.services.vault.of(other.id).seal_values({"secret": "s"}, "organizations.webhook_secret")
        named = update(ORGANIZATION).where(ORGANIZATION.c.id == other.id)
        tx.execute(named.values(webhook_url="https://192.168.0.1/", webhook_secret=sealed))
    with called.services.db.transaction(other.id) as tx:
        writing.tell(called.services, tx, "test", "theirs", {})
    mine = called.tell()
    posting.run(called.services)
    assert [each.id for each in called.receiver.got] == [mine]
    [theirs] = writing.list_calls(called.services, other.actor).items
    assert "leads to no public host" in theirs.trouble


def test_the_same_thing_is_told_once_and_not_at_all_when_its_transaction_fails(called: Called) -> None:
    called.tell("test", "one thing")
    with called.services.db.transaction(called.api.org.id) as tx:
        assert writing.tell(called.services, tx, "test", "one thing", {}) is None
    with pytest.raises(ZeroDivisionError), called.services.db.transaction(called.api.org.id) as tx:
        writing.tell(called.services, tx, "test", "another thing", {})
        _ = 1 / 0
    called.run()
    assert len(called.receiver.got) == 1


def test_without_a_webhook_nothing_goes_out_and_what_waits_is_stopped(called: Called) -> None:
    called.receiver.answers.append(500)
    called.tell("earlier")
    called.run()
    answer = called.api.owner("PATCH", "/organization", json={"webhook": None})
    assert answer.json()["webhook"] is None
    called.run(hours=1)
    assert (len(called.receiver.got), called.states()) == (1, {"earlier": "stopped"})
    assert called.api.owner("POST", "/organization/webhook/test").status_code == 409
    called.enter(called.receiver.url)
    called.run(hours=1)
    assert len(called.receiver.got) == 1


def test_a_suspended_organization_is_told_nothing(called: Called) -> None:
    called.tell("before")
    _suspend(called, at=called.clock.now)
    with called.services.db.transaction(called.api.org.id) as tx:
        assert writing.tell(called.services, tx, "test", "meanwhile", {}) is None
    called.run(hours=1)
    assert called.receiver.got == []
    _suspend(called, at=None)
    called.run()
    assert called.states() == {"before": "taken"}


def _suspend(called: Called, at: object) -> None:
    with called.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(ORGANIZATION).where(ORGANIZATION.c.id == called.api.org.id).values(suspended_at=at))


def test_calls_that_ended_go_after_thirty_days_and_no_sooner(called: Called) -> None:
    called.tell()
    called.run()
    called.clock.forward(days=30)
    retain_all(called.services)
    assert len(called.calls()) == 1
    called.clock.forward(seconds=1)
    retain_all(called.services)
    assert called.calls() == []
