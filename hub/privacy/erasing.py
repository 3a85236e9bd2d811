"""Erasing a person (F19, docs/adr/0011): in small transactions, each of which may be the last one before a power cut.

The case keeps what was done, in the very transaction that did it. A run begins by looking at what is still there, so it
may be killed anywhere and begun again; the person's own rows go last, because they say what else there is to find.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub import audit
from hub.db import audit as audit_queries
from hub.db import person as persons
from hub.db import person_erasing, person_events, person_rows, recipient_wishes, residue
from hub.db import privacy as queries
from hub.db.person import PersonRecord
from hub.db.privacy import CaseState, CaseView
from hub.db.refusals import StatementRefused
from hub.db.session import Tx
from hub.errors import Unavailable
from hub.filing import removing
from hub.forgotten import hashes_of
from hub.privacy import erasing_raw, letters, mentions, optouts
from hub.privacy.batches import BATCH, Erasure, Progress, find, in_batch, progress_of
from hub.privacy.cases import finished
from hub.privacy.collecting import answers_about, errands_naming, ids_of, names_alone, parked_naming
from hub.privacy.opening import opener_of
from hub.types import Machine
from hub.wiring import Services

_CHECKPOINTS = 20
_PAUSE = 0.1


def run(services: Services, organization_id: str, case: CaseView, seconds: float) -> bool:
    """Erase for at most so many seconds; False when there is more to do."""
    opener, hashes = opener_of(services, organization_id), hashes_of(services, organization_id)
    erasure = Erasure(services, organization_id, case, opener, hashes, time.monotonic() + seconds)
    while find(erasure) is not None:
        if not all(_exhaust(erasure, step) for step in _STEPS):
            return False
        if not _take_last(erasure) and erasure.is_late:
            return False
    return _finish(erasure)


def _exhaust(erasure: Erasure, step: Callable[[Erasure], bool]) -> bool:
    """Repeat a step until it finds nothing more; False when the time is over first."""
    while step(erasure):
        if erasure.is_late:
            return False
    return True


def _take_answers(erasure: Erasure) -> bool:
    """Answers kept for repeated requests, while the files they name are still known; and what the audit log names."""
    with erasure.services.db.reading(erasure.organization_id) as tx:
        known = persons.find(tx, queries.get(tx, erasure.case_id).contact_id)
        if known is None:
            return False
        message_ids = [row["id"] for row in person_rows.messages_with_files(tx, known)]
        files = [row["id"] for row in person_rows.attachments(tx, message_ids)]
        answers = answers_about(tx, known, files)[:BATCH]
        of_log = person_rows.audited_messages(tx, known)

    def batch(tx: Tx, _person: PersonRecord, progress: Progress) -> Progress:
        audited = tuple(sorted({*progress.audited, *of_log}))
        return replace(progress.plus({"kept_answers": person_erasing.remove_answers(tx, answers)}), audited=audited)

    return in_batch(erasure, batch)


def _move_letters(erasure: Erasure) -> bool:
    return in_batch(
        erasure, lambda tx, person, progress: progress.plus(letters.keep_those_of_others(tx, person, BATCH))
    )


def _take_letters(erasure: Erasure) -> bool:
    return in_batch(erasure, lambda tx, person, progress: progress.plus(letters.remove(tx, person, BATCH)))


def _take_messages(erasure: Erasure) -> bool:
    return in_batch(
        erasure, lambda tx, person, progress: progress.plus(person_erasing.remove_messages(tx, person, BATCH))
    )


def _take_parked(erasure: Erasure) -> bool:
    person = find(erasure)
    if person is None:
        return False
    with erasure.services.db.reading(erasure.organization_id) as tx:
        ids = [row["id"] for row in parked_naming(tx, person)][:BATCH]
    return in_batch(
        erasure,
        lambda tx, _person, progress: progress.plus({"parked_receipts": person_erasing.remove_parked(tx, ids)}),
    )


def _take_errands(erasure: Erasure) -> bool:
    person = find(erasure)
    if person is None:
        return False
    with erasure.services.db.reading(erasure.organization_id) as tx:
        ids = [row["id"] for row in errands_naming(tx, person)][:BATCH]
    return in_batch(
        erasure, lambda tx, _person, progress: progress.plus({"errands": person_erasing.remove_errands(tx, ids)})
    )


def _take_mentions(erasure: Erasure) -> bool:
    person = find(erasure)
    if person is None:
        return False
    with erasure.services.db.reading(erasure.organization_id) as tx:
        names = names_alone(tx, person)
        said = mentions.find(tx, person, names, BATCH)
    return in_batch(erasure, lambda tx, person, progress: progress.plus(mentions.take(tx, person, names, said)))


_STEPS = (
    _take_answers,
    _move_letters,
    _take_letters,
    _take_messages,
    erasing_raw.take_known_events,
    erasing_raw.take_unknown_events,
    erasing_raw.take_quarantined,
    _take_parked,
    _take_errands,
    _take_mentions,
)


def _take_last(erasure: Erasure) -> bool:
    """Remove the person's own rows, once nothing refers to them; False when something came in meanwhile."""
    person = find(erasure)
    if person is None:
        return True
    with erasure.services.db.reading(erasure.organization_id) as tx:
        names = names_alone(tx, person)
        entries = [number for number, _ in audit_queries.list_saying(tx, names.words)]
        to_change = mentions.to_change(tx, names)

    def batch(tx: Tx, person: PersonRecord, progress: Progress) -> Progress:
        return _last(erasure, tx, person, replace(progress, to_change=to_change), entries)

    try:
        return in_batch(erasure, batch)
    except StatementRefused:
        # a conversation that began at this very moment refers to the identity; it goes with the next round, and
        # whoever is refused in every round is stuck (hub.privacy.work)
        return False


