"""Making an accepted offer real: the channel stays what it is and gets another sender; the old one becomes a past one.

Every step is looked up before it is done again, so it may be interrupted anywhere. What changes rows is one transaction
with what happens to the case because of it. Locks: the number, then the sender and its case (`acting.lock`).
"""

from dataclasses import replace as changed
from datetime import timedelta
from typing import Final

from hub.channels.numbers import CodeWay
from hub.db import ban_cases, held_messages, organizations, registrations, stock, successions
from hub.db.ban_cases import CaseRecord
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.db.successions import SenderPlace
from hub.errors import Conflict, Invalid, NotFound
from hub.failpoints import reach
from hub.numbers.cases import acting, succeeding
from hub.numbers.cases.ordering import buy_number
from hub.numbers.cases.tasks import Done, Later, NotToBeHad, Task
from hub.numbers.cases.wording import for_customer, in_full
from hub.numbers.policy import happenings as h
from hub.numbers.policy.offers import suits
from hub.numbers.policy.registering import ENDED
from hub.numbers.supply import lending, registering, standing
from hub.numbers.supply.registered import RegistrationView, show
from hub.numbers.supply.registering import NewRegistration
from hub.provisioning import probing
from hub.types import ChannelKind
from hub.types.bans import BanState, Possibility
from hub.types.numbers import OfferKind
from hub.wiring import Services

_UNDER_WAY: Final = (BanState.ACCEPTED, BanState.REPLACING)
_SOON, _MINUTE, _LONG = timedelta(seconds=3), timedelta(minutes=1), timedelta(hours=1)
_BY_CUSTOMER: Final = "the customer connects the new sender on the page of this ban"
_USELESS: Final = "what was accepted would be hit by the same ban"
_NO_TEMPLATES: Final = "the new sender works; its message templates could not be handed in yet"


def replace(services: Services, task: Task) -> Done | Later:
    """Take the next step towards the accepted sender. Safe to repeat at any point."""
    record = _present(services, task)
    if record.new_sender_id is not None:
        # it died after the sender was changed: what follows that is safe to repeat
        return _over(services, succeeding.settle(services, record))
    offer = record.case.offer
    if record.case.state not in _UNDER_WAY or offer is None or offer.id != task.data["offer_id"]:
        return Done()
    try:
        return _step(services, record, offer.possibility)
    except (Conflict, Invalid, NotFound) as error:
        return Done((h.ReplacingFailed(for_customer(error)),), in_full(error))


def _present(services: Services, task: Task) -> CaseRecord:
    with services.db.reading(task.organization_id) as tx:
        return ban_cases.get(tx, task.case_id)


def _step(services: Services, record: CaseRecord, wanted: Possibility) -> Done | Later:
    match wanted.kind:
        case OfferKind.ANOTHER_NUMBER:
            return _another_number(services, record, wanted.channel_kind)
        case OfferKind.ANOTHER_KIND if "channel_id" in record.reserved:
            succeeding.go_over_to_channel(services, record.organization_id, record.id)
            return Done()
        case OfferKind.ANOTHER_KIND if "number_id" in record.reserved:
            return _another_kind_on_number(services, record, wanted.channel_kind)
        case _:
            # `hub.numbers.cases.connecting`: the form does the rest, whenever they fill it in
            return Later(services.clock() + _LONG, _BY_CUSTOMER)


# --- another number --------------------------------------------------------------------------------------


def _another_number(services: Services, record: CaseRecord, kind: ChannelKind) -> Done | Later:
    _begin(services, record)
    number_id = record.reserved.get("number_id") or buy_number(services, record, kind)
    if number_id is None:
        return Done()
    reach("replacing.number_there")
    waits = _registered(services, record, number_id, kind)
    if waits is not None:
        return waits
    reach("replacing.registered")
    return _over(services, succeeding.go_over_to_number(services, record, number_id, kind))


def _another_kind_on_number(services: Services, record: CaseRecord, kind: ChannelKind) -> Done | Later:
    _begin(services, record)
    number_id = record.reserved["number_id"]
    waits = _registered(services, record, number_id, kind)
    if waits is not None:
        return waits
    return _over(services, succeeding.open_on_number(services, record, number_id, kind))


def _over(services: Services, settled: bool) -> Done | Later:
    return Done() if settled else Later(services.clock() + _MINUTE, _NO_TEMPLATES)


def _begin(services: Services, record: CaseRecord) -> None:
    """Note that it begins, before anything is asked of the supplier."""
    if record.case.state is not BanState.ACCEPTED:
        return
    with services.db.transaction(record.organization_id) as tx:
        if acting.lock(tx, record.id).case.state is BanState.ACCEPTED:
            acting.happen(services, tx, record.id, h.ReplacingBegun(), acting.HUB, services.clock())
    reach("replacing.begun")


