"""Numbers with a life of their own, bans, and the people who are won back."""

import sqlalchemy as sa
from alembic import op

from hub.db.tables.columns import JSON_, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is there gets its values with its columns; a number that was taken back begins its quarantine then."""
    _let_the_owner_see_all()
    _add_to_the_pool()
    _add_to_organizations()
    op.create_index("conversations_of_address", "conversations", ["channel_id", "identity_id", "id"], unique=False)
    _add_to_senders()
    _say_where_numbers_stand()
    _make_registrations()
    _make_incidents()
    _make_signals()
    _make_cases()
    _make_timelines()
    _make_work()
    _make_recipients()
    _make_invitations()
    _make_wrong_codes()
    _make_consents()
    _make_outgoing_calls()
    _let_mails_be_about_events()


def _let_the_owner_see_all() -> None:
    """A login that is no superuser finds no row in its own tables otherwise; env.py forces the rights on it again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE numbers NO FORCE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE senders NO FORCE ROW LEVEL SECURITY")


def _add_to_the_pool() -> None:
    op.add_column(
        "numbers", sa.Column("state", sa.String(length=40), server_default=sa.text("'owned'"), nullable=False)
    )
    op.add_column(
        "numbers", sa.Column("external_id", sa.String(length=200), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("numbers", sa.Column("country", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "numbers", sa.Column("number_kind", sa.String(length=40), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("numbers", sa.Column("papers", JSON_, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("numbers", sa.Column("monthly_cost", sa.Integer(), nullable=True))
    op.add_column("numbers", sa.Column("currency", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.add_column("numbers", sa.Column("ordered_at", UtcDateTime(), nullable=True))
    op.execute("ALTER TABLE numbers ADD COLUMN ordered_for_id VARCHAR(26) REFERENCES organizations (id)")
    op.execute("ALTER TABLE numbers ADD COLUMN former_id VARCHAR(26) REFERENCES organizations (id)")
    op.add_column("numbers", sa.Column("talked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("numbers", sa.Column("quiet_since", UtcDateTime(), nullable=True))
    op.add_column("numbers", sa.Column("discarded", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("numbers", sa.Column("banned", JSON_, server_default=sa.text("'[]'"), nullable=False))
    op.add_column(
        "numbers", sa.Column("forward_to", sa.String(length=40), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("numbers", sa.Column("trouble", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.execute("ALTER TABLE provider_accounts ADD COLUMN organization_id VARCHAR(26) REFERENCES organizations (id)")
    op.execute("ALTER TABLE provider_accounts ADD COLUMN parent_id VARCHAR(26) REFERENCES provider_accounts (id)")
    op.add_column(
        "provider_accounts",
        sa.Column("business_id", sa.String(length=200), server_default=sa.text("''"), nullable=False),
    )
    op.add_column(
        "provider_accounts",
        sa.Column("portfolio_id", sa.String(length=200), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("provider_accounts", sa.Column("business_token", sa.LargeBinary(), nullable=True))
    op.add_column("provider_accounts", sa.Column("subscribed_at", UtcDateTime(), nullable=True))
    op.create_index(
        "one_business_account",
        "provider_accounts",
        ["provider", "business_id"],
        unique=True,
        postgresql_where=sa.text("business_id <> ''"),
        sqlite_where=sa.text("business_id <> ''"),
    )
    op.add_column(
        "provider_accounts",
        sa.Column("portfolio", sa.String(length=40), server_default=sa.text("'unverified'"), nullable=False),
    )
    op.add_column(
        "provider_accounts", sa.Column("level", sa.String(length=40), server_default=sa.text("'none'"), nullable=False)
    )
    op.add_column("provider_accounts", sa.Column("forbids", JSON_, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("provider_accounts", sa.Column("forbids_until", UtcDateTime(), nullable=True))
    op.add_column("provider_accounts", sa.Column("reinstated_at", UtcDateTime(), nullable=True))
    op.add_column("provider_accounts", sa.Column("compared_at", UtcDateTime(), nullable=True))


def _add_to_organizations() -> None:
    op.add_column("organizations", sa.Column("bans", JSON_, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("organizations", sa.Column("webhook_url", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("organizations", sa.Column("webhook_secret", sa.LargeBinary(), nullable=True))


def _add_to_senders() -> None:
    op.add_column("deliveries", sa.Column("unasked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "deliveries_held",
        "deliveries",
        ["sender_id"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
        sqlite_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "deliveries_unasked",
        "deliveries",
        ["organization_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("unasked"),
        sqlite_where=sa.text("unasked = 1"),
    )
    op.add_column("senders", sa.Column("level", sa.String(length=40), server_default=sa.text("'none'"), nullable=False))
    op.add_column(
        "senders", sa.Column("reach", sa.String(length=40), server_default=sa.text("'sender'"), nullable=False)
    )
    op.add_column("senders", sa.Column("forbids", JSON_, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("senders", sa.Column("forbids_until", UtcDateTime(), nullable=True))
    op.add_column(
        "senders", sa.Column("quality", sa.String(length=40), server_default=sa.text("'unknown'"), nullable=False)
    )
    op.add_column("senders", sa.Column("daily_limit", sa.Integer(), nullable=True))
    op.add_column("senders", sa.Column("worked_at", UtcDateTime(), nullable=True))
    op.add_column("senders", sa.Column("credentials_changed_at", UtcDateTime(), nullable=True))
    op.add_column("senders", sa.Column("look_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_senders_look_at"), "senders", ["look_at"], unique=False)
    op.create_index(op.f("ix_senders_provider_account_id"), "senders", ["provider_account_id"], unique=False)


def _say_where_numbers_stand() -> None:
    """A lent number may have been written to; one that was taken back waits for its last organization's people."""
    op.execute("UPDATE numbers SET state = 'lent', talked = true WHERE organization_id IS NOT NULL")
    op.execute(
        "UPDATE numbers SET state = 'quarantined', talked = true, "
        "former_id = (SELECT organization_id FROM senders WHERE senders.number_id = numbers.id "
        "AND senders.released_at IS NOT NULL ORDER BY id DESC LIMIT 1), "
        "quiet_since = (SELECT max(released_at) FROM senders WHERE senders.number_id = numbers.id) "
        "WHERE organization_id IS NULL "
        "AND EXISTS (SELECT 1 FROM senders WHERE senders.number_id = numbers.id AND senders.released_at IS NOT NULL)"
    )


def _make_registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("number_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("provider_account_id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("name_review", sa.String(length=40), nullable=False),
        sa.Column("code_way", sa.String(length=40), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("codes_from", UtcDateTime(), nullable=True),
        sa.Column("codes_read", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("quality", sa.String(length=40), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=True),
        sa.Column("attempts", JSON_, nullable=False),
        sa.Column("problems", JSON_, nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["number_id"],
            ["numbers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["provider_account_id"],
            ["provider_accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_registrations_number_id"), "registrations", ["number_id"], unique=False)
    op.create_index(
        "one_registration",
        "registrations",
        ["number_id", "kind"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
        sqlite_where=sa.text("removed_at IS NULL"),
    )
    op.create_index("registrations_due", "registrations", ["due_at"], unique=False)


def _make_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("sender_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("restored_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"],
            ["senders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("incidents_of_organization", "incidents", ["organization_id", "id"], unique=False)
    op.create_index("incidents_by_end", "incidents", ["restored_at"], unique=False)
    op.create_index(
        "one_open_incident",
        "incidents",
        ["sender_id", "what"],
        unique=True,
        postgresql_where=sa.text("restored_at IS NULL"),
        sqlite_where=sa.text("restored_at IS NULL"),
    )


def _make_signals() -> None:
    op.create_table(
        "signals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("sender_id", sa.String(length=26), nullable=False),
        sa.Column("family", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "sender_id"],
            ["senders.organization_id", "senders.id"],
            name="fk_sender_id_senders",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_signals_organization_id"), "signals", ["organization_id"], unique=False)
    op.create_index("signals_of_sender", "signals", ["sender_id", "at"], unique=False)
    op.create_index("signals_by_code", "signals", ["sender_id", "code", "at"], unique=False)
    op.create_index("signals_by_time", "signals", ["at"], unique=False)


def _make_cases() -> None:
    op.create_table(
        "ban_cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("sender_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("reach", sa.String(length=40), nullable=False),
        sa.Column("forbids", JSON_, nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("remedies", JSON_, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("appeal", sa.String(length=40), nullable=False),
        sa.Column("appeal_reason", sa.Text(), nullable=False),
        sa.Column("offer", JSON_, nullable=True),
        sa.Column("reserved", JSON_, nullable=False),
        sa.Column("undecided", sa.String(length=40), nullable=True),
        sa.Column("kept_new", sa.Boolean(), nullable=False),
        sa.Column("declined", JSON_, nullable=False),
        sa.Column("evidence", JSON_, nullable=False),
        sa.Column("new_sender_id", sa.String(length=26), nullable=True),
        sa.Column("inviting", sa.Boolean(), nullable=False),
        sa.Column("stopped_by_person", sa.Boolean(), nullable=False),
        sa.Column("way_order", JSON_, nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("informed_at", UtcDateTime(), nullable=True),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "channel_id"],
            ["channels.organization_id", "channels.id"],
            name="fk_channel_id_channels",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "sender_id"],
            ["senders.organization_id", "senders.id"],
            name="fk_sender_id_senders",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index("cases_of_organization", "ban_cases", ["organization_id", "id"], unique=False)
    op.create_index(
        "one_open_case",
        "ban_cases",
        ["sender_id"],
        unique=True,
        postgresql_where=sa.text("over_at IS NULL"),
        sqlite_where=sa.text("over_at IS NULL"),
    )
    op.create_index(
        "open_cases",
        "ban_cases",
        ["id"],
        unique=False,
        postgresql_where=sa.text("over_at IS NULL"),
        sqlite_where=sa.text("over_at IS NULL"),
    )
    for name, columns in (("cases_by_new_sender", ["new_sender_id"]), ("replaced_on_channel", ["channel_id", "id"])):
        op.create_index(
            name,
            "ban_cases",
            columns,
            unique=False,
            postgresql_where=sa.text("new_sender_id IS NOT NULL"),
            sqlite_where=sa.text("new_sender_id IS NOT NULL"),
        )


def _make_timelines() -> None:
    op.create_table(
        "ban_events",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("happening", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "case_id"],
            ["ban_cases.organization_id", "ban_cases.id"],
            name="fk_case_id_ban_cases",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_of_case", "ban_events", ["case_id", "id"], unique=False)
    op.create_index(op.f("ix_ban_events_organization_id"), "ban_events", ["organization_id"], unique=False)


def _make_work() -> None:
    op.create_table(
        "ban_work",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("effect", sa.String(length=40), nullable=False),
        sa.Column("data", JSON_, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "case_id"],
            ["ban_cases.organization_id", "ban_cases.id"],
            name="fk_case_id_ban_cases",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_ban_work_organization_id"), "ban_work", ["organization_id"], unique=False)
    op.create_index("work_of_case", "ban_work", ["case_id", "id"], unique=False)
    op.create_index(
        "work_to_do",
        "ban_work",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )


def _make_recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=True),
        sa.Column("contact_id", sa.String(length=26), nullable=True),
        sa.Column("conversation_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("invitations", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("code_signature", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", UtcDateTime(), nullable=True),
        sa.Column("code_used_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=26), nullable=True),
        sa.Column("invited_at", UtcDateTime(), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "case_id"],
            ["ban_cases.organization_id", "ban_cases.id"],
            name="fk_case_id_ban_cases",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "identity_id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index(
        "recipients_by_code",
        "recipients",
        ["case_id", "code_digest"],
        unique=False,
        postgresql_where=sa.text("code_digest IS NOT NULL"),
        sqlite_where=sa.text("code_digest IS NOT NULL"),
    )
    op.create_index(
        "recipients_by_claim",
        "recipients",
        ["organization_id", "claimed_by"],
        unique=False,
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
        sqlite_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index(
        "recipients_of_conversation",
        "recipients",
        ["organization_id", "conversation_id"],
        unique=False,
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index("recipients_by_state", "recipients", ["case_id", "state", "id"], unique=False)
    op.create_index("recipients_of_identity", "recipients", ["organization_id", "identity_id"], unique=False)
    op.create_index(
        "recipients_to_ask",
        "recipients",
        ["case_id", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
        sqlite_where=sa.text("next_at IS NOT NULL"),
    )


def _make_invitations() -> None:
    op.create_table(
        "sent_invitations",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("recipient_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=True),
        sa.Column("consent_id", sa.String(length=26), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "recipient_id"],
            ["recipients.organization_id", "recipients.id"],
            name="fk_recipient_id_recipients",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("invitations_by_channel", "sent_invitations", ["organization_id", "channel_id", "at"], unique=False)
    op.create_index("invitations_of_case", "sent_invitations", ["case_id", "at"], unique=False)
    op.create_index(op.f("ix_sent_invitations_message_id"), "sent_invitations", ["message_id"], unique=False)
    op.create_index(op.f("ix_sent_invitations_recipient_id"), "sent_invitations", ["recipient_id"], unique=False)


def _make_wrong_codes() -> None:
    op.create_table(
        "wrong_codes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("wrong_codes_of_channel", "wrong_codes", ["organization_id", "channel_id", "at"], unique=False)


def _make_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("text_version", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "identity_id"],
            ["identities.organization_id", "identities.id"],
            name="fk_identity_id_identities",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consents_of_identity", "consents", ["organization_id", "identity_id"], unique=False)


def _make_outgoing_calls() -> None:
    op.create_table(
        "outgoing_calls",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organization_id", sa.String(length=26), nullable=False),
        sa.Column("about", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "about"),
    )
    op.create_index(
        "calls_to_make",
        "outgoing_calls",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_index("calls_of_organization", "outgoing_calls", ["organization_id", "id"], unique=False)


def _let_mails_be_about_events() -> None:
    """SQLite makes the table anew: it cannot let a column be empty that had to be filled."""
    with op.batch_alter_table("notifications") as batch:
        batch.alter_column("conversation_id", existing_type=sa.String(length=26), nullable=True)
        batch.alter_column("last_message_id", existing_type=sa.String(length=26), nullable=True)
        batch.add_column(sa.Column("event_id", sa.String(length=26), nullable=True))
        batch.add_column(sa.Column("letter", JSON_, nullable=True))
    op.create_index(
        "one_letter_per_event",
        "notifications",
        ["event_id", "recipient"],
        unique=True,
        postgresql_where=sa.text("event_id IS NOT NULL"),
        sqlite_where=sa.text("event_id IS NOT NULL"),
    )
