"""Numbers on their way to being senders of a messenger. The platform's: every query here is platform work."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true, update

from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, NUMBER, REGISTRATION, SENDER
from hub.errors import NotFound
from hub.types.numbers import Quality, RegistrationState

SEALED = "registrations.code"
"""The purpose a one-time code is sealed for, with the platform's key."""

_OVER = (RegistrationState.FAILED, RegistrationState.REMOVED)


@dataclass(frozen=True, slots=True)
class RegistrationRecord:
    """A number as a sender of a messenger.

    kind          the channel kind
    external_id   the supplier's id of it, "" before the supplier has it; never shown
    name_review   `hub.numbers.policy.obstacles.Review` of the name that people see
    code_way      `hub.channels.numbers.CodeWay`; "" of one that was registered by hand
    code          sealed: typed or read, and not yet known to be taken
    codes_from    messages that came later may hold its code
    codes_read    codes that were read from messages since, and handed in
    attempts      when it was submitted, oldest first
    due_at        when to look at it next; None: nothing is under way
    removed_at    since when it is to be taken off the messenger; it is off once its state says so
    """

    id: str
    number_id: str
    kind: str
    provider_account_id: str
    organization_id: str
    created_at: datetime
    display_name: str = ""
    external_id: str = field(default="", repr=False)
    name_review: str = "not_needed"
    code_way: str = ""
    code: bytes | None = field(default=None, repr=False)
    codes_from: datetime | None = None
    codes_read: int = 0
    state: RegistrationState = RegistrationState.DRAFT
    quality: Quality = Quality.UNKNOWN
    daily_limit: int | None = None
    attempts: tuple[datetime, ...] = ()
    problems: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    checked_at: datetime | None = None
    due_at: datetime | None = None
    removed_at: datetime | None = None


def add(tx: Tx, registration: RegistrationRecord) -> bool:
    """Insert a registration. False when the number has one of this kind that stands."""
    row = {name: _kept(getattr(registration, name)) for name in RegistrationRecord.__dataclass_fields__}
    return bool(tx.insert_new(REGISTRATION, [row], returning=("id",)))


def get(tx: Tx, registration_id: str) -> RegistrationRecord:
    """Return a registration, held for this transaction. Raises NotFound."""
    row = tx.first(_all().where(REGISTRATION.c.id == registration_id).with_for_update(key_share=True))
    if row is None:
        raise NotFound(f"there is no registration {registration_id}")
    return _record(row)


def find_standing(tx: Tx, number_id: str, kind: str) -> RegistrationRecord | None:
    """Return the registration of a number as this kind that is not given up."""
    mine = (REGISTRATION.c.number_id == number_id, REGISTRATION.c.kind == kind, REGISTRATION.c.removed_at.is_(None))
    row = tx.first(_all().where(*mine))
    return _record(row) if row else None


def list_of_numbers(tx: Tx, number_ids: Collection[str]) -> tuple[RegistrationRecord, ...]:
    """Return the registrations of these numbers that are not given up, oldest first."""
    mine = (REGISTRATION.c.number_id.in_(list(number_ids)), REGISTRATION.c.removed_at.is_(None))
    return tuple(_record(row) for row in tx.all(_all().where(*mine).order_by(REGISTRATION.c.id)))


def list_to_remove(tx: Tx, number_id: str, kind: str) -> tuple[RegistrationRecord, ...]:
    """Return the registrations of a number that are given up and still with the supplier."""
    mine = (REGISTRATION.c.number_id == number_id, REGISTRATION.c.kind == kind)
    left = (REGISTRATION.c.removed_at.is_not(None), REGISTRATION.c.state != RegistrationState.REMOVED)
    return tuple(_record(row) for row in tx.all(_all().where(*mine, *left).order_by(REGISTRATION.c.id)))


def list_attempts(tx: Tx, number_id: str, kind: str) -> tuple[datetime, ...]:
    """Return when a number was submitted as this kind, for whomever, oldest first."""
    mine = (REGISTRATION.c.number_id == number_id, REGISTRATION.c.kind == kind)
    found = [
        datetime.fromisoformat(at) for row in tx.all(select(REGISTRATION.c.attempts).where(*mine)) for at in row[0]
    ]
    return tuple(sorted(found))


def list_accounts(tx: Tx, number_id: str) -> tuple[str, ...]:
    """Return the accounts in which a number was ever to be a sender."""
    rows = tx.all(select(REGISTRATION.c.provider_account_id).where(REGISTRATION.c.number_id == number_id).distinct())
    return tuple(sorted(row[0] for row in rows))


