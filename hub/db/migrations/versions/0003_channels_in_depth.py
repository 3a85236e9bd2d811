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
    _add_to_channels()
    _add_to_attachments()
    _let_bytes_leave_the_database()
    _make_errands_and_aliases()
    _make_templates_and_connections()
    _make_notifications()
    _make_deletion_requests()


def _add_to_conversations() -> None:
    op.add_column("events", sa.Column("kind", sa.String(length=40), nullable=True))
    op.add_column("deliveries", sa.Column("look_up_at", UtcDateTime(), nullable=True))
    op.add_column("deliveries", sa.Column("look_ups", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("deliveries_by_message", "deliveries", ["organization_id", "message_id"], unique=False)
    op.create_index(
        "deliveries_to_look_up",
        "deliveries",
        ["look_up_at"],
        unique=False,
        postgresql_where=sa.text("look_up_at IS NOT NULL"),
        sqlite_where=sa.text("look_up_at IS NOT NULL"),
    )
    op.add_column("identities", sa.Column("opted_out_at", UtcDateTime(), nullable=True))
    op.add_column("identities", sa.Column("no_notifications_at", UtcDateTime(), nullable=True))
    op.add_column("identities", sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("identities", sa.Column("corrected", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("event_id", BIG, nullable=True))
    op.add_column("messages", sa.Column("album", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("reactions", JSON_, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("messages", sa.Column("edited_at", UtcDateTime(), nullable=True))
    op.add_column("messages", sa.Column("earlier", JSON_, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("messages", sa.Column("taken_back_at", UtcDateTime(), nullable=True))
    op.add_column("messages", sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("messages", sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "one_message_per_album",
        "messages",
        ["sender_id", "album"],
        unique=True,
        postgresql_where=sa.text("album IS NOT NULL"),
        sqlite_where=sa.text("album IS NOT NULL"),
    )


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
    op.create_index("attachments_by_key", "attachments", ["organization_id", "storage_key"], unique=False)
    op.create_index("attachments_of_message", "attachments", ["organization_id", "message_id"], unique=False)
    op.create_index(
        "attachments_to_fetch",
        "attachments",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'fetching'"),
        sqlite_where=sa.text("state = 'fetching'"),
    )


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


def _make_errands_and_aliases() -> None:
    op.create_table(
        "errands",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("sender_id", sa.String(length=26), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=True),
        sa.Column("identity_id", sa.String(length=26), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("data", JSON_, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "identity_id"],
            ["identities.organization_id", "identities.id"],
            name="fk_identity_id_identities",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "message_id"],
            ["messages.organization_id", "messages.id"],
            name="fk_message_id_messages",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sender_id"],
            ["senders.organization_id", "senders.id"],
            name="fk_sender_id_senders",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("errands_of_identity", "errands", ["organization_id", "identity_id"], unique=False)
    op.create_index("errands_of_message", "errands", ["organization_id", "message_id"], unique=False)
    op.create_index(
        "errands_to_run",
        "errands",
        ["sender_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )
    op.create_index(op.f("ix_errands_organization_id"), "errands", ["organization_id"], unique=False)
    op.create_table(
        "message_aliases",
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("sender_id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "message_id"],
            ["messages.organization_id", "messages.id"],
            name="fk_message_id_messages",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sender_id"],
            ["senders.organization_id", "senders.id"],
            name="fk_sender_id_senders",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("sender_id", "external_id"),
    )
    op.create_index("aliases_of_message", "message_aliases", ["organization_id", "message_id"], unique=False)
    op.create_table(
        "file_removals",
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("storage_key"),
    )
    op.create_index(op.f("ix_file_removals_organization_id"), "file_removals", ["organization_id"])


def _make_templates_and_connections() -> None:
    op.create_table(
        "message_templates",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("sender_id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("variables", JSON_, nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("synced_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "sender_id"],
            ["senders.organization_id", "senders.id"],
            name="fk_sender_id_senders",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sender_id", "external_id"),
    )
    op.create_index(
        op.f("ix_message_templates_organization_id"), "message_templates", ["organization_id"], unique=False
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("candidates", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name="fk_user_id_users",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_connections_expires_at"), "connections", ["expires_at"], unique=False)
    op.create_index(op.f("ix_connections_organization_id"), "connections", ["organization_id"], unique=False)


def _make_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("recipient", sa.String(length=26), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        sa.Column("last_message_id", sa.String(length=26), nullable=False),
        sa.Column("told_until", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name="fk_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "identity_id"],
            ["identities.organization_id", "identities.id"],
            name="fk_identity_id_identities",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name="fk_user_id_users",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_notifications_external_id"), "notifications", ["external_id"], unique=False)
    op.create_index(
        "notifications_of_conversation", "notifications", ["organization_id", "conversation_id"], unique=False
    )
    op.create_index("notifications_of_identity", "notifications", ["organization_id", "identity_id"], unique=False)
    op.create_index("notifications_of_user", "notifications", ["organization_id", "user_id"], unique=False)
    op.create_index(
        "notifications_under_way",
        "notifications",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index(
        "one_notification_per_message",
        "notifications",
        ["conversation_id", "recipient", "what", "last_message_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
        sqlite_where=sa.text("state <> 'cancelled'"),
    )


def _make_deletion_requests() -> None:
    op.create_table(
        "deletion_requests",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
