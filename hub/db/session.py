"""Connections and transactions: the only place that begins and commits one, and says for whom.

A session is bound to one organization, or it is named platform work, or it is the intake's. PostgreSQL gives each its
own role (hub/db/rights.py); on both databases a bound session adds its organization to every statement
(hub/db/guard.py).

On SQLite every write transaction first takes an exclusive flock, then BEGIN IMMEDIATE; without the lock SQLite's own
busy waiting starves writers for seconds (docs/adr/0002).
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Executable, Row, Table, text
from sqlmodel import SQLModel

from hub.db import bulk, guard, rights
from hub.db.engines import postgres_engine, sqlite_engine
from hub.db.refusals import as_unavailable

_NOTHING: Final[bulk.Values] = MappingProxyType({})


class PlatformWork(StrEnum):
    """Why a session crosses organizations. Each is named where it is opened; docs/security.md lists them all."""

    SIGN_IN = "sign-in"
    """Whose a password, session, token or invitation is."""
    LINE = "line"
    """Whose a sender is that has something to receive or to send, and its credentials."""
    SCHEDULE = "schedule"
    """Which organizations have something due."""
    UPKEEP = "upkeep"
    """Removing what has had its time."""
    JOURNAL = "journal"
    """Journal and quarantine, for whoever runs the hub."""
    ADMINISTRATION = "administration"
    """Organizations, provider accounts, numbers, suspensions: each change leaves an audit entry."""
    AUDIT = "audit"
    """Verifying the chains."""
    KEYS = "keys"
    """Making, wrapping and destroying data keys."""
    MONITORING = "monitoring"
    """Counts, ages and the schema's revision."""


@dataclass(frozen=True, slots=True)
class _Session:
    """Under which role a session runs, for which organization, and why."""

    role: str
    organization_id: str | None = None
    work: str = ""

    @property
    def is_bound(self) -> bool:
        return self.role == rights.APP


def _bound(organization_id: str) -> _Session:
    if not organization_id:
        raise RuntimeError("a bound session needs its organization")
    return _Session(rights.APP, organization_id)


class Tx:
    """One open transaction, of one organization or of none."""

    def __init__(self, connection: Connection, session: _Session) -> None:
        self._connection = connection
        self._organization_id = session.organization_id
        self._bound_to = session.organization_id if session.is_bound else None
        self._before_commit: list[Callable[[], object]] = []
        self._after_commit: list[Callable[[], object]] = []
        self.is_sqlite = connection.dialect.name == "sqlite"

    @property
    def organization_id(self) -> str:
        """The organization this transaction works for. Raises RuntimeError when it works for none."""
        if self._organization_id is None:
            raise RuntimeError("this query needs a transaction bound to an organization")
        return self._organization_id

    def execute(self, statement: Executable, rows: Any = None) -> CursorResult[Any]:
        """Run a statement, once or for each of `rows`."""
        if self._bound_to is not None:
            guard.check_statement(statement)
        with guard.bound_to(self._bound_to):
            return self._connection.execute(statement, rows)

    def all(self, statement: Executable) -> Sequence[Row[Any]]:
        return self.execute(statement).all()

    def first(self, statement: Executable) -> Row[Any] | None:
        return self.execute(statement).first()

    def scalar(self, statement: Executable) -> Any:
        return self.execute(statement).scalar()

    def insert(self, table: type[SQLModel] | Table, rows: bulk.Rows) -> None:
        """Insert rows that cannot collide; all name the same columns."""
        if rows:
            bulk.insert(self._connection, self._own(table, rows), rows, {})

    def insert_new(
        self, table: type[SQLModel] | Table, rows: bulk.Rows, returning: Sequence[str], same: bulk.Values = _NOTHING
    ) -> Sequence[Row[Any]]:
        """Insert what collides with nothing; return the named columns of the rows that went in.

        `same`: what every row has besides what it names.
        """
        if not rows:
            return []
        named = self._own(table, [same] if same else rows)
        return bulk.insert(self._connection, named, rows, same, tuple(returning))

    def _own(self, table: type[SQLModel] | Table, rows: bulk.Rows) -> Table:
        named = _table(table)
        if self._bound_to is not None:
            guard.check_rows(named, rows, self._bound_to)
        return named

    def before_commit(self, action: Callable[[], object]) -> None:
        """Run `action` as the transaction's last statements: for rows that everybody wants to lock."""
        self._before_commit.append(action)

    def run_before_commit(self) -> None:
        for action in self._before_commit:
            action()

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
        self.engine = sqlite_engine(dsn) if sqlite_path else postgres_engine(dsn)

    def transaction(self, organization_id: str) -> AbstractContextManager[Tx]:
        """Write in one organization; commit at the end, roll back on any error.

        Raises Unavailable when the database does not answer.
        """
        return self._write(_bound(organization_id))

    def reading(self, organization_id: str) -> AbstractContextManager[Tx]:
        """Read in one organization from one consistent snapshot."""
        return self._read(_bound(organization_id))

    def platform_transaction(
        self, work: PlatformWork, organization_id: str | None = None
    ) -> AbstractContextManager[Tx]:
        """Write across organizations, for a named reason; `organization_id` is whom it is done for, where it is one."""
        return self._write(_Session(rights.PLATFORM, organization_id, work))

    def platform_reading(self, work: PlatformWork) -> AbstractContextManager[Tx]:
        """Read across organizations, for a named reason."""
        return self._read(_Session(rights.PLATFORM, None, work))

    def intake_transaction(self) -> AbstractContextManager[Tx]:
        """Write what webhooks brought, for any organization: journal, quarantine and pool, nothing else."""
        return self._write(_Session(rights.INTAKE, None, "intake"))

    def intake_reading(self) -> AbstractContextManager[Tx]:
        """Read the sender directory."""
        return self._read(_Session(rights.INTAKE, None, "intake"))

    @contextmanager
    def _write(self, session: _Session) -> Iterator[Tx]:
        with as_unavailable(), self._write_lock(), self._connection(session, write=True) as connection:
            tx = Tx(connection, session)
            yield tx
            tx.run_before_commit()
        tx.run_after_commit()

    @contextmanager
    def _read(self, session: _Session) -> Iterator[Tx]:
        with as_unavailable(), self._connection(session, write=False) as connection:
            yield Tx(connection, session)

    @contextmanager
    def _connection(self, session: _Session, *, write: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {"hub_write": write}
        if session.is_bound:
            options["compiled_cache"] = guard.COMPILED
        if self._lock_path is None and not write:
            # one snapshot for all that is read, as SQLite gives it by itself
            options["isolation_level"] = "REPEATABLE READ"
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            if self._lock_path is None:
                rights.take_role(connection, session.role, session.organization_id or "", session.work)
            yield connection

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
        with self.platform_reading(PlatformWork.MONITORING) as tx:
            tx.scalar(text("SELECT 1"))

    def dispose(self) -> None:
        """Close the pool's connections; the next use opens new ones."""
        self.engine.dispose()
