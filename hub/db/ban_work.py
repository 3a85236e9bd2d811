"""What has to be done because something happened to a ban case: written with it, done by a job afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from hub.db.session import Tx
from hub.db.tables.core import BAN_WORK
from hub.types.people import JsonObject


@dataclass(frozen=True, slots=True)
class NewBanWork:
    """An effect to be done. `effect`: its name in `hub.numbers.policy.effects`; `data`: what it needs."""

    id: str
    case_id: str
    effect: str
    data: JsonObject
    due_at: datetime


@dataclass(frozen=True, slots=True)
class BanWorkRow:
    """An effect that is to be done, or was (`done_at`).

    trouble  why it did not work yet, or came to nothing, in our words
    said     the same as its organization may read it
    """

    id: str
    case_id: str
    effect: str
    data: JsonObject
    due_at: datetime
    attempts: int
    trouble: str
    said: str
    done_at: datetime | None


_COLUMNS = tuple(BAN_WORK.c[name] for name in BanWorkRow.__dataclass_fields__)


def add(tx: Tx, works: Sequence[NewBanWork]) -> None:
    """Add effects that are to be done in the order of their ids."""
    rows = [
        {
            "id": each.id,
            "organization_id": tx.organization_id,
            "case_id": each.case_id,
            "effect": each.effect,
            "data": each.data,
            "due_at": each.due_at,
        }
        for each in works
    ]
    tx.insert(BAN_WORK, rows)


def list_open(tx: Tx, case_id: str) -> list[BanWorkRow]:
    """Return what is to be done for a case, in the order in which it is to be done."""
    return [_view(row) for row in tx.all(select(*_COLUMNS).where(*_of_case(tx, case_id)).order_by(BAN_WORK.c.id))]


def lock_open(tx: Tx, work_id: str) -> BanWorkRow | None:
    """Return an effect that is still to be done, locked; lock its case before."""
    mine = BAN_WORK.c.organization_id == tx.organization_id, BAN_WORK.c.id == work_id
    row = tx.first(select(*_COLUMNS).where(*mine, BAN_WORK.c.done_at.is_(None)).with_for_update())
    return _view(row) if row else None


def finish(tx: Tx, work_id: str, now: datetime, trouble: str = "") -> None:
    """Note that an effect is done, and why it came to nothing if it did."""
    tx.execute(update(BAN_WORK).where(*_mine(tx, work_id)).values(done_at=now, trouble=trouble, said=""))


def put_off(tx: Tx, work_id: str, due_at: datetime, attempts: int, trouble: str, said: str) -> None:
    """Note when to try an effect again, and why; `said`: why, as the organization may read it."""
    values = {"due_at": due_at, "attempts": attempts, "trouble": trouble, "said": said}
    tx.execute(update(BAN_WORK).where(*_mine(tx, work_id)).values(**values))


def find_newest(tx: Tx, case_id: str, effect: str) -> BanWorkRow | None:
    """Return the newest effect of a sort in a case, whether it is done or not."""
    mine = BAN_WORK.c.organization_id == tx.organization_id, BAN_WORK.c.case_id == case_id
    wanted = select(*_COLUMNS).where(*mine, BAN_WORK.c.effect == effect)
    row = tx.first(wanted.order_by(BAN_WORK.c.id.desc()).limit(1))
    return _view(row) if row else None


def hasten(tx: Tx, case_id: str, effect: str, now: datetime) -> None:
    """Do an effect that waits at once: what it waited for has come."""
    waiting = *_of_case(tx, case_id), BAN_WORK.c.effect == effect
    tx.execute(update(BAN_WORK).where(*waiting).values(due_at=now))


def drop(tx: Tx, case_id: str, effect: str, now: datetime) -> None:
    """Let nothing of an effect wait any more: what it was to do is done."""
    tx.execute(update(BAN_WORK).where(*_of_case(tx, case_id), BAN_WORK.c.effect == effect).values(done_at=now))


def list_due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Return the cases that have something due. Platform work."""
    due = select(BAN_WORK.c.case_id).where(BAN_WORK.c.done_at.is_(None), BAN_WORK.c.due_at <= now)
    return [row.case_id for row in tx.all(due.distinct().limit(limit))]


def _of_case(tx: Tx, case_id: str) -> tuple[Any, ...]:
    mine = BAN_WORK.c.organization_id == tx.organization_id, BAN_WORK.c.case_id == case_id
    return *mine, BAN_WORK.c.done_at.is_(None)


def _mine(tx: Tx, work_id: str) -> tuple[Any, ...]:
    return BAN_WORK.c.organization_id == tx.organization_id, BAN_WORK.c.id == work_id


def _view(row: Any) -> BanWorkRow:
    return BanWorkRow(**row._mapping)
