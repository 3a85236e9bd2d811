"""What the upgrade lets pass and what it refuses: a lost secret key, and a process of the version before it."""

import base64
import json
import os
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, select, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from hub import log
from hub.cli import app
from hub.db import journal as events
from hub.db import migrate
from hub.db.journal import SealedBytes
from hub.db.session import Database, PlatformWork
from hub.errors import Misconfigured
from hub.processes import supervisor
from hub.settings import Settings
from hub.wiring import Services, build
from tests.intake.kit import rows, statuses
from tests.keys.test_resealing import BODY, RIVAL, old, sha256, upgraded  # noqa: F401 - fixtures
from tests.line import post_telegram, telegram_update
from tests.test_migrations import database, empty  # noqa: F401 - fixtures
from tests.world import Organization, World


def change(database: Database, statement: str, **values: object) -> None:  # noqa: F811
    with database.engine.connect().execution_options(hub_write=True) as connection, connection.begin():
        connection.execute(text(statement), values)


def test_a_hub_that_once_lost_its_secret_key_can_be_upgraded(
    old: Settings,  # noqa: F811
    database: Database,  # noqa: F811
) -> None:
    lost = b"n" * 60
    foreign = json.dumps({"sealed": base64.b64encode(lost).decode()})
    change(database, "UPDATE senders SET credentials = :lost WHERE organization_id = :org", lost=lost, org=RIVAL)
    change(database, "UPDATE idempotency_keys SET response = :foreign WHERE key = '1'", foreign=foreign)
    with pytest.raises(Misconfigured, match="HUB_SECRET_KEY_FALLBACKS"):
        migrate.upgrade(old)
    change(
        database,
        "UPDATE senders SET released_at = created_at WHERE organization_id = :org",
        org=RIVAL,
    )
    with pytest.raises(Misconfigured, match="HUB_SECRET_KEY_FALLBACKS"):
        migrate.upgrade(old)
    change(database, "UPDATE idempotency_keys SET created_at = '2026-01-01 00:00:00' WHERE key = '1'")
    migrate.upgrade(old)
    services = build(old.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        row = tx.first(text("SELECT credentials FROM senders WHERE organization_id = :org").bindparams(org=RIVAL))
        answers = tx.all(text("SELECT key FROM idempotency_keys ORDER BY key"))
    assert row and services.vault.of(RIVAL).open_values(bytes(row.credentials), "senders.credentials") == {}
    assert [each.key for each in answers] == ["0", "2"]
    services.db.dispose()


@pytest.mark.parametrize("table", ["events", "attachments", "pool_messages", "quarantined_requests"])
def test_what_is_not_sealed_is_refused_by_the_schema(
    upgraded: Services,  # noqa: F811
    table: str,
) -> None:
    known = MetaData()
    found = Table(table, known, autoload_with=upgraded.db.engine, resolve_fks=False)
    with upgraded.db.engine.connect() as connection:
        row = dict(connection.execute(select(found).where(found.c.body.is_not(None))).mappings().first() or {})
    fresh = {"id": 9_000_000} if table == "events" else {"id": "fresh"}
    row |= fresh | ({"event_key": "fresh"} if "event_key" in row else {})
    engine = upgraded.db.engine
    with engine.connect().execution_options(hub_write=True) as connection:
        with pytest.raises(DBAPIError, match="sealed"), connection.begin():
            connection.execute(found.insert().values(row | {"body": BODY}))
        with connection.begin():
            connection.execute(found.insert().values(row))


def test_a_process_of_the_old_version_answers_an_error_and_acknowledges_nothing(
    services: Services, world: World, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = world.channel(org, "telegram", "111222", {"bot_token": "111222:token-for-tests"})
    monkeypatch.setattr(events, "seal", lambda _key, body: SealedBytes(body, sha256(body)))
    [answered] = statuses(services, lambda client: post_telegram(client, bot, telegram_update(1, "Hello")))
    assert answered >= 500
    assert rows(services) == []


def test_hub_migrate_refuses_while_the_hub_runs_on_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda _level: None)
    lock = supervisor.take_data_dir(tmp_path)
    command = CliRunner(env={"HUB_DATA_DIR": str(tmp_path), "HUB_SECRET_KEY": "", "HUB_DATABASE_URL": ""})
    refused = command.invoke(app, ["migrate"])
    assert isinstance(refused.exception, Misconfigured)
    assert "in use by another `hub up`; stop that one" in refused.exception.detail
    assert not (tmp_path / "hub.db").exists()
    os.close(lock)
    assert command.invoke(app, ["migrate"]).exit_code == 0
