"""Contacts: whom the organization talks with."""

from datetime import datetime

from pydantic import Field

from hub import contacts
from hub.access.permissions import Permission
from hub.db.contacts import ContactRecord
from hub.types import Page
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown

FieldValue = str | int | float | bool | None


class Identity(Shown):
    id: str
    kind: str
    address: str
    name: str
    unreachable: str | None


class Contact(Shown):
    id: str
    name: str
    fields: dict[str, FieldValue]
    identities: list[Identity]
    merged_into_id: str | None
    restricted: bool = Field(description="Stored, but not shown, processed or written to: only its name is told")
    created_at: datetime


class Search(Paging):
    q: str | None = Field(None, max_length=200, description="Part of a name or of an address")


class ContactChanges(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    fields: dict[str, FieldValue] | None = Field(None, max_length=100, description="null removes a field")
    identities: dict[str, str] | None = Field(None, max_length=100, description="Id of an identity → its name")


class Merge(Body):
    other_id: str = Field(min_length=1, max_length=26, description="The contact that becomes part of this one")


def list_contacts(call: Call[None, Search]) -> Page[ContactRecord]:
    return contacts.list_contacts(call.services, call.actor, call.query.q, call.query.limit, call.query.cursor)


def get_contact(call: Call[None, None]) -> ContactRecord:
    return contacts.get_contact(call.services, call.actor, call.path["id"])


def change_contact(call: Call[ContactChanges, None]) -> ContactRecord:
    changes = contacts.ContactChanges(call.body.name, call.body.fields, call.body.identities)
    return contacts.change_contact(call.services, call.actor, call.path["id"], changes)


def merge_contact(call: Call[Merge, None]) -> ContactRecord:
    return contacts.merge(call.services, call.actor, call.path["id"], call.body.other_id)


def unmerge_contact(call: Call[None, None]) -> ContactRecord:
    return contacts.unmerge(call.services, call.actor, call.path["id"])


_READ = Permission.READ_CONTACTS
_EDIT = Permission.EDIT_CONTACTS

ENDPOINTS = (
    Endpoint("GET", "/contacts", "List contacts", list_contacts, Listing[Contact], query=Search, permission=_READ),
    Endpoint("GET", "/contacts/{id}", "Show a contact", get_contact, Contact, permission=_READ),
    Endpoint("PATCH", "/contacts/{id}", "Change a contact", change_contact, Contact, body=ContactChanges,
             permission=_EDIT),
    Endpoint("POST", "/contacts/{id}/merge", "Join another contact to this one", merge_contact, Contact, body=Merge,
             permission=_EDIT),
    Endpoint("POST", "/contacts/{id}/unmerge", "Undo a merge", unmerge_contact, Contact, permission=_EDIT),
)  # fmt: skip
