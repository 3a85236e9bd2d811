"""The platform's accounts at providers. The parent account is the settings'; its row only mirrors them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hub import audit
from hub.access.permissions import Permission, require
from hub.channels.base import Adapter
from hub.crypto import DataKey
from hub.db import accounts
from hub.db.accounts import AccountRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid
from hub.ids import new_id
from hub.log import get_logger
from hub.types import Actor, Health, ProviderAccount, Secret
from hub.wiring import Services

_TOKEN = "auth_token"  # noqa: S105 - the name under which an account's credentials hold the token
_PARENT = "parent account"
_ACTIVE = "active"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be known. `provider` may stay empty while the hub knows one provider only."""

    external_id: str
    auth_token: str = field(repr=False)
    name: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class AccountView:
    """A provider account as platform admins see it: never its token."""

    id: str
    provider: str
    external_id: str
    name: str
    state: str
    created_at: datetime


def list_accounts(services: Services, actor: Actor) -> tuple[AccountView, ...]:
    """Return every account, the parent accounts of the settings too."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        mirror_parents(tx, services)
        return tuple(_show(account) for account in accounts.list_all(tx))


def add_account(services: Services, actor: Actor, new: NewAccount, once: Once = EVERY_TIME) -> AccountView:
    """Keep a further account. Raises Invalid (unknown provider, empty token), Conflict (known already)."""
    require(actor, Permission.PLATFORM)
    account = AccountRecord(
        id=new_id(),
        provider=_provider(services, new.provider),
        external_id=new.external_id.strip(),
        name=new.name,
        state=_ACTIVE,
        created_at=services.clock(),
        credentials=services.vault.platform().seal_values({_TOKEN: new.auth_token.strip()}, accounts.SEALED),
    )
    if not account.external_id or not new.auth_token.strip():
        raise Invalid("a provider account needs external_id and auth_token; copy both from the provider's console")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        mirror_parents(tx, services)
        if not accounts.add(tx, account):
            raise Conflict("the hub knows this provider account already")
        made = {"provider": account.provider, "external_id": account.external_id, "name": account.name}
        added = audit.Change("provider_account.added", "provider_account", account.id, after=made)
        audit.record(services, tx, actor, added, audit.PLATFORM)
        return once.keep(tx, _show(account))


def check_account(services: Services, actor: Actor, account_id: str) -> Health:
    """Ask the provider how an account fares. Raises NotFound."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = accounts.get(tx, account_id)
    credentials = services.vault.platform().open_values(found.credentials, accounts.SEALED)
    account = ProviderAccount(found.id, found.external_id, credentials)
    health = asyncio.run(_adapter_at(services, found.provider).probe_account(account))
    checked = audit.Change("provider_account.checked", "provider_account", found.id, after={"health": health.state})
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        audit.record(services, tx, actor, checked, audit.PLATFORM)
    return health


def refresh_parents(services: Services) -> None:
    """Bring the rows of the parent accounts in line with the settings: their webhooks are verified by these rows.

    The web calls it when it starts. Does not raise: the web must start while the database is away.
    """
    try:
        with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            mirror_parents(tx, services)
    except HubError as error:
        log.warning("accounts.not_refreshed", reason=error.detail)


def mirror_parents(tx: Tx, services: Services) -> dict[str, str]:
    """See to it that every parent account has its row, with the settings' token; return provider → the row's id."""
    return {
        adapter.provider: _mirror(tx, services, adapter.provider, parent)
        for adapter in _one_per_provider(services.adapters.values())
        if (parent := adapter.parent_account())
    }


def _mirror(tx: Tx, services: Services, provider: str, parent: ProviderAccount) -> str:
    known = accounts.find(tx, provider, parent.external_id)
    key = services.vault.platform()
    sealed = key.seal_values(parent.credentials, accounts.SEALED)
    if known is None:
        fresh = AccountRecord(
            new_id(), provider, parent.external_id, _PARENT, _ACTIVE, services.clock(), credentials=sealed
        )
        if accounts.add(tx, fresh):
            return fresh.id
        # another process mirrored it at the same moment, from the same settings
        known = accounts.find(tx, provider, parent.external_id)
    if known is None:
        raise Conflict("the parent account could not be stored; try again")
    if _differ(key, known, parent):
        accounts.set_credentials(tx, known.id, sealed)
    return known.id


def _differ(key: DataKey, known: AccountRecord, parent: ProviderAccount) -> bool:
    kept: dict[str, Secret] = key.open_values(known.credentials, accounts.SEALED)
    return kept != dict(parent.credentials)


def _one_per_provider(adapters: Iterable[Adapter]) -> list[Adapter]:
    return list({adapter.provider: adapter for adapter in adapters if adapter.provider}.values())


def _adapter_at(services: Services, provider: str) -> Adapter:
    for adapter in services.adapters.values():
        if adapter.provider == provider:
            return adapter
    raise Invalid("no channel kind of this hub works with the account's provider")


def _provider(services: Services, named: str) -> str:
    known = [adapter.provider for adapter in _one_per_provider(services.adapters.values())]
    if not named and len(known) == 1:
        return known[0]
    if named not in known:
        raise Invalid(f"provider must be one of {', '.join(known)}")
    return named


def _show(account: AccountRecord) -> AccountView:
    return AccountView(
        account.id, account.provider, account.external_id, account.name, account.state, account.created_at
    )
