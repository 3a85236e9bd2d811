"""Sub-accounts at Twilio: one for each organization that has WhatsApp (facts C8)."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from hub.channels.numbers import AccountState
from hub.channels.twilio.client import AUTH_TOKEN
from hub.channels.twilio.refusals import looking, making
from hub.channels.twilio.supplying import Supplying, name_of, named, repeated
from hub.errors import HubError, Unavailable
from hub.types import ProviderAccount, Secret

_STATES: Mapping[str, AccountState] = {
    "active": AccountState.ACTIVE,
    "suspended": AccountState.SUSPENDED,
    "closed": AccountState.CLOSED,
}
_PAGE_SIZE = 50


class AccountDesk(Supplying):
    """Verbs about accounts."""

    async def create_account(self, account: ProviderAccount, account_id: str) -> ProviderAccount:
        """Open a sub-account once; when the answer is lost it is looked for once by its name."""
        try:
            return await self._create(account, account_id)
        except Unavailable:
            with suppress(HubError):
                found = await self.find_account(account, account_id)
                if found is not None:
                    return found
            raise

    async def _create(self, account: ProviderAccount, account_id: str) -> ProviderAccount:
        with making():
            async with self.acting(account) as client:
                made = await client.api.v2010.accounts.create_async(friendly_name=name_of(account_id))
                return _ours(made, account_id)

    async def find_account(self, account: ProviderAccount, account_id: str) -> ProviderAccount | None:
        """Find a sub-account by its name, with its token."""
        name = name_of(account_id)
        with looking():
            async with self.acting(account) as client:
                listing = partial(client.api.v2010.accounts.list_async, friendly_name=name, page_size=_PAGE_SIZE)
                found = [each for each in await repeated(listing) if each.friendly_name == name]
                open_ones = [each for each in found if _state(each) is not AccountState.CLOSED]
                return _ours(open_ones[0], account_id) if open_ones else None

    async def fetch_account_state(self, account: ProviderAccount, external_id: str) -> AccountState:
        """Ask how an account stands. A closed one can only be looked at by its owner."""
        with looking():
            async with self.acting(account) as client:
                found = await repeated(client.api.v2010.accounts(external_id).fetch_async)
        return _state(found)


def _ours(found: Any, account_id: str) -> ProviderAccount:
    # Any: the library's classes are not loaded before they are needed
    return ProviderAccount(account_id, named(found.sid), {AUTH_TOKEN: Secret(named(found.auth_token))})


def _state(found: Any) -> AccountState:
    # with a word that is not known nothing is done in its name
    return _STATES.get(str(found.status), AccountState.SUSPENDED)
