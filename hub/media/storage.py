"""Where the bytes of files lie: in the data directory, or in an S3-compatible store by setting.

What is put is sealed by the caller with the organization's data key, so a store and its backups hold nothing readable.
A key names its content, so the same file of one organization is kept once, and putting it again changes nothing.
"""

import re
from typing import Final, Protocol

from hub.channels.http import HttpFactory
from hub.errors import Invalid, Misconfigured
from hub.media.local import LocalStorage
from hub.media.s3 import S3Storage
from hub.settings import Settings

_FOLDER: Final = "media"
_NEEDED: Final = ("media_s3_bucket", "media_s3_access_key", "media_s3_secret_key")
_KEY: Final = re.compile(r"[0-9A-Za-z_-]{1,64}/[0-9a-f]{64}")


class Storage(Protocol):
    """Keeps sealed bytes under keys of `key_of`. Blocks: call it outside any event loop, with no
    transaction open.

    Every method raises Unavailable when the store cannot be used now; nothing half-done is ever visible.
    """

    def put(self, key: str, body: bytes) -> None:
        """Keep bytes, for good when it returns; what lay under the key is replaced."""

    def get(self, key: str) -> bytes:
        """Return what was put. Raises NotFound."""

    def delete(self, key: str) -> None:
        """Remove it, for good when it returns; no error when it is not there."""

    def exists(self, key: str) -> bool:
        """Say whether there is something under the key."""


class _Checked:
    """Lets no key through that `key_of` would not make: a key is a path, and may lead nowhere else."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, key: str, body: bytes) -> None:
        self._storage.put(_checked(key), body)

    def get(self, key: str) -> bytes:
        return self._storage.get(_checked(key))

    def delete(self, key: str) -> None:
        self._storage.delete(_checked(key))

    def exists(self, key: str) -> bool:
        return self._storage.exists(_checked(key))


def key_of(organization_id: str, fingerprint: bytes) -> str:
    """Return the key of a file: its organization, and the 32 bytes of `DataKey.fingerprint` over its sha256."""
    return _checked(f"{organization_id}/{fingerprint.hex()}")


def storage_of(settings: Settings, http: HttpFactory) -> Storage:
    """Return the storage that the settings name; nothing is opened yet. Raises Misconfigured when one is missing."""
    given = [name for name in _NEEDED if _value(settings, name)]
    if not settings.media_s3_url:
        if given:
            raise Misconfigured(
                f"{_variable(given[0])} is set, but HUB_MEDIA_S3_URL is not: "
                "name the store's address, or take the other settings away"
            )
        return _Checked(LocalStorage(settings.data_dir / _FOLDER))
    missing = [name for name in _NEEDED if name not in given]
    if missing:
        raise Misconfigured(f"HUB_MEDIA_S3_URL is set, but {_variable(missing[0])} is not: the store needs all of them")
    return _Checked(S3Storage(settings, http))


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise Invalid("this is no key of a file: it must be <organization id>/<64 hexadecimal digits>")
    return key


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return value if isinstance(value, str) else str(value.get_secret_value())


def _variable(name: str) -> str:
    return f"HUB_{name.upper()}"
