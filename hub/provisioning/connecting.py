"""Connecting a channel by signing in at its provider: begin, come back, choose.

What can be chosen is kept sealed for some minutes, so that no token travels through a browser.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.access.permissions import Permission, require
from hub.channels.base import Adapter
from hub.db import connections
from hub.db.connections import SEALED, ConnectionRecord
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.provisioning import channels, credentials, states
from hub.provisioning.channels import ChannelChanges, NewChannel
from hub.provisioning.views import ChannelView
from hub.types import Actor, Candidate
from hub.wiring import Services

KEPT: Final = timedelta(minutes=15)
"""How long somebody may take to sign in and choose."""

_MANAGE = Permission.MANAGE_CHANNELS
_AGAIN = "this sign-in has run out or is somebody else's; begin it anew on the channels page"
_USED = "this sign-in came back already; choose from what it brought, or begin it anew"
_NOBODY = "nothing can be connected with this account there; sign in with one that manages what you want to connect"


@dataclass(frozen=True, slots=True)
class Choice:
    """A sender that can be connected. `channel_id`: the channel it speaks for already, which gets its new token."""

    address: str
    name: str
    channel_id: str | None


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A sign-in that came back, and what can be chosen."""

    id: str
    kind: str
    label: str
    choices: tuple[Choice, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose; without `name` the channel is called as the sender is at the provider."""

    connection_id: str
    address: str
    name: str = ""
    group_id: str | None = None


def sign_in_kinds(services: Services) -> tuple[str, ...]:
    """Return the channel kinds that can be connected by signing in at their provider."""
    return tuple(kind for kind, adapter in services.adapters.items() if adapter.sign_in_url(""))


def begin(services: Services, actor: Actor, kind: str) -> str:
    """Return where to send the browser to sign in. Raises Invalid (no such kind, no sign-in), Conflict (it is off)."""
    require(actor, _MANAGE)
    adapter = credentials.connectable(services, kind)
    now = services.clock()
    record = ConnectionRecord(new_id(), actor.user_id, adapter.kind, now + KEPT)
    url = adapter.sign_in_url(states.sign(services, actor, record.id, record.expires_at))
    if url is None:
        raise _no_sign_in(adapter)
    with services.db.transaction(actor.organization_id) as tx:
        connections.begin(tx, record, now)
    return url


def _no_sign_in(adapter: Adapter) -> Invalid | Conflict:
    missing = adapter.missing_settings()
    if missing:
        return Conflict(f"{adapter.label} is off: the platform must set {', '.join(missing)} and restart the hub")
    return Invalid(f"{adapter.label} has no sign-in; connect the channel with its credentials")


def come_back(services: Services, actor: Actor, state: str, code: str) -> ConnectionView:
    """Take the person who signed in back: ask the provider what they may connect, and keep it.

    `code` is what the provider gave for it. Raises Invalid (not their sign-in, run out, nothing to choose),
    Conflict (it came back before), Unavailable (the provider does not answer; begin anew).
    """
    require(actor, _MANAGE)
    connection_id = states.read(services, actor, state)
    if connection_id is None:
        raise Invalid(_AGAIN)
    record = _find(services, actor, connection_id)
    if record.candidates is not None:
        raise Conflict(_USED)
    if not code:
        raise Invalid(_AGAIN)
    found = asyncio.run(services.adapters[record.kind].list_candidates(code))
    if not found:
        raise Invalid(_NOBODY)
    sealed = services.vault.of(actor.organization_id).seal(_written(found), SEALED)
    with services.db.transaction(actor.organization_id) as tx:
        if not connections.keep_candidates(tx, record.id, sealed):
            raise Conflict(_USED)
    return show(services, actor, record.id)


def show(services: Services, actor: Actor, connection_id: str) -> ConnectionView:
    """Return what a sign-in of the actor's brought. Raises Invalid once it has run out, NotFound before it is back."""
    require(actor, _MANAGE)
    record = _find(services, actor, connection_id)
    offered = _offered(services, actor, record)
    with services.db.reading(actor.organization_id) as tx:
        known = connections.channels_of(tx, record.kind, [each.address for each in offered])
    choices = tuple(Choice(each.address, each.name, known.get(each.address)) for each in offered)
    return ConnectionView(record.id, record.kind, services.adapters[record.kind].label, choices, record.expires_at)


def choose(services: Services, actor: Actor, chosen: Chosen) -> ChannelView:
    """Connect what was chosen; a sender that speaks for one of the organization's channels gets its new token there.

    Raises Invalid (run out, no such choice, refused by the provider), Conflict (another organization has it),
    Unavailable.
    """
    require(actor, _MANAGE)
    record = _find(services, actor, chosen.connection_id)
    offered = {each.address: each for each in _offered(services, actor, record)}
    candidate = offered.get(chosen.address)
    if candidate is None:
        raise Invalid("choose one of those that are listed")
    channel = _connected(services, actor, record, candidate, chosen)
    with services.db.transaction(actor.organization_id) as tx:
        connections.remove(tx, record.id)
    return channel


def _connected(
    services: Services, actor: Actor, record: ConnectionRecord, candidate: Candidate, chosen: Chosen
) -> ChannelView:
    with services.db.reading(actor.organization_id) as tx:
        channel_id = connections.channels_of(tx, record.kind, [candidate.address]).get(candidate.address)
    if channel_id is not None:
        return channels.change_channel(
            services, actor, channel_id, ChannelChanges(credentials=dict(candidate.credentials))
        )
    name = chosen.name.strip() or candidate.name
    return channels.create_channel(
        services, actor, NewChannel(record.kind, name, dict(candidate.credentials), chosen.group_id)
    )


def _find(services: Services, actor: Actor, connection_id: str) -> ConnectionRecord:
    with services.db.reading(actor.organization_id) as tx:
        record = connections.find(tx, connection_id)
    if record is None or record.user_id != actor.user_id or record.expires_at <= services.clock():
        raise Invalid(_AGAIN)
    return record


def _offered(services: Services, actor: Actor, record: ConnectionRecord) -> list[Candidate]:
    if record.candidates is None:
        raise NotFound("nobody came back from this sign-in yet")
    rows = json.loads(services.vault.of(actor.organization_id).open(record.candidates, SEALED))
    return [Candidate(row["address"], row["name"], row["credentials"]) for row in rows]


def _written(found: Sequence[Candidate]) -> bytes:
    rows = [{"address": each.address, "name": each.name, "credentials": dict(each.credentials)} for each in found]
    return json.dumps(rows).encode()
