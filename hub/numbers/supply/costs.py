"""What the numbers cost, and whose they are."""

from hub.access.permissions import require_platform
from hub.db import numbers, organizations
from hub.db.session import PlatformWork
from hub.numbers.supply.views import CostLine
from hub.types import Actor, Machine, Named
from hub.wiring import Services


def list_costs(services: Services, by: Actor | Machine) -> tuple[CostLine, ...]:
    """Return a line for each organization and currency, those that nobody has last."""
    require_platform(by)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = numbers.list_costs(tx)
        names = organizations.names(tx, {each.organization_id for each in found if each.organization_id})
    lines = (
        CostLine(
            Named(each.organization_id, names[each.organization_id]) if each.organization_id else None,
            each.currency, each.numbers, each.monthly_cost, each.unknown,
        )
        for each in found
    )  # fmt: skip
    return tuple(sorted(lines, key=lambda each: (each.organization is None, str(each.organization), each.currency)))
