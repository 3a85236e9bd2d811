"""The migration to routing keeps what the version before knows: who is there, what waits, and whose it is."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Row, create_engine, insert, quoted_name, select, text

from hub.db import migrate, rights
from hub.db.rights import ROLES
from hub.db.session import Database, PlatformWork
from hub.settings import Settings, load
from tests.conftest import SECRET_KEY
from tests.databases import DATABASES, Templates, as_admin, database_url

EARLY, LATER, LAST = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))


@pytest.fixture(params=DATABASES)
def old(request: pytest.FixtureRequest, tmp_path: Path, templates: Templates) -> Iterator[Settings]:
    """Settings that name an empty database; PostgreSQL's belongs to a login that is no superuser."""
    basis = load(_env_file=None, data_dir=tmp_path / "data", secret_key=SECRET_KEY)
    if request.param == "sqlite":
        yield basis
        return
    name = f"login_{uuid.uuid4().hex}"
    server, _, query = database_url(templates.admin_url, name).partition("?")
    scheme, _, place = server.partition("://")
    as_admin(templates.admin_url, f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD 'word'")
    as_admin(templates.admin_url, f"GRANT {', '.join(ROLES)} TO {name}")
    as_admin(templates.admin_url, f"CREATE DATABASE {name} OWNER {name}")
    url = f"{scheme}://{name}:word@{place.rpartition('@')[2]}" + (f"?{query}" if query else "")
    yield basis.model_copy(update={"database_url": url})
    as_admin(templates.admin_url, f"DROP DATABASE {name} WITH (FORCE)")
    as_admin(templates.admin_url, f"DROP ROLE {name}")


@pytest.fixture
def migrated(old: Settings, templates: Templates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database that was filled by the version before, at this one."""
    upgrade = command.upgrade
    with monkeypatch.context() as before:
        before.setattr(command, "upgrade", lambda config, _: upgrade(config, "0003"))
        before.setattr(rights, "put_in_place", _put_walls_up)
        migrate.upgrade(old)
    # row-level security holds for the login itself: whoever fills it is above that
    name = old.database_dsn.partition("?")[0].rpartition("/")[2]
    engine = create_engine(old.database_dsn if old.sqlite_path else database_url(templates.admin_url, name))
    try:
        with engine.begin() as connection:
            _fill(connection)
    finally:
        engine.dispose()
    migrate.upgrade(old)
    opened = Database(old.database_dsn, old.sqlite_path)
    yield opened
    opened.dispose()


def _put_walls_up(connection: Connection) -> None:
    """What the version before has put in place of rights, as far as a migration meets it."""
    for table in ("users", "conversations"):
        connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
        connection.execute(text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))


def _fill(connection: Connection) -> None:
    before = MetaData()
    before.reflect(connection)

    # a word of SQL
    returning = before.tables["channels"].c["returning"]
    returning.name = quoted_name("returning", quote=True)

    def add(name: str, **values: Any) -> None:
        table = before.tables[name]
        missing = [each for each in table.columns if not each.nullable and each.server_default is None]
        connection.execute(insert(table).values({each.key: _something(each) for each in missing} | values))

    add("organizations", id="O")
    add("groups", id="G")
    for user_id, presence in (("ON", "online"), ("AWAY", "away"), ("OFF", "offline")):
        add("users", id=user_id, email=f"{user_id}@example.com", presence=presence)
    add("channels", id="C", group_id="G")
    add("contacts", id="P")
    waits: dict[str, Any] = {"group_id": "G", "waiting_since": LATER}
    conversations: dict[str, dict[str, Any]] = {
        "waits": {**waits, "priority": 2},
        "open": {"group_id": "G"},
        "given": {**waits, "assignee_id": "ON", "assigned_at": LAST, "routing": {"rule": "channel_group"}},
        "taken": {**waits, "assignee_id": "ON", "assigned_at": EARLY, "routing": {"rule": "by_hand"}},
        "answered": {"assignee_id": "ON", "assigned_at": EARLY, "routing": {}},
        "closed": {"assignee_id": "ON", "assigned_at": EARLY, "status": "closed"},
    }
    for conversation_id, values in conversations.items():
        add("identities", id=f"I{conversation_id}", address=conversation_id, contact_id="P", first_contact_id="P")
        own = {"identity_id": f"I{conversation_id}", "channel_id": "C", "contact_id": "P", "status": "open"}
        add("conversations", id=conversation_id, **{**own, **values})


def _something(column: Any) -> Any:
    if column.name == "organization_id":
        return "O"
    kinds: dict[type, Any] = {bool: False, int: 0, datetime: EARLY, str: "some"}
    # JSON else
    return kinds.get(column.type.python_type, {})


def _rows(database: Database, sql: str) -> list[Row[Any]]:
    with database.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return list(tx.all(text(sql)))


def test_who_is_there_follows_their_browser_and_comes_back_with_it(migrated: Database) -> None:
    rows = _rows(migrated, "SELECT id, by_browser, presence_wish FROM users ORDER BY id")
    assert [tuple(row) for row in rows] == [("AWAY", True, "away"), ("OFF", False, ""), ("ON", True, "online")]


def test_what_waits_stands_in_its_line_by_its_urgency(migrated: Database) -> None:
    [waits] = _rows(migrated, "SELECT id, urgency FROM conversations WHERE queued_at IS NOT NULL")
    assert tuple(waits) == ("waits", -2)
    assert [tuple(row) for row in _rows(migrated, "SELECT group_id, needs FROM queue_lines")] == [("G", "")]
    had = _rows(migrated, "SELECT id FROM conversations WHERE last_assignee_id = 'ON' ORDER BY id")
    assert [row.id for row in had] == ["answered", "closed", "given", "taken"]


def test_what_somebody_has_is_theirs_since_they_were_given_it(migrated: Database) -> None:
    assignments = MetaData()
    assignments.reflect(migrated.engine, only=["assignments"])
    table = assignments.tables["assignments"].c
    with migrated.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        rows = tx.all(
            select(table.conversation_id, table.user_id, table.by_hand, table.beyond_slots, table.ended_at,
                   table.waiting_since.is_not(None), table.assigned_at > table.waiting_since)
            .order_by(table.conversation_id)
        )  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("answered", "ON", False, False, None, False, None),
        ("given", "ON", False, False, None, True, True),
        # nobody waited when they took it
        ("taken", "ON", True, False, None, False, None),
    ]
