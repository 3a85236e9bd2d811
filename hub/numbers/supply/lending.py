"""Lending a number to an organization, as a channel of one kind, and taking it back."""

from dataclasses import dataclass, replace
from typing import Final

from hub import audit
from hub.access.permissions import require_platform
from hub.channels.base import Adapter
from hub.channels.numbers import RegisteredSender
from hub.db import accounts, channels, organizations, registrations, stock
from hub.db.channels import NewSender
from hub.db.senders import SEALED
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Conflict, Invalid, NotFound
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.policy import life
from hub.numbers.supply import registering, standing
from hub.numbers.supply.held import release_held
from hub.numbers.supply.homing import bring_home, desk_at
from hub.numbers.supply.reserving import check_not_reserved
from hub.numbers.supply.showing import show_number
from hub.numbers.supply.views import NumberView
from hub.provisioning import probing
from hub.provisioning.channels import ChannelPlan, open_channel
from hub.types import Actor, ChannelKind, Machine
from hub.types.numbers import NumberState
from hub.wiring import Services

_OF_OTHERS: Final = (
    "the number's provider account is another organization's; "
    "register the number with this organization's account first"
)
_TOLD_APART: Final = 4
"""Digits of a number in the first name of its channel: names stand everywhere, and the whole number may be masked."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a number is lent to, as which kind of channel. `name` defaults to the kind's label and the last digits."""

    organization_id: str
    kind: str
    name: str = ""
    group_id: str | None = None


def assign_number(services: Services, by: Actor | Machine, number_id: str, to: Assignment) -> NumberView:
    """Lend a number to an organization as a channel of one kind, and point the provider at us.

    What the provider says of the number shows in the channel's health and refuses nothing. Genuine requests for the
    number that came in since are released from quarantine. Raises NotFound, Invalid, and Conflict when the number may
    not go there (`hub.numbers.policy.life.lend`), is not a sender of the kind yet, or its account carries another
    organization's senders of this kind.
    """
    require_platform(by)
    adapter = adapter_of_numbers(services, to.kind)
    _leave_account_of_others(services, number_id, to.organization_id)
    seen = standing.senders_seen(services, number_id, adapter)
    assigned_at = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, to.organization_id) as tx:
        number = lendable(services, tx, number_id, adapter, seen)
        sender = sender_on(services, tx, number, adapter.kind, new_id())
        name = to.name.strip() or f"{adapter.label} {number.number[-_TOLD_APART:]}"
        open_channel(services, tx, ChannelPlan(sender.channel_id, adapter.kind, name, to.group_id), sender)
        lend(tx, number, adapter.kind)
        probing.announce(services, tx, sender.channel_id)
        lent = {"number": number.number, "channel_id": sender.channel_id, "kind": sender.kind}
        audit.record(services, tx, by, audit.Change("number.assigned", "number", number_id, after=lent))
        reach("lending.before_commit")
    reach("lending.after_commit")
    settle(services, to.organization_id, number, sender.id)
    release_held(services, sender.address, assigned_at)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return show_number(services, tx, stock.get(tx, number_id))


def _leave_account_of_others(services: Services, number_id: str, organization_id: str) -> None:
    """Bring a free number home to the platform's own account from that of an organization that had it."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.get(tx, number_id)
        account = accounts.get(tx, number.provider_account_id)
        registered = registrations.list_of_numbers(tx, [number_id])
    foreign = account.organization_id not in (None, organization_id)
    if foreign and account.parent_id and number.life.state is NumberState.OWNED and not registered:
        bring_home(services, desk_at(services, account.parent_id), number_id, services.clock())


def adapter_of_numbers(services: Services, kind: str) -> Adapter:
    """Return the adapter of a kind that lives on numbers. Raises Invalid."""
    found = {str(name): adapter for name, adapter in services.adapters.items()}.get(kind)
    if found is None or not found.provider:
        offered = ", ".join(name for name, adapter in services.adapters.items() if adapter.provider)
        raise Invalid(f"a number can be assigned as one of {offered}")
    return found


def lendable(
    services: Services,
    tx: Tx,
    number_id: str,
    adapter: Adapter,
    seen: tuple[RegisteredSender, ...] | None,
    case_id: str | None = None,
) -> StockRecord:
    """Lock a number, and its account, that may be lent to the transaction's organization. Raises as `assign_number`.

    case_id  the ban case that it is lent for, which it may be put aside for
    """
    number = stock.lock(tx, number_id)
    _check_organization(tx)
    if adapter.kind not in number.capabilities:
        raise Invalid(f"the number cannot carry {adapter.label}; it can carry {', '.join(number.capabilities)}")
    life.lend(number.life, tx.organization_id, adapter.kind)
    check_not_reserved(tx, number_id, case_id)
    _check_account(tx, number, adapter)
    if adapter.registers_numbers:
        standing.check(services, tx, number, adapter, seen)
    return number


def lend(tx: Tx, number: StockRecord, kind: ChannelKind) -> None:
    """Note that a locked number carries the transaction's organization as one kind more. Raises Conflict."""
    stock.put_life(tx, number.id, life.lend(number.life, tx.organization_id, kind))


