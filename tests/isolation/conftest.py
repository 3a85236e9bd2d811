"""Two organizations with the same things each, on databases of their own."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.db.session import Database
from hub.settings import load
from tests.conftest import DATABASES, SECRET_KEY, Templates, fresh_database
from tests.isolation.filling import Filled, fill

ON_BOTH = pytest.mark.parametrize("database", DATABASES, indirect=True)
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Two:
    """Our own organization, a foreign one, and the platform's things beside them."""

    db: Database
    foreign: Filled
    own: Filled


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, templates: Templates) -> Iterator[Database]:
    """An empty database of the kind that the test names."""
    made = _sqlite(tmp_path, templates) if request.param == "sqlite" else _postgresql(tmp_path, templates)
    yield made
    made.dispose()


def _sqlite(folder: Path, templates: Templates) -> Database:
    shutil.copy(templates.sqlite, folder / "hub.db")
    settings = load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY)
    return Database(settings.database_dsn, settings.sqlite_path)


def _postgresql(folder: Path, templates: Templates) -> Database:
    url = fresh_database(templates, f"isolation_{abs(hash(str(folder))):x}")
    settings = load(_env_file=None, data_dir=folder, secret_key=SECRET_KEY, database_url=url)
    return Database(settings.database_dsn, None)


@pytest.fixture
def two(database: Database) -> Two:
    platform = fill(database, "PLATF", 1)
    foreign = fill(database, "ALPHA", 7_100_000_000, platform)
    return Two(database, foreign, fill(database, "BRAVO", 8_200_000_000, platform))
