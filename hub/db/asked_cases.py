"""Ban cases in which nobody is left whom the hub could invite: they end."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, BAN_WORK, RECIPIENT
from hub.numbers.policy.ledger import INVITABLE
from hub.numbers.policy.ways import MENDABLE
from hub.types.bans import BanState
from hub.types.numbers import RecipientState

_INVITABLE: Final = tuple(sorted(INVITABLE))
_MENDABLE: Final = tuple(MENDABLE)


def list_asked(tx: Tx, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (organization, case) of those whose people are being won and where nobody is left to be invited.

    Whoever may yet be invited once they agree or write counts as left in cases that began to win people after `before`.
    Platform work.
    """
    wanted = select(BAN_CASE.c.organization_id, BAN_CASE.c.id).where(_is_asked(before))
    return [(row.organization_id, row.id) for row in tx.all(wanted.order_by(BAN_CASE.c.id).limit(limit))]


def is_asked(tx: Tx, case_id: str, before: datetime) -> bool:
    """Whether that is so of one case."""
    mine = BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.id == case_id
    return tx.scalar(select(BAN_CASE.c.id).where(*mine, _is_asked(before))) is not None


def _is_asked(before: datetime) -> ColumnElement[bool]:
    in_work = select(BAN_WORK.c.id).where(BAN_WORK.c.case_id == BAN_CASE.c.id, BAN_WORK.c.done_at.is_(None))
    return and_(
        BAN_CASE.c.state == BanState.RECRUITING,
        BAN_CASE.c.over_at.is_(None),
        ~in_work.exists(),
        ~_somebody(RECIPIENT.c.state == RecipientState.CLAIMED),
        ~_somebody(RECIPIENT.c.state.in_(_INVITABLE), RECIPIENT.c.why == ""),
        or_(
            BAN_CASE.c.since <= before,
            ~_somebody(RECIPIENT.c.state.in_(_INVITABLE), RECIPIENT.c.why.in_(_MENDABLE)),
        ),
    )


def _somebody(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(RECIPIENT.c.id).where(RECIPIENT.c.case_id == BAN_CASE.c.id, *which).exists()
