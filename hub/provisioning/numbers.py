"""The platform's numbers: registered once, lent to one organization at a time, as one channel per kind."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import phonenumbers

from hub import audit
from hub.access.permissions import Permission, require
from hub.crypto import DataKey
from hub.db import accounts, channels, numbers, pool
from hub.db.accounts import AccountRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.numbers import NumberChannel, NumberRecord, PoolMessageRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, Invalid, NotFound
from hub.ids import new_id
from hub.provisioning import probing
from hub.provisioning.accounts import mirror_parents
from hub.provisioning.looking_up import look_up
from hub.types import Actor, ChannelKind, Health, Named, Page
from hub.wiring import Services

_MESSAGES_SHOWN = 20
_FREE, _LENT = "free", "lent"


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number the platform owns. `number` in international form; `capabilities` are the channel kinds it can carry."""

    number: str
    capabilities: Sequence[str]
    provider_account_id: str | None = None


@dataclass(frozen=True, slots=True)
class PoolMessageView:
    """Something that arrived on a number lent to nobody. `body` is what the provider sent, decoded as UTF-8."""

    id: str
    received_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class NumberView:
    """A number as platform admins see it.

    state      free or lent
    messages   the newest that came while it was free
    """

    id: str
    number: str
    capabilities: tuple[str, ...]
    provider_account_id: str
    state: str
    organization: Named | None
    channels: tuple[NumberChannel, ...]
    messages: tuple[PoolMessageView, ...]
    health: Health
    created_at: datetime


def list_numbers(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[NumberView]:
    """Return the platform's numbers in the order of their registration."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        page = numbers.list_page(tx, limit, cursor)
        return Page(tuple(show_number(services, tx, number) for number in page.items), page.next)


def get_number(services: Services, actor: Actor, number_id: str) -> NumberView:
    """Return a number. Raises NotFound."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return show_number(services, tx, numbers.get(tx, number_id))


def register_number(services: Services, actor: Actor, new: NewNumber, once: Once = EVERY_TIME) -> NumberView:
    """Add an owned number to the pool; a look-up at the provider that fails shows in its health and refuses nothing.

    Raises Invalid (number, kinds, account), Conflict (registered already).
    """
    require(actor, Permission.PLATFORM)
    e164, capabilities = _e164(new.number), _capabilities(services, new.capabilities)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        account = _account_for(tx, services, new.provider_account_id)
    _check_provider(services, account, capabilities)
    number = NumberRecord(
        id=new_id(),
        number=e164,
        capabilities=capabilities,
        provider_account_id=account.id,
        organization=None,
        created_at=services.clock(),
        health=asyncio.run(look_up(services, account, e164, capabilities)),
    )
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if not numbers.add(tx, number):
            raise Conflict("this number is registered already; see GET /platform/numbers")
        made = {"number": e164, "capabilities": capabilities, "provider_account_id": account.id}
        registered = audit.Change("number.registered", "number", number.id, after=made)
        audit.record(services, tx, actor, registered, audit.PLATFORM)
        return once.keep(tx, show_number(services, tx, numbers.get(tx, number.id)))


def release_number(services: Services, actor: Actor, number_id: str) -> NumberView:
    """Take a number back; its channels keep their history and lose their sender. Raises NotFound, Conflict (free)."""
    require(actor, Permission.PLATFORM)
    holder = get_number(services, actor, number_id).organization
    if holder is None:
        raise Conflict("the number is lent to nobody")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, holder.id) as tx:
        numbers.lock(tx, number_id)
        number = numbers.get(tx, number_id)
        if number.organization != holder:
            raise Conflict("the number changed hands at this moment; look at it again")
        channels.release_number(tx, number_id, services.clock())
        numbers.set_holder(tx, number_id, None)
        view = show_number(services, tx, numbers.get(tx, number_id))
        for channel in number.channels:
            probing.announce(services, tx, channel.id)
        was = {"number": number.number, "channels": [channel.id for channel in number.channels]}
        audit.record(services, tx, actor, audit.Change("number.released", "number", number_id, before=was))
    return view


def _e164(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise Invalid("number must be in international form with its country code, such as +4930123456") from None
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid("number has too many or too few digits for its country; check it")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _capabilities(services: Services, named: Sequence[str]) -> tuple[str, ...]:
    offered = [str(kind) for kind, adapter in services.adapters.items() if adapter.provider]
    wanted = tuple(dict.fromkeys(named))
    if not wanted or set(wanted) - set(offered):
        raise Invalid(f"capabilities must be some of {', '.join(offered)}")
    return wanted


def _account_for(tx: Tx, services: Services, account_id: str | None) -> AccountRecord:
    parents = mirror_parents(tx, services)
    if account_id is None:
        if not parents:
            raise Invalid("name a provider_account_id: the settings describe no parent account")
        return accounts.get(tx, next(iter(parents.values())))
    try:
        return accounts.get(tx, account_id)
    except NotFound:
        raise Invalid("there is no provider account of this id; see GET /platform/provider-accounts") from None


def _check_provider(services: Services, account: AccountRecord, kinds: Sequence[str]) -> None:
    if any(services.adapters[ChannelKind(kind)].provider != account.provider for kind in kinds):
        raise Invalid("the provider of this account does not supply these capabilities")


def show_number(services: Services, tx: Tx, number: NumberRecord) -> NumberView:
    messages, key = numbers.list_messages(tx, [number.id], _MESSAGES_SHOWN), services.vault.platform()
    return NumberView(
        id=number.id,
        number=number.number,
        capabilities=number.capabilities,
        provider_account_id=number.provider_account_id,
        state=_LENT if number.organization else _FREE,
        organization=number.organization,
        channels=number.channels,
        messages=tuple(_message(key, message) for message in messages),
        health=number.health,
        created_at=number.created_at,
    )


def _message(key: DataKey, message: PoolMessageRecord) -> PoolMessageView:
    body = key.open(bytes(message.body), pool.SEALED)
    return PoolMessageView(message.id, message.received_at, body.decode("utf-8", "replace"))
