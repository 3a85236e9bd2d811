"""Hubs on one database with key rings of their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.settings import Settings
from hub.types import Machine
from hub.wiring import Services, build
from tests.conftest import SECRET_KEY
from tests.world import Channel, Organization, World

RUNNER = Machine("cli", origin="cli", reason="for a test")


@contextmanager
def hub(settings: Settings, **changes: Any) -> Iterator[Services]:
    """A process on the same database, with settings changed."""
    built = build(Settings.model_validate({**settings.model_dump(), **changes}))
    yield built
    built.db.dispose()
    built.queue.close()


def write_ring(settings: Settings, lines: Sequence[str] = (SECRET_KEY,)) -> Path:
    """Put a key file into the data directory; the environment has no key from then on."""
    file = settings.data_dir / "secret.key"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a hub whose ring is a file."""
    write_ring(settings)
    return settings.model_copy(update={"secret_key": None})


@pytest.fixture
def bot(world: World, org: Organization) -> Channel:
    return world.channel(org, "telegram", "111222", {"bot_token": "111222:token-for-tests"})
