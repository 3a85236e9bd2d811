"""The protocol of a supplier of phone numbers."""

from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Protocol

from hub.channels.numbers.values import (
    AccountState,
    Address,
    AddressNeed,
    ApprovalState,
    Bundle,
    NumberForSale,
    NumberKind,
    NumberSearch,
    Order,
    OwnedNumber,
    Papers,
    RegisteredSender,
    Registration,
    TemplateCategory,
)
from hub.types import ProviderAccount


class NumberProvider(Protocol):
    """Verbs at the supplier, each in the name of `account`.

    All raise Invalid (it can never work so), Conflict (not as things are), NotFound (the supplier does not know it),
    TooMany (wait) and Unavailable. What makes or spends something is tried once: after Unavailable it may have been
    done nevertheless, and the verb named with it tells. Everything else is repeated while that can help.
    """

    provider: ClassVar[str]
    """Whose provider accounts these verbs work with (`Adapter.provider`)."""
    currency: ClassVar[str]
    """In what it bills its numbers: ISO 4217."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Keep connections open for all calls within; without it each call makes its own."""

    async def search(self, account: ProviderAccount, wanted: NumberSearch) -> list[NumberForSale]:
        """List numbers for sale; none where the country has no such kind."""

    async def buy(self, account: ProviderAccount, order: Order) -> OwnedNumber:
        """Buy a number under our name for it. When the answer is lost it is looked for once by that name.

        After Unavailable ask `find_bought` until it is there, or until enough time has passed to order again.
        """

    async def find_bought(self, account: ProviderAccount, number_id: str) -> OwnedNumber | None:
        """Find what was bought under our own id of it."""

    async def find_number(self, account: ProviderAccount, number: str) -> OwnedNumber | None:
        """Find an E.164 number among the account's own."""

    async def list_numbers(self, account: ProviderAccount) -> list[OwnedNumber]:
        """List all numbers of the account."""

    async def point(self, account: ProviderAccount, external_id: str, calls_url: str = "") -> None:
        """Send a number's messages to the hub, and its calls to `calls_url` unless that is "". Safe to repeat."""

    async def move(
        self, account: ProviderAccount, external_id: str, start: ProviderAccount, to: ProviderAccount, papers: Papers
    ) -> None:
        """Hand a number over from one account to another, `account` owning both, with papers of the new one.

        Tried once: `find_bought` in `to` tells.
        """

    async def release(self, account: ProviderAccount, external_id: str) -> None:
        """Give a number back for good; nothing happens when the account has it no more. Safe to repeat."""

    async def wants_bundle(self, account: ProviderAccount, country: str, kind: NumberKind) -> bool:
        """Say whether an approved bundle is asked of whoever buys numbers of a country (two letters) and kind."""

    async def list_bundles(self, account: ProviderAccount, country: str, kind: NumberKind) -> list[Bundle]:
        """List the account's bundles for a country (two letters) and kind, approved ones first."""

    async def copy_bundle(self, account: ProviderAccount, bundle_id: str, to: ProviderAccount) -> str:
        """Copy a bundle with its approval to another account; return the copy's id. Tried once: `list_bundles`."""

    async def list_addresses(self, account: ProviderAccount, country: str, need: AddressNeed) -> list[Address]:
        """List the account's addresses that do for numbers of a country with this need; none when there is none."""

    async def copy_address(self, account: ProviderAccount, address_id: str, to: ProviderAccount) -> str:
        """Enter an address of one account in another, too; return its id there. Tried once: `list_addresses`."""

    async def create_account(self, account: ProviderAccount, account_id: str) -> ProviderAccount:
        """Open a sub-account under our own id of it, which the result carries. Tried once: `find_account`."""

    async def find_account(self, account: ProviderAccount, account_id: str) -> ProviderAccount | None:
        """Find a sub-account by our own id of it; None also when it is closed."""

    async def fetch_account_state(self, account: ProviderAccount, external_id: str) -> AccountState:
        """Say how an account stands: the caller's own, or one of its sub-accounts by the supplier's id."""

    async def register_sender(self, account: ProviderAccount, wanted: Registration) -> RegisteredSender:
        """Make a number a sender whose messages come to the hub. Tried once: `find_sender` tells."""

    async def hand_in_code(self, account: ProviderAccount, external_id: str, code: str) -> RegisteredSender:
        """Hand in a sender's one-time code. Tried once, as wrong ones are counted: `fetch_sender` tells.

        Raises Invalid when it is wrong.
        """

    async def fetch_sender(self, account: ProviderAccount, external_id: str) -> RegisteredSender:
        """Look at a sender. Raises NotFound when the account has it no more."""

    async def find_sender(self, account: ProviderAccount, number: str) -> RegisteredSender | None:
        """Find the sender of an E.164 number."""

    async def list_senders(self, account: ProviderAccount) -> list[RegisteredSender]:
        """List all senders of the account."""

    def read_text(self, body: bytes) -> str:
        """Return what was written in a message to a number, or said in a call, of what the supplier posted; else ""."""

    async def delete_sender(self, account: ProviderAccount, external_id: str) -> None:
        """Take a sender off the messenger; nothing happens when it is gone already. Safe to repeat."""

    async def fetch_approval(self, account: ProviderAccount, template_id: str) -> ApprovalState:
        """Say how a template stands with the business account that the account uses now."""

    async def copy_template(self, account: ProviderAccount, template_id: str, to: ProviderAccount, name: str) -> str:
        """Make a template of one account anew in another, under a name that tells it there; return its id there.

        Tried once, and not approved by that: the templates of a sender there tell (`Adapter.list_templates`).
        """

    async def submit_template(
        self, account: ProviderAccount, template_id: str, name: str, category: TemplateCategory
    ) -> ApprovalState:
        """Submit a template for approval unless it was: its state. Tried once: `fetch_approval` tells.

        name  letters, figures and _ only; others are made into _
        """
