"""How a channel stands, as people ask for it: whether it works, on whose side a fault is, when it was last heard."""

from datetime import datetime
from enum import StrEnum

from hub.access.permissions import Permission, require
from hub.db import last_heard
from hub.provisioning.views import ChannelView
from hub.types import Actor, HealthState
from hub.wiring import Services


class Standing(StrEnum):
    """In a word."""

    WORKS = "works"
    SUSPENDED = "suspended"
    HELD = "held"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Who has to mend it: whoever runs this hub, the provider, the organization itself."""

    OURS = "ours"
    PROVIDER = "provider"
    YOURS = "yours"


_YOUR_HOLDS = frozenset({"credentials"})
"""Holds that new credentials lift; every other one was made by the provider's word."""


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
            return Side.YOURS if held in _YOUR_HOLDS and adapter.credential_fields else Side.PROVIDER
        case Standing.UNKNOWN:
            return Side.PROVIDER if channel.health.problems else None
        case Standing.BROKEN:
            by_platform = adapter.missing_settings() or not adapter.credential_fields
            return Side.OURS if by_platform else Side.YOURS


def list_last_heard(services: Services, actor: Actor) -> dict[str, datetime]:
    """Return by channel id when a customer last wrote there."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        return last_heard.list_last_heard(tx)