def list_left(tx: Tx, account_id: str) -> tuple[RegistrationRecord, ...]:
    """Return the registrations of an account that are not taken off, held for this transaction."""
    mine = (REGISTRATION.c.provider_account_id == account_id, REGISTRATION.c.state != RegistrationState.REMOVED)
    held = _all().where(*mine).order_by(REGISTRATION.c.id).with_for_update(key_share=True)
    return tuple(_record(row) for row in tx.all(held))


def count_senders(tx: Tx, account_id: str, kind: str, number_id: str | None = None) -> int:
    """Count the numbers that take room in the portfolio of an account: its senders, those on their way included.

    number_id  of a number that does not count
    """
    accounts = _of_one_portfolio(tx, account_id)
    registered = select(REGISTRATION.c.number_id).where(
        REGISTRATION.c.provider_account_id.in_(accounts),
        REGISTRATION.c.kind == kind,
        REGISTRATION.c.state.not_in(_OVER),
        REGISTRATION.c.removed_at.is_(None),
    )
    lent = select(SENDER.c.number_id).where(
        SENDER.c.provider_account_id.in_(accounts),
        SENDER.c.kind == kind,
        SENDER.c.number_id.is_not(None),
        SENDER.c.released_at.is_(None),
    )
    taking = registered.union(lent).subquery()
    others = taking.c.number_id != number_id if number_id else true()
    return int(tx.scalar(select(func.count()).select_from(taking).where(others)) or 0)


def claim(tx: Tx, registration_id: str, now: datetime, until: datetime) -> RegistrationRecord | None:
    """Take a registration that is due, so that nobody else does before `until`; None when it is not due."""
    taken = (
        update(REGISTRATION)
        .where(REGISTRATION.c.id == registration_id, REGISTRATION.c.due_at <= now)
        .values(due_at=until)
    )
    return get(tx, registration_id) if tx.execute(taken).rowcount == 1 else None


def renew(tx: Tx, taken: RegistrationRecord, until: datetime) -> bool:
    """Keep a registration that was taken until later; False when somebody else took it since, or it is given up."""
    ours = (REGISTRATION.c.id == taken.id, REGISTRATION.c.due_at == taken.due_at, REGISTRATION.c.removed_at.is_(None))
    return tx.execute(update(REGISTRATION).where(*ours).values(due_at=until)).rowcount == 1


def list_due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Return the ids of registrations to look at, longest due first."""
    due = select(REGISTRATION.c.id).where(REGISTRATION.c.due_at <= now).order_by(REGISTRATION.c.due_at).limit(limit)
    return [row.id for row in tx.all(due)]


def change(tx: Tx, registration_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a registration, given as its record has them."""
    kept = {name: _kept(value) for name, value in values.items()}
    tx.execute(update(REGISTRATION).where(REGISTRATION.c.id == registration_id).values(kept))


def move_number(tx: Tx, number_id: str, account_id: str, external_id: str) -> None:
    """Note that a number is another account's now, with the senders it carries. `external_id`: the supplier's of it."""
    moved = {"provider_account_id": account_id, "external_id": external_id}
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(moved))
    carried = (SENDER.c.number_id == number_id, SENDER.c.released_at.is_(None))
    tx.execute(update(SENDER).where(*carried).values(provider_account_id=account_id))


def set_forwarding(tx: Tx, number_id: str, to: str) -> str:
    """Set where calls with a one-time code go, and return where they went before."""
    before = str(tx.scalar(select(NUMBER.c.forward_to).where(NUMBER.c.id == number_id)) or "")
    tx.execute(update(NUMBER).where(NUMBER.c.id == number_id).values(forward_to=to))
    return before


def _of_one_portfolio(tx: Tx, account_id: str) -> list[str]:
    portfolio = tx.scalar(select(ACCOUNT.c.portfolio_id).where(ACCOUNT.c.id == account_id))
    same: list[ColumnElement[bool]] = [ACCOUNT.c.id == account_id]
    if portfolio:
        same.append(ACCOUNT.c.portfolio_id == portfolio)
    return [row.id for row in tx.all(select(ACCOUNT.c.id).where(or_(*same)))]


def _all() -> Select[Any]:
    return select(*(REGISTRATION.c[name] for name in RegistrationRecord.__dataclass_fields__))


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return [each.isoformat() if isinstance(each, datetime) else each for each in value]
    return value


def _record(row: Row[Any]) -> RegistrationRecord:
    values = dict(row._mapping)
    return RegistrationRecord(
        **{
            **values,
            "state": RegistrationState(row.state),
            "quality": Quality(row.quality),
            "attempts": tuple(datetime.fromisoformat(each) for each in row.attempts),
            "problems": tuple(row.problems),
            "code": bytes(row.code) if row.code is not None else None,
        }
    )
