"""From nothing to a number that carries a channel, in one go: account, search, purchase, registration, lending.

Each step is looked up before it is taken, so whoever runs it again goes on where it stopped.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.channels.base import Adapter
from hub.channels.numbers import CodeWay, NumberKind, SignedUp
from hub.db import accounts, organizations, registrations, reserved_numbers, stock
from hub.db.accounts import AccountRecord
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Conflict, Invalid
from hub.numbers.policy.obstacles import Business, SenderPlan, obstacles
from hub.numbers.policy.pool import PoolNumber, is_spare
from hub.numbers.supply import buying, opening, registering, searching, standing
from hub.numbers.supply.accounts import find_own
from hub.numbers.supply.advancing import advance
from hub.numbers.supply.businesses import keep_business
from hub.numbers.supply.buying import NewOrder
from hub.numbers.supply.lending import Assignment, adapter_of_numbers, assign_number
from hub.numbers.supply.opening import NewSubAccount
from hub.numbers.supply.past import may_have
from hub.numbers.supply.registered import RegistrationView, show
from hub.numbers.supply.registering import NewRegistration
from hub.numbers.supply.searching import Wanted
from hub.numbers.supply.signing_up import sign_up_link
from hub.numbers.supply.views import ForSaleView
from hub.types import ChannelKind, Machine
from hub.types.numbers import NumberState, RegistrationState
from hub.wiring import Services

_POLL: Final = 1.0
_SPARE: Final = (NumberState.OWNED, NumberState.QUARANTINED, NumberState.ORDERED)
_ENDED: Final = frozenset({RegistrationState.FAILED, RegistrationState.OFFLINE, RegistrationState.REMOVED})

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Provision:
    """What is wanted.

    country        ISO 3166-1, two letters, of a number that has to be bought; `number_kind`: of which sort
    display_name   what people see at the messenger; "": the organization's name
    business_id    the business account that the customer signed up with, where it is known otherwise than by the
                   sign-up's own way back; `portfolio_id`: its portfolio
    patience       how many seconds to wait for the messenger
    """

    organization_id: str
    kind: str
    country: str
    number_kind: NumberKind = NumberKind.LOCAL
    display_name: str = ""
    code_way: CodeWay = CodeWay.TEXT
    business_id: str = ""
    portfolio_id: str = ""
    patience: float = 120.0


def provide(services: Services, by: Machine, wanted: Provision, say: Say) -> str:
    """Take every step that is left, saying each; return the id of the number that carries the channel then.

    Raises Invalid, Conflict with what is in the way, Unavailable. Run again, it goes on.
    """
    adapter = adapter_of_numbers(services, wanted.kind)
    name = wanted.display_name or _name_of(services, wanted.organization_id)
    if adapter.registers_numbers:
        _signed_up(services, by, wanted, _account(services, by, wanted, adapter, say), say)
    number = _number(services, by, wanted, adapter, say)
    if adapter.kind in number.life.carries:
        say(f"assign    {number.number} carries {adapter.label} already")
        return number.id
    if adapter.registers_numbers:
        _registered(services, by, wanted, number, name, say)
    lent = assign_number(services, by, number.id, Assignment(wanted.organization_id, adapter.kind))
    (channel,) = [each for each in lent.channels if each.kind == adapter.kind]
    say(f"assign    {number.number} is channel {channel.id} ({channel.name}), health {channel.health.state}")
    return number.id


def _name_of(services: Services, organization_id: str) -> str:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        names = organizations.names(tx, [organization_id])
    if organization_id not in names:
        raise Invalid("there is no organization of this id; see GET /platform/organizations")
    return names[organization_id]


# --- whose it will be ------------------------------------------------------------------------------------


def _account(services: Services, by: Machine, wanted: Provision, adapter: Adapter, say: Say) -> AccountRecord:
    found = _own_account(services, wanted, adapter)
    if found is None or found.state == accounts.OPENING:
        opening.open_account(services, by, NewSubAccount(wanted.organization_id, "", adapter.provider))
        found = _own_account(services, wanted, adapter)
        say("account   opened an account of the organization's own at the supplier")
    if found is None:
        raise Conflict("the organization's account at the supplier is not there; look at it again")
    return found


def _own_account(services: Services, wanted: Provision, adapter: Adapter) -> AccountRecord | None:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return find_own(tx, wanted.organization_id, adapter.provider)


def _signed_up(services: Services, by: Machine, wanted: Provision, account: AccountRecord, say: Say) -> None:
    if account.business_id:
        return
    if not wanted.business_id:
        link = sign_up_link(services, by, account.id)
        raise Conflict(f"the customer has to sign up with the messenger first, at {link}; run this again afterwards")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        keep_business(services, tx, by, account.id, SignedUp(wanted.business_id, wanted.portfolio_id))
    say("sign-up   noted the organization's business account")


# --- a number --------------------------------------------------------------------------------------------


def _number(services: Services, by: Machine, wanted: Provision, adapter: Adapter, say: Say) -> StockRecord:
    """Return the number to go on with: the organization's own one on its way, a spare one of the country, or a new
    one, which is bought.
    """
    found = _begun(services, wanted, adapter.kind) or _spare(services, wanted, adapter.kind)
    if found is not None and found.life.state is not NumberState.ORDERED:
        say(f"number    {found.number} is there")
        return found
    order = _order(services, by, wanted, adapter, found, say)
    bought = buying.buy(services, by, order)
    say(f"buy       {bought.number} is ours")
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return stock.get(tx, bought.id)


def _order(
    services: Services, by: Machine, wanted: Provision, adapter: Adapter, ordered: StockRecord | None, say: Say
) -> NewOrder:
    if ordered is not None:
        say(f"buy       {ordered.number} was ordered before; it is looked for")
        return NewOrder(ordered.number, wanted.country, wanted.number_kind, organization_id=wanted.organization_id)
    found = searching.search(services, by, Wanted(wanted.country, wanted.number_kind, (adapter.kind,)))
    number = _first_allowed(services, wanted, found.items)
    if number is None:
        raise Conflict("no such number is for sale in this country; try another --number-kind or --country")
    say(f"search    {number} is for sale")
    return NewOrder(number, wanted.country, wanted.number_kind, organization_id=wanted.organization_id)


def _first_allowed(services: Services, wanted: Provision, offered: Sequence[ForSaleView]) -> str | None:
    """Return the first number that the organization may have once it is bought, whatever it was to us before."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        for each in offered:
            known = stock.find(tx, each.number)
            kinds = frozenset(map(ChannelKind, each.capabilities))
            if known is None or may_have(known, wanted.organization_id, kinds, services.clock()):
                return each.number
    return None


