"""The customers' business accounts at a messenger: keeping them, and having the messenger tell us what becomes of them.

What a messenger tells of a business account (restricted, banned, given back) comes only once our app is subscribed to
it. That takes the token of the customer's own sign-up; where the business account became known otherwise, whoever runs
the hub subscribes the app in the messenger's console.
"""

import asyncio
from datetime import datetime

from hub import audit
from hub.channels.base import Adapter
from hub.channels.numbers import SignedUp
from hub.db import accounts
from hub.db.accounts import CLOSED, AccountRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid
from hub.log import get_logger
from hub.numbers.supply.settling import BY_CLOCK
from hub.types import Actor, Machine, Secret
from hub.wiring import Services

DONE = "your business account is known already; there is nothing more to do"
_TAKEN = "this business account belongs to another customer of the platform; sign up with your own"
_TOKEN = "token"  # noqa: S105 - the name under which it is sealed

log = get_logger(__name__)


def adapter_of(services: Services, account: AccountRecord) -> Adapter:
    """Return who speaks to the messenger that an account's senders are registered at. Raises Conflict."""
    for adapter in services.adapters.values():
        if adapter.provider == account.provider and adapter.registers_numbers:
            return adapter
    raise Conflict("no channel kind of this account's provider asks for a sign-up")


def keep_business(services: Services, tx: Tx, by: Actor | Machine, account_id: str, made: SignedUp) -> bool:
    """Keep the business account that an organization signed up with; False when it is known already. What a closed
    account of the same organization had is this one's from now on. Raises Conflict when it is another customer's, or
    the account has another one.
    """
    known = accounts.get(tx, account_id)
    if known.parent_id:
        # whoever keeps one of the same provider at this moment waits here
        accounts.get(tx, known.parent_id, lock=True)
    account = accounts.get(tx, account_id, lock=True)
    owner = accounts.find_by_business(tx, account.provider, made.business_id)
    if owner is not None and owner.id != account.id:
        _take_over(services, tx, by, owner, account)
    if account.business_id:
        if account.business_id != made.business_id:
            raise Conflict(DONE)
        return False
    sealed = services.vault.platform().seal_values({_TOKEN: made.token}, accounts.SEALED_BUSINESS)
    accounts.set_business(tx, account.id, made.business_id, made.portfolio_id, sealed if made.token else None)
    after = {"business_id": made.business_id}
    noted = audit.Change("provider_account.signed_up", "provider_account", account.id, after=after)
    audit.record(services, tx, by, noted, audit.PLATFORM)
    return True


def _take_over(services: Services, tx: Tx, by: Actor | Machine, owner: AccountRecord, account: AccountRecord) -> None:
    if owner.state != CLOSED or owner.organization_id is None or owner.organization_id != account.organization_id:
        raise Conflict(_TAKEN)
    accounts.leave_business(tx, owner, account.id)
    left = audit.difference({"business_id": owner.business_id}, {"business_id": ""})
    audit.record(
        services, tx, by, audit.Change("provider_account.changed", "provider_account", owner.id, **left), audit.PLATFORM
    )


def subscribe(services: Services, account: AccountRecord) -> None:
    """Have the messenger tell us what becomes of an account's business account. Never raises: the clock repeats it."""
    if account.business_token is None or account.state == CLOSED:
        return
    try:
        token = services.vault.platform().open_values(account.business_token, accounts.SEALED_BUSINESS)[_TOKEN]
        made = SignedUp(account.business_id, account.portfolio_id, Secret(token))
        is_new = asyncio.run(adapter_of(services, account).subscribe(made))
    except Invalid as error:
        _note(services, account, account.subscribed_at is not None, None)
        log.warning("business.not_subscribed", account_id=account.id, reason=error.detail)
        return
    except HubError as error:
        log.warning("business.not_looked_at", account_id=account.id, reason=error.detail)
        return
    _note(services, account, not is_new and account.subscribed_at is not None, services.clock())


def _note(services: Services, account: AccountRecord, was_told: bool, told_at: datetime | None) -> None:
    difference = audit.difference({"told_of_bans": was_told}, {"told_of_bans": told_at is not None})
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_subscribed(tx, account.id, told_at)
        if was_told != (told_at is not None):
            changed = audit.Change("provider_account.changed", "provider_account", account.id, **difference)
            audit.record(services, tx, BY_CLOCK, changed, audit.PLATFORM)