def _last(erasure: Erasure, tx: Tx, person: PersonRecord, progress: Progress, entries: list[int]) -> Progress:
    """`entries`: the audit entries of others that say their name, found beforehand because that reads the whole log."""
    persons.lock(tx, person)
    person = persons.find(tx, person.contact_ids[0]) or person
    if person_rows.has_messages(tx, person) or person_events.list_of_identities(tx, person.identity_ids):
        return progress
    theirs = audit_queries.list_about(tx, ids_of(person, progress.audited))
    by = Machine("system", "erasure")
    return (
        progress.plus({"opt_outs_kept": optouts.keep(erasure.services, tx, person, erasure.hashes)})
        .plus({"audit_entries": audit.forget_entries(erasure.services, tx, by, sorted({*theirs, *entries}))})
        .plus({"notices": person_erasing.remove_notices(tx, person)})
        .plus({"archives": queries.drop_archives(tx, person.contact_ids)})
        .plus(recipient_wishes.erase(tx, person.identity_ids))
        .plus(person_erasing.remove_conversations(tx, person))
        .plus(person_erasing.remove_person(tx, person))
    )


def _finish(erasure: Erasure) -> bool:
    """Take what the deleted rows left in the storage and in the database's files, and end the case with its result."""
    services = erasure.services
    try:
        if not removing.remove(services, erasure.organization_id):
            # another job is at some of it
            return False
    except Unavailable:
        # not one byte may be left: the case ends once the storage is back
        return False
    for _ in range(_CHECKPOINTS):
        if residue.remove(services.db):
            break
        time.sleep(_PAUSE)
    else:
        return False
    key = services.vault.platform()
    with services.db.transaction(erasure.organization_id) as tx:
        case = queries.lock(tx, erasure.case_id)
        if case.state is CaseState.RECEIVED:
            progress = progress_of(case)
            facts: dict[str, Any] = {
                "counts": dict(progress.counts),
                "left": dict(progress.left),
                "to_change": dict(progress.to_change),
                "residue_removed_at": services.clock().isoformat(),
            }
            queries.change(tx, case.id, {**finished(services, key, case, facts), "reason": case.reason})
    return True
