"""How calls are signed, version 1: docs/outgoing-webhooks.md says it to whoever receives them."""

import hmac
from datetime import datetime
from typing import Final

ID: Final = "Hub-Webhook-Id"
TIMESTAMP: Final = "Hub-Webhook-Timestamp"
SIGNATURE: Final = "Hub-Webhook-Signature"
VERSION: Final = "v1"
AGENT: Final = "messenger-hub-webhook/1"


def sign(secret: str, timestamp: int, call_id: str, body: bytes) -> str:
    """Return the signature: the version, `=`, HMAC-SHA256 in hex over `timestamp.id.body`, keyed with the secret."""
    signed = b".".join((str(timestamp).encode(), call_id.encode(), body))
    return f"{VERSION}={hmac.digest(secret.encode(), signed, 'sha256').hex()}"


def headers_of(secret: str, now: datetime, call_id: str, body: bytes) -> dict[str, str]:
    """Return the headers of one attempt at `now`; a later attempt has another time, and so another signature."""
    timestamp = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        ID: call_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: sign(secret, timestamp, call_id, body),
    }
