"""Keys, sealing and keyed hashes. Every key is derived from HUB_SECRET_KEY for one purpose, named by a label."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import Misconfigured
from hub.types import Secret


class Keyring:
    """Derives keys from the platform's secret key (a string of at least 32 characters)."""

    def __init__(self, secret_key: str) -> None:
        self._master = secret_key.encode()

    def key(self, label: str) -> bytes:
        """Return the 32-byte key of one purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(self._master)

    def seal(self, values: Mapping[str, str]) -> bytes:
        """Encrypt named secrets (AES-256-GCM, fresh nonce)."""
        nonce = os.urandom(12)
        plain = json.dumps(dict(values), sort_keys=True).encode()
        return nonce + AESGCM(self.key("credentials")).encrypt(nonce, plain, b"credentials")

    def open(self, sealed: bytes) -> dict[str, Secret]:
        """Decrypt what `seal` made. Raises Misconfigured when the key is another one."""
        try:
            plain = AESGCM(self.key("credentials")).decrypt(sealed[:12], sealed[12:], b"credentials")
        except InvalidTag:
            raise Misconfigured(
                "HUB_SECRET_KEY is not the key the stored credentials were encrypted with; "
                "set it back, or connect the channels anew"
            ) from None
        return {name: Secret(value) for name, value in json.loads(plain).items()}


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
