"""Provider accounts: the platform's own. Every query here is platform work."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, SENDER
from hub.errors import NotFound

SEALED = "provider_accounts.credentials"
"""The purpose an account's credentials are sealed for, with the platform's key."""
SEALED_BUSINESS = "provider_accounts.business_token"
"""The purpose the token of its business account is sealed for."""

OPENING, ACTIVE, SUSPENDED, CLOSED = "opening", "active", "suspended", "closed"


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A provider account; `credentials` are sealed.

    external_id      the provider's id of it; our own until the provider has opened it
    state            opening (asked for, not yet there), active, suspended, closed
    organization_id  whose senders a sub-account carries; `parent_id`: the account it belongs to
    business_id      the customer's business account at the messenger, `portfolio_id` its portfolio; "": not known
    portfolio        `hub.numbers.policy.obstacles.Portfolio`
    level, forbids   what is held against the business account (`hub.types.Level`, `hub.types.bans.Act`)
    business_token   lets us speak to the messenger about the business account, sealed; None: never given
    subscribed_at    when the messenger last said that it tells us what becomes of it; None: it does not
    """

    id: str
    provider: str
    external_id: str
    name: str
    state: str
    created_at: datetime
    credentials: bytes = field(repr=False)
    organization_id: str | None = None
    parent_id: str | None = None
    business_id: str = ""
    portfolio_id: str = ""
    portfolio: str = "unverified"
    level: str = "none"
    forbids: tuple[str, ...] = ()
    forbids_until: datetime | None = None
    business_token: bytes | None = field(default=None, repr=False)
    subscribed_at: datetime | None = None


def add(tx: Tx, account: AccountRecord) -> bool:
    """Insert an account. False when the hub knows the provider's id of it already."""
    row = {name: getattr(account, name) for name in AccountRecord.__dataclass_fields__}
    return bool(tx.insert_new(ACCOUNT, [row | {"forbids": list(account.forbids)}], returning=("id",)))


def find(tx: Tx, provider: str, external_id: str) -> AccountRecord | None:
    """Return the account with the provider's id of it."""
    row = tx.first(_accounts().where(ACCOUNT.c.provider == provider, ACCOUNT.c.external_id == external_id))
    return _record(row) if row else None


def get(tx: Tx, account_id: str, *, lock: bool = False) -> AccountRecord:
    """Return an account, locked against other assignments when asked. Raises NotFound."""
    wanted = _accounts().where(ACCOUNT.c.id == account_id)
    row = tx.first(wanted.with_for_update(key_share=True) if lock else wanted)
    if row is None:
        raise NotFound(f"there is no provider account {account_id}")
    return _record(row)


def list_all(tx: Tx) -> tuple[AccountRecord, ...]:
    """Return every account, oldest first."""
    return tuple(_record(row) for row in tx.all(_accounts().order_by(ACCOUNT.c.id)))


def list_of(tx: Tx, organization_id: str) -> tuple[AccountRecord, ...]:
    """Return the accounts that carry an organization's senders and are not closed, oldest first."""
    whose = _accounts().where(ACCOUNT.c.organization_id == organization_id, ACCOUNT.c.state != CLOSED)
    return tuple(_record(row) for row in tx.all(whose.order_by(ACCOUNT.c.id)))


def find_by_business(tx: Tx, provider: str, business_id: str) -> AccountRecord | None:
    """Return the account at a provider that has a business account of the messenger."""
    row = tx.first(_accounts().where(ACCOUNT.c.provider == provider, ACCOUNT.c.business_id == business_id))
    return _record(row) if row else None


def open_up(tx: Tx, account_id: str, external_id: str, credentials: bytes) -> bool:
    """Note that the provider opened an account; False when that was noted before."""
    here = (ACCOUNT.c.id == account_id, ACCOUNT.c.state == OPENING)
    opened = {"state": ACTIVE, "external_id": external_id, "credentials": credentials}
    return tx.execute(update(ACCOUNT).where(*here).values(**opened)).rowcount == 1


def take_to_compare(tx: Tx, providers: Collection[str], before: datetime, now: datetime) -> AccountRecord | None:
    """Return the account of these providers that was compared longest ago, before a moment, and note that it is now."""
    waits = ACCOUNT.c.compared_at.is_(None) | (ACCOUNT.c.compared_at <= before)
    due = (ACCOUNT.c.state != OPENING, ACCOUNT.c.provider.in_(list(providers)), waits)
    row = tx.first(_accounts().where(*due).order_by(ACCOUNT.c.compared_at.asc().nulls_first(), ACCOUNT.c.id).limit(1))
    if row is None:
        return None
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == row.id).values(compared_at=now))
    return _record(row)


def set_compared(tx: Tx, provider: str, now: datetime) -> None:
    """Note that all accounts of a provider had their turn."""
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.provider == provider).values(compared_at=now))


def set_state(tx: Tx, account_id: str, state: str) -> None:
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(state=state))


def set_business(tx: Tx, account_id: str, business_id: str, portfolio_id: str, token: bytes | None = None) -> None:
    """Keep the customer's business account at the messenger, its portfolio, and the sealed token for both."""
    made = {"business_id": business_id, "portfolio_id": portfolio_id, "business_token": token}
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**made))


def leave_business(tx: Tx, closed: AccountRecord, to_id: str) -> None:
    """Leave the business account of an account that is closed to another one, with what is held against it. The closed
    one stays known as one of the portfolio.
    """
    gone = {"business_id": "", "business_token": None, "subscribed_at": None}
    held = {"level": closed.level, "forbids": list(closed.forbids), "forbids_until": closed.forbids_until}
    for account_id, values in ((closed.id, gone), (to_id, held)):
        tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**values))


def set_subscribed(tx: Tx, account_id: str, at: datetime | None) -> None:
    """Keep when the messenger last said that it tells us what becomes of the business account; None: it does not."""
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(subscribed_at=at))


def set_portfolio(tx: Tx, account_id: str, portfolio: str) -> None:
    """Keep how far the messenger trusts the customer's business."""
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(portfolio=portfolio))


def set_credentials(tx: Tx, account_id: str, credentials: bytes, now: datetime) -> None:
    """Replace an account's sealed credentials: what was refused to its senders before says nothing of these."""
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(credentials=credentials))
    tx.execute(update(SENDER).where(SENDER.c.provider_account_id == account_id).values(credentials_changed_at=now))


def organizations_on(tx: Tx, account_id: str, kind: str) -> frozenset[str]:
    """Return the organizations that have a sender of this kind on the account."""
    rows = tx.all(
        select(SENDER.c.organization_id)
        .where(
            SENDER.c.provider_account_id == account_id,
            SENDER.c.kind == kind,
            SENDER.c.released_at.is_(None),
        )
        .distinct()
    )
    return frozenset(row[0] for row in rows)


def _accounts() -> Select[Any]:
    return select(*(ACCOUNT.c[name] for name in AccountRecord.__dataclass_fields__))


def _record(row: Row[Any]) -> AccountRecord:
    return AccountRecord(**{**row._mapping, "forbids": tuple(row.forbids)})
