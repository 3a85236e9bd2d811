"""Provider accounts: the platform's own. Every query here is platform work."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, SENDER
from hub.errors import NotFound

SEALED = "provider_accounts.credentials"
"""The purpose an account's credentials are sealed for, with the platform's key."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A provider account. `external_id` is the provider's id of it; `credentials` are sealed."""

    id: str
    provider: str
    external_id: str
    name: str
    state: str
    created_at: datetime
    credentials: bytes = field(repr=False)


def add(tx: Tx, account: AccountRecord) -> bool:
    """Insert an account. False when the hub knows the provider's id of it already."""
    row = {name: getattr(account, name) for name in AccountRecord.__dataclass_fields__}
    return bool(tx.insert_new(ACCOUNT, [row], returning=("id",)))


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


def set_credentials(tx: Tx, account_id: str, credentials: bytes) -> None:
    """Replace an account's sealed credentials."""
    tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(credentials=credentials))


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
    return AccountRecord(**row._mapping)
