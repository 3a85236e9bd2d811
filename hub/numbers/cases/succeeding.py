"""A case's new sender takes its place: in one transaction with what happens to the case because of it."""

from dataclasses import replace

from hub import audit
from hub.db import ban_cases, ban_places, channels, held_messages, senders, stock, successions
from hub.db.ban_cases import CaseRecord
from hub.db.channels import NewSender
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.cases import acting
from hub.numbers.cases.tasks import NotToBeHad
from hub.numbers.policy import happenings as h
from hub.numbers.supply import approving, lending, standing
from hub.numbers.supply.held import release_held
from hub.provisioning import probing
from hub.provisioning.channels import TAKEN, ChannelPlan, open_channel
from hub.types import Actor, ChannelKind, Machine
from hub.types.bans import BanState
from hub.wiring import Services

_UNDER_WAY = (BanState.ACCEPTED, BanState.REPLACING)
_DOES_NOT_WORK = "the channel that was to take over does not work now; choose another one"


def go_over_to_number(services: Services, record: CaseRecord, number_id: str, kind: ChannelKind) -> bool:
    """Lend a number as the new current sender of the case's channel; return as `settle`.

    Raises Conflict, Invalid, NotFound.
    """
    adapter = services.adapters[kind]
    seen = standing.senders_seen(services, number_id, adapter)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        number = lending.lendable(services, tx, number_id, adapter, seen, record.id)
        if not still_wanted(acting.lock(tx, record.id)):
            return True
        sender = lending.sender_on(services, tx, number, kind, record.channel_id)
        take_place(services, tx, record, sender)
        lending.lend(tx, number, kind)
        happened(services, tx, record.id, sender.id, acting.HUB)
        reach("replacing.before_commit")
    reach("replacing.after_commit")
    with services.db.reading(record.organization_id) as tx:
        record = ban_cases.get(tx, record.id)
    return settle(services, record)


def open_on_number(services: Services, record: CaseRecord, number_id: str, kind: ChannelKind) -> bool:
    """Lend the number of the old sender as a channel of another kind, which takes over. Returns and raises as above."""
    adapter = services.adapters[kind]
    seen = standing.senders_seen(services, number_id, adapter)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        number = lending.lendable(services, tx, number_id, adapter, seen, record.id)
        if not still_wanted(acting.lock(tx, record.id)):
            return True
        old = channels.get(tx, record.channel_id)
        sender = lending.sender_on(services, tx, number, kind, new_id())
        name = f"{old.name} ({adapter.label})"
        open_channel(services, tx, ChannelPlan(sender.channel_id, kind, name, old.group_id), sender)
        lending.lend(tx, number, kind)
        happened(services, tx, record.id, sender.id, acting.HUB)
        lent = {"number": number.number, "channel_id": sender.channel_id, "kind": sender.kind}
        audit.record(services, tx, acting.HUB, audit.Change("number.assigned", "number", number_id, after=lent))
        probing.announce(services, tx, sender.channel_id)
        reach("replacing.before_commit")
    reach("replacing.after_commit")
    with services.db.reading(record.organization_id) as tx:
        record = ban_cases.get(tx, record.id)
    return settle(services, record)


def go_over_to_channel(services: Services, organization_id: str, case_id: str) -> None:
    """Let the channel that was put aside take over: people go on there. Raises Conflict when it does not work now."""
    with services.db.transaction(organization_id) as tx:
        record = acting.lock(tx, case_id)
        if not still_wanted(record):
            return
        channel_id = record.reserved["channel_id"]
        sender_id = senders.current_sender_id(tx, channel_id)
        if sender_id is None or not works(tx, channel_id):
            raise NotToBeHad(_DOES_NOT_WORK)
        happened(services, tx, case_id, sender_id, acting.HUB)


def still_wanted(record: CaseRecord) -> bool:
    """Whether the case, locked, still waits for its new sender."""
    return record.case.state in _UNDER_WAY and record.case.undecided is None and record.new_sender_id is None


def is_there(tx: Tx, sender_id: str) -> bool:
    """Whether a sender still belongs to its organization, so that it can be a channel's current one."""
    place = successions.find_place(tx, sender_id)
    return place is not None and not place.released


def is_followed(tx: Tx, record: CaseRecord) -> bool:
    """Whether the new sender of a case is itself a past one by now: another one has the channel."""
    new = successions.find_place(tx, record.new_sender_id) if record.new_sender_id else None
    if new is None or new.channel_id != record.channel_id:
        return False
    return senders.current_sender_id(tx, record.channel_id) not in (new.id, None)


def works(tx: Tx, channel_id: str) -> bool:
    """Whether a channel of the organization's can be written over now."""
    return any(each.id == channel_id for each in ban_places.list_working_channels(tx, tx.organization_id))


def take_place(
    services: Services, tx: Tx, record: CaseRecord, sender: NewSender, by: Actor | Machine = acting.HUB
) -> None:
    """Make a sender the current one of the case's channel, and the one before it a past one. Raises Conflict when
    somebody has its address, NotFound when the channel was given up.
    """
    channels.get(tx, record.channel_id)
    successions.make_room(tx, record.channel_id)
    if not channels.claim(tx, sender, services.clock()):
        raise Conflict(TAKEN)
    record_change(services, tx, by, record, "channel.sender_replaced")
    probing.announce(services, tx, record.channel_id)


def happened(services: Services, tx: Tx, case_id: str, sender_id: str, by: Actor | Machine) -> None:
    """Note the case's new sender, and that it has taken over."""
    now = services.clock()
    record = acting.lock(tx, case_id)
    if record.case.state is BanState.ACCEPTED:
        record = acting.happen(services, tx, case_id, h.ReplacingBegun(), by, now)
    ban_cases.save(tx, replace(record, new_sender_id=sender_id))
    acting.happen(services, tx, case_id, h.Replaced(), by, now)
    if senders.current_sender_id(tx, record.channel_id) == record.sender_id:
        # a channel of another kind goes on: what waits here is nobody's to send by itself
        held_messages.hold_all(tx, record.sender_id)


def record_change(services: Services, tx: Tx, by: Actor | Machine, record: CaseRecord, action: str) -> None:
    """Leave an audit entry of a channel whose sender changed."""
    said = {"ban_id": record.id, "old_sender_id": record.sender_id}
    audit.record(services, tx, by, audit.Change(action, "channel", record.channel_id, after=said))


def settle(services: Services, record: CaseRecord) -> bool:
    """Point the provider at us for the new sender, let in what came for it before every process knew it, and see to its
    templates; False: they have to be seen to again. Safe to repeat.
    """
    if record.new_sender_id is None:
        return True
    health = probing.set_up(services, record.organization_id, record.new_sender_id)
    reach("replacing.set_up")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        place = successions.find_place(tx, record.new_sender_id)
        if place is not None and place.number_id is not None:
            stock.set_health(tx, place.number_id, health)
    if place is not None:
        release_held(services, place.address, place.created_at)
    return approving.submit_again(services, record.organization_id, record.new_sender_id, record.sender_id)
