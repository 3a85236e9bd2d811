"""Cases: a person's right is asked for, gets a clock, and ends in a signed result.

What takes long (export, erasure) is begun here and done by a job (`hub.privacy.work`). A case that lost its job is
found again by the upkeep.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub import audit, restriction
from hub.access.permissions import Permission, require
from hub.audit import Change
from hub.crypto import DataKey
from hub.db import contacts, notices, person, suspension
from hub.db import privacy as queries
from hub.db.person import PersonRecord
from hub.db.privacy import CaseKind, CaseState, CaseView
from hub.db.session import Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.privacy.signing import signed
from hub.providers.registry import REGISTRY_VERSION
from hub.types import Actor, Machine, Page
from hub.wiring import Services

JOB = "workers.privacy.work"
QUEUE = "upkeep"
CLOCK = timedelta(days=30)
"""How long a case may take: Art. 12(3) GDPR gives a month."""
SEALED = "privacy_cases.archive"
"""The purpose an export's archive is sealed for, with its organization's key."""
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what to be done about which contact of which organization, and why."""

    organization_id: str
    by: Actor | Machine
    contact_id: str
    reason: str = field(default="", repr=False)


def request_of(actor: Actor, contact_id: str, reason: str = "") -> Request:
    """Return what a signed-in user asks for; a reason beside the request counts where none is in it."""
    return Request(actor.organization_id, actor, contact_id, reason or actor.reason)


def begin_export(services: Services, request: Request) -> CaseView:
    """Open a case for an export; a job makes it. Raises NotFound, Conflict while one is under way."""
    return _begin(services, request, CaseKind.EXPORT)


def begin_erasure(services: Services, request: Request) -> CaseView:
    """Restrict the contact at once and open a case for its erasure; a job does it. It cannot be undone.

    Raises NotFound, Invalid without a reason, Conflict while one is under way.
    """
    _check_reason(request)
    return _begin(services, request, CaseKind.ERASE)


def restrict(services: Services, request: Request) -> CaseView:
    """Keep a person's data, and neither show, process nor send it (F20). Raises NotFound, Conflict, Invalid."""
    return _set_restricted(services, request, CaseKind.RESTRICT)


def unrestrict(services: Services, request: Request) -> CaseView:
    """Lift a restriction; what came and was to be sent meanwhile goes on. Raises NotFound, Conflict, Invalid."""
    return _set_restricted(services, request, CaseKind.UNRESTRICT)


