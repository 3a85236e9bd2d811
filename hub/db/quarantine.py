"""Requests that could not be trusted or attributed: kept whole, within bounds, until somebody releases them."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from hub.crypto import DataKey
from hub.db.session import Tx
from hub.db.tables.core import QUARANTINE

MAX_REQUESTS = 10_000
MAX_BYTES = 256 << 20
"""Bounds of what is kept, once for forged requests and once for genuine ones."""

LONGEST_ROUTE = 200
"""Characters of a path that are kept; a longer one names no channel."""

HELD = "held"
RELEASED = "released"
UNREADABLE = "unreadable"


SEALED_REQUEST, SEALED_BODY = "quarantined_requests.request", "quarantined_requests.body"
"""The purposes a request is sealed for, with the platform's key."""


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """A request as it is kept: all but its path sealed."""

    about: bytes = field(repr=False)
    body: bytes = field(repr=False)


def seal(key: DataKey, about: Mapping[str, Any], body: bytes) -> SealedRequest:
    """Seal a request with the platform's key; `about` is JSON."""
    return SealedRequest(key.seal(json.dumps(about).encode(), SEALED_REQUEST), key.seal(body, SEALED_BODY))


def open_request(key: DataKey, sealed: SealedRequest) -> tuple[dict[str, Any], bytes]:
    """Return what `seal` was given. Raises Unreadable."""
    about: dict[str, Any] = json.loads(key.open(sealed.about, SEALED_REQUEST))
    return about, key.open(sealed.body, SEALED_BODY)


@dataclass(frozen=True, slots=True)
class NewQuarantine:
    """A request to be kept. `genuine` is whether its signature verified; `addresses` are whom it asked for."""

    id: str
    kind: str
    route: str
    request: SealedRequest
    reason: str
    genuine: bool
    received_at: datetime
    state: str = HELD
    organization_id: str | None = None
    addresses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """A kept request."""

    id: str
    kind: str
    route: str
    request: SealedRequest
    reason: str
    genuine: bool
    addresses: Sequence[str]
    state: str
    received_at: datetime


def fitting(tx: Tx, requests: Sequence[NewQuarantine], *, genuine: bool) -> list[NewQuarantine]:
    """Return those of these requests, all of this sort, that there is room for."""
    [used] = tx.all(
        select(func.count().label("requests"), func.coalesce(func.sum(QUARANTINE.c.size), 0).label("size")).where(
            QUARANTINE.c.genuine == genuine, QUARANTINE.c.state != RELEASED
        )
    )
    count, size = used.requests, used.size
    kept = []
    for request in requests:
        if count < MAX_REQUESTS and size + len(request.request.body) <= MAX_BYTES:
            count, size = count + 1, size + len(request.request.body)
            kept.append(request)
    return kept


def insert(tx: Tx, requests: Sequence[NewQuarantine]) -> None:
    tx.insert(QUARANTINE, [_row(request) for request in requests])


def _row(request: NewQuarantine) -> dict[str, object]:
    return {
        "id": request.id,
        "kind": request.kind,
        "route": request.route,
        "request": {"sealed": base64.b64encode(request.request.about).decode()},
        "body": request.request.body,
        "size": len(request.request.body),
        "reason": request.reason,
        "genuine": request.genuine,
        "organization_id": request.organization_id,
        "addresses": list(request.addresses),
        "state": request.state,
        "received_at": request.received_at,
    }


def count(tx: Tx, state: str, organization_id: str | None) -> int:
    """Count kept requests: of one organization's channels, or (None) all."""
    query = select(func.count()).select_from(QUARANTINE).where(QUARANTINE.c.state == state)
    if organization_id is not None:
        query = query.where(QUARANTINE.c.organization_id == organization_id)
    return int(tx.scalar(query) or 0)


def count_forgotten(tx: Tx, before: datetime) -> int:
    """Count genuine requests from before a time that nobody has released or discarded."""
    waiting = QUARANTINE.c.genuine, QUARANTINE.c.state != RELEASED, QUARANTINE.c.received_at < before
    return int(tx.scalar(select(func.count()).select_from(QUARANTINE).where(*waiting)) or 0)


def list_held(tx: Tx, limit: int) -> list[QuarantineView]:
    """Return the oldest requests that wait for a release; among them those that nobody could read."""
    rows = tx.all(
        select(QUARANTINE).where(QUARANTINE.c.state != RELEASED).order_by(QUARANTINE.c.received_at).limit(limit)
    )
    return [_view(row) for row in rows]


def list_genuine_since(tx: Tx, since: datetime) -> list[QuarantineView]:
    """Return genuine requests held since a time: a new assignment may explain them."""
    rows = tx.all(
        select(QUARANTINE)
        .where(QUARANTINE.c.state == HELD, QUARANTINE.c.genuine, QUARANTINE.c.received_at >= since)
        .order_by(QUARANTINE.c.received_at)
    )
    return [_view(row) for row in rows]


def find(tx: Tx, request_id: str) -> QuarantineView | None:
    row = tx.first(select(QUARANTINE).where(QUARANTINE.c.id == request_id))
    return _view(row) if row else None


def mark_released(tx: Tx, request_id: str) -> bool:
    """Take a request out; False when somebody else did."""
    done = tx.execute(
        update(QUARANTINE).where(QUARANTINE.c.id == request_id, QUARANTINE.c.state != RELEASED).values(state=RELEASED)
    )
    return done.rowcount == 1


def remove(tx: Tx, request_id: str) -> bool:
    """Throw a request away; False when it is not there or was released."""
    gone = tx.execute(delete(QUARANTINE).where(QUARANTINE.c.id == request_id, QUARANTINE.c.state != RELEASED))
    return gone.rowcount == 1


def _view(row: Any) -> QuarantineView:
    return QuarantineView(
        id=row.id,
        kind=row.kind,
        route=row.route,
        request=SealedRequest(base64.b64decode(row.request["sealed"]), bytes(row.body)),
        reason=row.reason,
        genuine=row.genuine,
        addresses=row.addresses,
        state=row.state,
        received_at=row.received_at,
    )
