"""One run over an erasure's case: transactions that keep their progress with what they did."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.db import person as persons
from hub.db import privacy as queries
from hub.db.person import PersonRecord
from hub.db.privacy import CaseState, CaseView
from hub.db.session import Tx
from hub.forgotten import Hashes
from hub.privacy.opening import Opener
from hub.wiring import Services

BATCH = 100
"""Rows removed in one transaction: SQLite's other writers wait for it (house decision 3)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a case has done so far.

    scanned_to    the last journal row looked into
    found         journal rows of nobody that an export found to be the person's
    audited       ids of messages, gone by now, that the audit log speaks of
    left          what was found and left, and why → how often
    to_change     "rules" and "groups" that say the person and that a person has to change → their ids
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    scanned_to: int = 0
    found: tuple[int, ...] = ()
    audited: tuple[str, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    to_change: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def plus(self, more: Mapping[str, int]) -> "Progress":
        names = sorted({*self.counts, *more})
        return replace(self, counts={name: self.counts.get(name, 0) + more.get(name, 0) for name in names})

    def leaving(self, why: str, number: int) -> "Progress":
        return replace(self, left={**self.left, why: number}) if number else self


@dataclass(frozen=True, slots=True)
class Erasure:
    """One run over a case."""

    services: Services
    organization_id: str
    case: CaseView
    opener: Opener
    hashes: Hashes
    until: float

    @property
    def case_id(self) -> str:
        return self.case.id

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self.until


Batch = Callable[[Tx, PersonRecord, Progress], Progress]


def find(erasure: Erasure) -> PersonRecord | None:
    """Return what is left of the person, None when their own rows are gone."""
    with erasure.services.db.reading(erasure.organization_id) as tx:
        return persons.find(tx, queries.get(tx, erasure.case_id).contact_id)


def look(erasure: Erasure) -> tuple[PersonRecord | None, Progress]:
    """Return what is left of the person, and what was done so far."""
    with erasure.services.db.reading(erasure.organization_id) as tx:
        case = queries.get(tx, erasure.case_id)
        return persons.find(tx, case.contact_id), progress_of(case)


def in_batch(erasure: Erasure, batch: Batch) -> bool:
    """Run one transaction and keep its progress with it; say whether it changed anything."""
    with erasure.services.db.transaction(erasure.organization_id) as tx:
        return advance(tx, erasure.case_id, batch)


def advance(tx: Tx, case_id: str, batch: Batch) -> bool:
    """Do a batch in a transaction that is open already; nothing when somebody else has ended the case."""
    case = queries.lock(tx, case_id)
    person = persons.find(tx, case.contact_id)
    if case.state is not CaseState.RECEIVED or person is None:
        return False
    before = progress_of(case)
    after = batch(tx, person, before)
    if after != before:
        keep(tx, case_id, after)
    return after.counts != before.counts


def keep(tx: Tx, case_id: str, progress: Progress) -> None:
    """Write down what a case has done. Whoever moves on is not stuck: rounds without progress count from here anew."""
    queries.change(tx, case_id, {"result": {"progress": _as_json(progress)}})


def progress_of(case: CaseView) -> Progress:
    """Return what a case has done so far."""
    kept = (case.result or {}).get("progress", {})
    return Progress(
        kept.get("counts", {}),
        kept.get("scanned_to", 0),
        tuple(kept.get("found", ())),
        tuple(kept.get("audited", ())),
        kept.get("left", {}),
        kept.get("to_change", {}),
    )


def _as_json(progress: Progress) -> dict[str, Any]:
    return {
        "counts": dict(progress.counts),
        "scanned_to": progress.scanned_to,
        "found": list(progress.found),
        "audited": list(progress.audited),
        "left": dict(progress.left),
        "to_change": {kind: list(ids) for kind, ids in progress.to_change.items()},
    }
