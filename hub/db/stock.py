"""Where each number of the pool stands: rows as the lives that the policy moves (hub/numbers/policy/life.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, select, update

from hub.db.healths import health_of, kept_health
from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import EVENT, MESSAGE, NUMBER, SENDER
from hub.errors import NotFound
from hub.numbers.policy.life import NumberLife
from hub.types import ChannelKind, Health, HealthState, Page
from hub.types.numbers import NumberState

_UNKNOWN = Health(HealthState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class StockRecord:
    """A number of the pool.

    number        E.164
    capabilities  channel kinds it can carry
    external_id   the supplier's id of it; "": not known
    number_kind   `hub.channels.numbers.NumberKind`; "": not known
    papers        the supplier's ids of the papers it was bought with
    monthly_cost  in hundredths of `currency`
    ordered_for_id  the organization whose order it is or was; None: the pool's
    """

    id: str
    number: str
    capabilities: tuple[str, ...]
    provider_account_id: str
    created_at: datetime
    life: NumberLife = field(default_factory=NumberLife)
    external_id: str = ""
    country: str = ""
    number_kind: str = ""
    papers: Mapping[str, str] = field(default_factory=dict)
    monthly_cost: int | None = None
    currency: str = ""
    ordered_at: datetime | None = None
    ordered_for_id: str | None = None
    discarded: int = 0
    forward_to: str = ""
    trouble: str = ""
    health: Health = _UNKNOWN


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """Which numbers: in a state, of an organization that has or had it, with these figures in it; "": any."""

    state: str = ""
    organization_id: str = ""
    figures: str = ""


def add(tx: Tx, record: StockRecord) -> bool:
    """Insert a number. False when there is a row of it already."""
    row = {"id": record.id, "number": record.number, "created_at": record.created_at, **_values(record)}
    return bool(tx.insert_new(NUMBER, [row], returning=("id",)))


def save(tx: Tx, record: StockRecord) -> None:
    """Write all of a number that was locked, but what is counted (`discarded`)."""
    tx.execute(update(NUMBER).where(NUMBER.c.id == record.id).values(**_values(record)))


def put_life(tx: Tx, number_id: str, life: NumberLife) -> None:
    """Write where a number stands; what it carries is its senders' rows."""
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(**_of_life(life)))


def _values(record: StockRecord) -> dict[str, Any]:
    return {
        "capabilities": list(record.capabilities),
        "provider_account_id": record.provider_account_id,
        "external_id": record.external_id,
        "country": record.country,
        "number_kind": record.number_kind,
        "papers": dict(record.papers),
        "monthly_cost": record.monthly_cost,
        "currency": record.currency,
        "ordered_at": record.ordered_at,
        "ordered_for_id": record.ordered_for_id,
        "forward_to": record.forward_to,
        "trouble": record.trouble,
        "health": kept_health(record.health),
        **_of_life(record.life),
    }


def _of_life(life: NumberLife) -> dict[str, Any]:
    return {
        "state": life.state,
        "organization_id": life.organization_id,
        "former_id": life.former_id,
        "talked": life.talked,
        "quiet_since": life.quiet_since,
        "banned": sorted(life.banned),
    }


def get(tx: Tx, number_id: str) -> StockRecord:
    """Return a number. Raises NotFound."""
    return _got(tx, select(NUMBER).where(NUMBER.c.id == number_id), number_id)


def lock(tx: Tx, number_id: str) -> StockRecord:
    """Return a number and hold off every other change of it until the transaction ends. Raises NotFound."""
    wanted = select(NUMBER).where(NUMBER.c.id == number_id)
    return _got(tx, wanted.with_for_update(key_share=True), number_id)


def _got(tx: Tx, wanted: Select[Any], number_id: str) -> StockRecord:
    row = tx.first(wanted)
    if row is None:
        raise NotFound(f"there is no number {number_id}")
    return _records(tx, [row])[0]


def find(tx: Tx, number: str) -> StockRecord | None:
    """Return the row of an E.164 number, locked; None when it was never ours."""
    rows = tx.all(select(NUMBER).where(NUMBER.c.number == number).with_for_update(key_share=True))
    return next(iter(_records(tx, rows)), None)


