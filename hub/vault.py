"""The vault: where a process gets data keys from. They lie wrapped in the database and are unwrapped for seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from hub.crypto import PLATFORM, DataKey
from hub.db import data_keys
from hub.db.data_keys import WrappedKey
from hub.db.refusals import StatementRefused
from hub.db.session import Database, PlatformWork, Tx
from hub.errors import Misconfigured, Unavailable, Unreadable
from hub.key_ring import KeyRing, new_data_key

TTL = 5.0
"""Seconds a key is remembered: so soon does a destroyed one stop working everywhere (house decision 13)."""

_MAX_ENTRIES = 10_000


class Vault:
    """Gives the data keys of one database. One a process; threads share it.

    Call it with no transaction open where you can: what it does not remember it reads on a connection of its own.
    The platform's key can never be destroyed, so a process remembers it for good.
    """

    def __init__(self, db: Database, ring: KeyRing, now: Callable[[], float] = time.monotonic) -> None:
        self.ring = ring
        self._db = db
        self._now = now
        self._kept: dict[str, tuple[float, DataKey]] = {}

    def of(self, owner: str) -> DataKey:
        """Return the data key of an organization.

        Raises Unreadable when it was destroyed or is not there, Misconfigured when the ring cannot unwrap it.
        """
        return self.remembered(owner) or self._unwrapped(owner)

    def platform(self) -> DataKey:
        """Return the platform's own data key. Raises as `of` does."""
        return self.of(PLATFORM)

    def warm(self) -> None:
        """Read the platform's key when a process starts: its first use may come with a transaction open.

        A database that is away, or not migrated yet, stops no start. Raises Misconfigured as `of` does.
        """
        with suppress(Unavailable, StatementRefused):
            self.platform()

    def remembered(self, owner: str) -> DataKey | None:
        """Return a key without asking the database, None when it has to be asked: for the event loop."""
        kept = self._kept.get(owner)
        return kept[1] if kept and (owner == PLATFORM or self._now() - kept[0] < TTL) else None

    def create(self, tx: Tx, organization_id: str, now: datetime) -> DataKey:
        """Make the key of a new organization, in the transaction that makes the organization."""
        key, plain = new_data_key()
        data_keys.wait_for_rotation(tx)
        wrapped, wrapped_by = self.ring.wrap(plain, organization_id)
        data_keys.insert(tx, WrappedKey(organization_id, wrapped, wrapped_by, now))
        tx.after_commit(lambda: self._remember(organization_id, key))
        return key

    def forget(self, owner: str) -> None:
        """Ask the database again the next time."""
        self._kept.pop(owner, None)

    def _unwrapped(self, owner: str) -> DataKey:
        try:
            key = DataKey(self._read(owner))
        except Misconfigured:
            # a rotation may have come between the row and the ring
            key = DataKey(self._read(owner))
        self._remember(owner, key)
        return key

    def _read(self, owner: str) -> bytes:
        with self._db.platform_reading(PlatformWork.KEYS) as tx:
            found = data_keys.find(tx, owner)
        if found is None:
            raise Unreadable(f"there is no data key of {owner}; restore the table data_keys from a backup")
        if found.wrapped is None:
            when = f" on {found.destroyed_at:%Y-%m-%d}" if found.destroyed_at else ""
            raise Unreadable(f"the data key of {owner} was destroyed{when}; what it sealed can never be read again")
        return self.ring.unwrap(found.wrapped, found.wrapped_by, owner)

    def _remember(self, owner: str, key: DataKey) -> None:
        if len(self._kept) >= _MAX_ENTRIES:
            self._kept.clear()
        self._kept[owner] = (self._now(), key)
