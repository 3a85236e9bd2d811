"""The timelines of ban cases."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import BAN_EVENT, USER


@dataclass(frozen=True, slots=True)
class BanEventRow:
    """One line of a timeline. `user_name`: who did it; None, the hub itself."""

    id: str
    happening: str
    state: str
    words: str
    user_id: str | None
    user_name: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class NewBanEvent:
    """A line to be. `happening`: the name of what happened, `state`: where it led."""

    id: str
    case_id: str
    happening: str
    state: str
    words: str
    user_id: str | None
    at: datetime


def add_event(tx: Tx, event: NewBanEvent) -> None:
    """Add a line to a case's timeline."""
    row = {each.name: getattr(event, each.name) for each in fields(NewBanEvent)}
    tx.insert(BAN_EVENT, [{**row, "organization_id": tx.organization_id}])


def list_events(tx: Tx, case_id: str) -> list[BanEventRow]:
    """Return a case's timeline, oldest first."""
    rows = tx.all(
        select(BAN_EVENT, USER.c.name.label("user_name"))
        .outerjoin(USER, (USER.c.id == BAN_EVENT.c.user_id) & (USER.c.organization_id == BAN_EVENT.c.organization_id))
        .where(BAN_EVENT.c.organization_id == tx.organization_id, BAN_EVENT.c.case_id == case_id)
        .order_by(BAN_EVENT.c.id)
    )
    return [
        BanEventRow(row.id, row.happening, row.state, row.words, row.user_id, row.user_name, row.at) for row in rows
    ]
