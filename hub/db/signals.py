"""What providers signalled about senders, and how much these sent meanwhile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import ATTEMPT, BAN_CASE, DELIVERY, MESSAGE, SENDER, SIGNAL
from hub.ids import first_id_at, new_id
from hub.numbers.policy.signals import DELIVERED
from hub.types.bans import Signal, SignalSource, Volume

_MOST = 5_000
"""How many signals of a sender a judgement reads: the newest."""
_MOST_OF_ONE_CODE = 50
"""How many of each code that are older than those."""
_EARLIER = timedelta(hours=1)
"""By how much ids may be older than the times of their rows: one is the machine's, the other the hub's clock."""


@dataclass(frozen=True, slots=True)
class KeptSignal:
    """A signal with its row's id."""

    id: str
    signal: Signal


def add(tx: Tx, sender_id: str, signals: Sequence[Signal]) -> None:
    """Write signals of a sender, whose texts and people nobody can read any more."""
    rows = [
        {
            "id": new_id(),
            "organization_id": tx.organization_id,
            "sender_id": sender_id,
            "family": each.family,
            "source": each.source.value,
            "code": each.code[:200],
            "text": each.text,
            "recipient": each.recipient,
            "content": each.content,
            "at": each.at,
            "until": each.until,
        }
        for each in signals
    ]
    tx.insert(SIGNAL, rows)


def list_since(tx: Tx, sender_id: str, since: datetime) -> list[KeptSignal]:
    """Return a sender's signals from then on, oldest first; of very many the newest, and before these the newest of
    each code: what was said once is not drowned by what is said all the time."""
    mine = SIGNAL.c.organization_id == tx.organization_id, SIGNAL.c.sender_id == sender_id, SIGNAL.c.at >= since
    newest = tx.all(select(SIGNAL).where(*mine).order_by(SIGNAL.c.at.desc(), SIGNAL.c.id.desc()).limit(_MOST))
    if len(newest) < _MOST:
        return [_kept(row) for row in reversed(newest)]
    oldest = newest[-1]
    earlier = or_(SIGNAL.c.at < oldest.at, and_(SIGNAL.c.at == oldest.at, SIGNAL.c.id < oldest.id))
    place = func.row_number().over(partition_by=SIGNAL.c.code, order_by=(SIGNAL.c.at.desc(), SIGNAL.c.id.desc()))
    placed = select(SIGNAL.c.id, place.label("place")).where(*mine, earlier).subquery()
    before = tx.all(
        select(SIGNAL)
        .join(placed, placed.c.id == SIGNAL.c.id)
        .where(*mine, placed.c.place <= _MOST_OF_ONE_CODE)
        .order_by(SIGNAL.c.at.desc(), SIGNAL.c.id.desc())
    )
    return [_kept(row) for row in reversed([*newest, *before])]


def move(tx: Tx, signal_ids: Sequence[str], at: datetime) -> None:
    """Give signals a later time: the same was found again."""
    tx.execute(
        update(SIGNAL).where(SIGNAL.c.organization_id == tx.organization_id, SIGNAL.c.id.in_(signal_ids)).values(at=at)
    )


def list_refuted(tx: Tx, sender_id: str, message_ids: Collection[str], codes: Collection[str]) -> list[str]:
    """Return the senders of one kind in one provider account of which one of these codes was the last word, before one
    of these messages was sent: a message that nobody asked for, by a sender of theirs."""
    this, theirs, later = SENDER.alias("this"), SENDER.alias("theirs"), SIGNAL.alias("later")
    last = (
        select(SIGNAL.c.sender_id, func.max(SIGNAL.c.at).label("at"))
        .join(theirs, theirs.c.id == SIGNAL.c.sender_id)
        .join(this, and_(this.c.kind == theirs.c.kind, this.c.provider_account_id == theirs.c.provider_account_id))
        .where(
            this.c.organization_id == tx.organization_id,
            this.c.id == sender_id,
            theirs.c.organization_id == tx.organization_id,
            SIGNAL.c.organization_id == tx.organization_id,
            SIGNAL.c.code.in_(sorted(codes)),
        )
        .group_by(SIGNAL.c.sender_id)
        .subquery()
    )
    sent = (
        select(MESSAGE.c.sent_at)
        .join(DELIVERY, DELIVERY.c.message_id == MESSAGE.c.id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.id.in_(sorted(message_ids)),
            MESSAGE.c.sent_at > last.c.at,
            DELIVERY.c.unasked,
        )
    )
    said_since = select(later.c.id).where(
        later.c.organization_id == tx.organization_id,
        later.c.sender_id == last.c.sender_id,
        later.c.code == DELIVERED,
        later.c.at >= last.c.at,
    )
    rows = tx.all(select(last.c.sender_id).where(sent.exists(), ~said_since.exists()).order_by(last.c.sender_id))
    return [row.sender_id for row in rows]


def trouble_began(tx: Tx, sender_id: str) -> datetime | None:
    """Return when the sender's open case was opened, None when it has none."""
    found: datetime | None = tx.scalar(
        select(BAN_CASE.c.opened_at).where(
            BAN_CASE.c.organization_id == tx.organization_id,
            BAN_CASE.c.sender_id == sender_id,
            BAN_CASE.c.over_at.is_(None),
        )
    )
    return found


def count_sent(tx: Tx, sender_id: str, since: datetime) -> tuple[Volume, ...]:
    """Return how many messages a sender tried to send, hour by hour, oldest first; all of the hour of `since`."""
    begun = since.replace(minute=0, second=0, microsecond=0)
    hour = (
        func.strftime("%Y-%m-%d %H:00:00", ATTEMPT.c.started_at)
        if tx.is_sqlite
        else func.to_char(func.timezone("UTC", ATTEMPT.c.started_at), "YYYY-MM-DD HH24:00:00")
    ).label("hour")
    rows: Sequence[Any] = tx.all(
        select(hour, func.count(func.distinct(ATTEMPT.c.delivery_id)).label("sent"))
        .join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .where(
            ATTEMPT.c.organization_id == tx.organization_id,
            # ids go by time, so that the key finds the last hours among all there is
            ATTEMPT.c.id >= first_id_at(begun - _EARLIER),
            ATTEMPT.c.started_at >= begun,
            DELIVERY.c.sender_id == sender_id,
        )
        .group_by("hour")
        .order_by("hour")
    )
    return tuple(Volume(datetime.fromisoformat(row.hour).replace(tzinfo=UTC), int(row.sent)) for row in rows)


def remove_before(tx: Tx, before: datetime) -> int:
    """Remove old signals, but of senders whose case is still open. Platform work."""
    in_trouble = select(BAN_CASE.c.sender_id).where(BAN_CASE.c.over_at.is_(None))
    gone = delete(SIGNAL).where(SIGNAL.c.at < before, SIGNAL.c.sender_id.not_in(in_trouble))
    return tx.execute(gone).rowcount


def _kept(row: Any) -> KeptSignal:
    signal = Signal(
        family=row.family,
        source=SignalSource(row.source),
        code=row.code,
        at=row.at,
        text=row.text,
        recipient=row.recipient,
        content=row.content,
        until=row.until,
    )
    return KeptSignal(row.id, signal)
