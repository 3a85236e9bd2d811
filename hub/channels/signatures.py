"""Signature checks that several providers share. Constant-time; an empty secret never verifies."""

import base64
import hashlib
import hmac

from hub.crypto import same


def hex_hmac_sha256(secret: str, message: bytes, signature: str) -> bool:
    """Check a lower-case hex HMAC-SHA256."""
    expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return bool(secret) and same(expected, signature)


def base64_hmac_sha1(secret: str, message: bytes, signature: str) -> bool:
    """Check a base64 HMAC-SHA1."""
    expected = base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha1).digest())
    return bool(secret) and same(expected, signature.encode())


def bearer_token(header: str) -> str:
    """Return the token of an `Authorization: Bearer` header, "" when it is another scheme."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
