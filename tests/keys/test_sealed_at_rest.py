"""A thief of the database and of the data directory, without the key file, finds nothing of what is encrypted (K14)."""

from sqlmodel import SQLModel

from hub.access.files import Upload, upload
from hub.numbers.supply import accounts
from hub.numbers.supply.accounts import NewAccount
from hub.types import Actor, Role
from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import Api
from tests.intake.kit import account, counted, pool_number, statuses
from tests.line import (
    drain_all,
    mail,
    messenger_batch,
    post_meta,
    post_mime,
    post_telegram,
    post_twilio,
    sms_fields,
    telegram_update,
)
from tests.world import Organization, World

FREE, ITS_ACCOUNT = "+4915228817386", "AC" + "8" * 32
PLAIN = "a message text, which is kept searchable"


def marker(name: str) -> str:
    return f"planted-{name}-marker"


def test_neither_a_dump_nor_the_data_directory_shows_what_is_encrypted(
    services: Services, world: World, org: Organization
) -> None:
    planted = {
        *plant_credentials(services, world, org),
        *plant_requests(services, world, org),
        *plant_file(services, org),
        *plant_answer(services, world, org),
    }
    stolen = dump(services) + files(services)
    assert PLAIN.encode() in stolen
    assert len(planted) >= 19
    assert {each for each in planted if each.encode() in stolen or each.encode().hex().encode() in stolen} == set()


def plant_credentials(services: Services, world: World, org: Organization) -> set[str]:
    """A value for every credential field of every kind, a webhook secret, and the token of a provider account."""
    planted = {marker("webhook_secret"), marker("further-account")}
    for kind, adapter in services.adapters.items():
        values = {field.name: marker(f"{kind}-{field.name}") for field in adapter.credential_fields}
        world.channel(org, kind, f"the sender on {kind}", {"webhook_secret": marker("webhook_secret"), **values})
        planted |= set(values.values())
    platform = Actor(org.id, org.actor.user_id, "Petra Platform", Role.OWNER, platform_admin=True)
    accounts.add_account(services, platform, NewAccount("AC" + "9" * 32, marker("further-account")))
    return planted | {services.settings.twilio_auth_token.get_secret_value()}


def plant_requests(services: Services, world: World, org: Organization) -> set[str]:
    """What webhooks bring: handled, pending and unreadable events, pool messages, genuine and forged requests."""
    bot, box = world.channel(org, "telegram", "111222"), world.channel(org, "email", "box@shop.example")
    pool_number(services, FREE, account(services, ITS_ACCOUNT, marker("account")))
    forged = {"x-telegram-bot-api-secret-token": marker("header")}
    handled = telegram_update(1, PLAIN) | {"unknown_field": marker("handled")}
    answers = statuses(
        services,
        lambda client: post_telegram(client, bot, handled),
        lambda client: post_meta(client, messenger_batch(("330000000000003", [("m_1", marker("stranger"))]))),
        lambda client: client.post(
            f"/webhooks/telegram/nobody?a={marker('query')}", content=marker("forged"), headers=forged
        ),
        lambda client: post_mime(client, box.intake_token, mail("1@x.example", marker("pending"))),
        lambda client: post_twilio(client, sms_fields(FREE, "SM1", marker("pool"), ITS_ACCOUNT), marker("account")),
        lambda client: client.post(
            f"/webhooks/telegram/{bot.id}",
            content=marker("unreadable"),
            headers={"x-telegram-bot-api-secret-token": bot.webhook_secret},
        ),
    )
    assert answers == [200, 200, 404, 200, 200, 200]
    drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 3, "handled": 1, "pending": 1, "unreadable": 1}
    names = ("handled", "stranger", "query", "forged", "header", "pending", "pool", "account", "unreadable")
    return {marker(name) for name in names}


def plant_file(services: Services, org: Organization) -> set[str]:
    upload(services, org.actor, Upload("a.txt", "text/plain", marker("file").encode()))
    return {marker("file")}


def plant_answer(services: Services, world: World, org: Organization) -> set[str]:
    """An answer kept under an Idempotency-Key, with the token that it shows once."""
    api = Api(services, create_app(services), world, org)
    bearer, key = api.token(org.actor), {"Idempotency-Key": "1"}
    made = api.call("POST", "/tokens", bearer, key, json={"name": "for a test"})
    assert made.status_code == 201, made.text
    return {bearer, made.json()["token"]}


def dump(services: Services) -> bytes:
    """Every row as PostgreSQL copies it out; SQLite's file is in the data directory."""
    if services.settings.sqlite_path:
        return b""
    found = bytearray()
    with services.db.engine.connect() as connection, connection.connection.cursor() as cursor:
        for table in SQLModel.metadata.tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:
                for row in rows:
                    found += row
    return bytes(found)


def files(services: Services) -> bytes:
    """Every file of the data directory but the key file: SQLite's write-ahead log too."""
    kept = [file for file in services.settings.data_dir.rglob("*") if file.is_file() and file.name != "secret.key"]
    if services.settings.sqlite_path:
        assert services.settings.sqlite_path.with_name("hub.db-wal") in kept
    return b"".join(file.read_bytes() for file in kept)
