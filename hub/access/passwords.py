"""Passwords: argon2id, with work that tells nobody whether an account exists."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.crypto import new_token
from hub.errors import Invalid

SHORTEST = 8
LONGEST = 1024

_hasher = PasswordHasher()
# a hash takes 64 MiB; sign-ins wait for one another rather than for swap
_turns = threading.BoundedSemaphore(2)
_decoy: str | None = None


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raises Invalid when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"a password has {SHORTEST} to {LONGEST} characters; choose another one")
    return _hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one. Without a stored one the same work is done, in vain."""
    if len(password) > LONGEST:
        return False
    with _turns:
        try:
            return _hasher.verify(stored or _decoy_hash(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _hash(password: str) -> str:
    with _turns:
        return _hasher.hash(password)


def _decoy_hash() -> str:
    global _decoy
    if _decoy is None:
        _decoy = _hasher.hash(new_token())
    return _decoy
