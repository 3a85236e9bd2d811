"""Migrations, on both databases: they make exactly the tables the code speaks of, once, and never lose a file."""

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from hub.db import migrate
from hub.db.session import Database, PlatformWork
from hub.settings import Settings, load
from tests.conftest import SECRET_KEY
from tests.databases import DATABASES, Templates, database_url

HEAD = str(ScriptDirectory.from_config(migrate._config()).get_current_head())
NEXT = '''
"""One more column."""

import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organizations", sa.Column("motto", sa.String(), nullable=True))
    {then}
'''

MIGRATOR = """
import sys
from hub.db import migrate
from hub.settings import load

settings = load()
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(settings)
"""


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path, templates: Templates) -> Iterator[Settings]:
    """Settings that name a database with nothing in it."""
    basis = load(_env_file=None, data_dir=tmp_path / "data", secret_key=SECRET_KEY)
    if request.param == "sqlite":
        yield basis
        return
    name = f"migrated_{uuid.uuid4().hex}"
    _run(templates.admin_url, f"CREATE DATABASE {name}")
    yield basis.model_copy(update={"database_url": database_url(templates.admin_url, name)})
    _run(templates.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def database(empty: Settings) -> Iterator[Database]:
    """A look into the database that is migrated."""
    opened = Database(empty.database_dsn, empty.sqlite_path)
    yield opened
    opened.dispose()


def _later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, then: str = "") -> None:
    """Give the hub a second migration, as the next version of it will have."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "later_motto.py").write_text(NEXT.format(head=HEAD, then=then))
    config = Config()
    config.set_main_option("script_location", str(folder))
    monkeypatch.setattr(migrate, "_config", lambda: config)


def _add_organization(database: Database) -> None:
    with database.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            text(
                "INSERT INTO organizations (id, name, time_zone, notice_number, created_at) "
                "VALUES ('O1', 'Acme', 'UTC', 0, '2026-01-01')"
            )
        )


def test_the_migrations_make_exactly_the_tables_of_the_code(empty: Settings, database: Database) -> None:
    migrate.upgrade(empty)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "target_metadata": SQLModel.metadata},
        )
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_the_comparison_would_notice_a_missing_column(empty: Settings, database: Database) -> None:
    migrate.upgrade(empty)
    with database.engine.connect() as connection:
        connection.execute(text("ALTER TABLE organizations DROP COLUMN time_zone"))
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert [difference[0] for difference in differences] == ["add_column"]


def test_a_second_upgrade_changes_nothing(empty: Settings, database: Database) -> None:
    migrate.upgrade(empty)
    _add_organization(database)
    migrate.upgrade(empty)
    assert migrate.current_revision(database) == (HEAD, HEAD)
    with database.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        assert tx.scalar(text("SELECT name FROM organizations")) == "Acme"
    assert list(empty.data_dir.glob("*.before-*")) == []


def test_an_upgrade_keeps_what_is_there(
    empty: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    migrate.upgrade(empty)
    _add_organization(database)
    _later(monkeypatch, tmp_path)
    migrate.upgrade(empty)
    assert migrate.current_revision(database) == ("later", "later")
    with database.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        assert tx.first(text("SELECT name, motto FROM organizations")) == ("Acme", None)


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    migrate.upgrade(empty)
    _add_organization(database)
    _later(monkeypatch, tmp_path, then="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        migrate.upgrade(empty)
    assert migrate.current_revision(database) == (HEAD, "later")
    with database.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        assert "motto" not in tx.all(text("SELECT * FROM organizations"))[0]._fields


def test_an_sqlite_file_is_copied_aside_before_it_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load(_env_file=None, data_dir=tmp_path / "data", secret_key=SECRET_KEY)
    migrate.upgrade(settings)
    database = Database(settings.database_dsn, settings.sqlite_path)
    _add_organization(database)
    database.dispose()
    _later(monkeypatch, tmp_path)
    migrate.upgrade(settings)
    with closing(sqlite3.connect(settings.data_dir / f"hub.db.before-{HEAD}")) as copy:
        columns = [row[1] for row in copy.execute("PRAGMA table_info(organizations)")]
        assert copy.execute("SELECT name FROM organizations").fetchall() == [("Acme",)]
    assert "motto" not in columns


def _waiting_to_migrate(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that has everything loaded and migrates when it is told a line."""
    return subprocess.Popen(
        [sys.executable, "-c", MIGRATOR],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_processes_that_migrate_at_once_do_not_collide(empty: Settings, database: Database) -> None:
    environment = {
        **os.environ,
        "HUB_DATA_DIR": str(empty.data_dir),
        "HUB_DATABASE_URL": empty.database_url or "",
        "HUB_SECRET_KEY": SECRET_KEY,
    }
    started = [_waiting_to_migrate(environment) for _ in range(3)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60)[0] for process in started]
    assert ended == [b""] * 3
    assert [process.returncode for process in started] == [0, 0, 0]
    assert migrate.current_revision(database) == (HEAD, HEAD)
