"""SQLite has no statistics: that no step over a person's rows reads its way through the whole organization."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from hub import retention
from hub.privacy import cases, work
from hub.wiring import Services
from tests.suspended import Hub, set_hub

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)

_LARGE = "contacts|identities|conversations|messages|read_marks"
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


def _reads_everything(hub: Hub, seen: dict[str, Any]) -> list[str]:
    """The steps that scan a large table, or know of an index no more than whose organization it is."""
    found = []
    with hub.services.db.engine.connect() as connection:
        for statement, values in seen.items():
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
                step = row[3]
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
