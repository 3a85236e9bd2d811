"""What Twilio wants to see before it sells a number: regulatory bundles and addresses (facts C7)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from twilio.base import values

from hub.channels.numbers import Address, AddressNeed, Bundle, NumberKind, PaperState
from hub.channels.twilio.refusals import looking, making
from hub.channels.twilio.supplying import Supplying, named, repeated
from hub.errors import NotFound
from hub.types import ProviderAccount

_KINDS: Mapping[NumberKind, str] = {
    NumberKind.LOCAL: "local",
    NumberKind.MOBILE: "mobile",
    NumberKind.NATIONAL: "national",
    NumberKind.TOLL_FREE: "toll-free",
}
"""Twilio's word for a kind where it speaks of bundles."""
_STATES: Mapping[str, PaperState] = {
    "draft": PaperState.DRAFT,
    "pending-review": PaperState.IN_REVIEW,
    "in-review": PaperState.IN_REVIEW,
    "twilio-approved": PaperState.APPROVED,
    "provisionally-approved": PaperState.APPROVED,
    "twilio-rejected": PaperState.REFUSED,
}
_PAGE_SIZE = 100


class PaperDesk(Supplying):
    """Verbs about papers."""

    async def wants_bundle(self, account: ProviderAccount, country: str, kind: NumberKind) -> bool:
        """Say whether there is a regulation for a country and kind: it asks for a bundle."""
        with looking():
            async with self.acting(account) as client:
                regulations = client.numbers.v2.regulatory_compliance.regulations
                listing = partial(
                    regulations.list_async, iso_country=country, number_type=_KINDS[kind], page_size=_PAGE_SIZE
                )
                return bool(await repeated(listing))

    async def list_bundles(self, account: ProviderAccount, country: str, kind: NumberKind) -> list[Bundle]:
        """List the bundles for a country and kind, approved ones first."""
        with looking():
            async with self.acting(account) as client:
                bundles = client.numbers.v2.regulatory_compliance.bundles
                listing = partial(
                    bundles.list_async, iso_country=country, number_type=_KINDS[kind], page_size=_PAGE_SIZE
                )
                found = await repeated(listing)
        read = [
            # a word that is not known is not an approval
            Bundle(str(each.sid), each.friendly_name or "", _STATES.get(str(each.status), PaperState.IN_REVIEW),
                   each.valid_until)
            for each in found
        ]  # fmt: skip
        return sorted(read, key=lambda each: each.state is not PaperState.APPROVED)

    async def copy_bundle(self, account: ProviderAccount, bundle_id: str, to: ProviderAccount) -> str:
        """Clone a bundle, its approval included, into another account of the owner."""
        with making():
            async with self.acting(account) as client:
                made = await client.numbers.v2.bundle_clone(bundle_id).create_async(target_account_sid=to.external_id)
                return named(made.bundle_sid)

    async def list_addresses(self, account: ProviderAccount, country: str, need: AddressNeed) -> list[Address]:
        """List the addresses that do for a need; Twilio can filter only by the country they are in."""
        if need is AddressNeed.NONE:
            return []
        within = country if need is AddressNeed.LOCAL else values.unset
        with looking():
            async with self.acting(account) as client:
                listing = partial(client.addresses.list_async, iso_country=within, page_size=_PAGE_SIZE)
                found = await repeated(listing)
        read = [Address(str(each.sid), str(each.iso_country), str(each.city or "")) for each in found]
        return [each for each in read if need is not AddressNeed.FOREIGN or each.country != country]

    async def copy_address(self, account: ProviderAccount, address_id: str, to: ProviderAccount) -> str:
        """Enter an address of one account in another: an Address belongs to the account that entered it."""
        with looking():
            async with self.acting(account) as client:
                listing = partial(client.addresses.list_async, page_size=_PAGE_SIZE)
                found = next((each for each in await repeated(listing) if each.sid == address_id), None)
        if found is None:
            raise NotFound("Twilio does not have this address in that account any more")
        with making():
            async with self.acting(to) as client:
                made = await client.addresses.create_async(**_place(found))
                return named(made.sid)


def _place(found: Any) -> dict[str, Any]:
    # Any: the library's classes are not loaded before they are needed
    optional = {"friendly_name": found.friendly_name, "street_secondary": found.street_secondary}
    return {
        "customer_name": found.customer_name,
        "street": found.street,
        "city": found.city,
        "region": found.region,
        "postal_code": found.postal_code,
        "iso_country": found.iso_country,
        # it was looked at when it was entered: as it stands there it fits its bundle
        "auto_correct_address": False,
        **{name: value for name, value in optional.items() if value},
    }
