"""Hubs with an empty database each, as many as a test asks for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from hub.settings import Settings
from hub.wiring import Services, build
from tests.databases import DATABASES, Emptied, Templates
from tests.numbers.playing.machine import OpenHub


@pytest.fixture(params=DATABASES)
def open_hub(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Templates, emptied: Emptied, basis: Settings
) -> OpenHub:
    """Opens a hub with an empty database, as often as it is asked."""

    @contextmanager
    def opened() -> Iterator[Services]:
        own = basis.model_copy(update={"data_dir": tmp_path / uuid4().hex})
        own.data_dir.mkdir()
        if request.param == "sqlite":
            shutil.copy(templates.sqlite, own.data_dir / "hub.db")
            with _built(own) as services:
                yield services
            shutil.rmtree(own.data_dir)
            return
        with emptied.lend() as url, _built(own.model_copy(update={"database_url": url})) as services:
            yield services

    return opened


@contextmanager
def _built(own: Settings) -> Iterator[Services]:
    built = build(own)
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()
