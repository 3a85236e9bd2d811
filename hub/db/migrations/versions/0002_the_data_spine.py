"""Keys, audit, the rights of persons, suspension.

Revision 0002. At its end, in the same transaction, `hub.db.resealing` makes the data keys and seals anew what was there.
"""

import sqlalchemy as sa
from alembic import context, op

from hub.db import resealing
from hub.db.tables.columns import BIG, JSON_, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("deactivated_at IS NULL")
_OF_SOMEBODY = sa.text("identity_id IS NOT NULL")
_MERGED = sa.text("merged_into_id IS NOT NULL")
_OF_CUSTOMERS = sa.text("direction = 'inbound'")
_OF_STAFF = sa.text("direction IN ('note', 'activity')")
_RESTRICTED = sa.text("restricted_at IS NOT NULL")
_SUSPENDED = sa.text("suspended_at IS NOT NULL")
_WITH_BYTES = sa.text("body IS NOT NULL AND handled_at IS NOT NULL")
_SEALED = ("attachments", "pool_messages", "quarantined_requests")
"""The tables whose column `body` is sealed, besides the events."""


def upgrade() -> None:
    _add_columns()
    _make_audit()
    _make_keys_and_cases()
    _make_wishes_and_activations()
    if op.get_bind().dialect.name == "sqlite":
        _forbid_changes_of_audit()
    resealing.seal_anew(op.get_bind(), context.config.attributes["settings"])
    _add_identity_of_events()
    _refuse_what_is_not_sealed()


def _add_columns() -> None:
    op.add_column("organizations", sa.Column("conversation_retention_days", sa.Integer(), nullable=True))
    for table in ("organizations", "channels"):
        op.add_column(table, sa.Column("suspended_at", UtcDateTime(), nullable=True))
        op.add_column(table, sa.Column("suspended_reason", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("restricted_at", UtcDateTime(), nullable=True))
    op.add_column("messages", sa.Column("suspended_at", UtcDateTime(), nullable=True))
    op.create_index(
        "events_with_bytes",
        "events",
        ["organization_id", "handled_at"],
        postgresql_where=_WITH_BYTES,
        sqlite_where=_WITH_BYTES,
    )
    op.create_index(
        "contacts_restricted",
        "contacts",
        ["organization_id", "id"],
        postgresql_where=_RESTRICTED,
        sqlite_where=_RESTRICTED,
    )
    op.create_index(
        "messages_of_staff",
        "messages",
        ["organization_id", "id"],
        postgresql_where=_OF_STAFF,
        sqlite_where=_OF_STAFF,
    )
    _find_the_rows_of_a_person()


def _find_the_rows_of_a_person() -> None:
    """Indexes for the rights of persons and for foreign keys, which look for what refers to a row that goes."""
    op.create_index("conversations_of_person", "conversations", ["organization_id", "contact_id"])
    op.create_index("conversations_of_identity", "conversations", ["organization_id", "identity_id"])
    op.drop_index("ix_identities_contact_id", table_name="identities")
    op.create_index("identities_of_contact", "identities", ["organization_id", "contact_id"])
    op.create_index("read_marks_of_conversation", "read_marks", ["organization_id", "conversation_id"])
    op.create_index(
        "contacts_merged",
        "contacts",
        ["organization_id", "merged_into_id"],
        postgresql_where=_MERGED,
        sqlite_where=_MERGED,
    )
    op.create_index(
        "messages_of_author",
        "messages",
        ["organization_id", "author_id"],
        postgresql_where=_OF_CUSTOMERS,
        sqlite_where=_OF_CUSTOMERS,
    )
    op.create_index(
        "messages_suspended",
        "messages",
        ["organization_id", "conversation_id"],
        postgresql_where=_SUSPENDED,
        sqlite_where=_SUSPENDED,
    )


def _make_audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_type", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("content", JSON_, nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "number"),
    )
    op.create_index("audit_of_subject", "audit_entries", ["organization_id", "subject_id"])
    op.create_table(
        "audit_heads",
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id"),
    )


