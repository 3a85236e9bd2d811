"""Routing: rules, lines of waiting conversations, automatic answers, times, presence by browser, profiles."""

import sqlalchemy as sa
from alembic import op

from hub.db.tables.columns import JSON_, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is there gets its values before the indexes are made: a big table is written once, and indexed once."""
    _let_the_owner_see_all()
    _add_to_team()
    _make_profiles()
    _make_tabs()
    _add_to_conversations()
    _keep_what_waits()
    _index_what_waits()
    _index_what_was_told()
    _make_rules_and_lines()
    _make_answers()
    _make_assignments()
    _index_assignments()
    _keep_who_has_what()


def _let_the_owner_see_all() -> None:
    """A login that is no superuser finds no row in its own tables otherwise; env.py forces the rights on it again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE users NO FORCE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE conversations NO FORCE ROW LEVEL SECURITY")


def _add_to_team() -> None:
    op.add_column("groups", sa.Column("rules", JSON_, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("organizations", sa.Column("routing", JSON_, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("users", sa.Column("by_browser", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "users", sa.Column("presence_wish", sa.String(length=40), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("users", sa.Column("last_assigned_at", UtcDateTime(), nullable=True))
    # the switch of the page set it: it ends when no page is heard of, and the next page brings it back
    op.execute("UPDATE users SET by_browser = true, presence_wish = presence WHERE presence <> 'offline'")


def _make_profiles() -> None:
    op.add_column("users", sa.Column("alias", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("photo_id", sa.String(length=26), nullable=True))
    op.add_column("users", sa.Column("first_name", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("surname", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("time_zone", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.add_column("users", sa.Column("skills", JSON_, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("users", sa.Column("languages", JSON_, server_default=sa.text("'[]'"), nullable=False))


def _make_tabs() -> None:
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
    op.add_column("conversations", sa.Column("choose_until", UtcDateTime(), nullable=True))
    op.add_column("conversations", sa.Column("told_at", UtcDateTime(), nullable=True))
    op.add_column("conversations", sa.Column("last_assignee_id", sa.String(length=26), nullable=True))
    op.add_column(
        "conversations", sa.Column("language", sa.String(length=40), server_default=sa.text("''"), nullable=False)
    )


def _keep_what_waits() -> None:
    """What waits in a group already stands in its line from now on."""
    op.drop_index(
        op.f("conversations_waiting"),
        table_name="conversations",
        sqlite_where=sa.text("assignee_id IS NULL AND status <> 'closed'"),
    )
    op.execute(
        "UPDATE conversations SET urgency = -priority, last_assignee_id = assignee_id, queued_at = CASE "
        "WHEN assignee_id IS NULL AND status <> 'closed' AND group_id IS NOT NULL THEN waiting_since END "
        "WHERE priority <> 0 OR assignee_id IS NOT NULL "
        "OR (status <> 'closed' AND group_id IS NOT NULL AND waiting_since IS NOT NULL)"
    )


def _index_what_waits() -> None:
    _index(
        "conversations_choosing",
        ["choose_until"],
        sa.text("assignee_id IS NULL AND queued_at IS NOT NULL AND group_id IS NULL"),
    )
    _index("conversations_snoozed", ["snoozed_until"], sa.text("snoozed_until IS NOT NULL"))
    _index(
        "conversations_in_line",
        ["organization_id", "group_id", "queued_at"],
        sa.text("assignee_id IS NULL AND queued_at IS NOT NULL"),
    )
    _index(
        "conversations_queue",
        ["organization_id", "group_id", "needs", "urgency", "waiting_since", "id"],
        sa.text("assignee_id IS NULL AND status <> 'closed' AND waiting_since IS NOT NULL"),
    )


def _index_what_was_told() -> None:
    _index(
        "conversations_untold",
        ["organization_id", "group_id", "waiting_since"],
        sa.text("assignee_id IS NULL AND queued_at IS NOT NULL AND told_at IS NULL"),
    )
    _index(
        "conversations_told",
        ["organization_id", "waiting_since"],
        sa.text("assignee_id IS NULL AND told_at IS NOT NULL"),
    )
    _index("conversations_silent", ["organization_id", "last_activity_at"], sa.text("status <> 'closed'"))


def _index(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "conversations", columns, unique=False, postgresql_where=where, sqlite_where=where)


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
    op.execute(
        "INSERT INTO queue_lines (organization_id, group_id, needs) "
        "SELECT DISTINCT organization_id, group_id, '' FROM conversations "
        "WHERE assignee_id IS NULL AND status <> 'closed' AND waiting_since IS NOT NULL AND group_id IS NOT NULL"
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


def _index_assignments() -> None:
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


def _keep_who_has_what() -> None:
    """Whoever has an open conversation has it since they were given it: first answers and handling count from there.

    When the customer began to wait only later nobody waited when it was given. A conversation has one assignment yet,
    so its id serves for both.
    """
    old = sa.table(
        "conversations",
        *map(sa.column, ("id", "organization_id", "group_id", "assignee_id", "status", "waiting_since", "assigned_at")),
        sa.column("last_activity_at"),
        sa.column("routing", JSON_),
    ).c
    waited = sa.case((old.waiting_since <= old.assigned_at, old.waiting_since))
    since = sa.func.coalesce(old.assigned_at, old.last_activity_at)
    by_hand = sa.func.coalesce(old.routing["rule"].as_string() == "by_hand", sa.false())
    columns = (
        "id", "organization_id", "conversation_id", "group_id", "user_id", "waiting_since", "assigned_at", "by_hand",
        "beyond_slots",
    )  # fmt: skip
    having = sa.select(
        old.id, old.organization_id, old.id.label("conversation_id"), old.group_id, old.assignee_id, waited, since,
        by_hand, sa.false(),
    ).where(old.assignee_id.is_not(None), old.status != "closed")  # fmt: skip
    op.execute(sa.insert(sa.table("assignments", *map(sa.column, columns))).from_select(columns, having))
