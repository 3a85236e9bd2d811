"""Reading the audit log (K25, K26): those of an organization who may see its own chain, whoever runs the hub any."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub import audit
from hub.access.permissions import Permission, require
from hub.audit import Verified
from hub.db import audit as queries
from hub.db.audit import AuditRecord, Wanted
from hub.db.session import PlatformWork
from hub.errors import Invalid
from hub.masking import Mask, mask_of
from hub.types import Actor, Machine, Page
from hub.wiring import Services

_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did it. `type`: user, token, cli, system or guest; `id` of a user or token, else empty."""

    type: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What it was done to; `id` is empty where there is none (a sign-in to no account)."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of a chain.

    before, after, reason   None where there is none, and once an erasure took them (`erased`)
    hash                    in hexadecimal
    """

    id: str
    at: datetime
    actor: Doer
    origin: str
    action: str
    subject: Subject
    before: Mapping[str, Any] | None = field(repr=False)
    after: Mapping[str, Any] | None = field(repr=False)
    reason: str | None = field(repr=False)
    erased: bool
    hash: str


def list_entries(
    services: Services, actor: Actor, wanted: Wanted, limit: int = 50, cursor: str | None = None
) -> Page[EntryView]:
    """Return the organization's entries, newest first. Raises Invalid on a cursor that is none."""
    require(actor, Permission.SEE_AUDIT)
    with services.db.reading(actor.organization_id) as tx:
        page = _shown(queries.list_page(tx, actor.organization_id, wanted, limit, _checked(cursor)))
        mask = mask_of(tx)
    return Page(tuple(_masked(each, mask) for each in page.items), page.next)


def list_platform_entries(
    services: Services, actor: Actor, wanted: Wanted, limit: int = 50, cursor: str | None = None
) -> Page[EntryView]:
    """Return what belongs to no organization, newest first. Raises Forbidden without platform scope."""
    require(actor, Permission.PLATFORM)
    return list_chain(services, audit.PLATFORM, wanted, limit, cursor)


def list_chain(
    services: Services, chain: str, wanted: Wanted, limit: int = 50, cursor: str | None = None
) -> Page[EntryView]:
    """Return the entries of any chain, newest first: for whoever runs the hub."""
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        return _shown(queries.list_page(tx, chain, wanted, limit, _checked(cursor)))


def export(services: Services, actor: Actor, wanted: Wanted, form: str) -> Iterator[EntryView]:
    """Return the organization's entries, oldest first, read in parts while they are taken; `form` is its format.

    The export leaves an entry itself, before the first one is read.
    """
    require(actor, Permission.SEE_AUDIT)
    with services.db.transaction(actor.organization_id) as tx:
        audit.record(services, tx, actor, _exported(form))
    return _walk_own(services, actor.organization_id, wanted)


def export_chain(services: Services, by: Machine, chain: str, wanted: Wanted, form: str) -> Iterator[EntryView]:
    """Return the entries of any chain as `export` does: for whoever runs the hub."""
    with services.db.platform_transaction(PlatformWork.AUDIT) as tx:
        audit.record(services, tx, by, _exported(form), chain)
    return _walk_chain(services, chain, wanted)


def verify_own(services: Services, actor: Actor) -> Verified:
    """Check the organization's own chain."""
    require(actor, Permission.SEE_AUDIT)
    [found] = audit.verify(services, actor.organization_id)
    return found


def _exported(form: str) -> audit.Change:
    return audit.Change("audit.exported", "audit", after={"format": form})


def _walk_own(services: Services, organization_id: str, wanted: Wanted) -> Iterator[EntryView]:
    # a transaction for each part: whoever takes the entries may be slow
    after = queries.BEGINNING
    while True:
        with services.db.reading(organization_id) as tx:
            part, mask = queries.list_part(tx, organization_id, wanted, after), mask_of(tx)
        if not part:
            return
        yield from (_masked(_show(each), mask) for each in part)
        after = part[-1].number


def _walk_chain(services: Services, chain: str, wanted: Wanted) -> Iterator[EntryView]:
    after = queries.BEGINNING
    while True:
        with services.db.platform_reading(PlatformWork.AUDIT) as tx:
            part = queries.list_part(tx, chain, wanted, after)
        if not part:
            return
        yield from map(_show, part)
        after = part[-1].number


def _checked(cursor: str | None) -> str | None:
    if cursor is None or (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS):
        return cursor
    raise Invalid("the cursor is not `next` of a page before; leave it out to begin with the newest entry")


def _shown(page: Page[AuditRecord]) -> Page[EntryView]:
    return Page(tuple(map(_show, page.items)), page.next)


def _masked(entry: EntryView, mask: Mask) -> EntryView:
    """As the organization's people may see it; whoever runs the hub reads the log as it is."""
    if not mask.numbers:
        return entry
    reason = None if entry.reason is None else mask.text(entry.reason)
    return replace(entry, before=mask.value(entry.before), after=mask.value(entry.after), reason=reason)


def _show(record: AuditRecord) -> EntryView:
    content = record.content or {}
    return EntryView(
        id=str(record.number),
        at=record.at,
        actor=Doer(record.actor_type, record.actor_id, record.actor_name),
        origin=record.origin,
        action=record.action,
        subject=Subject(record.subject_type, record.subject_id),
        before=content.get("before"),
        after=content.get("after"),
        reason=content.get("reason") or None,
        erased=record.content is None,
        hash=record.hash.hex(),
    )
