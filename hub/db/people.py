"""Contacts and identities as the message line finds and makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from hub.db.session import Tx
from hub.db.tables.core import CONTACT, IDENTITY
from hub.ids import new_id
from hub.types import ChannelKind, Person

Place = tuple[str, str]
"""(scope, address) of an identity on one channel kind."""


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """The address of a person on one channel kind, and whose contact it is; `restricted`: that contact is (F20).

    unreachable   why nothing may be written to them, in our words
    opted_out     by their own word; only their own word takes it back
    verified      the provider vouches for the address
    corrected     people corrected the name: what providers call the person does not count
    created_at    when the hub first heard of the address, aware UTC
    """

    id: str
    contact_id: str
    address: str
    scope: str
    name: str
    unreachable: str | None
    opted_out: bool
    verified: bool
    corrected: bool
    restricted: bool
    created_at: datetime


def place_of(person: Person) -> Place:
    return person.scope, person.address


def places_of(person: Person) -> list[Place]:
    """Return every address that a provider names for a person, the one it writes from first."""
    return [(person.scope, address) for address in dict.fromkeys((person.address, *person.aliases))]


def find_identities(tx: Tx, kind: ChannelKind, places: Iterable[Place]) -> dict[Place, IdentityRecord]:
    """Return the known identities among these places."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    rows = tx.all(
        _records(tx).where(
            IDENTITY.c.kind == kind,
            tuple_(IDENTITY.c.scope, IDENTITY.c.address).in_(wanted),
        )
    )
    return {(row.scope, row.address): _record(row) for row in rows}


def find_identity(tx: Tx, identity_id: str) -> IdentityRecord | None:
    row = tx.first(_records(tx).where(IDENTITY.c.id == identity_id))
    return _record(row) if row else None


def restricted_among(tx: Tx, contact_ids: Sequence[str]) -> set[str]:
    """Return which of these contacts are restricted (F20)."""
    if not contact_ids:
        return set()
    rows = tx.all(
        select(CONTACT.c.id).where(
            CONTACT.c.organization_id == tx.organization_id,
            CONTACT.c.id.in_(contact_ids),
            CONTACT.c.restricted_at.is_not(None),
        )
    )
    return {row.id for row in rows}


def lock_restricted(tx: Tx, contact_ids: Sequence[str]) -> set[str]:
    """Hold the restriction of these contacts until the transaction ends; return those that are restricted now.

    A restriction that is being lifted is waited for: what is written under one is not missed by lifting it.
    """
    if not contact_ids:
        return set()
    rows = tx.all(
        select(CONTACT.c.id, CONTACT.c.restricted_at)
        .where(CONTACT.c.organization_id == tx.organization_id, CONTACT.c.id.in_(contact_ids))
        .order_by(CONTACT.c.id)
        .with_for_update(key_share=True)
    )
    return {row.id for row in rows if row.restricted_at is not None}


def _records(tx: Tx) -> Select[Any]:
    return (
        select(IDENTITY, CONTACT.c.restricted_at)
        .join(CONTACT, CONTACT.c.id == IDENTITY.c.contact_id)
        .where(IDENTITY.c.organization_id == tx.organization_id)
    )


def ensure_identities(
    tx: Tx, kind: ChannelKind, family: Sequence[ChannelKind], persons: Sequence[Person], now: datetime
) -> dict[Place, IdentityRecord]:
    """Return an identity for each address of each person, making contacts for new ones.

    All addresses of one person are of one contact, and an equal address on another kind of the same family (a phone
    number on SMS and WhatsApp) joins the same contact.
    """
    places = [place for person in persons for place in places_of(person)]
    found = find_identities(tx, kind, places)
    if found.keys() >= set(places):
        return found
    _lock_newcomers(tx)
    found = find_identities(tx, kind, places)
    new = {place: person for person in persons for place in places_of(person) if place not in found}
    contacts = {place: each.contact_id for place, each in found.items()}
    _find_contacts(tx, family, list(new.values()), contacts)
    _insert_contacts(tx, list(new.values()), contacts, now)
    rows = [_row(tx, kind, place, person, contacts[place], now) for place, person in new.items()]
    tx.insert_new(IDENTITY, rows, ("id",))
    return found | find_identities(tx, kind, new)


def _lock_newcomers(tx: Tx) -> None:
    """Let one transaction of the organization make contacts at a time: somebody who writes on two channels is one.

    SQLite's write lock does it already.
    """
    if not tx.is_sqlite:
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"contacts {tx.organization_id}", 0))))


def _find_contacts(
    tx: Tx, family: Sequence[ChannelKind], persons: Sequence[Person], contacts: dict[Place, str]
) -> None:
    """Let every address of a person have the contact that one of them has, here or on a kind of the same family."""
    of_family = _contacts_of_family(tx, family, [place for person in persons for place in places_of(person)])
    for person in persons:
        places = places_of(person)
        known = [each for each in (*map(contacts.get, places), *(of_family.get(place[1]) for place in places)) if each]
        if known:
            contacts.update({place: known[0] for place in places if place not in contacts})


def _contacts_of_family(tx: Tx, family: Sequence[ChannelKind], places: Sequence[Place]) -> dict[str, str]:
    if not family:
        return {}
    rows = tx.all(
        select(IDENTITY.c.address, IDENTITY.c.contact_id).where(
            IDENTITY.c.organization_id == tx.organization_id,
            IDENTITY.c.kind.in_(family),
            IDENTITY.c.address.in_([address for _, address in places]),
        )
    )
    return {row.address: row.contact_id for row in rows}


def _insert_contacts(tx: Tx, persons: Sequence[Person], contacts: dict[Place, str], now: datetime) -> None:
    """Make a contact for each person that has none; `contacts` learns it for every address of theirs."""
    rows = []
    for person in persons:
        if place_of(person) in contacts:
            continue
        contact_id = new_id()
        contacts.update(dict.fromkeys(places_of(person), contact_id))
        rows.append(
            {
                "id": contact_id,
                "organization_id": tx.organization_id,
                "name": (person.name or person.address)[:200],
                "fields": {},
                "created_at": now,
            }
        )
    tx.insert(CONTACT, rows)


def _row(tx: Tx, kind: ChannelKind, place: Place, person: Person, contact_id: str, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "organization_id": tx.organization_id,
        "contact_id": contact_id,
        "first_contact_id": contact_id,
        "kind": kind,
        "scope": place[0],
        "address": place[1],
        "name": person.name[:200],
        "verified": person.verified,
        "created_at": now,
    }


def _record(row: object) -> IdentityRecord:
    values = row._mapping  # type: ignore[attr-defined]
    return IdentityRecord(
        id=values["id"],
        contact_id=values["contact_id"],
        address=values["address"],
        scope=values["scope"],
        name=values["name"],
        unreachable=values["unreachable"],
        opted_out=values["opted_out_at"] is not None,
        verified=values["verified"],
        corrected=values["corrected"],
        restricted=values["restricted_at"] is not None,
        created_at=values["created_at"],
    )
