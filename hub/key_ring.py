"""The platform's key ring: the secret keys of the settings. It wraps data keys and does nothing else (docs/adr/0009).

The first key wraps; the older ones only unwrap what they wrapped. A ring in a file is read again when the file changes,
so a rotation needs no restart.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from hub.crypto import DataKey, derived
from hub.durable import sync_folder, write_durably
from hub.errors import Misconfigured, Unreadable
from hub.settings import Settings

_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class RingKey:
    """One secret key. `id` names it in public: it does not lead back to the key."""

    id: str
    key: DataKey = field(repr=False)


class KeyRing:
    """The secret keys, the current one first. With a `file`, its lines come before the `others`."""

    def __init__(self, others: list[str], file: Path | None = None) -> None:
        self._others = tuple(_ring_key(text) for text in others)
        self._file = file
        self._lines: tuple[RingKey, ...] = ()
        self._seen: tuple[int, int] | None = None

    @property
    def file(self) -> Path | None:
        """Where the ring is kept; None when the environment holds it."""
        return self._file

    def in_order(self) -> tuple[RingKey, ...]:
        """Return all keys, the current one first. Raises Misconfigured when there is none."""
        if self._file is not None:
            self._read(self._file)
        return self._lines + self._others

    def current(self) -> RingKey:
        """Return the key that wraps now."""
        return self.in_order()[0]

    def wrap(self, data_key: bytes, owner: str) -> tuple[bytes, str]:
        """Return the wrapped data key and the id of the key that wrapped it."""
        current = self.current()
        return current.key.seal(data_key, owner), current.id

    def unwrap(self, wrapped: bytes, wrapped_by: str, owner: str) -> bytes:
        """Return the data key of `owner`. Raises Misconfigured when the key that wrapped it is not in the ring."""
        for key in self.in_order():
            if key.id == wrapped_by:
                return self._opened(key, wrapped, owner)
        raise Misconfigured(
            f"the data key of {owner} is wrapped with the secret key {wrapped_by}, which is not in {self._places()}; "
            "put that key back beside the current one"
        )

    def add_key(self) -> None:
        """Make a new key the first line of the file; the older ones stay.

        Only for a ring in a file, and while no other process can write it (`data_keys.lock_rotation`).
        """
        self._write([secrets.token_hex(32), *_lines_of(self._kept())])

    def drop_older(self) -> None:
        """Leave only the first line in the file, and no draft of it, once nothing is wrapped by the others.

        Only for a ring in a file, and while no other process can write it (`data_keys.lock_rotation`).
        """
        file = self._kept()
        self._write(_lines_of(file)[:1])
        for draft in file.parent.glob(f"{file.name}.*"):
            # a killed first start leaves one; any other suffix is somebody's own file
            if draft.suffix[1:].isdecimal():
                draft.unlink(missing_ok=True)
        sync_folder(file.parent)

    def _opened(self, key: RingKey, wrapped: bytes, owner: str) -> bytes:
        try:
            return key.key.open(wrapped, owner)
        except Unreadable:
            raise Misconfigured(
                f"the data key of {owner} was changed in the database; restore the table data_keys from a backup"
            ) from None

    def _places(self) -> str:
        if self._file is not None:
            return f"{self._file} or HUB_SECRET_KEY_FALLBACKS"
        return "HUB_SECRET_KEY or HUB_SECRET_KEY_FALLBACKS"

    def _read(self, file: Path) -> None:
        try:
            found = file.stat()
            if (found.st_ino, found.st_mtime_ns) == self._seen:
                return
            lines = _lines_of(file)
        except FileNotFoundError:
            lines = []
        if not lines:
            self._keep_known(file)
            return
        self._lines = tuple(_ring_key(line) for line in lines)
        self._seen = (found.st_ino, found.st_mtime_ns)

    def _keep_known(self, file: Path) -> None:
        """A file that went away stops nobody who has read it."""
        if not self._lines:
            raise Misconfigured(f"there is no key in {file}; put the file back from where you keep it")

    def _kept(self) -> Path:
        if self._file is None:
            raise Misconfigured("the secret key is in HUB_SECRET_KEY, where the hub cannot change it")
        return self._file

    def _write(self, lines: list[str]) -> None:
        """Replace the file, whole or not at all, and for good: what is wrapped next rests on it.

        The draft always has the same name, so that one left by a killed writer goes with the next write.
        """
        file = self._kept()
        draft = file.with_name(f"{file.name}.draft")
        write_durably(draft, "".join(f"{line}\n" for line in lines).encode())
        draft.replace(file)
        sync_folder(file.parent)
        self._seen = None


def ring_of(settings: Settings) -> KeyRing:
    """Return the ring that the settings name."""
    return KeyRing(_of_environment(settings), settings.key_file)


def secret_keys(settings: Settings) -> list[str]:
    """Return the secret keys themselves, the current one first: for what was sealed before there were data keys."""
    lines = _lines_of(settings.key_file) if settings.key_file else []
    return [*lines, *_of_environment(settings)]


def _of_environment(settings: Settings) -> list[str]:
    current = [settings.secret_key.get_secret_value()] if settings.secret_key else []
    return [*current, *settings.older_secret_keys()]


def new_data_key() -> tuple[DataKey, bytes]:
    """Return a fresh data key, and its bytes to be wrapped."""
    key = secrets.token_bytes(32)
    return DataKey(key), key


def _ring_key(text: str) -> RingKey:
    master = text.encode()
    return RingKey(derived(master, "id of a ring key")[:_ID_BYTES].hex(), DataKey(derived(master, "wrap data keys")))


def _lines_of(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text().splitlines() if line.strip()]