def _make_keys_and_cases() -> None:
    op.create_table(
        "data_keys",
        sa.Column("owner", sa.String(length=26), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.create_table(
        "privacy_cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("contact_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(length=26), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("result", JSON_, nullable=True),
        sa.Column("archive", sa.LargeBinary(), nullable=True),
        sa.Column("archive_until", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cases_of_contact", "privacy_cases", ["organization_id", "contact_id"])
    op.create_index(op.f("ix_privacy_cases_state"), "privacy_cases", ["state"])


def _make_wishes_and_activations() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        sa.PrimaryKeyConstraint("organization_id", "kind", "address_hash"),
    )
    op.create_table(
        "provider_activations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("registry_version", sa.String(length=40), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=False),
        sa.Column("activated_by", sa.String(length=200), nullable=False),
        sa.Column("deactivated_at", UtcDateTime(), nullable=True),
        sa.Column("deactivated_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_activation_in_force",
        "provider_activations",
        ["provider"],
        unique=True,
        postgresql_where=_IN_FORCE,
        sqlite_where=_IN_FORCE,
    )


def _forbid_changes_of_audit() -> None:
    """SQLite has no roles: what PostgreSQL's grants refuse, triggers refuse here."""
    op.execute(
        "CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_are_final BEFORE UPDATE ON audit_entries "
        "WHEN NEW.content IS NOT NULL OR NEW.salt IS NOT NULL "
        "OR NEW.organization_id <> OLD.organization_id OR NEW.number <> OLD.number OR NEW.at <> OLD.at "
        "OR NEW.actor_type <> OLD.actor_type OR NEW.actor_id <> OLD.actor_id OR NEW.actor_name <> OLD.actor_name "
        "OR NEW.origin <> OLD.origin OR NEW.action <> OLD.action OR NEW.subject_type <> OLD.subject_type "
        "OR NEW.subject_id <> OLD.subject_id OR NEW.content_hash <> OLD.content_hash OR NEW.hash <> OLD.hash "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END"
    )


def _add_identity_of_events() -> None:
    """Add the column, and the check that no event goes in unsealed: a trigger costs SQLite half an insert more.

    SQLite takes a check with a new column only, and all rows must pass it, so both come after the sealing.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE events ADD COLUMN identity_id VARCHAR(26) "
            "CONSTRAINT events_are_sealed CHECK (body >= x'01' AND body < x'02')"
        )
    else:
        op.add_column("events", sa.Column("identity_id", sa.String(length=26), nullable=True))
        op.execute("ALTER TABLE events ADD CONSTRAINT events_are_sealed CHECK (substr(body, 1, 1) = '\\x01'::bytea)")
    op.create_index(
        "events_of_identity", "events", ["identity_id"], postgresql_where=_OF_SOMEBODY, sqlite_where=_OF_SOMEBODY
    )


def _refuse_what_is_not_sealed() -> None:
    """Refuse the rows of a process from before this schema, which seals nothing and would lose what it acknowledges.

    It answers with an error instead, and the platform repeats. What is sealed begins with the byte 1 (`hub.crypto`).
    """
    if op.get_bind().dialect.name == "sqlite":
        for table in _SEALED:
            op.execute(
                f"CREATE TRIGGER {table}_are_sealed BEFORE INSERT ON {table} "
                "WHEN substr(NEW.body, 1, 1) <> x'01' "
                "BEGIN SELECT RAISE(ABORT, 'body is not sealed; stop processes of an older version'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_unsealed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'body is not sealed; stop processes of an older version'; END $$"
    )
    for table in _SEALED:
        # in WHEN, which costs no call of the function
        op.execute(
            f"CREATE TRIGGER {table}_are_sealed BEFORE INSERT ON {table} FOR EACH ROW "
            "WHEN (substr(NEW.body, 1, 1) <> '\\x01'::bytea) EXECUTE FUNCTION refuse_unsealed()"
        )
