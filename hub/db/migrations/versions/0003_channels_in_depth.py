"""Five channels in depth: files, edits, reactions, errands, templates, looked-up sends, notification mails."""

import sqlalchemy as sa
from alembic import op

from hub.db.tables.columns import BIG, JSON_, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_to_conversations()
    _add_to_messages()
    _add_to_channels()
    _add_to_attachments()
    _let_bytes_leave_the_database()
    _make_errands()
    _make_aliases()
    _make_file_removals()
    _make_templates()
    _make_connections()
    _make_notifications()
    _index_notifications()
    _make_deletion_requests()


def _id(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=26), nullable=nullable)


def _of(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    """A foreign key that cannot leave the organization."""
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{table}.organization_id", f"{table}.id"],
        name=f"fk_{column}_{table}",
        ondelete=ondelete,
    )


def _index_where(name: str, table: str, columns: list[str], where: sa.TextClause, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, postgresql_where=where, sqlite_where=where)


def _add_to_conversations() -> None:
    op.add_column("events", sa.Column("kind", sa.String(length=40), nullable=True))
    op.add_column("deliveries", sa.Column("look_up_at", UtcDateTime(), nullable=True))
    op.add_column("deliveries", sa.Column("look_ups", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("deliveries_by_message", "deliveries", ["organization_id", "message_id"])
    _index_where("deliveries_to_look_up", "deliveries", ["look_up_at"], sa.text("look_up_at IS NOT NULL"))
    op.add_column("identities", sa.Column("opted_out_at", UtcDateTime(), nullable=True))
    op.add_column("identities", sa.Column("no_notifications_at", UtcDateTime(), nullable=True))
    op.add_column("identities", sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("identities", sa.Column("corrected", sa.Boolean(), nullable=False, server_default=sa.false()))


def _add_to_messages() -> None:
    op.add_column("messages", sa.Column("event_id", BIG, nullable=True))
    op.add_column("messages", sa.Column("album", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("reactions", JSON_, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("messages", sa.Column("edited_at", UtcDateTime(), nullable=True))
    op.add_column("messages", sa.Column("earlier", JSON_, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("messages", sa.Column("taken_back_at", UtcDateTime(), nullable=True))
    op.add_column("messages", sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("messages", sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false()))
    _index_where("one_message_per_album", "messages", ["sender_id", "album"], sa.text("album IS NOT NULL"), unique=True)


def _add_to_channels() -> None:
    op.add_column("channels", sa.Column("settings", JSON_, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("organizations", sa.Column("notifying", JSON_, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("senders", sa.Column("proof_hash", sa.String(length=64), nullable=True))
    op.add_column("senders", sa.Column("proof_expires_at", UtcDateTime(), nullable=True))
    op.add_column("senders", sa.Column("proof_attempts", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("senders", sa.Column("proven_at", UtcDateTime(), nullable=True))
    op.add_column("users", sa.Column("language", sa.String(length=40), nullable=False, server_default=sa.text("''")))


def _add_to_attachments() -> None:
    op.drop_index("ix_attachments_message_id", table_name="attachments")
    op.add_column("attachments", sa.Column("sender_id", sa.String(length=26), nullable=True))
    op.add_column("attachments", sa.Column("event_id", BIG, nullable=True))
    op.add_column(
        "attachments", sa.Column("kind", sa.String(length=40), nullable=False, server_default=sa.text("'file'"))
    )
    op.add_column("attachments", sa.Column("storage_key", sa.String(length=200), nullable=True))
    op.add_column("attachments", sa.Column("source", sa.LargeBinary(), nullable=True))
    op.add_column(
        "attachments", sa.Column("state", sa.String(length=40), nullable=False, server_default=sa.text("'ready'"))
    )
    op.add_column("attachments", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("attachments", sa.Column("width", sa.Integer(), nullable=True))
    op.add_column("attachments", sa.Column("height", sa.Integer(), nullable=True))
    op.add_column("attachments", sa.Column("duration", sa.Integer(), nullable=True))
    op.add_column("attachments", sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("attachments", sa.Column("due_at", UtcDateTime(), nullable=True))
    op.create_index("attachments_by_key", "attachments", ["organization_id", "storage_key"])
    op.create_index("attachments_of_message", "attachments", ["organization_id", "message_id"])
    _index_where("attachments_to_fetch", "attachments", ["due_at"], sa.text("state = 'fetching'"))


def _let_bytes_leave_the_database() -> None:
    """Let `body` be empty once the storage has the bytes. SQLite can only do that with a new column."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("attachments", "body", nullable=True)
        return
    op.execute("DROP TRIGGER attachments_are_sealed")
    op.execute(
        "ALTER TABLE attachments ADD COLUMN kept BLOB "
        "CONSTRAINT attachments_are_sealed CHECK (kept >= x'01' AND kept < x'02')"
    )
    op.execute("UPDATE attachments SET kept = body")
    op.execute("ALTER TABLE attachments DROP COLUMN body")
    op.execute("ALTER TABLE attachments RENAME COLUMN kept TO body")


def _make_errands() -> None:
    op.create_table(
        "errands",
        _id("id"),
        _id("organization_id"),
        _id("sender_id"),
        _id("message_id", nullable=True),
        _id("identity_id", nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("data", JSON_, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of("identity_id", "identities", "CASCADE"),
        _of("message_id", "messages", "CASCADE"),
        _of("sender_id", "senders", "RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("errands_of_identity", "errands", ["organization_id", "identity_id"])
    op.create_index("errands_of_message", "errands", ["organization_id", "message_id"])
    _index_where("errands_to_run", "errands", ["sender_id", "due_at"], sa.text("state = 'queued'"))
    op.create_index(op.f("ix_errands_organization_id"), "errands", ["organization_id"])


def _make_aliases() -> None:
    op.create_table(
        "message_aliases",
        _id("organization_id"),
        _id("sender_id"),
        sa.Column("external_id", sa.Text(), nullable=False),
        _id("message_id"),
        _of("message_id", "messages", "CASCADE"),
        _of("sender_id", "senders", "RESTRICT"),
        sa.PrimaryKeyConstraint("sender_id", "external_id"),
    )
    op.create_index("aliases_of_message", "message_aliases", ["organization_id", "message_id"])


def _make_file_removals() -> None:
    op.create_table(
        "file_removals",
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        _id("organization_id"),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("storage_key"),
    )
    op.create_index(op.f("ix_file_removals_organization_id"), "file_removals", ["organization_id"])


def _make_templates() -> None:
    op.create_table(
        "message_templates",
        _id("id"),
        _id("organization_id"),
        _id("sender_id"),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("variables", JSON_, nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("synced_at", UtcDateTime(), nullable=False),
        _of("sender_id", "senders", "RESTRICT"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sender_id", "external_id"),
    )
    op.create_index(op.f("ix_message_templates_organization_id"), "message_templates", ["organization_id"])


def _make_connections() -> None:
    op.create_table(
        "connections",
        _id("id"),
        _id("organization_id"),
        _id("user_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("candidates", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of("user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_connections_expires_at"), "connections", ["expires_at"])
    op.create_index(op.f("ix_connections_organization_id"), "connections", ["organization_id"])


def _make_notifications() -> None:
    op.create_table(
        "notifications",
        _id("id"),
        _id("organization_id"),
        _id("conversation_id"),
        _id("identity_id", nullable=True),
        _id("user_id", nullable=True),
        _id("recipient"),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        _id("last_message_id"),
        _id("told_until", nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of("conversation_id", "conversations", "CASCADE"),
        _of("identity_id", "identities", "CASCADE"),
        _of("user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )


def _index_notifications() -> None:
    op.create_index(op.f("ix_notifications_external_id"), "notifications", ["external_id"])
    op.create_index("notifications_of_conversation", "notifications", ["organization_id", "conversation_id"])
    op.create_index("notifications_of_identity", "notifications", ["organization_id", "identity_id"])
    op.create_index("notifications_of_user", "notifications", ["organization_id", "user_id"])
    _index_where("notifications_under_way", "notifications", ["due_at"], sa.text("state IN ('queued', 'sending')"))
    _index_where(
        "one_notification_per_message",
        "notifications",
        ["conversation_id", "recipient", "what", "last_message_id"],
        sa.text("state <> 'cancelled'"),
        unique=True,
    )


def _make_deletion_requests() -> None:
    op.create_table(
        "deletion_requests",
        _id("id"),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
