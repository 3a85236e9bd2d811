"""The messenger's own sign-up, which only the customer can go through: their business account becomes known to us.

A platform admin hands the customer's admin the link to a page of the hub. From there they go to the messenger, bound to
them by a signed state, and come back with a code and the id of their business account. The messenger itself is asked
whether that account was shared with the hub, and which portfolio it belongs to; both are kept with the organization's
account at the supplier. A business account that another organization has is refused.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from hub import audit
from hub.access.permissions import Permission, require, require_platform
from hub.db import accounts
from hub.db.accounts import AccountRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Invalid
from hub.numbers.supply.businesses import DONE, adapter_of, keep_business, subscribe
from hub.provisioning import states
from hub.types import Actor, Machine
from hub.wiring import Services

PAGE = "/admin/business-account"
_MANAGE = Permission.MANAGE_CHANNELS
_KEPT = timedelta(hours=1)
"""A sign-up takes its time: documents are looked for, a number is proven."""
_NO_ACCOUNT = "there is nothing to sign up for yet; ask the platform to open an account for your organization"
_AGAIN = "this sign-up has run out or was begun by somebody else; begin anew"
_UNFINISHED = "the sign-up was not finished there; begin anew, and go through all of its steps"


def sign_up_link(services: Services, by: Actor | Machine, account_id: str) -> str:
    """Return the link that the customer's admin follows. Raises NotFound, Conflict (nobody's account, or done)."""
    require_platform(by)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, account_id)
    if account.organization_id is None:
        raise Conflict("this account belongs to no organization; only an organization can sign up")
    if account.business_id:
        raise Conflict("the organization has signed up already")
    adapter_of(services, account)
    return f"{services.settings.base_url}{PAGE}"


def is_wanted(services: Services, actor: Actor) -> bool:
    """Whether the actor's organization has an account that waits for the sign-up."""
    require(actor, _MANAGE)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return any(not each.business_id for each in accounts.list_of(tx, actor.organization_id))


def begin(services: Services, actor: Actor) -> str:
    """Return where to send the browser to. Raises Conflict: nothing waits for it, or the platform lacks a setting."""
    require(actor, _MANAGE)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = _waiting(tx, actor.organization_id)
    url = adapter_of(services, account).sign_up_url(states.sign(services, actor, account.id, services.clock() + _KEPT))
    if url is None:
        raise Conflict("the platform has not set up the messenger's sign-up; ask it to")
    return url


def come_back(services: Services, actor: Actor, query: Mapping[str, str]) -> None:
    """Keep what somebody came back with, as the messenger itself says it.

    Raises Invalid (not theirs, not finished), Conflict (another's, or done), Unavailable.
    """
    require(actor, _MANAGE)
    account_id = states.read(services, actor, query.get("state", ""))
    if account_id is None:
        raise Invalid(_AGAIN)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, account_id)
    if account.business_id and account.business_id == query.get("waba_id"):
        # a page that is loaded anew: its code was used
        return
    made = asyncio.run(adapter_of(services, account).complete_sign_up(query))
    if made is None:
        raise Invalid(_UNFINISHED)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, actor.organization_id) as tx:
        if keep_business(services, tx, actor, account_id, made):
            change = audit.Change("provider_account.signed_up", "provider_account", account_id)
            audit.record(services, tx, actor, change)
        kept = accounts.get(tx, account_id)
    subscribe(services, kept)


def _waiting(tx: Tx, organization_id: str) -> AccountRecord:
    own = accounts.list_of(tx, organization_id)
    waiting = next((each for each in own if not each.business_id and each.state == accounts.ACTIVE), None)
    if waiting is None:
        raise Conflict(DONE if any(each.business_id for each in own) else _NO_ACCOUNT)
    return waiting
