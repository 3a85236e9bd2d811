"""Claims: somebody whom we do not know used a person's code, and an operator says whether it is them.

Confirmed, the two contacts are one, which can be undone; their conversations stay apart, as with every merge.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Final

from hub import audit, contacts
from hub.access.permissions import Permission, require
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.db import ban_cases, claims, conversations, held_messages, people_of_sender, recipients
from hub.db import contacts as contact_rows
from hub.db.conversations import ConversationRecord
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.errors import Conflict, NotFound
from hub.failpoints import reach
from hub.numbers.policy.ledger import Event, advance
from hub.numbers.recruiting.views import RecipientView, view_of
from hub.types import Actor
from hub.wiring import Services

_UNKNOWN: Final = "there is no such recipient in this ban"
_GONE: Final = "whoever claimed this is gone; there is nothing left to decide"


def confirm(services: Services, actor: Actor, case_id: str, recipient_id: str) -> RecipientView:
    """Say that whoever used the code is the person: they become one contact. `undo` takes it back.

    Raises NotFound, Conflict when nobody claims it, or a contact cannot be joined (restricted, merged already).
    """
    require(actor, Permission.EDIT_CONTACTS)
    with services.db.transaction(actor.organization_id) as tx:
        before = _get(tx, case_id, recipient_id)
        theirs, claimers = _contact(tx, before.identity_id), _contact(tx, before.claimed_by)
        advance(before.entry, Event.CONFIRMED)
        if theirs != claimers:
            contacts.join(services, tx, actor, theirs, claimers)
        place = _lock_place(tx, case_id, before.claimed_by)
        record = _lock(tx, before)
        confirmed = replace(
            record, entry=advance(record.entry, Event.CONFIRMED), verified_at=services.clock(), next_at=None
        )
        words = f"{actor.name} confirmed that they are who was invited" + _waiting(tx, record)
        return _save(services, tx, actor, confirmed, place, "claim_confirmed", words)


def deny(services: Services, actor: Actor, case_id: str, recipient_id: str) -> RecipientView:
    """Say that whoever used the code is somebody else: the person can be invited again, with another code.

    Raises NotFound, Conflict when nobody claims it.
    """
    require(actor, Permission.EDIT_CONTACTS)
    with services.db.transaction(actor.organization_id) as tx:
        place = _lock_place(tx, case_id, _get(tx, case_id, recipient_id).claimed_by)
        record = _lock(tx, _get(tx, case_id, recipient_id))
        denied = replace(record, entry=advance(record.entry, Event.DENIED), claimed_by=None, next_at=services.clock())
        words = f"{actor.name} said that they are not who was invited"
        return _save(services, tx, actor, denied, place, "claim_denied", words)


def undo(services: Services, actor: Actor, case_id: str, recipient_id: str) -> RecipientView:
    """Take a confirmation back: the contacts are two again, and the claim is to be decided anew.

    Raises NotFound, Conflict when nothing was confirmed.
    """
    require(actor, Permission.EDIT_CONTACTS)
    with services.db.transaction(actor.organization_id) as tx:
        before = _get(tx, case_id, recipient_id)
        advance(before.entry, Event.UNDONE)
        joined = _joined_contact(tx, before)
        if joined is not None:
            contacts.part(services, tx, actor, joined)
        place = _lock_place(tx, case_id, before.claimed_by)
        record = _lock(tx, before)
        undone = replace(record, entry=advance(record.entry, Event.UNDONE), verified_at=None)
        words = f"{actor.name} took back that they are who was invited"
        return _save(services, tx, actor, undone, place, "claim_undone", words)


def _get(tx: Tx, case_id: str, recipient_id: str) -> RecipientRecord:
    ban_cases.get(tx, case_id)
    record = recipients.find(tx, case_id, recipient_id)
    if record is None:
        raise NotFound(_UNKNOWN)
    return record


def _lock(tx: Tx, before: RecipientRecord) -> RecipientRecord:
    """Take the line, last of all locks. Raises Conflict when somebody else decided meanwhile."""
    record = recipients.lock(tx, before.case_id, before.id)
    if record is None or (record.entry, record.claimed_by) != (before.entry, before.claimed_by):
        raise Conflict("something has happened to this recipient meanwhile; look at them again")
    return record


def _contact(tx: Tx, identity_id: str | None) -> str:
    found = people_of_sender.list_names(tx, [identity_id]) if identity_id else {}
    if identity_id not in found:
        raise Conflict(_GONE)
    return found[identity_id].contact_id


def _joined_contact(tx: Tx, record: RecipientRecord) -> str | None:
    """The contact that was joined to the person's: the claimer's first one, or what that had become part of.

    The person's contact may have become part of another since: that stays as it is.
    """
    _contact(tx, record.identity_id)
    theirs = _chain(tx, record.identity_id)
    for contact_id, merged_into in pairwise((*_chain(tx, record.claimed_by), None)):
        if contact_id in theirs:
            return None
        if merged_into in theirs:
            return contact_id
    return None


def _chain(tx: Tx, identity_id: str | None) -> list[str]:
    """The contact that an identity began with, and what that has become part of, one after the other."""
    chain: list[str] = []
    contact_id = contact_rows.find_first_contact(tx, identity_id or "")
    while contact_id is not None and contact_id not in chain:
        chain.append(contact_id)
        contact_id = contact_rows.get(tx, contact_id).merged_into_id
    return chain


def _lock_place(tx: Tx, case_id: str, claimed_by: str | None) -> ConversationRecord | None:
    """The conversation in which the code was used."""
    found = claims.conversation_of_claim(tx, case_id, claimed_by) if claimed_by else None
    return conversations.lock(tx, found) if found else None


def _waiting(tx: Tx, record: RecipientRecord) -> str:
    held = held_messages.count(tx, record.conversation_id) if record.conversation_id else 0
    return (
        f"; {held} held {'message waits' if held == 1 else 'messages wait'} in the earlier conversation" if held else ""
    )


def _save(
    services: Services,
    tx: Tx,
    actor: Actor,
    record: RecipientRecord,
    place: ConversationRecord | None,
    what: str,
    words: str,
) -> RecipientView:
    recipients.save(tx, record)
    changes = Changes()
    if place is not None:
        changes.say(activity(place, what, words, services.clock(), actor, recipient_id=record.id))
    changes.tell("ban", id=record.case_id)
    changes.write(tx)
    said = {"ban_id": record.case_id, "state": record.entry.state}
    audit.record(services, tx, actor, audit.Change(f"recipient.{what}", "contact", record.contact_id or "", after=said))
    organization_id = tx.organization_id
    tx.after_commit(lambda: services.queue.notify(organization_id))
    reach("claim.before_commit")
    return view_of(tx, record)
