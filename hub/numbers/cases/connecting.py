"""The guided form: the customer brings the sender that takes over, a bot, page or mailbox of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub import audit
from hub.access.permissions import Permission, require
from hub.channels.base import Adapter
from hub.crypto import new_token, token_hash
from hub.db import ban_cases, ban_work, channels, successions
from hub.db.ban_cases import CaseRecord
from hub.db.channels import NewSender
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import Tx
from hub.errors import Conflict, Invalid
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.cases import acting, reading, succeeding
from hub.numbers.cases.views import BanView
from hub.numbers.policy import effects as e
from hub.provisioning import credentials
from hub.provisioning.channels import NewChannel, create_channel, get_channel
from hub.provisioning.credentials import Proven
from hub.provisioning.views import ChannelView, show
from hub.types import Actor
from hub.types.bans import Possibility
from hub.types.numbers import OfferKind
from hub.wiring import Services

_MANAGE = Permission.MANAGE_CHANNELS
_REPLACE = e.Replace.__name__
"""The work that waits for the form; it points the provider at us."""
_BANNED = "these credentials belong to the sender that was banned; bring another one, or mend the old one's credentials"


@dataclass(frozen=True, slots=True)
class Brought:
    """What the customer enters. `credentials` under the names of the kind's credential fields.

    name      of a channel of another kind; ""; its kind's label
    """

    credentials: Mapping[str, str] = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The ban, and the channel that people go on over now; its intake token, if it has one, is shown this once."""

    ban: BanView
    channel: ChannelView


def bring_sender(
    services: Services, actor: Actor, case_id: str, brought: Brought, once: Once = EVERY_TIME
) -> TakenOver:
    """Let the sender with these credentials take over, as the accepted offer says: on the same channel, or of another
    kind as a channel of its own. A channel of the organization's that has this sender already takes over as it is.

    Raises NotFound, Invalid (credentials), Conflict (nothing of the sort was accepted, the address is in use),
    Unavailable.
    """
    require(actor, _MANAGE)
    record, wanted = _accepted(services, actor, case_id)
    adapter = credentials.connectable(services, wanted.channel_kind)
    if wanted.kind is OfferKind.OWN_SENDER:
        return _bring_own(services, actor, record, _Own(adapter, credentials.prove(adapter, brought.credentials), once))
    name = brought.name.strip() or adapter.label
    new = NewChannel(wanted.channel_kind, name, brought.credentials, _group_of(services, actor, record))
    made = _made(services, actor, adapter, new)
    reach("replacing.channel_made")
    return _chosen(services, actor, case_id, made, once)


def choose_channel(
    services: Services, actor: Actor, case_id: str, channel_id: str, once: Once = EVERY_TIME
) -> TakenOver:
    """Let a channel of the organization's own take over, of the kind that was accepted. Raises NotFound, Conflict."""
    require(actor, _MANAGE)
    return _chosen(services, actor, case_id, get_channel(services, actor, channel_id), once)


def _made(services: Services, actor: Actor, adapter: Adapter, new: NewChannel) -> ChannelView:
    """Connect a channel, unless that was done before: by a call that was cut short, or by hand. Raises as above."""
    try:
        return create_channel(services, actor, new)
    except Conflict:
        address = credentials.prove(adapter, new.credentials).profile.address
        with services.db.reading(actor.organization_id) as tx:
            there = successions.find_channel_at(tx, adapter.kind, address)
        if there is None:
            raise
        return get_channel(services, actor, there)


def _chosen(services: Services, actor: Actor, case_id: str, channel: ChannelView, once: Once) -> TakenOver:
    _, wanted = _accepted(services, actor, case_id)
    with services.db.transaction(actor.organization_id) as tx:
        chosen = channels.get(tx, channel.id)
        if wanted.kind is not OfferKind.ANOTHER_KIND or chosen.kind != wanted.channel_kind:
            raise Conflict("this is not the kind of channel that was accepted; choose one of that kind")
        if not succeeding.works(tx, channel.id):
            raise Conflict("this channel does not work now: it is held, suspended or has no sender; choose another one")
        record = acting.lock(tx, case_id)
        if not succeeding.still_wanted(record) or chosen.sender is None:
            raise Conflict("the channel has no sender, or the ban has moved on meanwhile; look at it again")
        succeeding.happened(services, tx, case_id, chosen.sender.id, actor)
        ban_work.hasten(tx, case_id, _REPLACE, services.clock())
        said = {"ban_id": case_id, "kind": chosen.kind}
        audit.record(services, tx, actor, audit.Change("ban.channel_chosen", "ban", case_id, after=said))
        return once.keep(tx, TakenOver(reading.view(services, tx, case_id), channel))


def _accepted(services: Services, actor: Actor, case_id: str) -> tuple[CaseRecord, Possibility]:
    with services.db.reading(actor.organization_id) as tx:
        record = ban_cases.get(tx, case_id)
    offer = record.case.offer
    if offer is None or not succeeding.still_wanted(record) or offer.possibility.kind is OfferKind.ANOTHER_NUMBER:
        raise Conflict("no offer that takes a sender of your own is accepted; accept it first")
    return record, offer.possibility


def _group_of(services: Services, actor: Actor, record: CaseRecord) -> str | None:
    with services.db.reading(actor.organization_id) as tx:
        return channels.get(tx, record.channel_id).group_id


@dataclass(frozen=True, slots=True)
class _Own:
    """A sender of the customer's own that the provider knows."""

    adapter: Adapter
    proven: Proven
    once: Once


def _bring_own(services: Services, actor: Actor, record: CaseRecord, own: _Own) -> TakenOver:
    token = new_token() if own.adapter.intake_token else None
    with services.db.transaction(actor.organization_id) as tx:
        if not succeeding.still_wanted(acting.lock(tx, record.id)):
            raise Conflict("the ban has moved on meanwhile; look at it again")
        sender = _sender(services, tx, record.channel_id, own.proven, token)
        succeeding.take_place(services, tx, record, sender, actor)
        succeeding.happened(services, tx, record.id, sender.id, actor)
        ban_work.hasten(tx, record.id, _REPLACE, services.clock())
        channel = show(services, channels.get(tx, record.channel_id), token)
        taken = own.once.keep(tx, TakenOver(reading.view(services, tx, record.id), channel))
        reach("replacing.before_commit")
    reach("replacing.after_commit")
    return taken


def _sender(services: Services, tx: Tx, channel_id: str, proven: Proven, token: str | None) -> NewSender:
    """Return the channel's new sender. Raises Invalid for the very one that was banned."""
    channel = channels.get(tx, channel_id)
    if channel.sender is not None and channel.sender.address == proven.profile.address:
        raise Invalid(_BANNED)
    key = services.vault.of(tx.organization_id)
    return NewSender(
        id=new_id(),
        channel_id=channel.id,
        kind=channel.kind,
        address=proven.profile.address,
        name=proven.profile.name,
        credentials=credentials.seal_new(key, proven.values, channel.delivery),
        intake_token_hash=token_hash(token) if token else None,
    )
