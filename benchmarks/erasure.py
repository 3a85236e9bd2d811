"""Erasing a person with many messages among very many, against the same person in a hub that has no others."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.payloads import telegram_update
from benchmarks.scale import Scale
from hub.db import journal
from hub.db.tables.core import CONTACT, CONVERSATION, EVENT, IDENTITY, MESSAGE
from hub.ids import new_id
from hub.privacy import cases, work
from hub.privacy.cases import Request

_TARGET = 60.0
_AT_ONCE = 2_000
_EACH = 100
"""Messages of each of the others."""

Row = dict[str, Any]


def erasing(scale: Scale) -> list[Figure]:
    """Erase the same person twice on each database: alone, then among all the others."""
    return [_figure(database, scale) for database in scale.databases]


def _figure(database: str, scale: Scale) -> Figure:
    alone, among = (_seconds(database, scale.erased, others) for others in (0, scale.among - scale.erased))
    return Figure(
        f"erasure of {scale.erased:,} messages among {scale.among:,}, {database}",
        f"{among:.1f} s",
        f"{alone:.1f} s (no others)",
        alone / among,
        f"<= {_TARGET:.0f} s",
        among <= _TARGET,
    )


def _seconds(database: str, messages: int, others: int) -> float:
    with running_hub(database) as hub:
        for number in range(others // _EACH):
            _write(hub, 2_000_000_000 + number, _EACH)
        contact_id = _write(hub, 1_000_000_000, messages)
        request = Request(hub.organization.id, hub.organization.actor, contact_id, "a benchmark")
        began = time.perf_counter()
        case = cases.begin_erasure(hub.services, request)
        while not work.work_on(hub.services, case.id, work.TURN_SECONDS):
            continue
        return time.perf_counter() - began


def _write(hub: Hub, address: int, messages: int) -> str:
    """Write a person with one conversation, its messages and their events, as the line leaves them."""
    now, own = hub.services.clock(), {"organization_id": hub.organization.id}
    contact = {**own, "id": new_id(), "name": f"Person {address}", "fields": {}, "created_at": now}
    identity = {
        **own, "id": new_id(), "contact_id": contact["id"], "first_contact_id": contact["id"], "kind": "telegram",
        "address": str(address), "name": contact["name"], "created_at": now,
    }  # fmt: skip
    conversation = {
        **own, "id": new_id(), "channel_id": hub.telegram.id, "contact_id": contact["id"],
        "identity_id": identity["id"], "status": "pending", "waiting_for": "us", "last_activity_at": now,
        "created_at": now, "routing": {},
    }  # fmt: skip
    with hub.services.db.transaction(hub.organization.id) as tx:
        for table, row in ((CONTACT, contact), (IDENTITY, identity), (CONVERSATION, conversation)):
            tx.insert(table, [row])
    for rows in _portions(hub, identity, str(conversation["id"]), messages):
        with hub.services.db.transaction(hub.organization.id) as tx:
            tx.insert(MESSAGE, [message for message, _event in rows])
            tx.insert(EVENT, [event for _message, event in rows])
    return str(contact["id"])


def _portions(hub: Hub, identity: Row, conversation_id: str, messages: int) -> Iterator[list[tuple[Row, Row]]]:
    for start in range(0, messages, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, messages))
        yield [_message(hub, identity, conversation_id, number) for number in numbers]


def _message(hub: Hub, identity: Row, conversation_id: str, number: int) -> tuple[Row, Row]:
    own = {"organization_id": hub.organization.id, "sender_id": hub.telegram.sender_id}
    at = identity["created_at"] + timedelta(seconds=number)
    key = f"{identity['address']}:{number}"
    body = journal.seal(hub.services.vault.of(hub.organization.id), telegram_update(number, 1))
    message = {
        **own, "id": new_id(), "conversation_id": conversation_id, "channel_id": hub.telegram.id,
        "direction": "inbound", "author_type": "contact", "author_id": identity["contact_id"],
        "author_name": identity["name"], "text": f"What about order {number}?", "parts": [], "status": "received",
        "external_id": key, "position": at, "created_at": at,
    }  # fmt: skip
    event = {
        **own, "identity_id": identity["id"], "event_key": key, "state": "handled", "headers": {},
        "body": body.sealed, "body_sha256": body.fingerprint, "envelope_sha256": body.fingerprint,
        "verdict": "verified", "recovered": False, "received_at": at, "handled_at": at,
    }  # fmt: skip
    return message, event