def _begun(services: Services, wanted: Provision, kind: ChannelKind) -> StockRecord | None:
    """Return the number of the organization that carries the kind already, or is being registered for it."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        lent, put_aside = stock.list_in(tx, [NumberState.LENT]), reserved_numbers.list_reserved(tx)
        mine = [each for each in lent if each.life.organization_id == wanted.organization_id]
        for number in (each for each in mine if kind in each.life.carries and _fits(each, wanted)):
            return number
        for number in (each for each in (*mine, *stock.list_in(tx, _SPARE)) if each.id not in put_aside):
            standing_one = registrations.find_standing(tx, number.id, kind)
            if standing_one is not None and standing_one.organization_id == wanted.organization_id:
                return number
    return None


def _spare(services: Services, wanted: Provision, kind: ChannelKind) -> StockRecord | None:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        put_aside = reserved_numbers.list_reserved(tx)
        for each in (one for one in stock.list_in(tx, _SPARE) if one.id not in put_aside):
            pool = PoolNumber(each.id, each.country, frozenset(map(ChannelKind, each.capabilities)), each.life)
            ordered = each.life.state is NumberState.ORDERED and each.ordered_for_id == wanted.organization_id
            spare = is_spare(pool, wanted.organization_id, kind)
            free = spare and not _is_kept(tx, each.id, wanted, kind, services.clock())
            if _fits(each, wanted) and (free or (ordered and kind in each.capabilities)):
                return each
    return None


def _is_kept(tx: Tx, number_id: str, wanted: Provision, kind: ChannelKind, now: datetime) -> bool:
    """Whether something keeps a spare number from the organization: another's registration, unless it came to nothing;
    or it was registered so often lately that the messenger refuses it at present.
    """
    of_others = [
        each
        for each in registrations.list_of_numbers(tx, [number_id])
        if each.organization_id != wanted.organization_id
        and (each.kind != kind or each.state is not RegistrationState.FAILED)
    ]
    plan = SenderPlan(Business(), registrations=registrations.list_attempts(tx, number_id, kind))
    return bool(of_others) or bool(obstacles(plan, now))


def _fits(number: StockRecord, wanted: Provision) -> bool:
    return number.country == wanted.country.upper()


# --- a sender --------------------------------------------------------------------------------------------


def _registered(services: Services, by: Machine, wanted: Provision, number: StockRecord, name: str, say: Say) -> None:
    """Register the number, and wait until it is online; its code is read by itself. Raises Conflict."""
    new = NewRegistration(wanted.organization_id, wanted.kind, name, wanted.code_way)
    view = registering.register(services, by, number.id, new)
    deadline, said = time.monotonic() + wanted.patience, ""
    while view.state not in standing.ONLINE:
        if (line := _line(number, view)) != said:
            say(line)
            said = line
        if view.state in _ENDED:
            raise Conflict("; ".join(view.problems) or "the number could not be registered")
        if time.monotonic() > deadline:
            raise Conflict(f"it is still {view.state}: {view.waits_for}; run this again to go on")
        time.sleep(_POLL)
        advance(services, view.id)
        view = _look(services, view)
    say(f"verify    {number.number} is a sender: {view.state}")


def _look(services: Services, view: RegistrationView) -> RegistrationView:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        return show(registrations.get(tx, view.id))


def _line(number: StockRecord, view: RegistrationView) -> str:
    problems = f" ({'; '.join(view.problems)})" if view.problems else ""
    return f"register  {number.number}: {view.state}, waits for: {view.waits_for}{problems}"
