"""Contacts: finding and changing them, and joining two that are one person.

A merge moves identities, and with each its conversations, to the contact that stays; conversations are never joined.
Every identity remembers the contact it was created with, so a merge can be undone at any time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub import audit
from hub.access.permissions import Permission, allows, require
from hub.access.users import clean_name
from hub.db import contacts, notices, person_renaming
from hub.db.contacts import ContactRecord
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.privacy import cases
from hub.privacy.cases import request_of
from hub.types import Actor, Page
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """What to change; None leaves it. A name in `fields` is set to its value, and removed when that is None.

    identities: id of an identity → its new name.
    """

    name: str | None = None
    fields: Mapping[str, Any] | None = None
    identities: Mapping[str, str] | None = None


def list_contacts(
    services: Services, actor: Actor, text: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[ContactRecord]:
    """Return contacts, newest first; `text` looks into names and addresses. Merged ones do not appear.

    Restricted ones (F20) appear to those who handle requests of persons only, by their name.
    """
    require(actor, Permission.READ_CONTACTS)
    may_know = allows(actor, Permission.HANDLE_PRIVACY)
    with services.db.reading(actor.organization_id) as tx:
        page = contacts.list_page(tx, text, limit, cursor, with_restricted=may_know)
    return replace(page, items=tuple(_as_shown(actor, contact) for contact in page.items))


def get_contact(services: Services, actor: Actor, contact_id: str) -> ContactRecord:
    """Return a contact; a merged one names the contact that has its identities. Raises NotFound."""
    require(actor, Permission.READ_CONTACTS)
    with services.db.reading(actor.organization_id) as tx:
        return _as_shown(actor, contacts.get(tx, contact_id))


def change_contact(services: Services, actor: Actor, contact_id: str, changes: ContactChanges) -> ContactRecord:
    """Change name, fields, and names of identities; messages follow that carry the old name (F18).

    A change with a reason is a person's right being exercised, and leaves a case. Raises NotFound, Invalid on an empty
    name.
    """
    require(actor, Permission.EDIT_CONTACTS)
    key = services.vault.platform()
    with services.db.transaction(actor.organization_id) as tx:
        contacts.lock(tx, [contact_id])
        contact = contacts.get(tx, contact_id)
        _require_known(actor, contact)
        contacts.change(tx, contact_id, _new_values(contact, changes))
        _rename(tx, contact, changes)
        if actor.reason:
            cases.record_rectification(services, tx, request_of(actor, contact_id), key)
        changed = contacts.get(tx, contact_id)
        differs = audit.difference(_kept(contact), _kept(changed))
        audit.record(services, tx, actor, audit.Change("contact.changed", "contact", contact_id, **differs))
        return _as_shown(actor, changed)


def merge(services: Services, actor: Actor, contact_id: str, other_id: str) -> ContactRecord:
    """Make `other_id` part of `contact_id`: its identities and their conversations move there.

    Raises NotFound, Invalid (a contact with itself), Conflict (one of the two is merged into another already).
    """
    require(actor, Permission.EDIT_CONTACTS)
    if contact_id == other_id:
        raise Invalid("a contact cannot be merged with itself; name another one as other_id")
    with services.db.transaction(actor.organization_id) as tx:
        return join(services, tx, actor, contact_id, other_id)


def join(services: Services, tx: Tx, actor: Actor, contact_id: str, other_id: str) -> ContactRecord:
    """Merge two contacts in a transaction of the caller's. Raises what `merge` does."""
    contacts.lock(tx, [contact_id, other_id])
    for found in (contacts.get(tx, contact_id), contacts.get(tx, other_id)):
        _check_unrestricted(found)
        _check_stands_alone(found)
    contacts.change(tx, other_id, {"merged_into_id": contact_id})
    moved = contacts.move_identities(tx, contacts.list_identities_of(tx, other_id), contact_id)
    _announce(services, tx, moved)
    joined = {"other_id": other_id, "conversations": moved}
    audit.record(services, tx, actor, audit.Change("contact.merged", "contact", contact_id, after=joined))
    return contacts.get(tx, contact_id)


def unmerge(services: Services, actor: Actor, contact_id: str) -> ContactRecord:
    """Undo a merge: part this contact from the one it was merged into, or every contact that was merged into it.

    Raises NotFound, Conflict when the contact takes part in no merge.
    """
    require(actor, Permission.EDIT_CONTACTS)
    with services.db.transaction(actor.organization_id) as tx:
        return part(services, tx, actor, contact_id)


def part(services: Services, tx: Tx, actor: Actor, contact_id: str) -> ContactRecord:
    """Undo a merge in a transaction of the caller's. Raises what `unmerge` does."""
    contacts.lock(tx, [contact_id])
    contact = contacts.get(tx, contact_id)
    _check_unrestricted(contacts.get(tx, contact.merged_into_id or contact_id))
    parted = (contact.id,) if contact.merged_into_id else contacts.list_merged_into(tx, [contact_id])
    if not parted:
        raise Conflict("this contact is merged with no other; there is nothing to undo")
    moved = [conversation_id for each in parted for conversation_id in _part(tx, each)]
    contact = contacts.get(tx, contact_id)
    _announce(services, tx, moved)
    apart = {"contacts": parted, "conversations": moved}
    audit.record(services, tx, actor, audit.Change("contact.unmerged", "contact", contact_id, after=apart))
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


def _as_shown(actor: Actor, contact: ContactRecord) -> ContactRecord:
    """Of a restricted contact only the name, and that only to those who handle requests of persons (F20)."""
    _require_known(actor, contact)
    return replace(contact, fields={}, identities=()) if contact.restricted else contact


def _require_known(actor: Actor, contact: ContactRecord) -> None:
    if contact.restricted and not allows(actor, Permission.HANDLE_PRIVACY):
        raise NotFound(f"there is no contact {contact.id}")


def _check_unrestricted(contact: ContactRecord) -> None:
    if contact.restricted:
        raise Conflict(f"the contact {contact.id} is restricted; lift the restriction first")


def _check_stands_alone(contact: ContactRecord) -> None:
    if contact.merged_into_id:
        raise Conflict(
            f"the contact {contact.id} is merged into {contact.merged_into_id}; name that one, or unmerge first",
            merged_into_id=contact.merged_into_id,
        )


def _kept(contact: ContactRecord) -> dict[str, Any]:
    identities = {f"identities.{each.id}": each.name for each in contact.identities}
    return {"name": contact.name, **{f"fields.{name}": value for name, value in contact.fields.items()}, **identities}


def _rename(tx: Tx, contact: ContactRecord, changes: ContactChanges) -> None:
    """Carry new names to where the old ones were copied."""
    if changes.name is not None:
        person_renaming.rename_contact(tx, contact.id, contact.name, clean_name(changes.name))
    for identity_id, name in (changes.identities or {}).items():
        if person_renaming.rename_identity(tx, contact.id, identity_id, clean_name(name)) is None:
            raise NotFound(f"the contact {contact.id} has no identity {identity_id}")


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
