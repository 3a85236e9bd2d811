"""Numbers at Twilio: for sale, bought, pointed at the hub, moved and given back (facts C7)."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from twilio.base import values

from hub.channels.numbers import (
    Ability,
    AddressNeed,
    NumberForSale,
    NumberKind,
    NumberSearch,
    Order,
    OwnedNumber,
    Papers,
)
from hub.channels.twilio.line import CONNECTION
from hub.channels.twilio.refusals import looking, making
from hub.channels.twilio.supplying import Supplying, name_of, named, our_id_of, repeated
from hub.errors import Conflict, HubError, NotFound, Unavailable
from hub.types import ProviderAccount

_LISTS: Mapping[NumberKind, str] = {
    NumberKind.LOCAL: "local",
    NumberKind.MOBILE: "mobile",
    NumberKind.NATIONAL: "national",
    NumberKind.TOLL_FREE: "toll_free",
}
"""The library's name of the list that holds a kind."""
_FILTERS: Mapping[Ability, str] = {
    Ability.SMS: "sms_enabled",
    Ability.MMS: "mms_enabled",
    Ability.VOICE: "voice_enabled",
}
_ADDRESSES: Mapping[str, AddressNeed] = {
    "none": AddressNeed.NONE,
    "any": AddressNeed.ANY,
    "local": AddressNeed.LOCAL,
    "foreign": AddressNeed.FOREIGN,
}
_PAGE_SIZE = 200


class Pool(Supplying):
    """Verbs about numbers."""

    async def search(self, account: ProviderAccount, wanted: NumberSearch) -> list[NumberForSale]:
        """List numbers for sale. A kind that a country has not is not found at Twilio (facts C7): an empty list."""
        filters = {_FILTERS[each]: True for each in wanted.abilities}
        async with self.acting(account) as client:
            kind = getattr(client.available_phone_numbers(wanted.country), _LISTS[wanted.kind])
            listing = partial(kind.list_async, contains=wanted.pattern or values.unset, limit=wanted.limit, **filters)
            try:
                with looking():
                    found = await repeated(listing)
            except NotFound:
                return []
        return [_for_sale(each, wanted) for each in found]

    async def buy(self, account: ProviderAccount, order: Order) -> OwnedNumber:
        """Buy a number once. Whatever Twilio answers, what is there under our name was bought by this order."""
        try:
            return await self._buy(account, order)
        except (Unavailable, Conflict):
            with suppress(HubError):
                found = await self.find_bought(account, order.number_id)
                if found is not None:
                    return found
            raise

    async def _buy(self, account: ProviderAccount, order: Order) -> OwnedNumber:
        with making():
            async with self.acting(account) as client:
                made = await client.incoming_phone_numbers.create_async(
                    phone_number=order.number,
                    friendly_name=name_of(order.number_id),
                    bundle_sid=order.papers.bundle_id or values.unset,
                    address_sid=order.papers.address_id or values.unset,
                )
                return self._owned(made)

    async def find_bought(self, account: ProviderAccount, number_id: str) -> OwnedNumber | None:
        """Find a number by the name it was bought under."""
        found = await self._listed(account, name=name_of(number_id))
        return next((each for each in found if each.number_id == number_id), None)

    async def find_number(self, account: ProviderAccount, number: str) -> OwnedNumber | None:
        """Find an E.164 number; Twilio's own filter also finds what only contains it."""
        found = await self._listed(account, number=number)
        return next((each for each in found if each.number == number), None)

    async def list_numbers(self, account: ProviderAccount) -> list[OwnedNumber]:
        """List all numbers of the account."""
        return await self._listed(account)

    async def _listed(self, account: ProviderAccount, name: str = "", number: str = "") -> list[OwnedNumber]:
        with looking():
            async with self.acting(account) as client:
                listing = partial(
                    client.incoming_phone_numbers.list_async,
                    friendly_name=name or values.unset,
                    phone_number=number or values.unset,
                    page_size=_PAGE_SIZE,
                )
                return [self._owned(each) for each in await repeated(listing)]

    async def point(self, account: ProviderAccount, external_id: str, calls_url: str = "") -> None:
        """Set the number's URLs. An application set on it would win over them: it is cleared."""
        urls = {"sms_url": self._hooks.messages, "sms_method": "POST", "sms_application_sid": ""}
        if calls_url:
            urls |= {"voice_url": calls_url + CONNECTION, "voice_method": "POST", "voice_application_sid": ""}
        with looking():
            async with self.acting(account) as client:
                await repeated(partial(client.incoming_phone_numbers(external_id).update_async, **urls))

    async def move(
        self, account: ProviderAccount, external_id: str, start: ProviderAccount, to: ProviderAccount, papers: Papers
    ) -> None:
        """Give the number another account. Only an owner of both may, in the name of the one that has it."""
        with making():
            async with self.acting(account) as client:
                await (
                    client.api.v2010.accounts(start.external_id)
                    .incoming_phone_numbers(external_id)
                    .update_async(
                        account_sid=to.external_id,
                        bundle_sid=papers.bundle_id or values.unset,
                        address_sid=papers.address_id or values.unset,
                    )
                )

    async def release(self, account: ProviderAccount, external_id: str) -> None:
        """Give the number back; one that is not there was given back before."""
        with suppress(NotFound), looking():
            async with self.acting(account) as client:
                await repeated(client.incoming_phone_numbers(external_id).delete_async)

    def _owned(self, found: Any) -> OwnedNumber:
        # Any: the library's classes are not loaded before they are needed
        here = self._hooks.receives(found.sms_url) and not found.sms_application_sid
        number_id, abilities = our_id_of(found.friendly_name), _abilities(found.capabilities)
        return OwnedNumber(named(found.sid), named(found.phone_number), number_id, abilities, here)


def _for_sale(found: Any, wanted: NumberSearch) -> NumberForSale:
    return NumberForSale(
        number=str(found.phone_number),
        country=str(found.iso_country or wanted.country),
        kind=wanted.kind,
        abilities=_abilities(found.capabilities),
        # a word that is not known may ask for anything
        address=_ADDRESSES.get(str(found.address_requirements), AddressNeed.ANY),
        locality=str(found.locality or ""),
        region=str(found.region or ""),
    )


def _abilities(said: Any) -> frozenset[Ability]:
    """Read a number's abilities: Twilio writes their names large for numbers for sale, small for owned ones."""
    able = {str(name).lower() for name, value in said.items() if value} if isinstance(said, Mapping) else set()
    return frozenset(each for each in Ability if each.value in able)
