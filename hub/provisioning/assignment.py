"""Lending a number to an organization, as a channel of one kind."""

from dataclasses import dataclass
from datetime import datetime

from hub import audit
from hub.access.permissions import Permission, require
from hub.channels.base import Adapter
from hub.db import accounts, numbers, organizations, quarantine
from hub.db.channels import NewSender
from hub.db.numbers import NumberRecord
from hub.db.senders import SEALED
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.ids import new_id
from hub.inbound import journal
from hub.log import get_logger
from hub.provisioning import probing
from hub.provisioning.channels import ChannelPlan, open_channel
from hub.provisioning.numbers import NumberView, get_number
from hub.types import Actor, ChannelKind
from hub.wiring import Services

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a number is lent to, as which kind of channel. `name` defaults to the kind's label and the number."""

    organization_id: str
    kind: str
    name: str = ""
    group_id: str | None = None


def assign_number(services: Services, actor: Actor, number_id: str, to: Assignment) -> NumberView:
    """Lend a number to an organization as a channel of one kind, and point the provider at us.

    What the provider says shows in the channel's health and refuses nothing. Genuine requests for the number that came
    in since are released from quarantine. Raises NotFound, Invalid, and Conflict when the number carries the kind
    already, is lent to another organization, or its account carries another organization's senders of this kind.
    """
    require(actor, Permission.PLATFORM)
    adapter = _adapter_of_numbers(services, to.kind)
    assigned_at = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, to.organization_id) as tx:
        number = _lendable(tx, number_id, to, adapter)
        sender = _assigned(services, tx, number, to, adapter)
        numbers.set_holder(tx, number_id, to.organization_id)
        probing.announce(services, tx, sender.channel_id)
        lent = {"number": number.number, "channel_id": sender.channel_id, "kind": sender.kind}
        audit.record(services, tx, actor, audit.Change("number.assigned", "number", number_id, after=lent))
    health = probing.set_up(services, to.organization_id, sender.id)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        numbers.set_health(tx, number_id, health)
    _release_held(services, sender.address, assigned_at)
    return get_number(services, actor, number_id)


def _lendable(tx: Tx, number_id: str, to: Assignment, adapter: Adapter) -> NumberRecord:
    numbers.lock(tx, number_id)
    number = numbers.get(tx, number_id)
    _check_organization(tx)
    if adapter.kind not in number.capabilities:
        raise Invalid(f"the number cannot carry {adapter.label}; it can carry {', '.join(number.capabilities)}")
    if number.organization and number.organization.id != to.organization_id:
        raise Conflict("the number is lent to another organization; release it first")
    if any(channel.kind == adapter.kind for channel in number.channels):
        raise Conflict(f"the number carries a {adapter.label} channel already; release it first")
    _check_account(tx, number, to.organization_id, adapter)
    return number


def _check_organization(tx: Tx) -> None:
    try:
        organizations.get_own(tx)
    except NotFound:
        raise Invalid("there is no organization of this id; see GET /platform/organizations") from None


def _check_account(tx: Tx, number: NumberRecord, organization_id: str, adapter: Adapter) -> None:
    account = accounts.get(tx, number.provider_account_id, lock=True)
    if not adapter.one_organization_per_account:
        return
    if accounts.organizations_on(tx, account.id, adapter.kind) - {organization_id}:
        raise Conflict(
            f"the number's provider account carries {adapter.label} senders of another organization and may carry "
            "those of one only; add a provider account for this organization and register the number with it"
        )


def _assigned(services: Services, tx: Tx, number: NumberRecord, to: Assignment, adapter: Adapter) -> NewSender:
    name = to.name.strip() or f"{adapter.label} {number.number}"
    plan = ChannelPlan(new_id(), adapter.kind, name, to.group_id)
    sender = NewSender(
        id=new_id(),
        channel_id=plan.id,
        kind=adapter.kind,
        address=number.number,
        name=number.number,
        credentials=services.vault.of(to.organization_id).seal_values({}, SEALED),
        provider_account_id=number.provider_account_id,
        number_id=number.id,
    )
    open_channel(services, tx, plan, sender)
    return sender


def _adapter_of_numbers(services: Services, kind: str) -> Adapter:
    found = services.adapters.get(ChannelKind(kind))
    if found is None or not found.provider:
        offered = ", ".join(name for name, adapter in services.adapters.items() if adapter.provider)
        raise Invalid(f"a number can be assigned as one of {offered}")
    return found


def _release_held(services: Services, address: str, since: datetime) -> None:
    """Let in what came for the number between its assignment and the moment every process knew of it."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        held = quarantine.list_genuine_since(tx, since)
    for request in held:
        if address in request.addresses:
            _release(services, request.id)


def _release(services: Services, request_id: str) -> None:
    try:
        journal.release(services, request_id, by=None)
    except HubError as error:
        # it stays in quarantine, where an admin finds it; the assignment stands
        log.warning("quarantine.not_released", request_id=request_id, reason=error.detail)
