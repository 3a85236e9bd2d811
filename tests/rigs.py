"""Hubs of whole processes for a test module: one on each database that its tests ask for."""

from pathlib import Path
from typing import Any, Self

import pytest

from tests.databases import Templates, fresh_database
from tests.rig import Rig


class Rigs:
    """Begins a hub when its database is first asked for, and stops all it began. `how` is what `Rig` takes beside."""

    def __init__(self, folders: pytest.TempPathFactory, templates: Templates, name: str, **how: Any) -> None:
        self._folders, self._templates, self._name, self._how = folders, templates, name, how
        self._made: dict[str, Rig] = {}

    def on(self, database: str) -> Rig:
        """Return the running hub on a database."""
        if database not in self._made:
            url = fresh_database(self._templates, self._name) if database == "postgresql" else ""
            self._made[database] = Rig(Path(self._folders.mktemp(self._name)), url, **self._how)
            self._made[database].start()
        return self._made[database]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for rig in self._made.values():
            rig.stop()
