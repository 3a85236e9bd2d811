"""Connecting, changing and giving up an organization's channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from hub import audit
from hub.access.permissions import Permission, require
from hub.access.users import clean_name
from hub.crypto import new_token, token_hash
from hub.db import channels, groups
from hub.db.channels import ChannelRecord, NewSender
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import Tx
from hub.errors import Conflict, Invalid
from hub.ids import new_id
from hub.masking import mask_of
from hub.provisioning import credentials, probing
from hub.provisioning.channel_settings import changed_settings, kept_values
from hub.provisioning.credentials import WEBHOOK, Proven
from hub.provisioning.views import ChannelView, as_wished, show
from hub.routing.assignment import ENTER_JOB
from hub.types import Actor, ChannelKind, Page, Returning
from hub.wiring import Services

TAKEN = "this address is connected to the hub already; use another one, or have it released where it is in use"
_MANAGE = Permission.MANAGE_CHANNELS


class Keep(Enum):
    """Stands for a value that a change leaves as it is, where None says something else."""

    AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel to be connected. `credentials` under the names of the kind's credential fields."""

    kind: str
    name: str
    credentials: Mapping[str, str] = field(repr=False)
    group_id: str | None = None
    delivery: str = WEBHOOK


@dataclass(frozen=True, slots=True)
class ChannelChanges:
    """What to change; None leaves a value as it is. `credentials` must belong to the same address."""

    name: str | None = None
    group_id: str | Keep | None = Keep.AS_IT_IS
    returning: Returning | None = None
    delivery: str | None = None
    credentials: Mapping[str, str] | None = field(default=None, repr=False)
    settings: Mapping[str, Any] | None = None


def create_channel(services: Services, actor: Actor, new: NewChannel, once: Once = EVERY_TIME) -> ChannelView:
    """Connect a channel: ask the provider who the credentials are, claim that sender, point the provider at us.

    The answer is the channel as it was stored; what the set-up found shows in its health from then on.
    Raises Invalid (kind, credentials, group), Conflict (the sender is claimed already), Unavailable (no answer).
    """
    require(actor, _MANAGE)
    adapter = credentials.connectable(services, new.kind)
    credentials.check_delivery(adapter, new.delivery)
    proven = credentials.prove(adapter, new.credentials)
    token = new_token() if adapter.intake_token else None
    with services.db.transaction(actor.organization_id) as tx:
        channel = _claimed(services, tx, new, proven, token)
        view = once.keep(tx, show(services, channel, token))
        probing.announce(services, tx, channel.id)
        audit.record(
            services, tx, actor, audit.Change("channel.created", "channel", channel.id, after=kept_values(channel))
        )
    _set_up(services, actor, channel)
    return view


def _claimed(services: Services, tx: Tx, new: NewChannel, proven: Proven, token: str | None) -> ChannelRecord:
    channel_id, kind = new_id(), ChannelKind(new.kind)
    sender = NewSender(
        id=new_id(),
        channel_id=channel_id,
        kind=kind,
        address=proven.profile.address,
        name=proven.profile.name,
        credentials=credentials.seal_new(services.vault.of(tx.organization_id), proven.values, new.delivery),
        intake_token_hash=token_hash(token) if token else None,
    )
    plan = ChannelPlan(channel_id, kind, clean_name(new.name), new.group_id, new.delivery)
    return open_channel(services, tx, plan, sender)


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """A channel about to be stored."""

    id: str
    kind: ChannelKind
    name: str
    group_id: str | None
    delivery: str = WEBHOOK


def open_channel(services: Services, tx: Tx, plan: ChannelPlan, sender: NewSender) -> ChannelRecord:
    """Store a channel and claim its sender. Raises Invalid (group), Conflict when the address is taken by whomever."""
    _check_group(tx, plan.group_id)
    now = services.clock()
    channels.add(
        tx,
        ChannelRecord(plan.id, plan.kind, plan.name, plan.group_id, Returning.REOPEN, plan.delivery, now, sender=None),
    )
    if not channels.claim(tx, sender, now):
        raise Conflict(TAKEN)
    return channels.get(tx, plan.id)


def get_channel(services: Services, actor: Actor, channel_id: str) -> ChannelView:
    """Return a channel. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        return as_wished(show(services, channels.get(tx, channel_id)), mask_of(tx))


def list_channels(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[ChannelView]:
    """Return the organization's channels, oldest first."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        page, mask = channels.list_page(tx, limit, cursor), mask_of(tx)
    return Page(tuple(as_wished(show(services, each), mask) for each in page.items), page.next)


def check_channel(services: Services, actor: Actor, channel_id: str) -> ChannelView:
    """Point the provider at us again and probe the sender. Raises NotFound."""
    require(actor, _MANAGE)
    with services.db.reading(actor.organization_id) as tx:
        channel = channels.get(tx, channel_id)
    _set_up(services, actor, channel, by=actor)
    return get_channel(services, actor, channel_id)


