"""Who a person is to one organization: contacts merged into one, identities, conversations, and what names them."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, or_, select

from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, IDENTITY


@dataclass(frozen=True, slots=True)
class Address:
    """One identity of the person."""

    identity_id: str
    kind: str
    scope: str
    address: str = field(repr=False)
    name: str = field(repr=False)
    unreachable: str | None
    opted_out: bool


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person. `contact_ids` begins with the contact that the others are merged into; all empty: nobody is left."""

    contact_ids: tuple[str, ...]
    names: tuple[str, ...] = field(repr=False)
    addresses: tuple[Address, ...]
    conversation_ids: tuple[str, ...]

    @property
    def identity_ids(self) -> tuple[str, ...]:
        return tuple(each.identity_id for each in self.addresses)


def find(tx: Tx, contact_id: str) -> PersonRecord | None:
    """Return the person a contact is part of, whichever of several merged contacts it is; None for an unknown one."""
    root = _root_of(tx, contact_id)
    if root is None:
        return None
    contact_ids = _with_merged(tx, root)
    names = tx.all(select(CONTACT.c.name).where(_of_contacts(tx, contact_ids)).order_by(CONTACT.c.id))
    addresses = _addresses(tx, contact_ids)
    every = [row.name for row in names] + [each.name for each in addresses]
    return PersonRecord(
        contact_ids,
        tuple(dict.fromkeys(name for name in every if name)),
        addresses,
        _conversations(tx, contact_ids, [each.identity_id for each in addresses]),
    )


def others_among(tx: Tx, conversation_id: str, contact_ids: Collection[str]) -> frozenset[str]:
    """Return which of these contacts are not the person a conversation is with, merged contacts counting as one."""
    theirs = tx.scalar(
        select(CONVERSATION.c.contact_id).where(
            CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id == conversation_id
        )
    )
    others = frozenset(contact_ids) - {theirs}
    if not others or theirs is None or (root := _root_of(tx, theirs)) is None:
        return frozenset()
    return others.difference(_with_merged(tx, root))


def organization_of(tx: Tx, contact_id: str) -> str | None:
    """Return whose contact it is. Platform work."""
    return tx.scalar(select(CONTACT.c.organization_id).where(CONTACT.c.id == contact_id))


def lock(tx: Tx, person: PersonRecord) -> None:
    """Hold off new conversations and messages of a person until the transaction ends."""
    for table, ids in ((CONTACT, person.contact_ids), (IDENTITY, person.identity_ids)):
        tx.all(
            select(table.c.id)
            .where(table.c.organization_id == tx.organization_id, table.c.id.in_(ids))
            .order_by(table.c.id)
            .with_for_update()
        )


def lock_contact(tx: Tx, contact_id: str) -> bool:
    """Keep a contact from being removed until the transaction ends; False when it is gone."""
    here = select(CONTACT.c.id).where(_of_contacts(tx, [contact_id]))
    return tx.first(here.with_for_update()) is not None


def names_of_others(tx: Tx, person: PersonRecord, names: Collection[str]) -> list[str]:
    """Return the names of other contacts and identities that contain one of these, in either case."""
    if not names:
        return []
    found = []
    for table, not_theirs in ((CONTACT, CONTACT.c.id), (IDENTITY, IDENTITY.c.contact_id)):
        rows = tx.all(
            select(table.c.name).where(
                table.c.organization_id == tx.organization_id,
                not_theirs.not_in(person.contact_ids),
                or_(*(_contains(table.c.name, name) for name in names)),
            )
        )
        found += [row.name for row in rows]
    return found


def _contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    return func.lower(column).contains(text.lower(), autoescape=True)


def _root_of(tx: Tx, contact_id: str) -> str | None:
    seen: set[str] = set()
    here: str | None = contact_id
    while here is not None and here not in seen:
        seen.add(here)
        row = tx.first(select(CONTACT.c.id, CONTACT.c.merged_into_id).where(_of_contacts(tx, [here])))
        if row is None:
            return None
        if row.merged_into_id is None:
            return here
        here = row.merged_into_id
    return here


def _with_merged(tx: Tx, root: str) -> tuple[str, ...]:
    # sorted here, also below: for an order by id SQLite would leave the fitting index and read the whole organization
    found = [root]
    newest = [root]
    while newest:
        rows = tx.all(
            select(CONTACT.c.id).where(
                CONTACT.c.organization_id == tx.organization_id, CONTACT.c.merged_into_id.in_(newest)
            )
        )
        newest = sorted(row.id for row in rows if row.id not in found)
        found += newest
    return tuple(found)


def _addresses(tx: Tx, contact_ids: Collection[str]) -> tuple[Address, ...]:
    rows = tx.all(
        select(IDENTITY).where(IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.contact_id.in_(contact_ids))
    )
    return tuple(
        Address(row.id, row.kind, row.scope, row.address, row.name, row.unreachable, row.opted_out_at is not None)
        for row in sorted(rows, key=lambda row: str(row.id))
    )


def _conversations(tx: Tx, contact_ids: Collection[str], identity_ids: Collection[str]) -> tuple[str, ...]:
    found: set[str] = set()
    for theirs in (CONVERSATION.c.contact_id.in_(contact_ids), CONVERSATION.c.identity_id.in_(identity_ids)):
        rows = tx.all(select(CONVERSATION.c.id).where(CONVERSATION.c.organization_id == tx.organization_id, theirs))
        found |= {row.id for row in rows}
    return tuple(sorted(found))


def _of_contacts(tx: Tx, contact_ids: Collection[str]) -> ColumnElement[bool]:
    return (CONTACT.c.organization_id == tx.organization_id) & CONTACT.c.id.in_(contact_ids)
