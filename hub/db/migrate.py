"""Bring the database to the newest schema. A SQLite file is copied aside before it is changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from hub.db import rights
from hub.db.session import Database
from hub.settings import Settings

_LOCK_NUMBER = 7_268_002
"""PostgreSQL advisory lock under which one process migrates at a time."""


def upgrade(settings: Settings) -> None:
    """Migrate to the newest revision; does nothing when it is there already."""
    if settings.sqlite_path:
        settings.sqlite_path.parent.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_dsn, settings.sqlite_path)
    config = _config()
    try:
        with database.migration_lock(_LOCK_NUMBER):
            found, newest = _revision(database.engine), ScriptDirectory.from_config(config).get_current_head()
            if found == newest:
                _check_rights(database)
                return
            if settings.sqlite_path and found:
                _copy_aside(settings.sqlite_path, found)
            with database.engine.connect() as connection:
                config.attributes.update(connection=connection, settings=settings)
                command.upgrade(config, "head")
    finally:
        database.dispose()


def _check_rights(database: Database) -> None:
    if database.engine.dialect.name != "postgresql":
        return
    with database.engine.begin() as connection:
        if not rights.are_in_place(connection):
            rights.put_in_place(connection)


def current_revision(database: Database) -> tuple[str | None, str | None]:
    """Return (the database's revision, the newest one)."""
    return _revision(database.engine), ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _copy_aside(path: Path, revision: str) -> None:
    copy = path.with_name(f"{path.name}.before-{revision}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
