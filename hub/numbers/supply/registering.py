"""Making a number a sender of a messenger, in an organization's own business account.

What stands in the way is said before anything is asked of the supplier; the row is there before that, too, and
`advancing` does the rest, step by step, whatever is interrupted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub import audit
from hub.access.permissions import require_platform
from hub.channels.numbers import CodeWay
from hub.db import accounts, registrations, stock
from hub.db.accounts import AccountRecord
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.numbers.policy import life
from hub.numbers.policy.obstacles import Review, obstacles
from hub.numbers.supply import codes, planning
from hub.numbers.supply.accounts import check_organization, find_own
from hub.numbers.supply.advancing import LEASE, advance, wake
from hub.numbers.supply.entered import e164
from hub.numbers.supply.planning import Wished
from hub.numbers.supply.registered import RegistrationView, show
from hub.numbers.supply.reserving import check_not_reserved
from hub.types import Actor, ChannelKind, Machine
from hub.types.numbers import RegistrationState
from hub.wiring import Services

_LONGEST_NAME = 200
_OF_OTHERS: Final = "the number is registered for another organization; have that registration given up first"
_CARRIED: Final = "the number carries a channel of this kind; take the number back first"
_NOT_REGISTERED: Final = "the number is not registered as that any more; look at it again"
_ENDED: Final = frozenset({RegistrationState.FAILED, RegistrationState.OFFLINE})


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """For whom a number is to be a sender, as which kind, under which name that people see.

    code_way  how the one-time code comes: `text` or `voice`; a call goes on to the number's `forward_to`
    case_id   the ban case that it is registered for; None: somebody registers it by hand
    """

    organization_id: str
    kind: str
    display_name: str
    code_way: CodeWay = CodeWay.TEXT
    case_id: str | None = None


def register(services: Services, by: Actor | Machine, number_id: str, new: NewRegistration) -> RegistrationView:
    """Begin to make a number a sender, or return the registration that stands; one that came to nothing is given up and
    begun anew, also another organization's.

    Raises NotFound, Invalid, Conflict when something stands in the way (`extra["obstacles"]` says what and who mends).
    """
    require_platform(by)
    kind = kind_registered(services, new.kind)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.lock(tx, number_id)
        check_organization(tx, new.organization_id)
        check_not_reserved(tx, number_id, new.case_id)
        standing = registrations.find_standing(tx, number_id, kind)
        if standing is not None and standing.organization_id != new.organization_id:
            _check_over(standing)
        elif standing is not None and standing.state not in _ENDED:
            return show(standing)
        _check_number(services, number, new, kind)
        if standing is not None:
            _give_up(services, tx, by, standing)
        made = _begun(services, tx, number, _account_of(services, tx, new, kind), new)
        _record(services, tx, by, "registration.begun", made)
        wake(services, tx, made.id)
        return show(made)


def _check_over(of_others: RegistrationRecord) -> None:
    if of_others.state is not RegistrationState.FAILED:
        raise Conflict(_OF_OTHERS)


def kind_registered(services: Services, kind: str) -> ChannelKind:
    """Return a kind that numbers are registered for. Raises Invalid."""
    offered = [name for name, adapter in services.adapters.items() if adapter.registers_numbers]
    if kind not in offered:
        raise Invalid(f"a number can be registered as one of {', '.join(offered)}")
    return ChannelKind(kind)


def _check_number(services: Services, number: StockRecord, new: NewRegistration, kind: ChannelKind) -> None:
    if kind not in number.capabilities:
        raise Invalid(f"the number cannot carry {services.adapters[kind].label}; take another one")
    if new.code_way is CodeWay.VOICE and not number.forward_to:
        raise Conflict("a code that is spoken goes to nobody: set where calls to the number are forwarded to first")
    stands = number.life
    if kind not in stands.carries:
        # who may not get it may not have it registered, either
        life.lend(stands, new.organization_id, kind)
    elif stands.organization_id != new.organization_id:
        raise Conflict("the number is lent to another organization; release it first")


def _account_of(services: Services, tx: Tx, new: NewRegistration, kind: ChannelKind) -> AccountRecord:
    """Return the organization's own account at the supplier, locked: its room is counted."""
    own = find_own(tx, new.organization_id, services.adapters[kind].provider)
    if own is None:
        raise Conflict("the organization has no account at the supplier; open one for it first")
    return accounts.get(tx, own.id, lock=True)


def _begun(
    services: Services, tx: Tx, number: StockRecord, account: AccountRecord, new: NewRegistration
) -> RegistrationRecord:
    now, kind = services.clock(), ChannelKind(new.kind)
    name = " ".join(new.display_name.split())[:_LONGEST_NAME]
    wished = Wished(account, kind, name, number.id)
    found = planning.stopping(obstacles(planning.plan_of(tx, services.adapters[kind], wished), now))
    if found:
        said = [{"code": each.code, "text": each.text, "mender": each.mender, "takes": each.takes} for each in found]
        raise Conflict("; ".join(each.text for each in found), obstacles=said)
    made = RegistrationRecord(
        id=new_id(),
        number_id=number.id,
        kind=kind,
        provider_account_id=account.id,
        organization_id=new.organization_id,
        created_at=now,
        display_name=name,
        name_review=Review.IN_REVIEW,
        code_way=new.code_way,
        codes_from=now,
        due_at=now,
    )
    if not registrations.add(tx, made):
        raise Conflict("the number is being registered at this moment; look at it again")
    return made


