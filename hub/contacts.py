"""Contacts: finding and changing them, and joining two that are one person.

A merge moves identities, and with each its conversations, to the contact that stays; conversations are never joined.
Every identity remembers the contact it was created with, so a merge can be undone at any time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.access.permissions import Permission, require
from hub.access.users import clean_name
from hub.db import contacts, notices
from hub.db.contacts import ContactRecord
from hub.db.session import Tx
from hub.errors import Conflict, Invalid
from hub.types import Actor, Page
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """What to change; None leaves it. A name in `fields` is set to its value, and removed when that is None."""

    name: str | None = None
    fields: Mapping[str, Any] | None = None


def list_contacts(
    services: Services, actor: Actor, text: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[ContactRecord]:
    """Return contacts, newest first; `text` looks into names and addresses. Merged ones do not appear."""
    require(actor, Permission.READ_CONTACTS)
    with services.db.reading(actor.organization_id) as tx:
        return contacts.list_page(tx, text, limit, cursor)


def get_contact(services: Services, actor: Actor, contact_id: str) -> ContactRecord:
    """Return a contact; a merged one names the contact that has its identities. Raises NotFound."""
    require(actor, Permission.READ_CONTACTS)
    with services.db.reading(actor.organization_id) as tx:
        return contacts.get(tx, contact_id)


def change_contact(services: Services, actor: Actor, contact_id: str, changes: ContactChanges) -> ContactRecord:
    """Change name and fields. Raises NotFound, Invalid (empty name)."""
    require(actor, Permission.EDIT_CONTACTS)
    with services.db.transaction(actor.organization_id) as tx:
        contacts.lock(tx, [contact_id])
        contact = contacts.get(tx, contact_id)
        contacts.change(tx, contact_id, _new_values(contact, changes))
        return contacts.get(tx, contact_id)


def merge(services: Services, actor: Actor, contact_id: str, other_id: str) -> ContactRecord:
    """Make `other_id` part of `contact_id`: its identities and their conversations move there.

    Raises NotFound, Invalid (a contact with itself), Conflict (one of the two is merged into another already).
    """
    require(actor, Permission.EDIT_CONTACTS)
    if contact_id == other_id:
        raise Invalid("a contact cannot be merged with itself; name another one as other_id")
    with services.db.transaction(actor.organization_id) as tx:
        contacts.lock(tx, [contact_id, other_id])
        for found in (contacts.get(tx, contact_id), contacts.get(tx, other_id)):
            _check_stands_alone(found)
        contacts.change(tx, other_id, {"merged_into_id": contact_id})
        moved = contacts.move_identities(tx, contacts.list_identities_of(tx, other_id), contact_id)
        merged = contacts.get(tx, contact_id)
        _announce(services, tx, moved)
    return merged


def unmerge(services: Services, actor: Actor, contact_id: str) -> ContactRecord:
    """Undo a merge: part this contact from the one it was merged into, or every contact that was merged into it.

    Raises NotFound, Conflict when the contact takes part in no merge.
    """
    require(actor, Permission.EDIT_CONTACTS)
    with services.db.transaction(actor.organization_id) as tx:
        contacts.lock(tx, [contact_id])
        contact = contacts.get(tx, contact_id)
        parted = (contact.id,) if contact.merged_into_id else contacts.list_merged_into(tx, [contact_id])
        if not parted:
            raise Conflict("this contact is merged with no other; there is nothing to undo")
        moved = [conversation_id for each in parted for conversation_id in _part(tx, each)]
        contact = contacts.get(tx, contact_id)
        _announce(services, tx, moved)
    return contact


def _part(tx: Tx, contact_id: str) -> tuple[str, ...]:
    contacts.change(tx, contact_id, {"merged_into_id": None})
    own = contacts.list_identities_born_with(tx, _with_merged(tx, contact_id))
    return contacts.move_identities(tx, own, contact_id)


def _with_merged(tx: Tx, contact_id: str) -> set[str]:
    """Return the contact and all that were merged into it, or into one of those."""
    found = {contact_id}
    newest = found
    while newest:
        newest = set(contacts.list_merged_into(tx, newest)) - found
        found |= newest
    return found


def _check_stands_alone(contact: ContactRecord) -> None:
    if contact.merged_into_id:
        raise Conflict(
            f"the contact {contact.id} is merged into {contact.merged_into_id}; name that one, or unmerge first",
            merged_into_id=contact.merged_into_id,
        )


def _new_values(contact: ContactRecord, changes: ContactChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = clean_name(changes.name)
    if changes.fields is not None:
        fields = {**contact.fields, **changes.fields}
        values["fields"] = {name: value for name, value in fields.items() if value is not None}
    return values


def _announce(services: Services, tx: Tx, conversation_ids: Iterable[str]) -> None:
    notices.add(tx, [("conversation", {"id": conversation_id}) for conversation_id in conversation_ids])
    organization_id = tx.organization_id
    tx.after_commit(lambda: services.queue.notify(organization_id))