def list_cases(
    services: Services, actor: Actor, contact_id: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[CaseView]:
    """Return cases, newest first."""
    require(actor, Permission.HANDLE_PRIVACY)
    with services.db.reading(actor.organization_id) as tx:
        return queries.list_page(tx, contact_id, limit, cursor)


def get_case(services: Services, actor: Actor, case_id: str) -> CaseView:
    """Return a case. Raises NotFound."""
    require(actor, Permission.HANDLE_PRIVACY)
    with services.db.reading(actor.organization_id) as tx:
        return queries.get(tx, case_id)


def fetch_export(services: Services, request: Request) -> tuple[CaseView, bytes]:
    """Return the newest export of a contact and its ZIP. Whoever fetches one is in the audit log.

    Raises NotFound when none was asked for or its time is over, Conflict while it is being made.
    """
    _permit(request)
    key, now = services.vault.of(request.organization_id), services.clock()
    with services.db.transaction(request.organization_id) as tx:
        found = _get_person(tx, request.contact_id)
        case = queries.find_newest(tx, found.contact_ids, CaseKind.EXPORT)
        if case is None:
            raise NotFound("no export of this contact was asked for; ask for one by POST")
        if case.state is CaseState.RECEIVED:
            raise Conflict("the export is being made; ask again in a moment", retry_after=2, case_id=case.id)
        archive = queries.find_archive(tx, case.id, now)
        if archive is None:
            raise NotFound("the export is not kept any more; ask for a new one by POST")
        audit.record(services, tx, request.by, Change("contact.export_fetched", "contact", found.contact_ids[0]))
    return case, key.open(archive, SEALED)


def _new_case(services: Services, request: Request, contact_id: str, kind: CaseKind) -> CaseView:
    """Return a case as it is received now, with its clock."""
    now = services.clock()
    requested_by = request.by.user_id if isinstance(request.by, Actor) else request.by.type
    return CaseView(
        new_id(), contact_id, kind, CaseState.RECEIVED, request.reason, requested_by, now, now + CLOCK,
        done_at=None, result=None, archive_until=None, error=None,
    )  # fmt: skip


def finished(services: Services, key: DataKey, case: CaseView, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a case that is done now. `facts` join the signed result: numbers and times, no person."""
    now = services.clock()
    result = {
        "case": case.id,
        "kind": case.kind,
        "contact": case.contact_id,
        "received_at": case.received_at.isoformat(),
        "done_at": now.isoformat(),
        "registry_version": REGISTRY_VERSION,
        **facts,
    }
    return {"state": CaseState.DONE, "done_at": now, "result": signed(key, result), "error": None}


def record_rectification(services: Services, tx: Tx, request: Request, key: DataKey) -> None:
    """Note in the transaction of a correction that the person asked for it: a case received and done at once."""
    case = _new_case(services, request, request.contact_id, CaseKind.RECTIFY)
    queries.insert(tx, case)
    queries.change(tx, case.id, finished(services, key, case, {}))


def _begin(services: Services, request: Request, kind: CaseKind) -> CaseView:
    _permit(request)
    with services.db.transaction(request.organization_id) as tx:
        found = _lock_person(tx, request.contact_id)
        _check_free(tx, found, kind)
        case = _new_case(services, request, found.contact_ids[0], kind)
        queries.insert(tx, case)
        if kind is CaseKind.ERASE:
            _set_all(tx, found, services.clock())
        _record(services, tx, request, case, f"contact.{kind}_requested")
        _announce(services, tx, found)
        tx.after_commit(lambda: services.queue.wake(QUEUE, JOB, case.id))
    return case


def _set_restricted(services: Services, request: Request, kind: CaseKind) -> CaseView:
    _permit(request)
    _check_reason(request)
    key, lifted = services.vault.platform(), kind is CaseKind.UNRESTRICT
    with services.db.transaction(request.organization_id) as tx:
        found = _lock_person(tx, request.contact_id)
        _check_free(tx, found, CaseKind.ERASE)
        case = _new_case(services, request, found.contact_ids[0], kind)
        _set_all(tx, found, None if lifted else services.clock())
        queries.insert(tx, case)
        queries.change(tx, case.id, finished(services, key, case, {}))
        _record(services, tx, request, case, f"contact.{kind}ed")
        view = queries.get(tx, case.id)
        if lifted:
            restriction.catch_up(services, tx, case.contact_id)
        else:
            _announce(services, tx, found)
    return view


def _set_all(tx: Tx, found: PersonRecord, at: datetime | None) -> None:
    """Contacts merged into one are one person: all of them are restricted, or none."""
    for contact_id in found.contact_ids:
        suspension.set_restricted(tx, contact_id, at)


def _permit(request: Request) -> None:
    if isinstance(request.by, Actor):
        require(request.by, Permission.HANDLE_PRIVACY)


def _check_reason(request: Request) -> None:
    if not request.reason.strip() or len(request.reason) > _LONGEST_REASON:
        raise Invalid(f"say why, in at most {_LONGEST_REASON} characters: the reason stays with the case")


def _lock_person(tx: Tx, contact_id: str) -> PersonRecord:
    """Return a person whom nobody joins or restricts until the transaction ends. Raises NotFound."""
    found = _get_person(tx, contact_id)
    contacts.lock(tx, found.contact_ids)
    while (again := _get_person(tx, contact_id)).contact_ids != found.contact_ids:
        found = again
        contacts.lock(tx, found.contact_ids)
    return again


def _get_person(tx: Tx, contact_id: str) -> PersonRecord:
    found = person.find(tx, contact_id)
    if found is None:
        raise NotFound(f"there is no contact {contact_id}")
    return found


def _check_free(tx: Tx, found: PersonRecord, kind: CaseKind) -> None:
    """What is being erased is left alone, and nothing is begun twice."""
    for under_way in {kind, CaseKind.ERASE}:
        case = queries.find_newest(tx, found.contact_ids, under_way)
        if case is not None and case.state is CaseState.RECEIVED:
            raise Conflict(f"the case {case.id} ({under_way}) is under way for this contact", case_id=case.id)


def _record(services: Services, tx: Tx, request: Request, case: CaseView, action: str) -> None:
    by = dataclasses.replace(request.by, reason=request.reason)
    audit.record(services, tx, by, Change(action, "contact", case.contact_id, after={"case": case.id}))


def _announce(services: Services, tx: Tx, found: PersonRecord) -> None:
    notices.add(tx, [("conversation", {"id": each}) for each in found.conversation_ids])
    tx.after_commit(lambda: services.queue.notify(tx.organization_id))