def sender_on(services: Services, tx: Tx, number: StockRecord, kind: ChannelKind, channel_id: str) -> NewSender:
    """Return the sender that a number is to be, in the transaction's organization."""
    return NewSender(
        id=new_id(),
        channel_id=channel_id,
        kind=kind,
        address=number.number,
        name=number.number,
        credentials=services.vault.of(tx.organization_id).seal_values({}, SEALED),
        provider_account_id=number.provider_account_id,
        number_id=number.id,
    )


def settle(services: Services, organization_id: str, number: StockRecord, sender_id: str) -> None:
    """Point the provider at us for a sender, and keep what it says with the number."""
    health = probing.set_up(services, organization_id, sender_id)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stock.set_health(tx, number.id, health)


def _check_organization(tx: Tx) -> None:
    try:
        organizations.get_own(tx)
    except NotFound:
        raise Invalid("there is no organization of this id; see GET /platform/organizations") from None


def _check_account(tx: Tx, number: StockRecord, adapter: Adapter) -> None:
    account = accounts.get(tx, number.provider_account_id, lock=True)
    if account.organization_id not in (None, tx.organization_id):
        raise Conflict(_OF_OTHERS)
    if not adapter.one_organization_per_account:
        return
    if accounts.organizations_on(tx, account.id, adapter.kind) - {tx.organization_id}:
        raise Conflict(
            f"the number's provider account carries {adapter.label} senders of another organization and may carry "
            "those of one only; add a provider account for this organization and register the number with it"
        )


# --- taking it back -------------------------------------------------------------------------------------


def release_number(services: Services, by: Actor | Machine, number_id: str) -> NumberView:
    """Take a number back; its channels keep their history and lose their sender. One that carried conversations goes
    into quarantine. Raises NotFound, Conflict (lent to nobody).
    """
    require_platform(by)
    holder = _holder_of(services, number_id)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, holder) as tx:
        number = stock.lock(tx, number_id)
        if number.life.organization_id != holder:
            raise Conflict("the number changed hands at this moment; look at it again")
        carried = [each.id for each in show_number(services, tx, number).channels]
        take_back_whole(services, tx, by, number)
        for channel_id in carried:
            probing.announce(services, tx, channel_id)
        was = {"number": number.number, "channels": carried}
        audit.record(services, tx, by, audit.Change("number.released", "number", number_id, before=was))
        return show_number(services, tx, stock.get(tx, number_id))


def _holder_of(services: Services, number_id: str) -> str:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        number = stock.get(tx, number_id)
    if number.life.organization_id is None:
        raise Conflict("the number is lent to nobody")
    return number.life.organization_id


def take_back_whole(services: Services, tx: Tx, by: Actor | Machine, number: StockRecord) -> None:
    """Take a locked number back as all that it is.

    Its registration is given up when nobody can write to it any more: at once where nobody did, else when its
    quarantine is over or it is given back.
    """
    talked = _with_talk(tx, number)
    channels.release_number(tx, number.id, services.clock())
    after = life.take_back_whole(talked, services.clock())
    stock.put_life(tx, number.id, after)
    _leave(services, tx, by, number.id, after)


def take_back(services: Services, tx: Tx, by: Actor | Machine, number: StockRecord, kind: ChannelKind) -> None:
    """Take a locked number back from the transaction's organization as one kind; what else it carries goes on.

    Raises Conflict when it is lent to somebody else, or not as this kind.
    """
    if number.life.organization_id != tx.organization_id:
        raise Conflict("the number is lent to another organization; look at it again")
    after = life.take_back(_with_talk(tx, number), kind, services.clock())
    channels.release_number_as(tx, number.id, kind, services.clock())
    stock.put_life(tx, number.id, after)
    _leave(services, tx, by, number.id, after)


def _with_talk(tx: Tx, number: StockRecord) -> life.NumberLife:
    talked = number.life.talked or stock.has_talked(tx, number.id, tx.organization_id)
    return replace(number.life, talked=talked)


def _leave(services: Services, tx: Tx, by: Actor | Machine, number_id: str, after: life.NumberLife) -> None:
    if after.state is NumberState.OWNED:
        registering.withdraw(services, tx, by, number_id)
