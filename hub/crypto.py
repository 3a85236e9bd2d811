"""Sealing, keyed hashes and tokens.

Data keys do all of it: one for each organization, one for the platform (docs/adr/0009). The key ring only wraps them
(`hub.key_ring`), and `hub.vault` is where they come from.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import Unreadable
from hub.types import Secret

PLATFORM = "platform"
"""The owner of the data key that belongs to no organization."""

_VERSION = b"\x01"
"""The first byte of whatever is sealed: AES-256-GCM, a nonce of 12 bytes, the sealed bytes with their tag of 16."""

_NONCE = 12
_START = len(_VERSION) + _NONCE


class DataKey:
    """Seals, signs and hashes the data of one owner. `key` is 32 random bytes.

    `purpose` names the place of a value, as in "events.body": what was sealed for one place opens for no other.
    """

    __slots__ = ("_aead", "_derived", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._aead = AESGCM(key)
        self._derived: dict[str, bytes] = {}

    def seal(self, data: bytes, purpose: str) -> bytes:
        """Encrypt bytes; they grow by 29."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, data, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Decrypt what `seal` made for the same purpose. Raises Unreadable when it was changed or moved."""
        if sealed[:1] != _VERSION:
            raise _unreadable(purpose)
        try:
            return self._aead.decrypt(sealed[1:_START], sealed[_START:], purpose.encode())
        except (InvalidTag, ValueError):
            raise _unreadable(purpose) from None

    def seal_values(self, values: Mapping[str, str], purpose: str) -> bytes:
        """Encrypt named values."""
        return self.seal(json.dumps(dict(values), sort_keys=True).encode(), purpose)

    def open_values(self, sealed: bytes, purpose: str) -> dict[str, Secret]:
        """Decrypt what `seal_values` made. Raises Unreadable as `open` does."""
        return {name: Secret(value) for name, value in json.loads(self.open(sealed, purpose)).items()}

    def derive(self, label: str) -> bytes:
        """Return the 32-byte key of one use that is not sealing, such as a signature."""
        if label not in self._derived:
            self._derived[label] = derived(self._key, label)
        return self._derived[label]

    def fingerprint(self, sha256: bytes) -> bytes:
        """Return 32 bytes that are equal for equal bytes of one owner, out of their sha256.

        Short texts could be guessed from a plain sha256; without the key this one tells nothing.
        """
        return hmac.digest(self.derive("fingerprint"), sha256, "sha256")


class Keys(Protocol):
    """Where data keys come from. Raises Unreadable when the key was destroyed or is not there."""

    def of(self, owner: str) -> DataKey:
        """Return the data key of an organization."""

    def platform(self) -> DataKey:
        """Return the platform's own data key."""


def derived(key: bytes, label: str) -> bytes:
    """Derive 32 bytes from a key for one purpose; they do not lead back to the key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(key)


def _unreadable(purpose: str) -> Unreadable:
    return Unreadable(
        f"what is kept in {purpose} does not open: it was changed, or it belongs to another place; "
        "restore it from a backup"
    )


def new_token() -> Secret:
    """Return a fresh bearer token of 256 bits."""
    return Secret(secrets.token_urlsafe(32))


def token_hash(token: str) -> str:
    """Return what is stored of a bearer token. Tokens are random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare in constant time. An empty value never equals anything: an unset secret must not verify."""
    a = left.encode() if isinstance(left, str) else left
    b = right.encode() if isinstance(right, str) else right
    return bool(a) and bool(b) and hmac.compare_digest(a, b)
