"""The arithmetic of a chain: what an entry's hash covers, and how its end is proven."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from hub.db.audit import AuditRecord, Head
from hub.wiring import Services


def key_of(services: Services) -> bytes:
    return services.vault.platform().derive("audit")


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def content_hash(salt: bytes, content: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(salt + _canonical(content)).digest()


def entry_hash(key: bytes, previous: bytes, entry: AuditRecord) -> bytes:
    covered = [
        previous.hex(),
        entry.organization_id,
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_type,
        entry.actor_id,
        entry.actor_name,
        entry.origin,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.content_hash.hex(),
    ]
    return hmac.digest(key, _canonical(covered), "sha256")


def new_head(key: bytes, entry: AuditRecord) -> Head:
    head = Head(entry.organization_id, entry.number, entry.hash, b"")
    return replace(head, mac=head_mac(key, head))


def head_mac(key: bytes, head: Head) -> bytes:
    return hmac.digest(key, _canonical(["head", head.organization_id, head.number, head.hash.hex()]), "sha256")
