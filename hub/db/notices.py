"""The live stream's rows: numbered per organization, gapless and in the order of their commits (house decision 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from hub.db.session import Tx
from hub.db.tables.core import NOTICE, ORGANIZATION
from hub.types import JsonObject

NewNotice = tuple[str, JsonObject]
"""(kind, ids it is about)."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One line of the stream. `data` carries ids only; who reads it fetches what they are allowed to see."""

    number: int
    kind: str
    data: JsonObject
    created_at: datetime


def add(tx: Tx, notices: Sequence[NewNotice]) -> None:
    """Write notices. Drawing the numbers locks the organization's row until the commit, so call it last."""
    if not notices:
        return
    last = tx.execute(
        update(ORGANIZATION)
        .where(ORGANIZATION.c.id == tx.organization_id)
        .values(notice_number=ORGANIZATION.c.notice_number + len(notices))
        .returning(ORGANIZATION.c.notice_number)
    ).scalar_one()
    now = datetime.now(UTC)
    tx.insert(
        NOTICE,
        [
            {"organization_id": tx.organization_id, "number": number, "kind": kind, "data": data, "created_at": now}
            for number, (kind, data) in enumerate(notices, start=last - len(notices) + 1)
        ],
    )


def list_after(tx: Tx, number: int, limit: int) -> list[NoticeView]:
    """Return the organization's notices after a number, oldest first."""
    rows = tx.all(
        select(NOTICE)
        .where(NOTICE.c.organization_id == tx.organization_id, NOTICE.c.number > number)
        .order_by(NOTICE.c.number)
        .limit(limit)
    )
    return [NoticeView(row.number, row.kind, row.data, row.created_at) for row in rows]


def newest(tx: Tx) -> int:
    """Return the number of the organization's newest notice, 0 when there was none."""
    return int(tx.scalar(select(ORGANIZATION.c.notice_number).where(ORGANIZATION.c.id == tx.organization_id)) or 0)


def remove_before(tx: Tx, before: datetime) -> None:
    """Forget old notices of every organization; a stream that asks for them is told to start anew."""
    tx.execute(delete(NOTICE).where(NOTICE.c.created_at < before))
