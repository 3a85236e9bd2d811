"""How each database is opened, and what is asserted of every connection: "acknowledged" means "on disk"."""

from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event

from hub.errors import Misconfigured

_SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 10_000,
    "secure_delete": 1,
}
"""secure_delete: what was removed is overwritten with zeroes, so that erased means erased on the disk too."""


def sqlite_engine(dsn: str) -> Engine:
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


_GIVE_UP: Final = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that is gone without a word is noticed in some 35 seconds, not in hours; seconds, the last in milliseconds.
On a Unix socket they mean nothing, and do no harm."""


def postgres_engine(dsn: str) -> Engine:
    options = "-c synchronous_commit=on -c lock_timeout=30s -c timezone=UTC"
    engine = create_engine(
        dsn,
        pool_size=20,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5} | _GIVE_UP,
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
