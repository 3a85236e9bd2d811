"""Results of cases, signed: anybody who has the hub's public key can tell that the hub said so, and when."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.crypto import DataKey
from hub.errors import Invalid

_LABEL = "privacy results"


def signed(key: DataKey, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result with `public_key` and `signature` (Ed25519 over its canonical JSON), both in base64.

    key: the platform's; the signing key is derived from it and changes only with it.
    """
    private = Ed25519PrivateKey.from_private_bytes(key.derive(_LABEL))
    whole = {**result, "public_key": _text(_public(private.public_key()))}
    return {**whole, "signature": _text(private.sign(_canonical(whole)))}


def check(key: DataKey, result: Mapping[str, Any]) -> None:
    """Raise Invalid unless a result is exactly as this hub signed it."""
    ours = Ed25519PrivateKey.from_private_bytes(key.derive(_LABEL)).public_key()
    try:
        signature = base64.b64decode(str(result["signature"]), validate=True)
        named = str(result["public_key"])
    except (KeyError, ValueError):
        raise Invalid("this is no signed result: it needs the members public_key and signature") from None
    if named != _text(_public(ours)):
        raise Invalid("this result was signed with another key: another hub made it, or this one has new keys")
    _verify(ours, signature, {name: value for name, value in result.items() if name != "signature"})


def read(data: bytes) -> dict[str, Any]:
    """Return a result out of a file: the result itself, or a case that holds one. Raises Invalid."""
    try:
        found = json.loads(data)
    except ValueError:
        raise Invalid("this file is no JSON; save the result of a case as it is shown") from None
    inner = found.get("result", found) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise Invalid("this file holds no result; save the result of a case as it is shown")
    return inner


def _verify(public: Ed25519PublicKey, signature: bytes, covered: Mapping[str, Any]) -> None:
    try:
        public.verify(signature, _canonical(covered))
    except InvalidSignature:
        raise Invalid("the signature does not fit: the result was changed after it was signed") from None


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _public(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