def change_channel(services: Services, actor: Actor, channel_id: str, changes: ChannelChanges) -> ChannelView:
    """Change a channel. New credentials or another delivery set the provider up again.

    Raises NotFound, Invalid (also for credentials of another address), Unavailable.
    """
    require(actor, _MANAGE)
    with services.db.reading(actor.organization_id) as tx:
        before = channels.get(tx, channel_id)
    proven = _proven_again(services, before, changes)
    with services.db.transaction(actor.organization_id) as tx:
        channel = channels.get(tx, channel_id)
        channels.change(tx, channel_id, _new_values(services, tx, channel, changes))
        resealed = _reseal(services, tx, channel, changes, proven)
        probing.announce(services, tx, channel_id)
        _record_change(services, tx, actor, channel, proven)
        if not isinstance(changes.group_id, Keep) and changes.group_id != channel.group_id:
            # whoever waits there without a group comes into the line of this one
            tx.after_commit(lambda: services.queue.wake("routing", ENTER_JOB, actor.organization_id))
    if resealed:
        _set_up(services, actor, channel)
    return get_channel(services, actor, channel_id)


def delete_channel(services: Services, actor: Actor, channel_id: str) -> None:
    """Give a channel up; its sender's address may be claimed anew, its conversations stay. Raises NotFound."""
    require(actor, _MANAGE)
    with services.db.transaction(actor.organization_id) as tx:
        channel = channels.get(tx, channel_id)
        channels.delete(tx, channel_id, services.clock())
        probing.announce(services, tx, channel_id)
        audit.record(
            services, tx, actor, audit.Change("channel.deleted", "channel", channel_id, before=kept_values(channel))
        )


def rotate_intake_token(services: Services, actor: Actor, channel_id: str) -> ChannelView:
    """Give a channel a new intake token, shown this once; the old one is void from now. Raises NotFound, Invalid."""
    require(actor, _MANAGE)
    token = new_token()
    with services.db.transaction(actor.organization_id) as tx:
        channel = channels.get(tx, channel_id)
        if not services.adapters[channel.kind].intake_token or channel.sender is None:
            raise Invalid(f"{channel.kind} channels have no intake token")
        channels.change_sender(tx, channel.sender.id, {"intake_token_hash": token_hash(token)})
        audit.record(services, tx, actor, audit.Change("channel.intake_token_made", "channel", channel_id))
    return show(services, channel, token)


def _set_up(services: Services, actor: Actor, channel: ChannelRecord, by: Actor | None = None) -> None:
    if channel.sender:
        probing.set_up(services, actor.organization_id, channel.sender.id, by)


def _record_change(services: Services, tx: Tx, actor: Actor, before: ChannelRecord, proven: Proven | None) -> None:
    differs = audit.difference(kept_values(before), kept_values(channels.get(tx, before.id)))
    if proven:
        differs["after"] = {**differs["after"], "credentials": "set"}
    audit.record(services, tx, actor, audit.Change("channel.changed", "channel", before.id, **differs))


def _proven_again(services: Services, channel: ChannelRecord, changes: ChannelChanges) -> Proven | None:
    adapter = services.adapters[channel.kind]
    if changes.delivery:
        credentials.check_delivery(adapter, changes.delivery)
    if changes.credentials is None:
        return None
    proven = credentials.prove(credentials.connectable(services, channel.kind), changes.credentials)
    if channel.sender is None or proven.profile.address != channel.sender.address:
        raise Invalid("these credentials belong to another address; connect them as a channel of their own")
    return proven


def _new_values(services: Services, tx: Tx, channel: ChannelRecord, changes: ChannelChanges) -> dict[str, Any]:
    values = {
        "name": changes.name,
        "returning": changes.returning and changes.returning.value,
        "delivery": changes.delivery,
    }
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if changes.settings is not None:
        adapter = services.adapters[channel.kind]
        given["settings"] = changed_settings(adapter, channel.settings, changes.settings)
    if not isinstance(changes.group_id, Keep):
        _check_group(tx, changes.group_id)
        given["group_id"] = changes.group_id
    return given


def _reseal(services: Services, tx: Tx, channel: ChannelRecord, changes: ChannelChanges, proven: Proven | None) -> bool:
    """Seal what changed of the sender; tell whether anything did."""
    delivery = changes.delivery or channel.delivery
    if channel.sender is None or (proven is None and delivery == channel.delivery):
        return False
    values = proven.values if proven else {}
    sealed = credentials.reseal(services.vault.of(tx.organization_id), channel.sender.credentials, values, delivery)
    channels.change_sender(tx, channel.sender.id, {"credentials": sealed})
    if proven:
        renewed = {"name": proven.profile.name, "credentials_changed_at": services.clock()}
        channels.change_sender(tx, channel.sender.id, renewed)
        channels.clear_hold(tx, channel.sender.id, probing.CREDENTIALS_HOLD)
    return True


def _check_group(tx: Tx, group_id: str | None) -> None:
    if group_id is not None and groups.find_group(tx, group_id) is None:
        raise Invalid("there is no group of this id in the organization; choose one of GET /groups, or none")
