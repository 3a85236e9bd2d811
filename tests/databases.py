"""Databases for tests, made so that a test pays for what it does and not for its database.

A test gets a migrated, empty database. On SQLite it is a copy of one file. PostgreSQL takes a tenth of a second to copy
a database, so one serves test after test and is emptied in between; it is thrown away as soon as a test changes its
schema, takes its connections away, or after a number of tests.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache

from hub.db import session

DATABASES = ("sqlite", "postgresql")
TEMPLATE = "hub_template"
TESTS_A_DATABASE = 60
"""Removed rows stay in the files of a server that does not vacuum: after this many tests a new database is cheaper."""
_FOR_TESTS = {
    "fsync": "off",  # nobody cuts the power of a server that is thrown away
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "256MB",
}
"""Settings of the test server. synchronous_commit stays on: the hub insists on it."""
_WATCH = """
CREATE SCHEMA kept;
CREATE SEQUENCE kept.changes;
CREATE FUNCTION kept.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN PERFORM nextval('kept.changes'); END $$;
CREATE EVENT TRIGGER note_changes ON ddl_command_end EXECUTE FUNCTION kept.note();
"""


def set_up_server(admin_url: str) -> None:
    """Trade the test server's safety for speed; what a client sees of it stays the same."""
    for name, value in _FOR_TESTS.items():
        as_admin(admin_url, f"ALTER SYSTEM SET {name} = '{value}'")
    as_admin(admin_url, "SELECT pg_reload_conf()")


def as_admin(admin_url: str, statement: str) -> None:
    """Run one statement as the server's superuser, outside of any transaction."""
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


def database_url(admin_url: str, name: str) -> str:
    """The URL of another database on the same server."""
    base, _, query = admin_url.partition("?")
    return base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Templates:
    """Migrated, empty databases that each test gets a copy of."""

    sqlite: Path
    admin_url: str

    def make(self, name: str) -> str:
        """Make a migrated PostgreSQL database and return its URL; it goes with the server."""
        as_admin(self.admin_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return database_url(self.admin_url, name)


def fresh_database(templates: Templates, name: str) -> str:
    """Make a migrated PostgreSQL database for longer than one test and return its URL; it goes with the server."""
    return templates.make(f"hub_{name}_{os.getpid()}")


@dataclass
class Emptied:
    """One PostgreSQL database at a time, lent to one test after another."""

    templates: Templates
    _made: int = 0
    _lent: int = 0
    _name: str = ""
    _engine: Engine | None = field(default=None, repr=False)
    _emptying: str = field(default="", repr=False)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of a migrated, empty database. Whoever is still connected at the end is not any longer."""
        if self._engine is None:
            self._engine = self._make()
        self._lent += 1
        try:
            yield database_url(self.templates.admin_url, self._name)
        finally:
            if not self._is_again_as_made(self._engine):
                self.close()

    def _is_again_as_made(self, engine: Engine) -> bool:
        try:
            return self._lent < TESTS_A_DATABASE and self._empty(engine)
        except DBAPIError:
            return False

    def _make(self) -> Engine:
        self._made, self._lent = self._made + 1, 0
        self._name = f"hub_{os.getpid()}_{self._made}"
        engine = create_engine(self.templates.make(self._name), pool_size=1, pool_pre_ping=True)
        with engine.begin() as connection:
            self._emptying = _emptying(connection)
            connection.exec_driver_sql(_WATCH)
        return engine

    def _empty(self, engine: Engine) -> bool:
        """Take every row away that the template does not have. False when the schema is not the template's any more."""
        with engine.begin() as connection:
            connection.exec_driver_sql(self._emptying)
            return not connection.exec_driver_sql("SELECT is_called FROM kept.changes").scalar_one()

    def close(self) -> None:
        """Throw the database away; the next one that is lent is a new one."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
            as_admin(self.templates.admin_url, f"DROP DATABASE {self._name} WITH (FORCE)")


def _emptying(connection: Connection) -> str:
    """The statements that bring a used database back to what it holds now, as its superuser."""
    tables = list(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())
    numbers = connection.execute(
        text("SELECT sequencename, start_value FROM pg_sequences WHERE schemaname = 'public'")
    ).all()
    kept = {table: json.dumps(rows) for table in tables if (rows := _rows(connection, table))}
    return ";\n".join([
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        # neither foreign keys nor the triggers that keep the audit log
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in tables),  # noqa: S608 - our own tables
        *(_insertion(table, rows) for table, rows in kept.items()),
        *(f"SELECT setval('{name}', {first}, false)" for name, first in numbers),
    ])  # fmt: skip


def _insertion(table: str, rows: str) -> str:
    quoted = rows.replace("'", "''")
    return f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, '{quoted}')"  # noqa: S608


def _rows(connection: Connection, table: str) -> list[object]:
    return list(connection.execute(text(f"SELECT to_jsonb(t) FROM {table} t")).scalars())  # noqa: S608 - our own tables


def compile_statements_once() -> None:
    """Let all databases of a kind speak one dialect and share its compiled statements.

    Every test opens a database of its own; compiling the hub's statements anew for each was a third of the suite.
    """
    session.sqlite_engine = _sharing(session.sqlite_engine)
    session.postgres_engine = _sharing(session.postgres_engine)


def _sharing(opening: Callable[[str], Engine]) -> Callable[[str], Engine]:
    compiled: LRUCache[object, object] = LRUCache(2_000)
    spoken: list[Dialect] = []

    def opened(dsn: str) -> Engine:
        engine = opening(dsn)
        if not spoken or getattr(spoken[0], "server_version_info", None) is None:
            # it learns what the server can do from its first connection
            spoken[:] = [engine.dialect]
        engine.dialect = spoken[0]
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    return opened
