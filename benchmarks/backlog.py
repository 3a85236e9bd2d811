"""Somebody comes online while very many wait: how long it takes until their slots are full, and that the rest is free.

What a worker does is measured in this process: from the wake-up until the last slot is filled and committed.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import text, update

from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.scale import Scale
from hub.db import routing_lines
from hub.db.routing_lines import Line
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY, USER
from hub.ids import new_id
from hub.routing.assignment import assign_waiting

_TARGET = 0.1
_MOST_RATIO = 1.2
_SLOTS = 10
_ROUNDS = 15
_AT_ONCE = 2_000


def filling(scale: Scale) -> list[Figure]:
    """Fill an operator's slots with some waiting, with few and with many, on each database."""
    return [figure for database in scale.databases for figure in _figures(database, scale)]


def _figures(database: str, scale: Scale) -> list[Figure]:
    few, some, many = _measured(database, (scale.waiting_few, scale.waiting, scale.waiting_many))
    return [
        Figure(
            f"{_SLOTS} slots filled with {scale.waiting:,} waiting, {database}",
            _said(some),
            f"{_said(few)} ({scale.waiting_few:,} waiting)",
            median(some) / median(few),
            f"< {_TARGET * 1000:.0f} ms",
            median(some) < _TARGET,
        ),
        Figure(
            f"the same with {scale.waiting_many:,} waiting, {database}",
            _said(many),
            f"{_said(few)} ({scale.waiting_few:,} waiting)",
            median(many) / median(few),
            f"< {_MOST_RATIO}x",
            median(many) / median(few) < _MOST_RATIO,
        ),
    ]


def _said(seconds: Sequence[float]) -> str:
    """The median, and between what the rounds lay."""
    return f"{median(seconds) * 1000:.1f} ms ({min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f})"


def _measured(database: str, counts: Sequence[int]) -> list[list[float]]:
    """Seconds of each round with so many waiting, each with as many slots more.

    The hubs take turns, so that what else the machine does meanwhile falls on all of them; the first round, which
    compiles the statements, is left out.
    """
    with ExitStack() as stack:
        hubs = [stack.enter_context(running_hub(database)) for _ in counts]
        for hub, count in zip(hubs, counts, strict=True):
            _fill(hub, count)
        rounds = [[_seconds(hub, number) for hub in hubs] for number in range(_ROUNDS + 1)]
    return [list(each) for each in zip(*rounds[1:], strict=True)]


def _seconds(hub: Hub, number: int) -> float:
    _open_slots(hub, (number + 1) * _SLOTS)
    began = time.perf_counter()
    assign_waiting(hub.services, hub.organization.id)
    return time.perf_counter() - began


def _open_slots(hub: Hub, slots: int) -> None:
    """One operator is online with so many slots, nobody else is there."""
    with hub.services.db.transaction(hub.organization.id) as tx:
        mine = USER.c.organization_id == hub.organization.id
        tx.execute(update(USER).where(mine).values(presence="offline"))
        one = USER.c.id == hub.organization.operator.user_id
        tx.execute(update(USER).where(mine, one).values(presence="online", slots=slots))


def _fill(hub: Hub, waiting: int) -> None:
    """Have so many wait in the group's line, as the line leaves them; each by an identity of its own."""
    now, own = hub.services.clock(), {"organization_id": hub.organization.id}
    contact = {**own, "id": new_id(), "name": "Somebody", "fields": {}, "created_at": now}
    with hub.services.db.transaction(hub.organization.id) as tx:
        tx.insert(CONTACT, [contact])
        routing_lines.enter(tx, [Line(hub.organization.group_id, "")])
    for start in range(0, waiting, _AT_ONCE):
        pairs = [_row(hub, contact["id"], number) for number in range(start, min(start + _AT_ONCE, waiting))]
        with hub.services.db.transaction(hub.organization.id) as tx:
            tx.insert(IDENTITY, [identity for identity, _ in pairs])
            tx.insert(CONVERSATION, [conversation for _, conversation in pairs])
    if hub.services.settings.sqlite_path is None:
        with hub.services.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _row(hub: Hub, contact_id: Any, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    now = hub.services.clock()
    since = now - timedelta(hours=10) + timedelta(milliseconds=number)
    own = {"organization_id": hub.organization.id, "contact_id": contact_id, "created_at": since}
    identity = {
        **own, "id": new_id(), "first_contact_id": contact_id, "kind": "telegram",
        "address": str(3_000_000_000 + number), "name": "Somebody",
    }  # fmt: skip
    conversation = {
        **own, "id": new_id(), "channel_id": hub.telegram.id, "identity_id": identity["id"], "status": "new",
        "waiting_for": "us", "waiting_since": since, "queued_at": since, "last_activity_at": since,
        "group_id": hub.organization.group_id, "routing": {"reason": "nobody is online"}, "inbound_count": 1,
    }  # fmt: skip
    return identity, conversation
