"""The steps of an erasure that take raw bytes: journal rows and requests in quarantine."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hub.db import person_events
from hub.db.person import PersonRecord
from hub.db.person_events import RawRow
from hub.db.session import PlatformWork, Tx
from hub.forgotten import Hashes, is_erased
from hub.privacy.authors import Authors, Whose, authors_of
from hub.privacy.batches import BATCH, Batch, Erasure, Progress, advance, in_batch, look
from hub.privacy.platform import BY_PLATFORM
from hub.privacy.raw import Scanned, held_ids, held_ids_of_nobody, scan, walk_held

_SCAN_SECONDS = 1.0
"""How long raw bytes are looked into before it is written down how far it came."""
_CLOSED = "events that do not open (damaged, or of a lost key): nobody can tell whose they are"
_SHARED = "requests in quarantine with messages of other people in them: they go when their time is over"


def take_known_events(erasure: Erasure) -> bool:
    def batch(tx: Tx, person: PersonRecord, progress: Progress) -> Progress:
        rows = person_events.list_of_identities(tx, person.identity_ids)[:BATCH]
        return progress.plus({"events": _empty(tx, erasure.hashes, rows)})

    return in_batch(erasure, batch)


def take_unknown_events(erasure: Erasure) -> bool:
    """Events that were understood to be about nobody, and those that were not handled: looked into outside of the
    transaction, because it takes time. What others wrote is left to the line, whomever it quotes."""
    person, before = look(erasure)
    if person is None:
        return False
    authors = authors_of(person, erasure.opener)
    until = min(erasure.until, time.monotonic() + _SCAN_SECONDS)
    scanned = scan(erasure.services, erasure.organization_id, authors, before.scanned_to, until)
    if scanned.scanned_to == before.scanned_to:
        return False
    for start in range(0, len(scanned.found), BATCH):
        in_batch(erasure, _emptying(erasure, scanned.found[start : start + BATCH]))
    in_batch(erasure, lambda _tx, _person, progress: _scanned(progress, scanned))
    return True


def _emptying(erasure: Erasure, found: Sequence[tuple[RawRow, Whose]]) -> Batch:
    """Empty what was found, unless somebody else did it meanwhile."""

    def batch(tx: Tx, _person: PersonRecord, progress: Progress) -> Progress:
        whose = {row.id: each for row, each in found if each is not Whose.CLOSED}
        rows = [row for row in person_events.list_by_ids(tx, list(whose)) if not is_erased(row.key)]
        unclear = sum(whose[row.id] is Whose.UNCLEAR for row in rows)
        counts = {"events": _empty(tx, erasure.hashes, rows)}
        return progress.plus({**counts, "events_nobody_understood": unclear} if unclear else counts)

    return batch


def _scanned(progress: Progress, scanned: Scanned) -> Progress:
    closed = sum(whose is Whose.CLOSED for _, whose in scanned.found)
    if scanned.scanned_to <= progress.scanned_to:
        return progress
    return replace(progress, scanned_to=scanned.scanned_to).leaving(_CLOSED, progress.left.get(_CLOSED, 0) + closed)


def _empty(tx: Tx, hashes: Hashes, rows: list[RawRow]) -> int:
    """Empty journal rows and the repeated deliveries of the same events."""
    if not rows:
        return 0
    repeated = {row.id: row for row in (*person_events.list_repeated(tx, rows), *rows)}
    every = list(repeated.values())
    person_events.empty(tx, every, [hashes.of_event(row.sender_id, row.key) for row in every])
    return len(every)


def take_quarantined(erasure: Erasure) -> bool:
    """What is in quarantine for the organization; what is nobody's only when whoever runs the hub erases."""
    person, before = look(erasure)
    if person is None:
        return False
    ids = held_ids(erasure.services, erasure.organization_id)
    if erasure.case.requested_by == BY_PLATFORM:
        ids = sorted({*ids, *held_ids_of_nobody(erasure.services)})
    held = list(_kinds(erasure, ids, authors_of(person, erasure.opener)))
    gone = [each for each, whose in held if whose in {Whose.THEIRS, Whose.UNCLEAR}]
    shared = sum(whose is Whose.SHARED for _, whose in held)
    if not gone and before.left.get(_SHARED, 0) == shared:
        return False

    def batch(tx: Tx, _person: PersonRecord, progress: Progress) -> Progress:
        removed = {"quarantined_requests": person_events.remove_held(tx, gone[:BATCH])}
        return progress.plus(removed).leaving(_SHARED, shared)

    with erasure.services.db.platform_transaction(PlatformWork.JOURNAL, erasure.organization_id) as tx:
        return advance(tx, erasure.case_id, batch)


def _kinds(erasure: Erasure, ids: list[str], authors: Authors) -> Iterator[tuple[str, Whose]]:
    """Yield (id, whose) without keeping the requests themselves in memory."""
    for each in walk_held(erasure.services, ids, authors):
        yield each.row.id, each.whose
