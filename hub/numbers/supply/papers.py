"""What a supplier wants to see before it sells a number or lets it move, and whether we have it.

Papers belong to the account that handed them in. An account of a customer begins without any: what the platform's own
account has is copied there, and looked for before it is copied.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.channels.numbers import AddressNeed, Bundle, NumberKind, NumberProvider, Papers, PaperState
from hub.numbers.policy.obstacles import Review
from hub.types import ProviderAccount

_OF_STATE = {
    PaperState.APPROVED: Review.APPROVED,
    PaperState.IN_REVIEW: Review.IN_REVIEW,
    PaperState.REFUSED: Review.REFUSED,
    PaperState.DRAFT: Review.MISSING,
}
_NEAREST = (Review.APPROVED, Review.IN_REVIEW, Review.REFUSED)
_DOES = (Review.NOT_NEEDED, Review.APPROVED)


@dataclass(frozen=True, slots=True)
class Sort:
    """Numbers of one country (two letters) and kind; `address`: which address they ask for."""

    country: str
    kind: NumberKind
    address: AddressNeed = AddressNeed.NONE


@dataclass(frozen=True, slots=True)
class Checked:
    """How the papers stand; `papers` are those to buy with, as far as they are approved.

    owners  what only the account's owner has of them: it counts, and is copied before the purchase (`complete`)
    """

    documents: Review
    address: Review
    papers: Papers
    owners: Papers = field(default_factory=Papers)


async def check(
    supplier: NumberProvider, account: ProviderAccount, sort: Sort, owner: ProviderAccount | None = None
) -> Checked:
    """Look at the papers for numbers of a sort, in an account and with its owner. Raises what the verbs raise."""
    own = await _check(supplier, account, sort)
    if owner is None or (own.documents in _DOES and own.address in _DOES):
        return own
    theirs = await _check(supplier, owner, sort)
    bundle_id = "" if own.documents in _DOES else theirs.papers.bundle_id
    address_id = "" if own.address in _DOES else theirs.papers.address_id
    return Checked(
        _nearest(own.documents, theirs.documents),
        _nearest(own.address, theirs.address),
        own.papers,
        Papers(bundle_id, address_id),
    )


async def complete(
    supplier: NumberProvider, account: ProviderAccount, checked: Checked, owner: ProviderAccount | None
) -> Papers:
    """Return the papers to buy with in an account; what only its owner has is copied. Raises what the verbs raise."""
    bundle_id, address_id = checked.papers.bundle_id, checked.papers.address_id
    if owner is not None and checked.owners.bundle_id:
        bundle_id = await supplier.copy_bundle(owner, checked.owners.bundle_id, account)
    if owner is not None and checked.owners.address_id:
        address_id = await supplier.copy_address(owner, checked.owners.address_id, account)
    return Papers(bundle_id, address_id)


async def hand_over(
    supplier: NumberProvider, start: ProviderAccount, to: ProviderAccount, sort: Sort, papers: Papers
) -> Papers:
    """Return papers of another account for a number that was bought with these; what is not there is copied there."""
    return Papers(
        await _bundle_there(supplier, start, to, sort, papers.bundle_id),
        await _address_there(supplier, start, to, sort.country, papers.address_id),
    )


async def _bundle_there(
    supplier: NumberProvider, start: ProviderAccount, to: ProviderAccount, sort: Sort, bundle_id: str
) -> str:
    if not bundle_id:
        return ""
    there = await supplier.list_bundles(to, sort.country, sort.kind)
    found = next((each.external_id for each in there if each.state is PaperState.APPROVED), "")
    return found or await supplier.copy_bundle(start, bundle_id, to)


async def _address_there(
    supplier: NumberProvider, start: ProviderAccount, to: ProviderAccount, country: str, address_id: str
) -> str:
    """Return an address of `to` on the same side of the border, in the same place if there is one."""
    if not address_id:
        return ""
    there = await supplier.list_addresses(to, country, AddressNeed.ANY)
    if any(each.external_id == address_id for each in there):
        return address_id
    here = await supplier.list_addresses(start, country, AddressNeed.ANY)
    # what was handed over before has another id here: then one in the country does for most
    used = min(here, key=lambda each: (each.external_id != address_id, each.country != country), default=None)
    if used is None:
        return ""
    same_side = [each for each in there if (each.country == country) is (used.country == country)]
    found = min(same_side, key=lambda each: each.locality != used.locality, default=None)
    return found.external_id if found else await supplier.copy_address(start, used.external_id, to)


async def _check(supplier: NumberProvider, account: ProviderAccount, sort: Sort) -> Checked:
    documents, bundle_id = await _documents(supplier, account, sort.country, sort.kind)
    if sort.address is AddressNeed.NONE:
        return Checked(documents, Review.NOT_NEEDED, Papers(bundle_id))
    addresses = await supplier.list_addresses(account, sort.country, sort.address)
    if not addresses:
        return Checked(documents, Review.MISSING, Papers(bundle_id))
    return Checked(documents, Review.APPROVED, Papers(bundle_id, addresses[0].external_id))


async def _documents(
    supplier: NumberProvider, account: ProviderAccount, country: str, kind: NumberKind
) -> tuple[Review, str]:
    if not await supplier.wants_bundle(account, country, kind):
        return Review.NOT_NEEDED, ""
    found = await supplier.list_bundles(account, country, kind)
    review = _best(found)
    approved = (each.external_id for each in found if each.state is PaperState.APPROVED)
    return review, next(approved, "")


def _nearest(own: Review, owners: Review) -> Review:
    """Return how papers stand that either account may have."""
    return own if own in _DOES else next((each for each in _NEAREST if each in (own, owners)), Review.MISSING)


def _best(bundles: Iterable[Bundle]) -> Review:
    """One approved bundle is enough; else the one that is nearest to it counts."""
    reviews = {_OF_STATE[each.state] for each in bundles}
    return next((each for each in _NEAREST if each in reviews), Review.MISSING)
