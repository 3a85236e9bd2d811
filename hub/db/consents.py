"""The consent ledger: what people said to being written to. It only grows; an erasure takes a person's entries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.db.among import among
from hub.db.session import Tx
from hub.db.tables.core import CONSENT, CONTACT, IDENTITY
from hub.numbers.policy.caps import Answer, Consent
from hub.types.numbers import Purpose


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One entry. `user_id`: who entered it; None: the hub, from what the person wrote."""

    id: str
    identity_id: str
    purpose: Purpose
    answer: Answer
    source: str
    text_version: str
    user_id: str | None
    at: datetime

    def as_policy(self) -> Consent:
        """Return it as the policy reads it."""
        return Consent(self.identity_id, self.purpose, self.answer, self.source, self.at, self.text_version)


def add(tx: Tx, consent: ConsentRecord) -> None:
    """Append an entry."""
    add_all(tx, [consent])


def add_all(tx: Tx, entries: Sequence[ConsentRecord]) -> None:
    """Append entries."""
    if entries:
        tx.insert(CONSENT, [_row(tx, each) for each in entries])


def _row(tx: Tx, consent: ConsentRecord) -> dict[str, Any]:
    row = {name: getattr(consent, name) for name in ConsentRecord.__dataclass_fields__}
    return row | {
        "purpose": consent.purpose.value, "answer": consent.answer.value, "organization_id": tx.organization_id
    }  # fmt: skip


def find_addresses(tx: Tx, addresses: Collection[str]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (kind, address) → (identity, contact) of the people known by these, but restricted ones (F20)."""
    if not addresses:
        return {}
    rows = tx.all(
        select(IDENTITY.c.kind, IDENTITY.c.address, IDENTITY.c.id, IDENTITY.c.contact_id)
        .join(CONTACT, CONTACT.c.id == IDENTITY.c.contact_id)
        .where(
            IDENTITY.c.organization_id == tx.organization_id,
            IDENTITY.c.address.in_(sorted(addresses)),
            CONTACT.c.restricted_at.is_(None),
        )
    )
    return {(row.kind, row.address): (row.id, row.contact_id) for row in rows}


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """An address as it is written to, and what its contact is called."""

    kind: str
    address: str
    contact_name: str


def list_addresses(tx: Tx, identity_ids: Collection[str]) -> dict[str, NamedAddress]:
    """Return identity → its address; those of restricted contacts (F20) are left out."""
    rows = tx.all(
        select(IDENTITY.c.id, IDENTITY.c.kind, IDENTITY.c.address, CONTACT.c.name)
        .join(CONTACT, CONTACT.c.id == IDENTITY.c.contact_id)
        .where(
            IDENTITY.c.organization_id == tx.organization_id,
            among(tx, IDENTITY.c.id, identity_ids),
            CONTACT.c.restricted_at.is_(None),
        )
    )
    return {row.id: NamedAddress(row.kind, row.address, row.name) for row in rows}


def list_of(tx: Tx, identity_ids: Collection[str]) -> list[ConsentRecord]:
    """Return the entries of identities, oldest first."""
    if not identity_ids:
        return []
    rows: Iterable[Any] = tx.all(
        select(CONSENT)
        .where(CONSENT.c.organization_id == tx.organization_id, CONSENT.c.identity_id.in_(sorted(identity_ids)))
        .order_by(CONSENT.c.at, CONSENT.c.id)
    )
    return [
        ConsentRecord(
            id=row.id,
            identity_id=row.identity_id,
            purpose=Purpose(row.purpose),
            answer=Answer(row.answer),
            source=row.source,
            text_version=row.text_version,
            user_id=row.user_id,
            at=row.at,
        )
        for row in rows
    ]
