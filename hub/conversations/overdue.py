"""Whom nobody has taken in the time that their group allows: what supervisors are told of."""

from hub.access.permissions import Permission, require
from hub.db import waiting
from hub.db.waiting import Untaken
from hub.types import Actor
from hub.wiring import Services

_MOST = 99


def list_untaken(services: Services, actor: Actor) -> tuple[Untaken, ...]:
    """Return of whom the supervisors are told now, longest waiting first, 99 at most. Raises Forbidden."""
    require(actor, Permission.SET_ANY_PRESENCE)
    with services.db.reading(actor.organization_id) as tx:
        return tuple(waiting.list_untaken(tx, _MOST))
