"""Opening a sub-account for an organization, and learning how accounts fare.

The row is there before the supplier is asked, and the supplier keeps our id of it as the account's name: whatever is
interrupted, the account is looked for by that name before it is asked for again.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from hub import audit
from hub.access.permissions import require_platform
from hub.db import accounts
from hub.db.accounts import ACTIVE, CLOSED, OPENING, AccountRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid, Unavailable
from hub.failpoints import reach
from hub.ids import new_id
from hub.log import get_logger
from hub.numbers.policy.limits import LIMITS
from hub.numbers.supply.accounts import acting, check_organization, find_own, show, supplier_of
from hub.numbers.supply.parents import list_parents, provider_named
from hub.numbers.supply.settling import BY_CLOCK
from hub.numbers.supply.views import AccountView
from hub.types import Actor, Machine, ProviderAccount
from hub.wiring import Services

_UNDER_WAY = "the account is being opened at this moment; ask again in a minute"
_ENTERED = "it was entered by hand while it was being opened"
_ASKED_IN = timedelta(seconds=30)
"""Within this whoever asked first has the supplier's answer, or its time-out."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewSubAccount:
    """A sub-account of an organization. `provider` may stay empty while the hub knows one provider only."""

    organization_id: str
    name: str = ""
    provider: str = ""


def open_account(
    services: Services, actor: Actor | Machine, new: NewSubAccount, once: Once = EVERY_TIME
) -> AccountView:
    """Open an organization's sub-account. One that is being opened is looked for, and asked for by nobody else.

    Raises Invalid, Conflict (there is one), Unavailable (the supplier does not answer, or the account is being opened
    at this moment: it is opened later by itself).
    """
    require_platform(actor)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        account, is_new = _asked_for(services, tx, actor, new)
    reach("account.after_row")
    opened = _open_at_supplier(services, account) if is_new else _settled(services, account, _ASKED_IN)
    if opened is None:
        raise Unavailable(_UNDER_WAY)
    reach("account.after_open")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        account_id = _keep(services, tx, opened, actor)
        return once.keep(tx, show(tx, accounts.get(tx, account_id)))


def _asked_for(services: Services, tx: Tx, actor: Actor | Machine, new: NewSubAccount) -> tuple[AccountRecord, bool]:
    """Return the row of the account, and whether this call made it: only who did asks the supplier at once."""
    provider = provider_named(services, new.provider)
    check_organization(tx, new.organization_id)
    parent_id = list_parents(tx, services).get(provider)
    if parent_id is None:
        raise Conflict("the settings describe no parent account that a sub-account could belong to; enter one")
    # whoever else opens one for the organization waits here
    accounts.get(tx, parent_id, lock=True)
    under_way = _of_provider(tx, new.organization_id, provider)
    if under_way is not None:
        return under_way, False
    account_id = new_id()
    account = AccountRecord(
        id=account_id,
        provider=provider,
        external_id=account_id,
        name=new.name.strip(),
        state=OPENING,
        created_at=services.clock(),
        credentials=services.vault.platform().seal_values({}, accounts.SEALED),
        organization_id=new.organization_id,
        parent_id=parent_id,
    )
    accounts.add(tx, account)
    made = {"provider": provider, "organization_id": new.organization_id, "name": account.name}
    asked = audit.Change("provider_account.asked_for", "provider_account", account.id, after=made)
    audit.record(services, tx, actor, asked, audit.PLATFORM)
    return account, True


def _of_provider(tx: Tx, organization_id: str, provider: str) -> AccountRecord | None:
    """Return the account that is being opened. Raises Conflict when there is one already."""
    own = find_own(tx, organization_id, provider)
    if own is not None and own.state != OPENING:
        raise Conflict("the organization has an account at this provider already; use that one")
    return own


def _open_at_supplier(services: Services, account: AccountRecord) -> ProviderAccount:
    """Return the opened account. Raises Unavailable when nobody can say yet, else what the supplier refused it for."""
    parent, supplier = _parent_of(services, account), supplier_of(services, account)

    async def ask() -> ProviderAccount:
        async with supplier.open():
            return await supplier.find_account(parent, account.id) or await supplier.create_account(parent, account.id)

    try:
        return asyncio.run(ask())
    except (Conflict, Invalid) as error:
        _give_up(services, account, error.detail)
        raise


def _parent_of(services: Services, account: AccountRecord) -> ProviderAccount:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        owner = accounts.get(tx, account.parent_id or account.id)
    return acting(services, owner)


def _give_up(services: Services, account: AccountRecord, why: str) -> None:
    """What was refused for certain is closed, so that it can be asked for anew."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        _refuse(services, tx, account.id, why)


def _refuse(services: Services, tx: Tx, account_id: str, why: str) -> None:
    accounts.set_state(tx, account_id, CLOSED)
    refused = audit.Change("provider_account.refused", "provider_account", account_id, after={"why": why})
    audit.record(services, tx, BY_CLOCK, refused, audit.PLATFORM)


def _keep(services: Services, tx: Tx, opened: ProviderAccount, by: Actor | Machine) -> str:
    """Keep what the supplier opened; return whose row it is: somebody may have entered it by hand meanwhile."""
    known = accounts.find(tx, accounts.get(tx, opened.id).provider, opened.external_id)
    if known is not None and known.id != opened.id:
        _refuse(services, tx, opened.id, _ENTERED)
        return known.id
    sealed = services.vault.platform().seal_values(opened.credentials, accounts.SEALED)
    if accounts.open_up(tx, opened.id, opened.external_id, sealed):
        made = audit.Change("provider_account.opened", "provider_account", opened.id, after={"state": ACTIVE})
        audit.record(services, tx, by, made, audit.PLATFORM)
    return opened.id


# --- by the clock -----------------------------------------------------------------------------------------


def settle_accounts(services: Services) -> None:
    """Finish what was interrupted: an account that the supplier opened is kept, one that it has not is asked for anew
    once its list would show it.
    """
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        opening = [each for each in accounts.list_all(tx) if each.state == OPENING]
    for account in opening:
        try:
            _settle(services, account)
        except HubError as error:
            log.warning("account.not_settled", account_id=account.id, reason=error.detail)


def _settle(services: Services, account: AccountRecord) -> None:
    opened = _settled(services, account, LIMITS.order_settles)
    if opened is None:
        return
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        _keep(services, tx, opened, BY_CLOCK)


def _settled(services: Services, account: AccountRecord, wait: timedelta) -> ProviderAccount | None:
    """Return an account that was asked for before. What is not there is asked for anew once its row is older than
    `wait`; None before.
    """
    parent, supplier = _parent_of(services, account), supplier_of(services, account)
    opened = asyncio.run(supplier.find_account(parent, account.id))
    if opened is None and services.clock() - account.created_at >= wait:
        opened = _open_at_supplier(services, account)
    return opened


def refresh_state(services: Services, account: AccountRecord) -> str:
    """Ask the supplier how an account stands, keep that and return it. Raises as `fetch_account_state`."""
    supplier = supplier_of(services, account)
    # an account that is closed can be looked at by its parent only
    state = asyncio.run(supplier.fetch_account_state(_parent_of(services, account), account.external_id))
    if state == account.state:
        return state
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_state(tx, account.id, state)
        difference = audit.difference({"state": account.state}, {"state": str(state)})
        found = audit.Change("provider_account.changed", "provider_account", account.id, **difference)
        audit.record(services, tx, BY_CLOCK, found, audit.PLATFORM)
    return state