# --- its code -------------------------------------------------------------------------------------------


def hand_in_code(
    services: Services, by: Actor | Machine, number_id: str, typed: str, kind: str | None = None
) -> RegistrationView:
    """Hand in the one-time code that somebody heard or read. Raises NotFound, Conflict (none is waited for), and
    Invalid for one that is no code or that the messenger refused.
    """
    require_platform(by)
    code = codes.clean_code(typed)
    if code is None:
        raise Invalid("a one-time code has six figures; enter them as they were said")
    sealed = services.vault.platform().seal(code.encode(), registrations.SEALED)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registration = _waiting(tx, number_id, kind)
        kept = {"code": sealed, "due_at": services.clock(), "problems": ()}
        registrations.change(tx, registration.id, kept)
        _record(services, tx, by, "registration.code_entered", registration)
    advance(services, registration.id)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        stands = registrations.find_standing(tx, number_id, registration.kind) or registration
    if codes.WRONG in stands.problems:
        raise Invalid(codes.WRONG)
    return show(stands)


def _waiting(tx: Tx, number_id: str, kind: str | None) -> RegistrationRecord:
    stock.lock(tx, number_id)
    standing = [each for each in registrations.list_of_numbers(tx, [number_id]) if kind in (None, each.kind)]
    if not standing:
        raise NotFound("the number is not being registered; begin that first")
    waiting = [each for each in standing if each.state in codes.AWAITED_IN]
    if not waiting:
        raise Conflict("no code is waited for; look where the registration stands")
    return waiting[0]


def set_forwarding(services: Services, by: Actor | Machine, number_id: str, to: str) -> None:
    """Say to which number a call with a one-time code goes on; "": calls are refused. Raises NotFound, Invalid."""
    require_platform(by)
    goes_to = e164(to) if to.strip() else ""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stock.lock(tx, number_id)
        before = registrations.set_forwarding(tx, number_id, goes_to)
        differs = audit.difference({"forward_to": before}, {"forward_to": goes_to})
        audit.record(services, tx, by, audit.Change("number.changed", "number", number_id, **differs), audit.PLATFORM)


def hasten(services: Services, by: Actor | Machine, registration_id: str) -> None:
    """Let a registration be looked at now, unless it is being asked for at this moment. Raises NotFound."""
    require_platform(by)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if registrations.get(tx, registration_id).state is not RegistrationState.DRAFT:
            registrations.change(tx, registration_id, {"due_at": services.clock()})


# --- giving it up ---------------------------------------------------------------------------------------


def give_up(services: Services, by: Actor | Machine, number_id: str, kind: str) -> None:
    """Give a number's registration as one kind up; its sender is taken off the messenger. Raises NotFound, Conflict (no
    such registration, it carries a channel, or the number is put aside for an offer in a ban).
    """
    require_platform(by)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.lock(tx, number_id)
        check_not_reserved(tx, number_id)
        if kind in number.life.carries:
            raise Conflict(_CARRIED)
        if registrations.find_standing(tx, number_id, kind) is None:
            raise Conflict(_NOT_REGISTERED)
        withdraw(services, tx, by, number_id, kind)


def withdraw(services: Services, tx: Tx, by: Actor | Machine, number_id: str, kind: str | None = None) -> None:
    """Give a number's registrations up, in a transaction that has locked it; the supplier is asked afterwards."""
    for standing in registrations.list_of_numbers(tx, [number_id]):
        if kind in (None, standing.kind):
            _give_up(services, tx, by, standing)


def _give_up(services: Services, tx: Tx, by: Actor | Machine, standing: RegistrationRecord) -> None:
    now = services.clock()
    given_up: dict[str, Any] = {"removed_at": now, "due_at": _taken_off_at(standing, now), "code": None}
    if not standing.attempts and accounts.get(tx, standing.provider_account_id).organization_id is None:
        # it was made by hand in an account of the platform's own: it is not the hub's to take off
        given_up |= {"state": RegistrationState.REMOVED, "due_at": None}
    registrations.change(tx, standing.id, given_up)
    _record(services, tx, by, "registration.given_up", standing)
    wake(services, tx, standing.id)


def _taken_off_at(standing: RegistrationRecord, now: datetime) -> datetime:
    """Return when the supplier is asked: after whoever may be asking for it at this moment is done."""
    if standing.state is not RegistrationState.DRAFT or standing.due_at is None:
        return now
    return max(now, min(standing.due_at, now + LEASE))


def _record(services: Services, tx: Tx, by: Actor | Machine, action: str, of: RegistrationRecord) -> None:
    said = {"number_id": of.number_id, "kind": of.kind, "organization_id": of.organization_id, "name": of.display_name}
    audit.record(services, tx, by, audit.Change(action, "registration", of.id, after=said), audit.PLATFORM)
