"""Channels and health as they are shown: never a credential, never what is the provider's or the platform's alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.channels.base import Adapter
from hub.db.channels import ChannelRecord, SenderRecord
from hub.masking import Mask
from hub.provisioning.channel_settings import shown_settings
from hub.types import ChannelKind, HealthState
from hub.wiring import Services

_NO_SENDER = "the number behind this channel was taken back; ask the platform for another one, or delete the channel"


@dataclass(frozen=True, slots=True)
class SenderView:
    """Who speaks for a channel. `hold` is what keeps messages back now, None when they go out.

    `proven`: whether it sends under its own address; None where there is nothing to prove.
    """

    id: str
    address: str
    name: str
    hold: str | None
    hold_reason: str | None
    proven: bool | None


@dataclass(frozen=True, slots=True)
class HealthView:
    """What the last probe found; unknown with `checked_at` None before the first one."""

    state: HealthState
    problems: tuple[str, ...]
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as its organization sees it.

    webhook_urls   what the provider calls; empty for a channel that polls
    intake_token   only in the answer that made it, None ever after
    suspended_at   since when nothing of it is shown or sent, None as a rule (B6); `suspended_reason` says why
    """

    id: str
    kind: ChannelKind
    name: str
    group_id: str | None
    returning: str
    delivery: str
    webhook_urls: tuple[str, ...]
    sender: SenderView | None
    health: HealthView
    created_at: datetime
    intake_token: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    suspended_at: datetime | None = None
    suspended_reason: str | None = None


def show(services: Services, channel: ChannelRecord, intake_token: str | None = None) -> ChannelView:
    """Return what the organization may see of a channel."""
    sender = channel.sender
    return ChannelView(
        id=channel.id,
        kind=channel.kind,
        name=channel.name,
        group_id=channel.group_id,
        returning=channel.returning.value,
        delivery=channel.delivery,
        webhook_urls=_webhook_urls(services, channel),
        sender=_sender(services, channel, sender) if sender else None,
        health=_health(channel),
        created_at=channel.created_at,
        intake_token=intake_token,
        settings=shown_settings(services.adapters[channel.kind], channel.settings),
        suspended_at=channel.suspended_at,
        suspended_reason=channel.suspended_reason,
    )


def as_wished(view: ChannelView, mask: Mask) -> ChannelView:
    """Return a channel as its people may see it. Its name is their own: it stays."""
    if view.sender is None:
        return view
    told = view.sender
    sender = replace(
        told,
        address=mask.text(told.address),
        name=mask.text(told.name),
        hold_reason=mask.text(told.hold_reason or "") or None,
    )
    problems = tuple(map(mask.text, view.health.problems))
    return replace(view, sender=sender, health=replace(view.health, problems=problems))


def _sender(services: Services, channel: ChannelRecord, sender: SenderRecord) -> SenderView:
    proven = sender.proven_at is not None if services.adapters[channel.kind].proves_address else None
    return SenderView(sender.id, sender.address, sender.name, sender.hold, sender.hold_reason, proven)


def _health(channel: ChannelRecord) -> HealthView:
    if channel.sender is None:
        return HealthView(HealthState.BROKEN, (_NO_SENDER,), None)
    health = channel.sender.health
    return HealthView(health.state, health.problems, channel.sender.checked_at)


def _webhook_urls(services: Services, channel: ChannelRecord) -> tuple[str, ...]:
    if channel.delivery == "polling":
        return ()
    paths = _paths(services.adapters[channel.kind])
    return tuple(services.settings.base_url + path.replace("{channel_id}", channel.id) for path in paths)


def _paths(adapter: Adapter) -> tuple[str, ...]:
    return tuple(route.path for route in adapter.routes if "POST" in route.methods)
