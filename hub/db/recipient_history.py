"""How far the people of a ban were at given moments, from when each was invited and verified, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from hub.db.session import Tx
from hub.db.tables.core import RECIPIENT
from hub.types import ChannelKind
from hub.types.numbers import RecipientState


@dataclass(frozen=True, slots=True)
class WayHistory:
    """Those who stand at `state` now and were invited last by one kind, None: by none.

    people             how many they are
    invited, verified  for each moment: how many of them had been, by then
    """

    way: ChannelKind | None
    state: RecipientState
    people: int
    invited: tuple[int, ...]
    verified: tuple[int, ...]


def list_history(tx: Tx, case_id: str, moments: Sequence[datetime]) -> list[WayHistory]:
    """Count the people of a ledger, by way and state; one pass over the ledger, however many they are."""
    of = [
        *(_until(RECIPIENT.c.invited_at, at) for at in moments),
        *(_until(RECIPIENT.c.verified_at, at) for at in moments),
    ]
    mine = RECIPIENT.c.organization_id == tx.organization_id, RECIPIENT.c.case_id == case_id
    groups = RECIPIENT.c.way, RECIPIENT.c.state
    counted = select(*groups, func.count(), *of).where(*mine).group_by(*groups)
    return [_history(tuple(row), len(moments)) for row in tx.all(counted.order_by(*groups))]


def _until(column: Any, at: datetime) -> ColumnElement[int]:
    return func.sum(case((column <= at, 1), else_=0))


def _history(row: tuple[Any, ...], moments: int) -> WayHistory:
    way, state, people, *counts = row
    found = tuple(int(each) for each in counts)
    kind = ChannelKind(way) if way else None
    return WayHistory(kind, RecipientState(state), people, found[:moments], found[moments:])
