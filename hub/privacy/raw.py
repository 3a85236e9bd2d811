"""Raw bytes about a person: which journal rows and kept requests are theirs.

Pages are read in transactions of their own, and looked into outside of them: that takes time.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.db import person_events
from hub.db.person_events import RawRow
from hub.db.session import PlatformWork
from hub.errors import Unreadable
from hub.privacy.authors import Authors, Whose
from hub.wiring import Services


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request in quarantine that holds an address of the person. Empty where it does not open."""

    row: person_events.HeldRow
    whose: Whose
    about: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan over the events of nobody found: (row, whose), and the last row it looked into."""

    found: tuple[tuple[RawRow, Whose], ...]
    scanned_to: int


def scan(services: Services, organization_id: str, authors: Authors, after: int, until: float) -> Scanned:
    """Look through the events about nobody in particular, at least one page, until a time on the monotonic clock."""
    found: list[tuple[RawRow, Whose]] = []
    while True:
        with services.db.reading(organization_id) as tx:
            rows = person_events.list_of_nobody(tx, after)
        judged = ((row, authors.of_event(row)) for row in rows)
        found += [(row, whose) for row, whose in judged if whose is not Whose.OTHERS]
        after = rows[-1].id if rows else after
        if not rows or time.monotonic() >= until:
            return Scanned(tuple(found), after)


def walk_held(services: Services, ids: list[str], authors: Authors) -> Iterator[OpenRequest]:
    """Yield those of these requests in quarantine that hold an address of the person, or do not open."""
    for each in ids:
        # one after the other: quarantine may hold half a gigabyte
        with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
            row = person_events.find_held(tx, each)
        if row is None:
            continue
        try:
            about, body = authors.opener.held(row)
        except Unreadable:
            yield OpenRequest(row, Whose.CLOSED, {}, b"")
            continue
        whose = authors.of_held(row, about, body)
        if whose is not Whose.OTHERS:
            yield OpenRequest(row, whose, about, body)


def held_ids(services: Services, organization_id: str) -> list[str]:
    """Return what is in quarantine for an organization alone."""
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        return person_events.held_of(tx, organization_id)


def held_ids_of_nobody(services: Services) -> list[str]:
    """Return what is in quarantine for nobody that could be named: the platform's, no organization's."""
    with services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        return person_events.held_of_nobody(tx)
