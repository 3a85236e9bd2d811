"""Numbers that are put aside for the offers of open ban cases. Platform work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, NUMBER


@dataclass(frozen=True, slots=True)
class Reservation:
    """Whose case a number is put aside for."""

    case_id: str
    organization_id: str


def list_reserved(tx: Tx) -> dict[str, Reservation]:
    """Return by a number's id the case that it is put aside for, or is being bought for: the first one that asked.

    Such numbers are not spare. Once the case has its new sender the number is lent, and nothing is put aside any more.
    """
    rows = _waiting(tx)
    bought = _bought(tx, [row.reserved for row in rows])
    # of two cases the first one is written last, and stays
    found = ((_number_id(row.reserved, bought), Reservation(row.id, row.organization_id)) for row in reversed(rows))
    return {number_id: held for number_id, held in found if number_id}


def list_ordered(tx: Tx) -> frozenset[str]:
    """Return what cases buy, each as the number and its kind (`hub.numbers.cases.ordering`)."""
    return frozenset(row.reserved["buying"] for row in _waiting(tx) if "buying" in row.reserved)


def _waiting(tx: Tx) -> Sequence[Any]:
    """Return the cases that may have something put aside, oldest first."""
    waiting = select(BAN_CASE.c.id, BAN_CASE.c.organization_id, BAN_CASE.c.reserved).where(
        BAN_CASE.c.over_at.is_(None), BAN_CASE.c.new_sender_id.is_(None)
    )
    return tx.all(waiting.order_by(BAN_CASE.c.id))


def _bought(tx: Tx, all_reserved: list[Mapping[str, str]]) -> dict[str, str]:
    """Return number → id of those that a case has ordered, as far as it has not noted their ids."""
    wanted = [_ordered(each) for each in all_reserved if "number_id" not in each and "buying" in each]
    if not wanted:
        return {}
    rows = tx.all(select(NUMBER.c.number, NUMBER.c.id).where(NUMBER.c.number.in_(wanted)))
    return {row.number: row.id for row in rows}


def _number_id(reserved: Mapping[str, str], bought: Mapping[str, str]) -> str | None:
    return reserved.get("number_id") or bought.get(_ordered(reserved))


def _ordered(reserved: Mapping[str, str]) -> str:
    """`buying`: the number and its kind (`hub.numbers.cases.ordering`)."""
    return reserved.get("buying", "").partition(" ")[0]