def _registered(services: Services, record: CaseRecord, number_id: str, kind: ChannelKind) -> Later | None:
    """See to it that a number is registered; None once it is a sender, or needs not be one. Raises Conflict."""
    if not services.adapters[kind].registers_numbers:
        return None
    known = _known(services, record, number_id, kind) or _begun(services, record, number_id, kind)
    if known.state in standing.ONLINE:
        return None
    if known.state in ENDED:
        raise NotToBeHad("the messenger did not take the number", problems=known.problems)
    return Later(services.clock() + _SOON, known.waits_for, "; ".join((known.waits_for, *known.problems)))


def _known(services: Services, record: CaseRecord, number_id: str, kind: ChannelKind) -> RegistrationView | None:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = registrations.find_standing(tx, number_id, kind)
    return show(found) if found and found.organization_id == record.organization_id else None


def _begun(services: Services, record: CaseRecord, number_id: str, kind: ChannelKind) -> RegistrationView:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        number, name = stock.get(tx, number_id), _display_name(tx, record, kind)
    way = CodeWay.VOICE if number.forward_to else CodeWay.TEXT
    new = NewRegistration(record.organization_id, kind, name, way, record.id)
    return registering.register(services, acting.HUB, number_id, new)


def _display_name(tx: Tx, record: CaseRecord, kind: ChannelKind) -> str:
    """The name that people knew the old sender by; of one that was set up by hand the organization's."""
    old = successions.find_place(tx, record.sender_id)
    known = registrations.find_standing(tx, old.number_id, kind) if old and old.number_id else None
    return known.display_name if known and known.display_name else organizations.get_own(tx).name


# --- stopping, and going back ----------------------------------------------------------------------------


def stop_replacing(services: Services, task: Task) -> Done:
    """Ask the supplier for nothing more: what is not a sender yet is given up.

    While the customer chooses which sender stays, nothing is undone: it may still be wanted.
    """
    record = _present(services, task)
    case, offer = record.case, record.case.offer
    if case.undecided is not None or record.new_sender_id is not None:
        return Done()
    if case.state is not BanState.REPLACING:
        # the customer stepped back, and by then it is not put aside any more
        _undo(services, changed(record, reserved=task.data["reserved"]))
        return Done()
    if offer is not None and suits(offer.possibility.kind, case.level, case.reach):
        return Done()
    _undo(services, record)
    return Done((h.ReplacingFailed(_USELESS),))


def _undo(services: Services, record: CaseRecord) -> None:
    """Give up what the organization has begun to register on the number; nobody else's, who may have it by now."""
    number_id = record.reserved.get("number_id")
    if number_id is None:
        return
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        number = stock.lock(tx, number_id)
        for each in registrations.list_of_numbers(tx, [number_id]):
            ours = each.organization_id == record.organization_id and each.kind not in number.life.carries
            if ours and each.state not in standing.ONLINE:
                registering.withdraw(services, tx, acting.HUB, number_id, each.kind)


def put_back(services: Services, task: Task) -> Done:
    """Make the old sender the channel's current one again; a number goes the way of one that is taken back.

    The new one stays where the old one was taken back before this could be done.
    """
    record = _present(services, task)
    if record.new_sender_id is None:
        _undo(services, changed(record, reserved=task.data["reserved"]))
    else:
        _put_back(services, record)
        reach("replacing.put_back")
    probing.set_up(services, record.organization_id, record.sender_id)
    return Done()


def _put_back(services: Services, before: CaseRecord) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, before.organization_id) as tx:
        number = _number_of(tx, before.new_sender_id)
        record = acting.lock(tx, before.id)
        new = successions.find_place(tx, record.new_sender_id) if record.new_sender_id else None
        if new is None or not succeeding.is_there(tx, record.sender_id) or succeeding.is_followed(tx, record):
            return
        # a channel of another kind stays: it is a channel of its own
        if new.channel_id == record.channel_id:
            if number is not None and _is_lent_as(number, new, record.organization_id):
                lending.take_back(services, tx, acting.HUB, number, new.kind)
            successions.make_room(tx, record.channel_id)
            held_messages.hold_all(tx, record.sender_id)
            successions.make_current(tx, record.sender_id)
        acting.keep(services, tx, changed(record, new_sender_id=None))
        succeeding.record_change(services, tx, acting.HUB, record, "channel.sender_put_back")


def _number_of(tx: Tx, sender_id: str | None) -> StockRecord | None:
    """Return the number, locked, that a sender is on."""
    place = successions.find_place(tx, sender_id) if sender_id else None
    return stock.lock(tx, place.number_id) if place and place.number_id else None


def _is_lent_as(number: StockRecord, new: SenderPlace, organization_id: str) -> bool:
    """Whether the number still carries this very sender: it may have been taken back, and lent to somebody else."""
    return not new.released and number.life.organization_id == organization_id and new.kind in number.life.carries
