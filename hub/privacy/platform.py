"""Cases as whoever runs the hub sees and begins them, on the command line."""

from collections.abc import Sequence

from hub.db import person
from hub.db import privacy as queries
from hub.db.privacy import CaseKind, CaseState, CaseView
from hub.db.session import PlatformWork
from hub.errors import NotFound
from hub.privacy.cases import Request
from hub.wiring import Services

BY_PLATFORM = "cli"
"""Who asked, when whoever runs the hub did: such an erasure reaches what belongs to no organization too."""


def list_everywhere(services: Services, limit: int) -> Sequence[CaseView]:
    """Return the newest cases of all organizations, for whoever runs the hub."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return queries.list_newest(tx, limit)


def organization_of(services: Services, contact_id: str) -> str:
    """Return whose contact it is, for whoever runs the hub. Raises NotFound."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = person.organization_of(tx, contact_id)
    if found is None:
        raise NotFound(f"there is no contact {contact_id}")
    return found


def find_under_way(services: Services, request: Request, kind: CaseKind) -> CaseView | None:
    """Return the case of this kind that is under way for a contact."""
    with services.db.reading(request.organization_id) as tx:
        found = person.find(tx, request.contact_id)
        case = None if found is None else queries.find_newest(tx, found.contact_ids, kind)
    return case if case and case.state is CaseState.RECEIVED else None


def reread(services: Services, case: CaseView) -> CaseView:
    """Return a case as it stands now, for whoever runs the hub. Raises NotFound."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return queries.get_any(tx, case.id)
