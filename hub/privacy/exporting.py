"""Making an export: a ZIP with person.json and every file, sealed with the organization's key for two weeks."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.db import person as persons
from hub.db import privacy as queries
from hub.db.privacy import CaseState, CaseView
from hub.privacy.authors import Authors, Whose, authors_of
from hub.privacy.batches import Progress, keep, progress_of
from hub.privacy.cases import SEALED, finished
from hub.privacy.colleagues import without_colleagues
from hub.privacy.collecting import Collected, collect
from hub.privacy.opening import opener_of
from hub.privacy.raw import scan
from hub.wiring import Services

KEPT = timedelta(days=14)
"""How long an export can be fetched."""
DOCUMENT = "person.json"
_FORMAT = 1


def run(services: Services, organization_id: str, case: CaseView, seconds: float) -> bool:
    """Make the archive of a case and end the case; False when the time is over before all events were looked into.

    Made twice, the later one stays. Of a person who is gone meanwhile no archive is kept.
    """
    until = time.monotonic() + seconds
    with services.db.reading(organization_id) as tx:
        person = persons.find(tx, case.contact_id)
    if person is None:
        _end_without(services, organization_id, case)
        return True
    authors = authors_of(person, opener_of(services, organization_id))
    progress = _scan(services, organization_id, case, authors, until)
    if progress is None:
        return False
    collected = collect(services, organization_id, person, authors, progress.found)
    with services.db.reading(organization_id) as tx:
        collected.document = without_colleagues(tx, collected.document, person.names)
    archive = _zip(services, case, collected)
    facts = {
        "counts": {**collected.counts, **progress.counts},
        "files": len(collected.files),
        "sha256": hashlib.sha256(archive).hexdigest(),
    }
    _end(services, organization_id, case, archive, facts)
    return True


def _scan(services: Services, organization_id: str, case: CaseView, authors: Authors, until: float) -> Progress | None:
    """Look for events of the person among those of nobody, from where the last turn ended; None when time is over."""
    progress = progress_of(case)
    while True:
        scanned = scan(services, organization_id, authors, progress.scanned_to, until)
        if scanned.scanned_to == progress.scanned_to:
            return progress
        theirs = [row.id for row, whose in scanned.found if whose is not Whose.CLOSED]
        closed = len(scanned.found) - len(theirs)
        progress = replace(progress, scanned_to=scanned.scanned_to, found=(*progress.found, *theirs))
        progress = progress.plus({"events_that_do_not_open": closed} if closed else {})
        with services.db.transaction(organization_id) as tx:
            keep(tx, case.id, progress)
        if time.monotonic() >= until:
            return None


def _end(services: Services, organization_id: str, case: CaseView, archive: bytes, facts: Mapping[str, Any]) -> None:
    """Keep the archive, unless the person was erased while it was made."""
    sealed = services.vault.of(organization_id).seal(archive, SEALED)
    values = finished(services, services.vault.platform(), case, facts)
    with services.db.transaction(organization_id) as tx:
        # the erasure's last step locks the same row, and drops the archives
        if persons.lock_contact(tx, case.contact_id) and queries.lock(tx, case.id).state is CaseState.RECEIVED:
            queries.change(tx, case.id, {**values, "archive": sealed, "archive_until": services.clock() + KEPT})
            return
    _end_without(services, organization_id, case)


def _zip(services: Services, case: CaseView, collected: Collected) -> bytes:
    document = {"format": _FORMAT, "made_at": services.clock().isoformat(), "case": case.id, **collected.document}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DOCUMENT, json.dumps(document, ensure_ascii=False, indent=1, default=str))
        for path, body in sorted(collected.files.items()):
            archive.writestr(path, body)
    return buffer.getvalue()


def _end_without(services: Services, organization_id: str, case: CaseView) -> None:
    """The contact was erased before its export was made."""
    why = "the contact does not exist any more"
    with services.db.transaction(organization_id) as tx:
        if queries.lock(tx, case.id).state is CaseState.RECEIVED:
            values = {"state": CaseState.FAILED, "done_at": services.clock(), "error": why, "result": None}
            queries.change(tx, case.id, values)