def list_page(tx: Tx, limit: int, cursor: str | None, wanted: NumberFilter) -> Page[StockRecord]:
    """Return numbers in the order in which they came; the cursor is the last one's id."""
    found = select(NUMBER).order_by(NUMBER.c.id).limit(limit + 1)
    if cursor:
        found = found.where(NUMBER.c.id > cursor)
    if wanted.state:
        found = found.where(NUMBER.c.state == wanted.state)
    if wanted.organization_id:
        whose = wanted.organization_id
        found = found.where((NUMBER.c.organization_id == whose) | (NUMBER.c.former_id == whose))
    if wanted.figures:
        found = found.where(NUMBER.c.number.contains(wanted.figures, autoescape=True))
    return page_by_id(_records(tx, tx.all(found)), limit)


def list_in(tx: Tx, states: Collection[NumberState]) -> tuple[StockRecord, ...]:
    """Return the numbers that stand in one of these states, oldest first."""
    rows = tx.all(select(NUMBER).where(NUMBER.c.state.in_(sorted(states))).order_by(NUMBER.c.id))
    return _records(tx, rows)


def list_of_account(tx: Tx, account_id: str) -> tuple[StockRecord, ...]:
    """Return all numbers of a provider account, whatever their state."""
    return _records(tx, tx.all(select(NUMBER).where(NUMBER.c.provider_account_id == account_id).order_by(NUMBER.c.id)))


def list_elsewhere(tx: Tx, account_id: str, numbers: Collection[str]) -> tuple[StockRecord, ...]:
    """Return those of these E.164 numbers that are noted in another provider account."""
    there = (NUMBER.c.number.in_(sorted(numbers)), NUMBER.c.provider_account_id != account_id)
    return _records(tx, tx.all(select(NUMBER).where(*there).order_by(NUMBER.c.id)))


def set_bought(tx: Tx, number_id: str, external_id: str, trouble: str) -> None:
    """Keep the supplier's id of a number, and what is wrong with it, in our words."""
    known = {"external_id": external_id, "trouble": trouble}
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(**known))


def set_trouble(tx: Tx, number_id: str, trouble: str) -> None:
    """Keep why something came to nothing, in our words; "": nothing is wrong any more."""
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(trouble=trouble))


def set_health(tx: Tx, number_id: str, health: Health) -> None:
    """Keep what a look-up said."""
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(health=kept_health(health)))


def have_looked_at(tx: Tx, number_id: str, now: datetime) -> None:
    """Have the senders on a number looked at soon."""
    here = (SENDER.c.number_id == number_id, SENDER.c.released_at.is_(None))
    tx.execute(update(SENDER).where(*here).values(look_at=now))


def has_talked(tx: Tx, number_id: str, organization_id: str) -> bool:
    """Say whether anything was received or sent on a number by the senders an organization has or had on it.

    Retention takes messages away, and leaves the rows of the journal.
    """
    senders = select(SENDER.c.id).where(SENDER.c.organization_id == organization_id, SENDER.c.number_id == number_id)
    written = select(MESSAGE.c.id).where(MESSAGE.c.organization_id == organization_id, MESSAGE.c.sender_id.in_(senders))
    arrived = select(EVENT.c.id).where(EVENT.c.organization_id == organization_id, EVENT.c.sender_id.in_(senders))
    return any(tx.scalar(select(exists(each))) for each in (written, arrived))


def _records(tx: Tx, rows: Sequence[Row[Any]]) -> tuple[StockRecord, ...]:
    lent = [row.id for row in rows if row.state == NumberState.LENT]
    carried = (
        tx.all(
            select(SENDER.c.number_id, SENDER.c.kind).where(
                SENDER.c.number_id.in_(lent), SENDER.c.released_at.is_(None)
            )
        )
        if lent
        else ()
    )
    return tuple(_record(row, frozenset(ChannelKind(each.kind) for each in carried if each.number_id == row.id))
                 for row in rows)  # fmt: skip


def _record(row: Row[Any], carries: frozenset[ChannelKind]) -> StockRecord:
    life = NumberLife(
        state=NumberState(row.state),
        organization_id=row.organization_id,
        carries=carries,
        former_id=row.former_id,
        talked=row.talked,
        quiet_since=row.quiet_since,
        banned=frozenset(map(ChannelKind, row.banned)),
    )
    return StockRecord(
        id=row.id,
        number=row.number,
        capabilities=tuple(row.capabilities),
        provider_account_id=row.provider_account_id,
        created_at=row.created_at,
        life=life,
        external_id=row.external_id,
        country=row.country,
        number_kind=row.number_kind,
        papers=row.papers,
        monthly_cost=row.monthly_cost,
        currency=row.currency,
        ordered_at=row.ordered_at,
        ordered_for_id=row.ordered_for_id,
        discarded=row.discarded,
        forward_to=row.forward_to,
        trouble=row.trouble,
        health=health_of(row.health),
    )
