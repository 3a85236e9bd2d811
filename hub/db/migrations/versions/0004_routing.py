"""Routing: rules, lines of waiting conversations, automatic answers, times, presence by browser, profiles."""

import sqlalchemy as sa
from alembic import op

from hub.db.tables.columns import JSON_, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_to_team()
    _add_to_conversations()
    _make_rules_and_lines()
    _make_answers()
    _make_assignments()
    _keep_what_waits()


def _add_to_team() -> None:
    op.add_column("groups", sa.Column("rules", JSON_, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("organizations", sa.Column("routing", JSON_, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("users", sa.Column("by_browser", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "users", sa.Column("presence_wish", sa.String(length=40), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("users", sa.Column("alias", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("photo_id", sa.String(length=26), nullable=True))
    op.add_column("users", sa.Column("first_name", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("surname", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("time_zone", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("skills", JSON_, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("users", sa.Column("languages", JSON_, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("users", sa.Column("last_assigned_at", UtcDateTime(), nullable=True))
    op.create_table(
        "presence_tabs",
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("tab_id", sa.String(length=64), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name="fk_user_id_users",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "tab_id"),
    )
    op.create_index(op.f("ix_presence_tabs_seen_at"), "presence_tabs", ["seen_at"], unique=False)


def _add_to_conversations() -> None:
    op.add_column("conversations", sa.Column("needs", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("conversations", sa.Column("urgency", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("conversations", sa.Column("queued_at", UtcDateTime(), nullable=True))
    op.add_column("conversations", sa.Column("told_at", UtcDateTime(), nullable=True))
    op.add_column("conversations", sa.Column("last_assignee_id", sa.String(length=26), nullable=True))
    op.add_column(
        "conversations", sa.Column("language", sa.String(length=40), server_default=sa.text("''"), nullable=False)
    )
    op.drop_index(
        op.f("conversations_waiting"),
        table_name="conversations",
        sqlite_where=sa.text("assignee_id IS NULL AND status <> 'closed'"),
    )
    op.create_index(
        "conversations_choosing",
        "conversations",
        ["queued_at"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NULL AND queued_at IS NOT NULL AND group_id IS NULL"),
        sqlite_where=sa.text("assignee_id IS NULL AND queued_at IS NOT NULL AND group_id IS NULL"),
    )
    op.create_index(
        "conversations_in_line",
        "conversations",
        ["organization_id", "group_id", "queued_at"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NULL AND queued_at IS NOT NULL"),
        sqlite_where=sa.text("assignee_id IS NULL AND queued_at IS NOT NULL"),
    )
    op.create_index(
        "conversations_untold",
        "conversations",
        ["organization_id", "group_id", "waiting_since"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NULL AND queued_at IS NOT NULL AND told_at IS NULL"),
        sqlite_where=sa.text("assignee_id IS NULL AND queued_at IS NOT NULL AND told_at IS NULL"),
    )
    op.create_index(
        "conversations_told",
        "conversations",
        ["organization_id", "waiting_since"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NULL AND told_at IS NOT NULL"),
        sqlite_where=sa.text("assignee_id IS NULL AND told_at IS NOT NULL"),
    )
    op.create_index(
        "conversations_queue",
        "conversations",
        ["organization_id", "group_id", "needs", "urgency", "waiting_since", "id"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NULL AND status <> 'closed' AND waiting_since IS NOT NULL"),
        sqlite_where=sa.text("assignee_id IS NULL AND status <> 'closed' AND waiting_since IS NOT NULL"),
    )
    op.create_index(
        "conversations_silent",
        "conversations",
        ["organization_id", "last_activity_at"],
        unique=False,
        postgresql_where=sa.text("status <> 'closed'"),
        sqlite_where=sa.text("status <> 'closed'"),
    )


def _make_rules_and_lines() -> None:
    op.create_table(
        "routing_rules",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("conditions", JSON_, nullable=False),
        sa.Column("effects", JSON_, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index(op.f("ix_routing_rules_organization_id"), "routing_rules", ["organization_id"], unique=False)
    op.create_table(
        "queue_lines",
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("group_id", sa.String(length=26), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"],
            ["groups.organization_id", "groups.id"],
            name="fk_group_id_groups",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "needs"),
    )


def _make_answers() -> None:
    op.create_table(
        "automatic_answers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("options", JSON_, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name="fk_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "conversation_id", "once"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index(
        "automatic_answers_to_say",
        "automatic_answers",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )


def _make_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("group_id", sa.String(length=26), nullable=True),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("beyond_slots", sa.Boolean(), nullable=False),
        sa.Column("first_answer_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(length=26), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "conversation_id"],
            ["conversations.organization_id", "conversations.id"],
            name="fk_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index("assignments_by_time", "assignments", ["organization_id", "assigned_at"], unique=False)
    op.create_index("assignments_given", "assignments", ["assigned_at"], unique=False)
    op.create_index("assignments_answered", "assignments", ["first_answer_at"], unique=False)
    op.create_index("assignments_ended", "assignments", ["ended_at"], unique=False)
    op.create_index("assignments_of_conversation", "assignments", ["organization_id", "conversation_id"], unique=False)
    op.create_index("assignments_of_user", "assignments", ["organization_id", "user_id", "ended_at"], unique=False)
    op.create_index(
        "assignments_under_way",
        "assignments",
        ["organization_id", "conversation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _keep_what_waits() -> None:
    """What waits in a group already stands in its line from now on."""
    op.execute("UPDATE conversations SET urgency = -priority WHERE priority <> 0")
    op.execute("UPDATE conversations SET last_assignee_id = assignee_id WHERE assignee_id IS NOT NULL")
    op.execute(
        "UPDATE conversations SET queued_at = waiting_since "
        "WHERE assignee_id IS NULL AND status <> 'closed' AND group_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO queue_lines (organization_id, group_id, needs) "
        "SELECT DISTINCT organization_id, group_id, '' FROM conversations "
        "WHERE assignee_id IS NULL AND status <> 'closed' AND waiting_since IS NOT NULL AND group_id IS NOT NULL"
    )
