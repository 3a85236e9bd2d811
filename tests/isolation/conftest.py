"""Two organizations with the same things each, on databases of their own."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.db.session import Database
from hub.settings import load
from tests.conftest import SECRET_KEY
from tests.databases import DATABASES, Emptied, Templates, fresh_database
from tests.isolation.filling import Filled, fill, stored

ON_BOTH = pytest.mark.parametrize("database", DATABASES, indirect=True)
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
UNTOUCHED_ON_BOTH = pytest.mark.parametrize("untouched", DATABASES, indirect=True, scope="module")
UNTOUCHED_ON_POSTGRESQL = pytest.mark.parametrize("untouched", ["postgresql"], indirect=True, scope="module")


@dataclass(frozen=True)
class Two:
    """Our own organization, a foreign one, and the platform's things beside them."""

    db: Database
    foreign: Filled
    own: Filled


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Templates, emptied: Emptied
) -> Iterator[Database]:
    """An empty database of the kind that the test names."""
    if request.param == "sqlite":
        shutil.copy(templates.sqlite, tmp_path / "hub.db")
        yield from _opened(tmp_path, None)
        return
    with emptied.lend() as url:
        yield from _opened(tmp_path, url)


def _opened(folder: Path, url: str | None) -> Iterator[Database]:
    settings = load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY, database_url=url)
    made = Database(settings.database_dsn, settings.sqlite_path)
    yield made
    made.dispose()


@pytest.fixture
def two(database: Database) -> Two:
    return _filled(database)


@pytest.fixture(scope="module")
def untouched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Iterator[Two]:
    """Two organizations for tests that only read or are refused: filled once, and the same at the end."""
    folder, url = tmp_path_factory.mktemp("untouched"), None
    if request.param == "sqlite":
        shutil.copy(templates.sqlite, folder / "hub.db")
    else:
        url = fresh_database(templates, f"untouched_{abs(hash(str(folder))):x}")
    for database in _opened(folder, url):
        filled = _filled(database)
        before = [stored(database, each) for each in (filled.own, filled.foreign)]
        yield filled
        assert [stored(database, each) for each in (filled.own, filled.foreign)] == before


def _filled(database: Database) -> Two:
    platform = fill(database, "PLATF", 1)
    foreign = fill(database, "ALPHA", 7_100_000_000, platform)
    return Two(database, foreign, fill(database, "BRAVO", 8_200_000_000, platform))
