"""Closed conversations beyond their organization's period, with whoever has none left, and with what names them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hub import audit
from hub.db import person, person_erasing, person_rows, recipient_wishes, retention
from hub.db import privacy as cases
from hub.db.person import PersonRecord
from hub.db.retention import OldConversation
from hub.db.session import Tx
from hub.forgotten import Hashes, hashes_of
from hub.privacy import optouts
from hub.retention.run import Counts, Run, account

_MESSAGES = 20
"""How many messages of a conversation go in one transaction."""


def remove(run: Run, organization_id: str, before: datetime) -> Counts:
    """Remove an organization's conversations that were closed and silent before a time; a portion at least."""
    removed, hashes = Counts(), hashes_of(run.services, organization_id)
    begun = ""
    while not run.is_over or not removed:
        with run.services.db.reading(organization_id) as tx:
            old = retention.find_conversation(tx, before)
        if old is None:
            break
        portion = _remove_portion(run, organization_id, old, hashes, before, first=old.id != begun)
        if not portion:
            # somebody wrote meanwhile; what else is old goes with the next run
            break
        removed, begun = removed + portion, old.id
    return removed


def _remove_portion(
    run: Run, organization_id: str, old: OldConversation, hashes: Hashes, before: datetime, *, first: bool
) -> Counts:
    """Remove some of a conversation's messages; with the last of them the conversation, and whoever has none left."""
    with run.services.db.transaction(organization_id) as tx:
        found = person.find(tx, old.contact_id)
        if found is None or not retention.lock_conversation(tx, old.id, before):
            return Counts()
        only = replace(found, conversation_ids=(old.id,))
        if first:
            _forget(run, tx, person_rows.audited_messages(tx, only))
        removed = Counts(person_erasing.remove_messages(tx, only, _MESSAGES))
        if not removed:
            removed.update(person_erasing.remove_conversations(tx, only))
            removed[retention.EVENT_BYTES.name] += retention.empty_events_of(tx, [old.identity_id], before)
            removed.update(_remove_person(run, tx, old, hashes))
        account(run, tx, +removed, organization_id)
        return removed


def _remove_person(run: Run, tx: Tx, old: OldConversation, hashes: Hashes) -> Mapping[str, int]:
    """Remove a contact that is left without a conversation; what its addresses do not want stays as keyed hashes."""
    found = person.find(tx, old.contact_id)
    if found is not None:
        person.lock(tx, found)
        found = person.find(tx, old.contact_id)
    if found is None or found.conversation_ids:
        _forget(run, tx, [old.id])
        return {}
    optouts.keep(run.services, tx, found, hashes)
    retention.unlink_events(tx, found.identity_ids)
    _forget_person(run, tx, found, old)
    lines = recipient_wishes.erase(tx, found.identity_ids)
    return {**lines, **person_erasing.remove_person(tx, found)}


def _forget_person(run: Run, tx: Tx, found: PersonRecord, old: OldConversation) -> None:
    """What outlives a person names them no more: audit entries, cases, exports, the notices of the last day."""
    _forget(run, tx, [old.id, *found.contact_ids, *found.identity_ids])
    cases.forget_contacts(tx, found.contact_ids)
    person_erasing.remove_notices(tx, replace(found, conversation_ids=(old.id,)))


def _forget(run: Run, tx: Tx, subject_ids: list[str]) -> None:
    if subject_ids:
        audit.forget(run.services, tx, run.by, subject_ids, [])
