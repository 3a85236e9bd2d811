"""Incidents: what is not as it should be with a sender, whose it is to mend, and when it was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from hub.access.permissions import Permission, require
from hub.channels.base import Adapter
from hub.db import channels, incidents
from hub.db.incidents import IncidentView, Place, Side, Trouble
from hub.db.session import PlatformWork, Tx
from hub.masking import mask_of
from hub.provisioning.standing import side_of_access
from hub.types import Actor, Health, HealthState, Page
from hub.types.bans import Drift, DriftKind, Look
from hub.wiring import Services

_SIDES: Final[Mapping[DriftKind, Side]] = {
    DriftKind.WEBHOOK: Side.OURS,
    DriftKind.SUBSCRIPTION: Side.OURS,
    DriftKind.NUMBER: Side.PROVIDER,
    DriftKind.RELAY: Side.OURS,
}
"""Every other one is a matter of the access, which is whose entered it."""
UNANSWERED: Final = "unanswered"
"""The provider answers no look: nobody can say how the sender fares."""
STANDING: Final = "standing"
"""The provider shows the sender as one that does not work, though all is set up as it should be."""


def note(
    tx: Tx, adapter: Adapter, place: Place, before: Health, look: Look, mended: Sequence[Drift], now: datetime
) -> bool:
    """Open what is new, end what is over, keep what was put right at once; tell whether anything changed.

    A look that nobody answered ends nothing, and is an incident when the one before it was not answered either.
    """
    found = {each.what: each for each in _troubles(adapter, before, look)}
    known = incidents.list_open(tx, place.sender_id)
    over = known - set(found) if look.health.state is not HealthState.UNKNOWN else frozenset()
    fresh = [each for what, each in found.items() if what not in known]
    repaired = [_of_drift(adapter, each) for each in mended if each.kind.value not in known]
    incidents.open_all(tx, place, fresh, now)
    incidents.note_repaired(tx, place, repaired, now)
    incidents.restore(tx, place.sender_id, over, now)
    return bool(fresh or over or repaired)


def _troubles(adapter: Adapter, before: Health, look: Look) -> list[Trouble]:
    if look.health.state is HealthState.UNKNOWN:
        lasts = before.state is HealthState.UNKNOWN and bool(before.problems)
        return [Trouble(UNANSWERED, Side.PROVIDER, _words(look))] if lasts else []
    drift = [_of_drift(adapter, each) for each in look.drift]
    if look.health.state is HealthState.BROKEN and not drift:
        return [Trouble(STANDING, Side.PROVIDER, _words(look))]
    return drift


def _of_drift(adapter: Adapter, drift: Drift) -> Trouble:
    return Trouble(drift.kind.value, _SIDES.get(drift.kind) or side_of_access(adapter), drift.words)


def _words(look: Look) -> str:
    return "; ".join(look.health.problems)


def list_of_channel(
    services: Services, actor: Actor, channel_id: str, limit: int = 50, cursor: str | None = None
) -> Page[IncidentView]:
    """Return what was wrong with a channel's senders, newest first. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        channels.get(tx, channel_id)
        page, mask = incidents.list_of_channel(tx, channel_id, limit, cursor), mask_of(tx)
    return Page(tuple(replace(each, words=mask.text(each.words)) for each in page.items), page.next)


def list_everywhere(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[IncidentView]:
    """Return what was wrong with the senders of all organizations, newest first."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return incidents.list_everywhere(tx, limit, cursor)
