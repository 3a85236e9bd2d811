"""Who allowed which optional provider (J0): the rows, and the reader that running processes ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from sqlalchemy import Row, select, update

from hub.db.session import Database, PlatformWork, Tx
from hub.db.tables.core import PROVIDER_ACTIVATION
from hub.errors import Unavailable
from hub.ids import new_id

REMEMBERED_SECONDS: Final = 5.0
_FIELDS = PROVIDER_ACTIVATION.c
_IN_FORCE = _FIELDS.deactivated_at.is_(None)


@dataclass(frozen=True, slots=True)
class Activation:
    """An optional provider in force: since when, by whom, in which version of the registry."""

    provider: str
    registry_version: str
    activated_at: datetime
    activated_by: str


def list_in_force(tx: Tx) -> list[Activation]:
    """Return what is activated now."""
    return [_activation(row) for row in tx.all(select(PROVIDER_ACTIVATION).where(_IN_FORCE))]


def list_ever_activated(tx: Tx) -> frozenset[str]:
    """Return the ids of the providers that were activated at any time, and so may have got data."""
    return frozenset(row.provider for row in tx.all(select(_FIELDS.provider).distinct()))


def insert(tx: Tx, activation: Activation) -> bool:
    """Put an activation in force; False when there is one already."""
    values = {
        "id": new_id(),
        "provider": activation.provider,
        "registry_version": activation.registry_version,
        "activated_at": activation.activated_at,
        "activated_by": activation.activated_by,
        "deactivated_at": None,
        "deactivated_by": "",
    }
    return bool(tx.insert_new(PROVIDER_ACTIVATION, [values], returning=("id",)))


def end(tx: Tx, provider: str, at: datetime, by: str) -> bool:
    """End what is in force of a provider; False when nothing is."""
    of_provider = (_FIELDS.provider == provider, _IN_FORCE)
    ended = tx.execute(update(PROVIDER_ACTIVATION).where(*of_provider).values(deactivated_at=at, deactivated_by=by))
    return ended.rowcount > 0


class ActivationReader:
    """Ids of the providers in force, read from the database at most once in REMEMBERED_SECONDS.

    While the database does not answer, what it said last holds; before its first answer nothing is activated.
    """

    def __init__(self, db: Database, clock: Callable[[], float] = monotonic) -> None:
        self._db = db
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._until = float("-inf")

    def __call__(self) -> frozenset[str]:
        if self._clock() >= self._until:
            self._read()
        return self._known

    def _read(self) -> None:
        try:
            with self._db.platform_reading(PlatformWork.LINE) as tx:
                self._known = frozenset(activation.provider for activation in list_in_force(tx))
        except Unavailable:
            # a database that is down must not be asked for every mail
            pass
        self._until = self._clock() + REMEMBERED_SECONDS


def _activation(row: Row) -> Activation:  # type: ignore[type-arg]
    return Activation(row.provider, row.registry_version, row.activated_at, row.activated_by)
