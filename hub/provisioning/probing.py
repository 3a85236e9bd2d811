"""Pointing a provider at us and asking how a sender fares. No transaction is open while the provider is asked."""

import asyncio
from dataclasses import replace
from datetime import datetime

from hub import audit
from hub.channels.base import Adapter
from hub.db import channels, holds, looks, notices, senders
from hub.db.session import PlatformWork, Tx
from hub.errors import HubError, Unavailable
from hub.log import get_logger
from hub.numbers import detecting
from hub.types import Actor, Health, HealthState, Sender
from hub.types.bans import Look
from hub.wiring import Services

CREDENTIALS_HOLD = "credentials"
_FAILED = "the provider could not be asked to deliver to the hub; check the channel again in a moment"

log = get_logger(__name__)


def set_up(services: Services, organization_id: str, sender_id: str, by: Actor | None = None) -> Health:
    """Point the provider at us, probe the sender and keep what was found. Never raises for what the provider does.

    A sender held for its credentials is let go when the provider accepts them again. What the probe means beyond its
    health, a look judges that follows at once (`hub.numbers.health`). `by` is whoever asked for just
    this; None when it is part of another change, whose audit entry covers it.
    """
    sender = find_sender(services, organization_id, sender_id)
    if sender is None:
        return Health(HealthState.UNKNOWN)
    adapter = services.adapters[sender.kind]
    found = asyncio.run(_set_up_and_look(adapter, sender, services.clock()))
    found = replace(found, health=with_missing_settings(adapter, found.health))
    _keep(services, sender, found, by)
    return found.health


def ask_health(services: Services, organization_id: str, sender_id: str) -> Health:
    """Probe a sender and change nothing."""
    sender = find_sender(services, organization_id, sender_id)
    if sender is None:
        return Health(HealthState.UNKNOWN)
    adapter = services.adapters[sender.kind]
    return with_missing_settings(adapter, asyncio.run(adapter.health(sender)))


def find_sender(services: Services, organization_id: str, sender_id: str) -> Sender | None:
    """Return a sender of the organization with its credentials and its account's, opened; None when it is not there."""
    # the account behind a sender is the platform's, so an organization's own session cannot read it
    with services.db.platform_reading(PlatformWork.LINE) as tx:
        found = senders.find(tx, sender_id)
    if found is None or found.sender.organization_id != organization_id:
        return None
    return found.open(services.vault)


def with_missing_settings(adapter: Adapter, health: Health) -> Health:
    """Return the health of a sender whose kind is off as long as settings are missing."""
    missing = adapter.missing_settings()
    if not missing:
        return health
    off = f"{adapter.label} is off: the platform must set {', '.join(missing)} and restart the hub"
    return Health(HealthState.BROKEN, (off, *health.problems))


async def _set_up_and_look(adapter: Adapter, sender: Sender, now: datetime) -> Look:
    problem = await point(adapter, sender)
    return await adapter.look(sender, now) if problem is None else Look(problem)


async def point(adapter: Adapter, sender: Sender) -> Health | None:
    """Point the provider at us; return what is wrong when that did not work. Never raises."""
    try:
        await adapter.setup(sender)
    except Unavailable as error:
        return Health(HealthState.UNKNOWN, (error.detail,))
    except HubError as error:
        return Health(HealthState.BROKEN, (error.detail,))
    except Exception as error:  # noqa: BLE001 - the boundary of health: a provider's client may raise anything
        # the type only: the text of a client's error may carry a URL with a token
        log.warning("setup.failed", sender_id=sender.id, error=type(error).__name__)
        return Health(HealthState.UNKNOWN, (_FAILED,))
    return None


def _keep(services: Services, sender: Sender, found: Look, by: Actor | None) -> None:
    health, now = found.health, services.clock()
    with services.db.transaction(sender.organization_id) as tx:
        looks.keep(tx, sender.id, found, now)
        holds.look_at(tx, sender.id, now)
        if health.state is HealthState.OK:
            channels.clear_hold(tx, sender.id, CREDENTIALS_HOLD)
        announce(services, tx, sender.channel_id)
        if by is not None:
            what = {"health": health.state, "problems": health.problems}
            audit.record(services, tx, by, audit.Change("channel.checked", "channel", sender.channel_id, after=what))
        tx.after_commit(lambda: detecting.wake(services, [sender.id]))


def announce(services: Services, tx: Tx, channel_id: str) -> None:
    """Tell the organization's browsers that a channel changed. Call it last in a transaction."""
    notices.add(tx, [("channel", {"id": channel_id})])
    organization_id = tx.organization_id
    tx.after_commit(lambda: services.queue.notify(organization_id))
