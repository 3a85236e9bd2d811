"""Codes that named nobody: who guesses, and how often on a channel."""

from datetime import datetime

from sqlalchemy import case, delete, func, select

from hub.db.session import Tx
from hub.db.tables.core import WRONG_CODE
from hub.ids import new_id
from hub.numbers.policy.codes import WrongCodes


def add(tx: Tx, channel_id: str, identity_id: str, now: datetime) -> None:
    """Note that somebody wrote a code that is nobody's."""
    row = {"organization_id": tx.organization_id, "channel_id": channel_id, "identity_id": identity_id, "at": now}
    tx.insert(WRONG_CODE, [{"id": new_id(), **row}])


def count(tx: Tx, channel_id: str, identity_id: str, since: datetime) -> WrongCodes:
    """Count the wrong codes on a channel after `since`: from one identity, and from everybody."""
    own = func.sum(case((WRONG_CODE.c.identity_id == identity_id, 1), else_=0))
    row = tx.first(
        select(func.count().label("all"), own.label("own")).where(
            WRONG_CODE.c.organization_id == tx.organization_id,
            WRONG_CODE.c.channel_id == channel_id,
            WRONG_CODE.c.at > since,
        )
    )
    return WrongCodes(int(row.own or 0), int(row.all)) if row else WrongCodes()


def remove_everywhere(tx: Tx, before: datetime) -> None:
    """Forget what counts nowhere any more. Platform work."""
    tx.execute(delete(WRONG_CODE).where(WRONG_CODE.c.at <= before))
