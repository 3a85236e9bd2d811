"""How a channel stands, as people ask for it: whether it works, on whose side a fault is, when it was last heard."""

from datetime import datetime
from enum import StrEnum

from hub.access.permissions import Permission, require
from hub.channels.base import Adapter
from hub.db import last_heard
from hub.db.incidents import Side
from hub.provisioning.views import ChannelView
from hub.types import Actor, HealthState
from hub.wiring import Services

__all__ = ["Side", "Standing", "list_last_heard", "side_of", "side_of_access", "standing_of"]


class Standing(StrEnum):
    """In a word."""

    WORKS = "works"
    SUSPENDED = "suspended"
    HELD = "held"
    BROKEN = "broken"
    UNKNOWN = "unknown"


_ACCESS_HOLDS = frozenset({"credentials"})
"""Holds that a new access lifts; every other one was made by the provider's word."""


def standing_of(channel: ChannelView) -> Standing:
    """Say how a channel stands; what keeps everything back comes before what a probe found."""
    if channel.suspended_at is not None:
        return Standing.SUSPENDED
    if channel.sender is not None and channel.sender.hold:
        return Standing.HELD
    match channel.health.state:
        case HealthState.OK:
            return Standing.WORKS
        case HealthState.BROKEN:
            return Standing.BROKEN
        case HealthState.UNKNOWN:
            return Standing.UNKNOWN


def side_of(services: Services, channel: ChannelView) -> Side | None:
    """Say on whose side the fault of a channel is, None when there is none (or nothing is known yet)."""
    adapter = services.adapters[channel.kind]
    match standing_of(channel):
        case Standing.WORKS:
            return None
        case Standing.SUSPENDED:
            return Side.OURS
        case Standing.HELD:
            held = channel.sender.hold if channel.sender else None
            return side_of_access(adapter) if held in _ACCESS_HOLDS else Side.PROVIDER
        case Standing.UNKNOWN:
            return Side.PROVIDER if channel.health.problems else None
        case Standing.BROKEN:
            return Side.OURS if adapter.missing_settings() else side_of_access(adapter)


def side_of_access(adapter: Adapter) -> Side:
    """Say on whose side it is that a provider refuses the access: who entered it, the organization or the platform."""
    return Side.YOURS if any(each.secret for each in adapter.credential_fields) else Side.OURS


def list_last_heard(services: Services, actor: Actor) -> dict[str, datetime]:
    """Return by channel id when a customer last wrote there."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        return last_heard.list_last_heard(tx)
