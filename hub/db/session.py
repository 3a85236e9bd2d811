"""Connections and transactions: the only place that begins and commits one.

SQLite (WAL, synchronous=FULL): every write transaction first takes an exclusive flock, then BEGIN IMMEDIATE; without
the lock SQLite's own busy waiting starves writers for seconds (docs/adr/0002). PostgreSQL: synchronous_commit=on.
Both are asserted on every new connection, because "acknowledged" means "on disk".
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, Table, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import SQLModel

from hub.db import bulk
from hub.errors import Misconfigured, Unavailable

_SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
_DOWN = (OperationalError, InterfaceError, PoolTimeout)


class StatementRefused(Exception):  # noqa: N818 - what happened, as the other errors say it
    """The database refused a statement: a constraint, a value it cannot hold. Never carries a value."""


class Tx:
    """One open transaction, bound to one organization or to none (platform work)."""

    def __init__(self, connection: Connection, organization_id: str | None) -> None:
        self._connection = connection
        self._organization_id = organization_id
        self._after_commit: list[Callable[[], object]] = []
        self.is_sqlite = connection.dialect.name == "sqlite"

    @property
    def organization_id(self) -> str:
        """The organization this transaction is bound to. Raises RuntimeError in platform work."""
        if self._organization_id is None:
            raise RuntimeError("this query needs a transaction bound to an organization")
        return self._organization_id

    def execute(self, statement: Executable, rows: Any = None) -> CursorResult[Any]:
        """Run a statement, once or for each of `rows`."""
        return self._connection.execute(statement, rows)

    def all(self, statement: Executable) -> Sequence[Row[Any]]:
        return self._connection.execute(statement).all()

    def first(self, statement: Executable) -> Row[Any] | None:
        return self._connection.execute(statement).first()

    def scalar(self, statement: Executable) -> Any:
        return self._connection.execute(statement).scalar()

    def insert(self, table: type[SQLModel] | Table, rows: bulk.Rows) -> None:
        """Insert rows that cannot collide; all name the same columns."""
        if rows:
            bulk.insert(self._connection, _table(table), rows)

    def insert_new(
        self, table: type[SQLModel] | Table, rows: bulk.Rows, returning: Sequence[str]
    ) -> Sequence[Row[Any]]:
        """Insert what collides with nothing; return the named columns of the rows that went in."""
        return bulk.insert(self._connection, _table(table), rows, tuple(returning)) if rows else []

    def after_commit(self, action: Callable[[], object]) -> None:
        """Run `action` once the transaction is committed, never when it is rolled back."""
        self._after_commit.append(action)

    def run_after_commit(self) -> None:
        for action in self._after_commit:
            action()


def _table(table: type[SQLModel] | Table) -> Any:
    return table if isinstance(table, Table) else table.__table__  # type: ignore[attr-defined]


class Database:
    """The hub's database. `dsn` is an SQLAlchemy URL; `sqlite_path` is set when it is SQLite."""

    def __init__(self, dsn: str, sqlite_path: Path | None) -> None:
        self._lock_path = sqlite_path.with_name(sqlite_path.name + ".lock") if sqlite_path else None
        self.engine = _sqlite_engine(dsn) if sqlite_path else _postgres_engine(dsn)

    @contextmanager
    def transaction(self, organization_id: str) -> Iterator[Tx]:
        """Write in one organization; commit at the end, roll back on any error.

        Raises Unavailable when the database does not answer.
        """
        with self._write(organization_id) as tx:
            yield tx

    @contextmanager
    def reading(self, organization_id: str) -> Iterator[Tx]:
        """Read in one organization from one consistent snapshot."""
        with self._read(organization_id) as tx:
            yield tx

    @contextmanager
    def platform_transaction(self) -> Iterator[Tx]:
        """Write across organizations: intake, sign-in, schedules and platform admins only."""
        with self._write(None) as tx:
            yield tx

    @contextmanager
    def platform_reading(self) -> Iterator[Tx]:
        """Read across organizations."""
        with self._read(None) as tx:
            yield tx

    @contextmanager
    def _write(self, organization_id: str | None) -> Iterator[Tx]:
        with (
            _as_unavailable(),
            self._write_lock(),
            self.engine.connect().execution_options(hub_write=True) as connection,
            connection.begin(),
        ):
            tx = Tx(connection, organization_id)
            yield tx
        tx.run_after_commit()

    @contextmanager
    def _read(self, organization_id: str | None) -> Iterator[Tx]:
        with _as_unavailable(), self.engine.connect() as connection, connection.begin():
            yield Tx(connection, organization_id)

    @contextmanager
    def _write_lock(self) -> Iterator[None]:
        if self._lock_path is None:
            yield
            return
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def migration_lock(self, number: int) -> Iterator[None]:
        """Let one process at a time change the schema. `number` names PostgreSQL's advisory lock."""
        with self._write_lock(), self.engine.connect() as connection:
            if self._lock_path is None:
                connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
            yield

    def ping(self) -> None:
        """Raise Unavailable when the database does not answer."""
        with self.platform_reading() as tx:
            tx.scalar(text("SELECT 1"))

    def dispose(self) -> None:
        """Close the pool's connections; the next use opens new ones."""
        self.engine.dispose()


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except _DOWN as error:
        raise Unavailable("the database does not answer; nothing was changed, try again in a moment") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("the database connection broke; nothing was changed, try again in a moment") from error
        # from None: the driver quotes values, and those are people's words
        raise StatementRefused(_refusal(error)) from None


def _refusal(error: DBAPIError) -> str:
    """Name the error without any value: its type, and the constraint or code the database gives."""
    diagnosis = getattr(error.orig, "diag", None)
    named = getattr(diagnosis, "constraint_name", None) or getattr(error.orig, "sqlstate", None) or ""
    return f"{type(error.orig).__name__} {named}".strip()


def _sqlite_engine(dsn: str) -> Engine:
    engine = create_engine(
        dsn, connect_args={"check_same_thread": False, "isolation_level": None}, pool_size=20, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for name, wanted in _SQLITE_PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={wanted}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != wanted:
                raise Misconfigured(f"SQLite refused {name}={wanted}: put the data directory on a local disk")
        # its own lower() knows ASCII only: a search would not find "Jørgen" by "JØRGEN"
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("hub_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _postgres_engine(dsn: str) -> Engine:
    options = "-c synchronous_commit=on -c lock_timeout=30s -c timezone=UTC"
    engine = create_engine(
        dsn,
        pool_size=20,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )

    @event.listens_for(engine, "connect")
    def _check(connection: Any, _record: Any) -> None:
        found = connection.execute("SHOW synchronous_commit").fetchone()[0]
        connection.rollback()
        if found != "on":
            raise Misconfigured(
                "PostgreSQL must run with synchronous_commit=on, or an acknowledged message could be lost"
            )

    return engine
