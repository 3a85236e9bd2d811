"""An upgrade from the schema before there were data keys: all that was there is sealed anew and opens as before."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr
from sqlalchemy import Column, MetaData, String, Table, select, text

from hub.crypto import derived
from hub.db import accounts, attachments, idempotency, migrate, pool, quarantine, rights, senders
from hub.db import journal as events
from hub.db.session import Database, PlatformWork
from hub.db.tables.core import ATTACHMENT, EVENT, POOL_MESSAGE
from hub.errors import Misconfigured
from hub.inbound import journal
from hub.inbound.accept import held_again
from hub.settings import Settings
from hub.wiring import Services, build
from tests.conftest import SECRET_KEY
from tests.test_migrations import database, empty  # noqa: F401 - fixtures

ORG, RIVAL = "01ORGANIZATION0000000000AA", "01ORGANIZATION0000000000BB"
AT = datetime(2026, 1, 1, tzinfo=UTC)
BODY, OTHER = b'{"update_id":1}', b'{"update_id":2}'
EVENTS = 450
"""More than are sealed at a time."""


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def old_seal(values: dict[str, str]) -> bytes:
    """Seal as the hub did with the secret key itself."""
    nonce, key = os.urandom(12), AESGCM(derived(SECRET_KEY.encode(), "credentials"))
    return nonce + key.encrypt(nonce, json.dumps(values).encode(), b"credentials")


def old_base64(values: dict[str, str]) -> str:
    return base64.b64encode(old_seal(values)).decode()


def event(number: int, organization_id: str, state: str, body: bytes | None, of: bytes) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        "sender_id": f"sender of {organization_id[-2:]}",
        "event_key": str(number),
        "state": state,
        "headers": {},
        "body": body,
        "body_sha256": sha256(of),
        "envelope_sha256": sha256(of),
        "verdict": "verified",
        "recovered": False,
        "received_at": AT,
    }


def held(number: int, kind: str, request: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"held {number}",
        "kind": kind,
        "route": "/webhooks/telegram/x",
        "request": request,
        "body": BODY,
        "size": len(BODY),
        "reason": "forged",
        "genuine": False,
        "addresses": [],
        "state": "held",
        "received_at": AT,
    }


WHOLE = {
    "method": "POST",
    "public_url": "https://x.example/webhooks/telegram/x",
    "params": {"channel_id": "x"},
    "query": {},
    "headers": old_base64({"x-header": "its value"}),
}


def rows_of(organization_id: str) -> dict[str, list[dict[str, Any]]]:
    """One organization with a channel, a sender, its events and a file."""
    of, made = organization_id[-2:], {"organization_id": organization_id, "created_at": AT}
    numbered = range(2, EVENTS) if organization_id == ORG else range(0)
    return {
        "organizations": [
            {"id": organization_id, "name": of, "time_zone": "UTC", "notice_number": 0, "created_at": AT}
        ],
        "channels": [{"id": of, "kind": "telegram", "name": of, "returning": "reopen", "delivery": "webhook", **made}],
        "senders": [
            {
                "id": f"sender of {of}",
                "channel_id": of,
                "kind": "telegram",
                "address": of,
                "name": "",
                "credentials": old_seal({"bot_token": f"token of {of}"}),
                "state": "current",
                "health": {},
                "poll_cursor": "",
                "recovered_until": AT,
                **made,
            }
        ],
        "events": [
            event(1, organization_id, "handled", BODY, BODY),
            event(1, organization_id, "duplicate", None, BODY),
            event(1, organization_id, "duplicate", OTHER, OTHER),
            *(event(number, organization_id, "pending", BODY, BODY) for number in numbered),
        ],
        "attachments": [
            {
                "id": f"file of {of}",
                "name": "a.txt",
                "content_type": "text/plain",
                "size": len(BODY),
                "sha256": sha256(BODY).hex(),
                "body": BODY,
                **made,
            }
        ],
    }


PLATFORMS: dict[str, list[dict[str, Any]]] = {
    "provider_accounts": [
        {
            "id": "account",
            "provider": "twilio",
            "external_id": "AC1",
            "name": "parent",
            "credentials": old_seal({"auth_token": "token of the account"}),
            "state": "active",
            "created_at": AT,
        }
    ],
    "numbers": [
        {
            "id": "number",
            "number": "+4930123456",
            "capabilities": ["sms"],
            "provider_account_id": "account",
            "health": {},
            "created_at": AT,
        }
    ],
    "pool_messages": [
        {"id": "pool", "number_id": "number", "event_key": "SM1", "body": BODY, "received_at": AT},
    ],
    "quarantined_requests": [
        held(1, "telegram", WHOLE),
        held(2, "", {"headers": {"a": "b"}, "sender_id": "s"}),
    ],
    "idempotency_keys": [
        {
            "token_id": "token",
            "method": "POST",
            "path": "/api/v1/groups",
            "key": str(number),
            "organization_id": ORG,
            "body_hash": "",
            "status": 201,
            "response": {"sealed": old_base64({"body": "{}"})},
            "created_at": datetime.now(UTC),
        }
        for number in range(3)
    ],
}


@pytest.fixture
def old(empty: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Settings:  # noqa: F811
    """A database of revision 0001 with rows of every kind that is sealed from 0002 on."""
    config = migrate._config()
    empty.data_dir.mkdir(exist_ok=True)
    with database.engine.connect() as connection:
        config.attributes.update(connection=connection, settings=empty)
        with monkeypatch.context() as patched:
            # that version knew no roles
            patched.setattr(rights, "put_in_place", lambda _connection: None)
            command.upgrade(config, "0001")
    known = MetaData()
    # a reserved word of SQLite, which reflection does not quote
    Table("channels", known, Column("returning", String, quote=True), autoload_with=database.engine)
    known.reflect(database.engine)
    with database.engine.connect().execution_options(hub_write=True) as connection, connection.begin():
        for rows in (rows_of(ORG), rows_of(RIVAL), PLATFORMS):
            for name, values in rows.items():
                for each in values:
                    connection.execute(known.tables[name].insert().values(each))
    return empty


@pytest.fixture
def upgraded(old: Settings) -> Iterator[Services]:
    migrate.upgrade(old)
    services = build(old.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    yield services
    services.db.dispose()


def test_credentials_open_as_before(upgraded: Services) -> None:
    with upgraded.db.platform_reading(PlatformWork.LINE) as tx:
        found = [senders.find(tx, f"sender of {organization_id[-2:]}") for organization_id in (ORG, RIVAL)]
        account = accounts.get(tx, "account")
    assert [each and each.open(upgraded.vault).credentials["bot_token"] for each in found] == [
        "token of AA",
        "token of BB",
    ]
    opened = upgraded.vault.platform().open_values(account.credentials, accounts.SEALED)
    assert opened == {"auth_token": "token of the account"}


def test_the_journal_opens_and_still_knows_its_duplicates(upgraded: Services) -> None:
    with upgraded.db.platform_reading(PlatformWork.JOURNAL) as tx:
        rows = tx.all(select(EVENT).order_by(EVENT.c.id))
        pending = events.list_pending(tx, "sender of AA", 1000)
    of_org = [row for row in rows if row.organization_id == ORG]
    assert [journal.show_event(upgraded, row.id).body for row in of_org[:4]] == [BODY, b"", OTHER, BODY]
    key = upgraded.vault.of(ORG)
    assert {key.open(each.body, events.SEALED) for each in pending} == {BODY}
    assert len(pending) == EVENTS - 2
    again = events.seal(key, BODY)
    assert [bytes(row.body_sha256) == again.fingerprint for row in of_org[:4]] == [True, True, False, True]
    assert bytes(of_org[0].envelope_sha256) == again.fingerprint
    of_rival = [bytes(row.body_sha256) for row in rows if row.organization_id == RIVAL]
    assert of_rival[0] == events.seal(upgraded.vault.of(RIVAL), BODY).fingerprint != again.fingerprint


def test_files_and_what_is_the_platforms_open(upgraded: Services) -> None:
    platform = upgraded.vault.platform()
    with upgraded.db.platform_reading(PlatformWork.JOURNAL) as tx:
        file = tx.first(select(ATTACHMENT).where(ATTACHMENT.c.organization_id == RIVAL))
        message = tx.first(select(POOL_MESSAGE))
        whole, reused = quarantine.list_held(tx, 10)
    assert file and message
    key = upgraded.vault.of(RIVAL)
    assert key.open(file.body, attachments.SEALED) == BODY
    assert file.sha256 == key.fingerprint(sha256(BODY)).hex()
    assert platform.open(message.body, pool.SEALED) == BODY
    request = held_again(platform, whole)
    assert (request.body, dict(request.headers), dict(request.params)) == (
        BODY,
        {"x-header": "its value"},
        {"channel_id": "x"},
    )
    assert quarantine.open_request(platform, reused.request) == ({"headers": {"a": "b"}, "sender_id": "s"}, BODY)


def test_kept_answers_open(upgraded: Services) -> None:
    scope = idempotency.KeyScope("token", "POST", "/api/v1/groups", "2")
    with upgraded.db.reading(ORG) as tx:
        kept = idempotency.find_answer(tx, scope, "", AT)
    assert kept
    sealed = base64.b64decode(kept.response["sealed"])
    assert upgraded.vault.of(ORG).open(sealed, "idempotency_keys.response") == b"{}"


def test_without_the_old_secret_key_the_database_stays_as_it_was(old: Settings, database: Database) -> None:  # noqa: F811
    with pytest.raises(Misconfigured, match="HUB_SECRET_KEY_FALLBACKS"):
        migrate.upgrade(old.model_copy(update={"secret_key": SecretStr("n" * 40)}))
    assert migrate.current_revision(database)[0] == "0001"
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events WHERE body_sha256 IS NULL")).scalar() == 0
    swapped = {"secret_key": SecretStr("n" * 40), "secret_key_fallbacks": SecretStr(f'"{SECRET_KEY}"')}
    migrate.upgrade(old.model_copy(update=swapped))
    assert migrate.current_revision(database)[0] != "0001"
