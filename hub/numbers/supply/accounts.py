"""The platform's accounts at providers, and acting in their name."""

import asyncio
from dataclasses import dataclass, field

from hub import audit
from hub.access.permissions import require_platform
from hub.channels.base import Adapter
from hub.channels.numbers import NumberProvider
from hub.db import accounts, organizations
from hub.db.accounts import ACTIVE, AccountRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Invalid
from hub.ids import new_id
from hub.numbers.policy.obstacles import Portfolio
from hub.numbers.supply.parents import list_parents, provider_named
from hub.numbers.supply.views import AccountView
from hub.types import Actor, Health, Machine, Named, ProviderAccount
from hub.wiring import Services

_TOKEN = "auth_token"  # noqa: S105 - the name under which an account's credentials hold the token


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be known. `provider` may stay empty while the hub knows one provider only.

    organization_id  whose senders it carries; None: nobody's in particular
    """

    external_id: str
    auth_token: str = field(repr=False)
    name: str = ""
    provider: str = ""
    organization_id: str | None = None


def list_accounts(services: Services, actor: Actor | Machine) -> tuple[AccountView, ...]:
    """Return every account, the parent accounts of the settings too."""
    require_platform(actor)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        list_parents(tx, services)
        known = accounts.list_all(tx)
        names = organizations.names(tx, [each.organization_id for each in known if each.organization_id])
        return tuple(_show(account, names) for account in known)


def get_account(services: Services, actor: Actor | Machine, account_id: str) -> AccountView:
    """Return an account. Raises NotFound."""
    require_platform(actor)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return show(tx, accounts.get(tx, account_id))


def add_account(services: Services, actor: Actor | Machine, new: NewAccount, once: Once = EVERY_TIME) -> AccountView:
    """Keep a further account. Raises Invalid (unknown provider or organization, empty token), Conflict (known)."""
    require_platform(actor)
    account = AccountRecord(
        id=new_id(),
        provider=provider_named(services, new.provider),
        external_id=new.external_id.strip(),
        name=new.name,
        state=ACTIVE,
        created_at=services.clock(),
        credentials=services.vault.platform().seal_values({_TOKEN: new.auth_token.strip()}, accounts.SEALED),
        organization_id=new.organization_id,
    )
    if not account.external_id or not new.auth_token.strip():
        raise Invalid("a provider account needs external_id and auth_token; copy both from the provider's console")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        list_parents(tx, services)
        check_organization(tx, new.organization_id)
        if not accounts.add(tx, account):
            raise Conflict("the hub knows this provider account already")
        made = {"provider": account.provider, "external_id": account.external_id, "name": account.name}
        added = audit.Change("provider_account.added", "provider_account", account.id, after=made)
        audit.record(services, tx, actor, added, audit.PLATFORM)
        return once.keep(tx, show(tx, account))


def set_portfolio(services: Services, actor: Actor | Machine, account_id: str, portfolio: Portfolio) -> AccountView:
    """Keep how far the messenger trusts a customer's business, as its console shows it. Raises NotFound."""
    require_platform(actor)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        was = accounts.get(tx, account_id, lock=True)
        accounts.set_portfolio(tx, account_id, portfolio)
        difference = audit.difference({"portfolio": was.portfolio}, {"portfolio": str(portfolio)})
        changed = audit.Change("provider_account.changed", "provider_account", account_id, **difference)
        audit.record(services, tx, actor, changed, audit.PLATFORM)
        return show(tx, accounts.get(tx, account_id))


def check_account(services: Services, actor: Actor | Machine, account_id: str) -> Health:
    """Ask the provider how an account fares. Raises NotFound."""
    require_platform(actor)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = accounts.get(tx, account_id)
    health = asyncio.run(_adapter_at(services, found.provider).probe_account(acting(services, found)))
    checked = audit.Change("provider_account.checked", "provider_account", found.id, after={"health": health.state})
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        audit.record(services, tx, actor, checked, audit.PLATFORM)
    return health


def _adapter_at(services: Services, provider: str) -> Adapter:
    for adapter in services.adapters.values():
        if adapter.provider == provider:
            return adapter
    raise Invalid("no channel kind of this hub works with the account's provider")


# --- for whoever works in an account's name ---------------------------------------------------------------


def acting(services: Services, account: AccountRecord) -> ProviderAccount:
    """Return an account with its credentials. Call it with no transaction open. Raises Unreadable."""
    credentials = services.vault.platform().open_values(account.credentials, accounts.SEALED)
    return ProviderAccount(account.id, account.external_id, credentials)


def supplier_of(services: Services, account: AccountRecord) -> NumberProvider:
    """Return who supplies numbers to an account. Raises Invalid."""
    found = services.suppliers.get(account.provider)
    if found is None:
        raise Invalid("the provider of this account supplies no numbers; choose another account")
    return found


def account_for(tx: Tx, services: Services, account_id: str | None) -> AccountRecord:
    """Return an account by its id, without one the first parent account. Raises Invalid."""
    parents = list_parents(tx, services)
    if account_id is None:
        if not parents:
            raise Invalid("name a provider_account_id: the settings describe no parent account")
        return accounts.get(tx, next(iter(parents.values())))
    found = {each.id: each for each in accounts.list_all(tx)}.get(account_id)
    if found is None:
        raise Invalid("there is no provider account of this id; see GET /platform/provider-accounts")
    return found


def find_own(tx: Tx, organization_id: str, provider: str) -> AccountRecord | None:
    """Return an organization's own account at a provider, one that is being opened too."""
    return next((each for each in accounts.list_of(tx, organization_id) if each.provider == provider), None)


def check_organization(tx: Tx, organization_id: str | None) -> None:
    """Raises Invalid for an organization that there is not."""
    if organization_id is not None and not organizations.names(tx, [organization_id]):
        raise Invalid("there is no organization of this id; see GET /platform/organizations")


def show(tx: Tx, account: AccountRecord) -> AccountView:
    """Return an account as platform admins see it."""
    return _show(account, organizations.names(tx, [account.organization_id] if account.organization_id else []))


def _show(account: AccountRecord, names: dict[str, str]) -> AccountView:
    whose = account.organization_id
    return AccountView(
        id=account.id,
        provider=account.provider,
        external_id=account.external_id if account.state != accounts.OPENING else "",
        name=account.name,
        state=account.state,
        organization=Named(whose, names[whose]) if whose else None,
        parent_id=account.parent_id,
        signed_up=bool(account.business_id),
        business_id=account.business_id,
        portfolio_id=account.portfolio_id,
        portfolio=account.portfolio,
        subscribed_at=account.subscribed_at,
        level=account.level,
        forbids=account.forbids,
        forbids_until=account.forbids_until,
        created_at=account.created_at,
    )
