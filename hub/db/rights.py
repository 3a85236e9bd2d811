"""Who may do what in PostgreSQL: three roles, their grants, and row-level security on every organization's table (K32).

The hub signs in with one login and takes one of these roles for each transaction; none of them owns a table or can
bypass row-level security. Rights follow from the tables and are put in place after every migration.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import SQLModel

import hub.db.tables  # noqa: F401 - fills the metadata
from hub.db.guard import tenant_column
from hub.errors import Misconfigured

APP = "hub_app"
"""One organization's rows only, the one the transaction names."""
PLATFORM = "hub_platform"
"""Work that crosses organizations: schedules, sign-in, platform admins."""
INTAKE = "hub_intake"
"""What webhooks bring: writes into journal and quarantine, reads the sender directory, reads no content."""
ROLES = (APP, PLATFORM, INTAKE)

_TAKE_ROLE = (
    "SELECT set_config('role', %s, true), set_config('hub.organization_id', %s, true), set_config('hub.work', %s, true)"
)

_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with a table. `columns` bound an UPDATE or SELECT to them; empty: the whole table."""

    rights: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_NOTHING = Grant(())
_AUDIT = Grant(("SELECT", "INSERT"), {"UPDATE": ("content", "salt")})
_HEADS = Grant(("SELECT", "INSERT", "UPDATE"))

_OF_APP = {
    "organizations": Grant(("SELECT", "INSERT", "UPDATE")),
    "data_keys": _NOTHING,
    "audit_entries": _AUDIT,
    "audit_heads": _HEADS,
    "provider_accounts": _NOTHING,
    "pool_messages": _NOTHING,
    "registrations": _NOTHING,
    "provider_activations": _NOTHING,
    "deletion_requests": _NOTHING,
}
_OF_PLATFORM = {"audit_entries": _AUDIT, "audit_heads": _HEADS}
_OF_INTAKE = {
    "events": Grant(
        ("INSERT",), {"SELECT": ("id", "organization_id", "sender_id", "event_key", "once", "state", "body_sha256")}
    ),
    "quarantined_requests": Grant(("INSERT",), {"SELECT": ("genuine", "state", "size")}),
    "pool_messages": Grant(("INSERT",), {"SELECT": ("id", "number_id", "event_key")}),
    "senders": Grant(
        (),
        {
            "SELECT": (
                "id", "organization_id", "channel_id", "kind", "address", "credentials", "intake_token_hash",
                "provider_account_id", "number_id", "state", "released_at",
            )
        },
    ),
    "channels": Grant((), {"SELECT": ("id", "organization_id", "deleted_at")}),
    "provider_accounts": Grant((), {"SELECT": ("id", "external_id", "credentials", "business_id")}),
    # whose a message to a number in quarantine is, and the count of such messages
    "numbers": Grant(
        (),
        {
            "SELECT": (
                "id", "number", "provider_account_id", "state", "organization_id", "former_id", "talked", "quiet_since",
                "discarded",
            ),
            "UPDATE": ("quiet_since", "discarded"),
        },
    ),
    "organizations": Grant((), {"SELECT": ("id", "suspended_at")}),
    "registrations": Grant((), {"SELECT": ("number_id", "state", "submitted_at", "removed_at")}),
    "conversations": Grant((), {"SELECT": ("id", "channel_id")}),
    # what became of a letter of the hub's own; nothing of what it says
    "notifications": Grant(
        (), {"SELECT": ("id", "conversation_id", "state"), "UPDATE": ("state", "error", "lease_until")}
    ),
    # whose message a provider speaks of; nothing of what it says
    "messages": Grant((), {"SELECT": ("sender_id", "external_id")}),
}  # fmt: skip


def grant_of(role: str, table: str) -> Grant:
    """Return what a role may do with a table."""
    match role:
        case "hub_app":
            return _OF_APP.get(table, Grant(_ALL))
        case "hub_platform":
            return _OF_PLATFORM.get(table, Grant(_ALL))
        case _:
            return _OF_INTAKE.get(table, _NOTHING)


def take_role(connection: Connection, role: str, organization_id: str, work: str) -> None:
    """Give the transaction that has just begun its role, organization and purpose; all three end with it."""
    connection.exec_driver_sql(_TAKE_ROLE, (role, organization_id, work))


def put_in_place(connection: Connection) -> None:
    """Make the roles where they are missing, and give them exactly their rights. PostgreSQL only; safe to repeat."""
    _make_roles(connection)
    for table in SQLModel.metadata.sorted_tables:
        for statement in _statements(table):
            connection.execute(text(statement))
    for role in ROLES:
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"))
    # a dump under the platform's role reads where each sequence stands
    connection.execute(text(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {PLATFORM}"))
    # for `hub doctor`, which compares the schema's revision under the platform's role
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {PLATFORM}"))


def are_in_place(connection: Connection) -> bool:
    """Say whether roles and rights are there: a dump restored on another server brings neither."""
    roles = text("SELECT count(*) FROM pg_roles WHERE rolname = ANY(:roles)")
    if connection.execute(roles, {"roles": list(ROLES)}).scalar() != len(ROLES):
        return False
    open_tables = text(
        "SELECT count(*) FROM pg_class WHERE relname = ANY(:tables) AND relnamespace = 'public'::regnamespace "
        "AND NOT (relrowsecurity AND relforcerowsecurity AND has_table_privilege(:role, oid, 'INSERT'))"
    )
    tables = [table.name for table in SQLModel.metadata.sorted_tables if tenant_column(table) is not None]
    return connection.execute(open_tables, {"tables": tables, "role": PLATFORM}).scalar() == 0


def _make_roles(connection: Connection) -> None:
    try:
        for role in ROLES:
            connection.execute(text(_MAKE_ROLE.format(role=role)))
            if not _may_take(connection, role):
                connection.execute(text(f"GRANT {role} TO CURRENT_USER {_TAKEN_ONLY[_is_new(connection)]}"))
    except ProgrammingError:
        taken_only = _TAKEN_ONLY[_is_new(connection)]
        orders = " ".join(f"CREATE ROLE {role}; GRANT {role} TO <the hub's login> {taken_only};" for role in ROLES)
        raise Misconfigured(
            f"the login of HUB_DATABASE_URL may not create the roles that keep organizations apart; "
            f"let it (CREATEROLE), or run once as an administrator of PostgreSQL: {orders}"
        ) from None


# a login that inherited from its roles would see all rows before it takes one; before 16 the login itself is NOINHERIT
_TAKEN_ONLY = {True: "WITH INHERIT FALSE, SET TRUE", False: ""}
_NEW = (16,)


def _is_new(connection: Connection) -> bool:
    return (connection.dialect.server_version_info or ()) >= _NEW


def _may_take(connection: Connection, role: str) -> bool:
    """Whoever makes a role is its member from 16 on, and may still not take it."""
    membership = "SET" if _is_new(connection) else "MEMBER"
    asked = text("SELECT pg_has_role(current_user, :role, :membership)")
    return bool(connection.execute(asked, {"role": role, "membership": membership}).scalar())


# two hubs on one server, or two first starts, make them at the same moment
_MAKE_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def _statements(table: Table) -> Iterator[str]:
    name = f'"{table.name}"'
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {', '.join(ROLES)}"
    for role in ROLES:
        yield from _grants(name, role, grant_of(role, table.name))
    column = tenant_column(table)
    if column is None:
        return
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    own = f"\"{column.key}\" = current_setting('hub.organization_id', true)"
    yield from _policy(name, APP, own)
    yield from _policy(name, PLATFORM, "true")
    yield from _policy(name, INTAKE, "true")


def _grants(table: str, role: str, grant: Grant) -> Iterator[str]:
    if grant.rights:
        yield f"GRANT {', '.join(grant.rights)} ON {table} TO {role}"
    for right, columns in grant.columns.items():
        named = ", ".join(f'"{column}"' for column in columns)
        yield f"GRANT {right} ({named}) ON {table} TO {role}"


def _policy(table: str, role: str, condition: str) -> Iterator[str]:
    yield f"DROP POLICY IF EXISTS of_{role} ON {table}"
    yield f"CREATE POLICY of_{role} ON {table} TO {role} USING ({condition}) WITH CHECK ({condition})"
