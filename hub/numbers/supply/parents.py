"""The parent accounts: the settings describe them, their rows only mirror that."""

from collections.abc import Iterable

from hub.channels.base import Adapter
from hub.crypto import DataKey
from hub.db import accounts
from hub.db.accounts import ACTIVE, AccountRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid
from hub.ids import new_id
from hub.log import get_logger
from hub.types import ProviderAccount, Secret
from hub.wiring import Services

_PARENT = "parent account"

log = get_logger(__name__)


def refresh_parents(services: Services) -> None:
    """Bring the rows of the parent accounts in line with the settings: their webhooks are verified by these rows.

    The web calls it when it starts. Does not raise: the web must start while the database is away.
    """
    try:
        with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            for adapter, parent in _parents(services):
                _mirror(tx, services, adapter.provider, parent)
    except HubError as error:
        log.warning("accounts.not_refreshed", reason=error.detail)


def list_parents(tx: Tx, services: Services) -> dict[str, str]:
    """Return provider → the row's id of every parent account; a row that is not there yet is made.

    A token that is kept stays: processes with old and new settings may run side by side, and only one that starts
    brings its own (`refresh_parents`).
    """
    return {adapter.provider: _row(tx, services, adapter.provider, parent).id for adapter, parent in _parents(services)}


def _parents(services: Services) -> list[tuple[Adapter, ProviderAccount]]:
    adapters = _one_per_provider(services.adapters.values())
    return [(adapter, parent) for adapter in adapters if (parent := adapter.parent_account())]


def _row(tx: Tx, services: Services, provider: str, parent: ProviderAccount) -> AccountRecord:
    known = accounts.find(tx, provider, parent.external_id)
    if known is not None:
        return known
    sealed = services.vault.platform().seal_values(parent.credentials, accounts.SEALED)
    fresh = AccountRecord(new_id(), provider, parent.external_id, _PARENT, ACTIVE, services.clock(), credentials=sealed)
    # another process may make it at the same moment, from the same settings
    known = fresh if accounts.add(tx, fresh) else accounts.find(tx, provider, parent.external_id)
    if known is None:
        raise Conflict("the parent account could not be stored; try again")
    return known


def _mirror(tx: Tx, services: Services, provider: str, parent: ProviderAccount) -> None:
    known, key = _row(tx, services, provider, parent), services.vault.platform()
    if _differ(key, known, parent):
        sealed = key.seal_values(parent.credentials, accounts.SEALED)
        accounts.set_credentials(tx, known.id, sealed, services.clock())


def _differ(key: DataKey, known: AccountRecord, parent: ProviderAccount) -> bool:
    kept: dict[str, Secret] = key.open_values(known.credentials, accounts.SEALED)
    return kept != dict(parent.credentials)


def _one_per_provider(adapters: Iterable[Adapter]) -> list[Adapter]:
    return list({adapter.provider: adapter for adapter in adapters if adapter.provider}.values())


def provider_named(services: Services, named: str) -> str:
    """Return a provider by its name, without one the only one there is. Raises Invalid."""
    known = [adapter.provider for adapter in _one_per_provider(services.adapters.values())]
    if not named and len(known) == 1:
        return known[0]
    if named not in known:
        raise Invalid(f"provider must be one of {', '.join(known)}")
    return named
