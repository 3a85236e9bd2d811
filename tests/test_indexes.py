"""SQLite has no statistics: that no step over a person's rows reads its way through the whole organization."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from hub import retention
from hub.db import claims, due, held_messages, named_senders, open_claims, recipient_wishes, threads, unasked
from hub.db.session import PlatformWork, Tx
from hub.doctor.affairs import gather_affairs
from hub.privacy import cases, work
from hub.upkeep import forget_old
from hub.wiring import Services
from tests.suspended import Hub, set_hub

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

_LARGE = "contacts|identities|conversations|messages|read_marks|recipients|deliveries|signals|incidents"
_SHORT = ("contacts_restricted", "messages_suspended", "messages_of_staff")
"""Indexes that hold few rows of an organization."""


@pytest.fixture
def hub(services: Services) -> Hub:
    return set_hub(services)


@contextmanager
def statements(services: Services) -> Iterator[dict[str, Any]]:
    """Statement → the values it was first run with."""
    seen: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE"}:
            seen.setdefault(statement, values[0] if many else values)

    engine = services.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _steps(hub: Hub, seen: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What SQLite does step by step, each with its statement."""
    with hub.services.db.engine.connect() as connection:
        for statement, values in seen.items():
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
                yield row[3], statement


def _reads_everything(hub: Hub, seen: dict[str, Any]) -> list[str]:
    """The steps that scan a large table, or know of an index no more than whose organization it is."""
    found = []
    for step, statement in _steps(hub, seen):
        wide = re.match(rf"SCAN ({_LARGE})\b", step) or re.search(
            rf"SEARCH ({_LARGE})\b.*\(organization_id=\?\)$", step
        )
        if wide and not any(name in step for name in _SHORT):
            found.append(f"{step}: {' '.join(statement.split())}")
    return found


def _closed(hub: Hub) -> str:
    talk = hub.stage.open_conversation(hub.bot)
    hub.stage.answer(talk)
    hub.stage.deliver(hub.bot)
    assert hub.post(f"/conversations/{talk.id}/read").status_code == 200
    assert hub.post(f"/conversations/{talk.id}/close").status_code == 200
    return talk.contact.id


def test_retention_finds_what_is_old_by_an_index(hub: Hub) -> None:
    _closed(hub)
    hub.api.call("PATCH", "/organization", hub.owner, json={"conversation_retention_days": 10})
    hub.stage.clock.forward(days=40)
    with statements(hub.services) as seen:
        assert retention.retain_all(hub.services)["contacts"] == 1
    assert "\n".join(_reads_everything(hub, seen)) == ""


def test_restricting_a_person_finds_their_rows_by_an_index(hub: Hub) -> None:
    contact_id = _closed(hub)
    asked = cases.request_of(hub.stage.org.actor, contact_id, "they asked for it")
    with statements(hub.services) as seen:
        cases.restrict(hub.services, asked)
        cases.unrestrict(hub.services, asked)
    assert "\n".join(_reads_everything(hub, seen)) == ""


def test_erasing_a_person_finds_their_rows_by_an_index(hub: Hub) -> None:
    asked = cases.request_of(hub.stage.org.actor, _closed(hub), "they asked for it")
    case = cases.begin_erasure(hub.services, asked)
    with statements(hub.services) as seen:
        while not work.work_on(hub.services, case.id, 60):
            continue
    # names of others are looked for in every name there is
    assert "\n".join(each for each in _reads_everything(hub, seen) if "lower(" not in each) == ""


_IDS = [f"{each:026}" for each in range(3)]
_ASKED: dict[str, tuple[str, Callable[[Tx, Hub], object]]] = {
    "what was sent unasked": ("deliveries_unasked", lambda tx, hub: unasked.spent(tx, _IDS[0], hub.stage.clock())),
    "who was verified by a claim": (
        "recipients_of_identity",
        lambda tx, _: claims.conversation_of_claimed(tx, _IDS[0]),
    ),
    "a claim that can be undone": ("recipients_by_claim", lambda tx, _: open_claims.find_confirmed(tx, _IDS[0])),
    "whoever writes and claims": ("recipients_by_claim", lambda tx, _: open_claims.find_open(tx, _IDS[0])),
    "all claims of a case": ("recipients_by_state", lambda tx, _: open_claims.list_open(tx, _IDS[0], 9)),
    "held messages of a conversation": ("deliveries_of_message", lambda tx, _: held_messages.count(tx, _IDS[0])),
    "held messages of a sender": ("deliveries_held", lambda tx, _: held_messages.list_on(tx, _IDS[0], 9)),
    "what waits on a past sender": ("deliveries_under_way", lambda tx, _: held_messages.count_of_sender(tx, _IDS[0])),
    "who is led to no removed conversation": (
        "recipients_of_conversation",
        lambda tx, _: recipient_wishes.forget_conversations(tx, _IDS),
    ),
    "whose claims are dropped": ("recipients_by_claim", lambda tx, _: recipient_wishes._drop_claims(tx, _IDS)),
    "conversations with held messages": ("deliveries_held", lambda tx, _: tx.all(threads._with_held(tx))),
    "what is due": ("deliveries_under_way", lambda tx, hub: due.list_due(tx, _IDS[0], hub.stage.clock(), 9)),
}


@pytest.mark.parametrize("what", _ASKED)
def test_what_is_asked_time_and_again_is_found_by_its_index(hub: Hub, what: str) -> None:
    index, ask = _ASKED[what]
    with hub.services.db.transaction(hub.stage.org.id) as tx, statements(hub.services) as seen:
        ask(tx, hub)
    assert "\n".join(_reads_everything(hub, seen)) == ""
    assert index in _indexes(hub, seen)


def test_whose_message_a_provider_speaks_of_is_found_by_an_index(hub: Hub) -> None:
    with hub.services.db.platform_reading(PlatformWork.LINE) as tx, statements(hub.services) as seen:
        named_senders.find_by_message(tx, _IDS[0], "SM1")
    assert "\n".join(_reads_everything(hub, seen)) == ""
    assert "ix_senders_provider_account_id" in _indexes(hub, seen)


def test_what_has_had_its_time_is_found_by_an_index(hub: Hub) -> None:
    with statements(hub.services) as seen:
        forget_old(hub.services)
    assert "\n".join(_reads_everything(hub, seen)) == ""
    assert {"signals_by_time", "incidents_by_end"} <= _indexes(hub, seen)


def test_the_doctor_reads_open_bans_only(hub: Hub) -> None:
    with statements(hub.services) as seen:
        gather_affairs(hub.services)
    assert "open_cases" in _indexes(hub, seen)


def _indexes(hub: Hub, seen: dict[str, Any]) -> set[str]:
    found = (re.search(r"\bINDEX (\w+)", step) for step, _ in _steps(hub, seen))
    return {each[1] for each in found if each}
