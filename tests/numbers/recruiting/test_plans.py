"""A ledger of many people, in a database that has no statistics yet: what is asked for each message reads a handful."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from hub.numbers import recruiting
from tests.numbers.recruiting.stage import Recruiting

_PEOPLE = 20_000
_HANDFUL = 60
_TABLES = "contacts|conversations|identities|messages|recipients"
_OURS = re.compile(r"\b(ban_cases|identities|recipients)\b")
"""What a statement is about that is asked because of a ban or an opt-out."""
_WIDE = re.compile(rf"^SCAN ({_TABLES})\b|^SEARCH ({_TABLES})\b.*\((organization_id|case_id|channel_id)=\?\)$")


@contextmanager
def _read_by(scene: Recruiting) -> Iterator[list[str]]:
    """Collects the steps of statements that read more than a handful of a large table's rows."""
    found: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if not many and statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE"} and _OURS.search(statement):
            asked = _of_sqlite if connection.dialect.name == "sqlite" else _of_postgresql
            found.extend(
                f"{step}: {' '.join(statement.split())}" for step in asked(cursor.connection, statement, values)
            )

    engine = scene.services.db.engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _of_sqlite(connection: Any, statement: str, values: Any) -> Iterator[str]:
    for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall():
        if _WIDE.search(row[3]):
            yield row[3]


def _of_postgresql(connection: Any, statement: str, values: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT explained")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        (plan,) = cursor.fetchone()
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
    for node in _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
        dropped = sum(count for name, count in node.items() if name.startswith("Rows Removed"))
        read = (node["Actual Rows"] + dropped) * node["Actual Loops"]
        if node.get("Relation Name") and read > _HANDFUL:
            yield f"{node['Node Type']} of {read:.0f} {node['Relation Name']} by {node.get('Index Name')}"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


_COPIES = {
    "contacts": "'id', 'c' || n",
    "identities": "'id', 'i' || n, 'contact_id', 'c' || n, 'first_contact_id', 'c' || n, 'address', 'a' || n",
    "conversations": "'id', 't' || n, 'contact_id', 'c' || n, 'identity_id', 'i' || n, 'assignee_id', null",
    "messages": "'id', 'm' || n, 'conversation_id', 't' || n, 'author_id', 'i' || n, 'external_id', 'e' || n",
    "recipients": "'id', 'r' || n, 'contact_id', 'c' || n, 'identity_id', 'i' || n, 'conversation_id', 't' || n",
}
"""Table → what is another's in each copy of a row."""


def _multiply(scene: Recruiting) -> None:
    """Make very many people of the one who is there. On SQLite there are no statistics that could be wrong."""
    if scene.services.settings.sqlite_path is not None:
        return
    with scene.services.db.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table, others in _COPIES.items():
            copies = f"jsonb_populate_record(one, jsonb_build_object({others})) AS copy"
            connection.exec_driver_sql(
                f"INSERT INTO {table} SELECT copy.* FROM {table} AS one, generate_series(1, {_PEOPLE}) AS n, {copies}"  # noqa: S608
                f" WHERE one.id = (SELECT min(id) FROM {table})"
            )


def test_whoever_writes_is_answered_or_wants_no_more_is_found_by_an_index(scene: Recruiting) -> None:
    person, other = scene.somebody(1, mail=True), scene.somebody(2)
    scene.ban()
    recruiting.build_ledger(scene.services, scene.case_id)
    _multiply(scene)
    with _read_by(scene) as found:
        scene.stage.hear(scene.won, scene.stage.message("Hello", person.number))
        scene.stage.hear(scene.won, scene.stage.message("code 2222-2BBB", "+491759999999"))
        scene.stage.answer(person.talk)
        scene.refuse(scene.won, other.number)
        scene.want(scene.won, other.number)
    assert "\n".join(found) == ""
