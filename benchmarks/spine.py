"""What isolation and audit cost the message line: the same work with them, and with both taken out of the way.

Taken out: the role and organization of each transaction, the condition on every statement, and the audit entries. What
is left is the hub without its second and third net; the queries still name their organization. Both ways run by turns.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from statistics import median
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

from benchmarks.drain import fill_journal
from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.scale import Scale
from hub.audit import recording
from hub.conversations import reading
from hub.conversations.reading import ConversationQuery
from hub.db import session
from hub.db.session import Database
from hub.inbound import drain
from hub.inbound.journal import balance
from hub.outbound import submit
from hub.outbound.submit import Reply

_TARGET = 0.8
_ROUNDS = 3


def cost(scale: Scale) -> list[Figure]:
    """Handle messages and take answers, with and without, on each database."""
    return [figure for database in scale.databases for figure in _on(database, scale)]


def _on(database: str, scale: Scale) -> list[Figure]:
    part = max(1, scale.messages // _ROUNDS // 2)
    rates: dict[str, list[tuple[float, float]]] = {"with": [], "without": []}
    with running_hub(database) as hub:
        first = 1
        for _ in range(_ROUNDS):
            for way, measured in rates.items():
                with _taken_out() if way == "without" else nullcontext():
                    measured.append((_handled(hub, scale, first, part), _answered(hub, part)))
                first += part
    return [_figure(database, rates, index) for index in (0, 1)]


def _handled(hub: Hub, scale: Scale, first: int, count: int) -> float:
    fill_journal(hub, scale, first, count)
    began = time.perf_counter()
    while balance(hub.services, None).pending:
        drain.drain(hub.services, hub.telegram.sender_id)
    return count / (time.perf_counter() - began)


def _answered(hub: Hub, count: int) -> float:
    actor = hub.organization.actor
    conversation_id = reading.list_conversations(hub.services, actor, ConversationQuery()).items[0].id
    wanted = max(1, count // 10)
    began = time.perf_counter()
    for number in range(wanted):
        submit.submit(hub.services, actor, conversation_id, Reply(f"Answer {number}"))
    return wanted / (time.perf_counter() - began)


@contextmanager
def _taken_out() -> Iterator[None]:
    with (
        patch.object(session._Session, "is_bound", False),
        patch.object(Database, "_connection", _without_role),
        patch.object(recording, "_append", lambda *_: None),
    ):
        yield


@contextmanager
def _without_role(database: Database, _session: Any, *, write: bool) -> Iterator[Connection]:
    with (
        database.engine.connect().execution_options(hub_write=write) as connection,
        connection.begin(),
    ):
        yield connection


def _figure(database: str, rates: dict[str, list[tuple[float, float]]], index: int) -> Figure:
    mine, bare = (median(pair[index] for pair in rates[way]) for way in ("with", "without"))
    what = ("messages handled", "answers taken")[index]
    return Figure(
        f"{what} with isolation and audit, {database}",
        f"{mine:,.0f}/s",
        f"{bare:,.0f}/s without",
        mine / bare,
        f"ratio >= {_TARGET}",
        mine / bare >= _TARGET,
    )
