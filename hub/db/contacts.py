"""Contacts and their identities: looking them up, changing them, joining two and parting them again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, update

from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY, RECIPIENT
from hub.errors import NotFound
from hub.types import ChannelKind, Page


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """An address of a contact on one channel kind. `unreachable` is why nothing can be sent there, None when it can."""

    id: str
    kind: ChannelKind
    scope: str
    address: str
    name: str
    unreachable: str | None


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact. `merged_into_id` names the contact that carries its identities now; `restricted`: see F20."""

    id: str
    name: str
    fields: Mapping[str, Any]
    merged_into_id: str | None
    created_at: datetime
    identities: tuple[IdentityRecord, ...]
    restricted: bool = False


def get(tx: Tx, contact_id: str) -> ContactRecord:
    """Return a contact, a merged one too. Raises NotFound."""
    row = tx.first(_contacts(tx).where(CONTACT.c.id == contact_id))
    if row is None:
        raise NotFound(f"there is no contact {contact_id}")
    return _with_identities(tx, [row])[0]


def list_page(
    tx: Tx, text: str | None, limit: int, cursor: str | None, *, with_restricted: bool
) -> Page[ContactRecord]:
    """Return contacts that are merged into nobody, newest first; the cursor is the last one's id.

    text: what the contact's name or the name or address of one of its identities contains, in either case.
    """
    wanted = _contacts(tx).where(CONTACT.c.merged_into_id.is_(None))
    if not with_restricted:
        wanted = wanted.where(CONTACT.c.restricted_at.is_(None))
    if text:
        wanted = wanted.where(_matches(tx, text))
    if cursor:
        wanted = wanted.where(CONTACT.c.id < cursor)
    rows = tx.all(wanted.order_by(CONTACT.c.id.desc()).limit(limit + 1))
    return page_by_id(_with_identities(tx, rows), limit)


def change(tx: Tx, contact_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a contact."""
    if values:
        mine = (CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id == contact_id)
        tx.execute(update(CONTACT).where(*mine).values(values))


def lock(tx: Tx, contact_ids: Collection[str]) -> None:
    """Hold off every other merge of these contacts until the transaction ends."""
    tx.all(
        select(CONTACT.c.id)
        .where(CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id.in_(contact_ids))
        .order_by(CONTACT.c.id)
        .with_for_update(key_share=True)
    )


def list_merged_into(tx: Tx, contact_ids: Collection[str]) -> tuple[str, ...]:
    """Return the contacts merged directly into one of these, oldest first."""
    rows = tx.all(
        select(CONTACT.c.id)
        .where(
            CONTACT.c.organization_id == tx.organization_id,
            CONTACT.c.merged_into_id.in_(contact_ids),
        )
        .order_by(CONTACT.c.id)
    )
    return tuple(row[0] for row in rows)


def list_identities_of(tx: Tx, contact_id: str) -> tuple[str, ...]:
    """Return the ids of the identities a contact carries now."""
    return _identity_ids(tx, IDENTITY.c.contact_id == contact_id)


def list_identities_born_with(tx: Tx, contact_ids: Collection[str]) -> tuple[str, ...]:
    """Return the ids of the identities that were created with one of these contacts."""
    return _identity_ids(tx, IDENTITY.c.first_contact_id.in_(contact_ids))


def find_first_contact(tx: Tx, identity_id: str) -> str | None:
    """Return the contact that an identity was created with."""
    mine = IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.id == identity_id
    return tx.scalar(select(IDENTITY.c.first_contact_id).where(*mine))


def move_identities(tx: Tx, identity_ids: Sequence[str], contact_id: str) -> tuple[str, ...]:
    """Give identities and their conversations to a contact; return the conversations' ids."""
    carried = IDENTITY.c.id, CONVERSATION.c.identity_id, RECIPIENT.c.identity_id
    for column in carried:
        table = column.table
        tx.execute(
            update(table)
            .where(table.c.organization_id == tx.organization_id, column.in_(identity_ids))
            .values(contact_id=contact_id)
        )
    moved = tx.all(
        select(CONVERSATION.c.id).where(
            CONVERSATION.c.organization_id == tx.organization_id,
            CONVERSATION.c.identity_id.in_(identity_ids),
        )
    )
    return tuple(row[0] for row in moved)


def _identity_ids(tx: Tx, condition: ColumnElement[bool]) -> tuple[str, ...]:
    rows = tx.all(select(IDENTITY.c.id).where(IDENTITY.c.organization_id == tx.organization_id, condition))
    return tuple(row[0] for row in rows)


def _matches(tx: Tx, text: str) -> ColumnElement[bool]:
    having = (
        select(IDENTITY.c.id)
        .where(
            IDENTITY.c.organization_id == tx.organization_id,
            IDENTITY.c.contact_id == CONTACT.c.id,
            or_(_contains(IDENTITY.c.name, text), _contains(IDENTITY.c.address, text)),
        )
        .exists()
    )
    return or_(_contains(CONTACT.c.name, text), having)


def _contains(column: Any, text: str) -> ColumnElement[bool]:
    # SQLite's lower() only knows ASCII: the text as it was typed finds the rest
    lowered = func.lower(column).contains(text.lower(), autoescape=True)
    return or_(lowered, column.contains(text, autoescape=True))


def _contacts(tx: Tx) -> Select[Any]:
    columns = (CONTACT.c.id, CONTACT.c.name, CONTACT.c.fields, CONTACT.c.merged_into_id, CONTACT.c.created_at)
    return select(*columns, CONTACT.c.restricted_at).where(CONTACT.c.organization_id == tx.organization_id)


def _with_identities(tx: Tx, rows: Sequence[Row[Any]]) -> tuple[ContactRecord, ...]:
    found = tx.all(
        select(
            IDENTITY.c.contact_id,
            IDENTITY.c.id,
            IDENTITY.c.kind,
            IDENTITY.c.scope,
            IDENTITY.c.address,
            IDENTITY.c.name,
            IDENTITY.c.unreachable,
        )
        .where(
            IDENTITY.c.organization_id == tx.organization_id,
            IDENTITY.c.contact_id.in_([row.id for row in rows]),
        )
        .order_by(IDENTITY.c.id)
    )
    return tuple(_record(row, [each for each in found if each.contact_id == row.id]) for row in rows)


def _record(row: Row[Any], identities: Sequence[Row[Any]]) -> ContactRecord:
    return ContactRecord(
        id=row.id,
        name=row.name,
        fields=row.fields,
        merged_into_id=row.merged_into_id,
        created_at=row.created_at,
        identities=tuple(
            IdentityRecord(each.id, ChannelKind(each.kind), each.scope, each.address, each.name, each.unreachable)
            for each in identities
        ),
        restricted=row.restricted_at is not None,
    )
