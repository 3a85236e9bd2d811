# ruff: noqa: ARG002 - it answers whatever it is asked
"""A supplier that wants to see nothing: numbers need no papers, and every template is approved."""

from hub.channels.numbers import Address, AddressNeed, ApprovalState, Bundle, NumberKind, TemplateCategory
from hub.types import ProviderAccount


class NoPaperwork:
    """The verbs of `NumberProvider` about papers and templates."""

    async def wants_bundle(self, account: ProviderAccount, country: str, kind: NumberKind) -> bool:
        return False

    async def list_bundles(self, account: ProviderAccount, country: str, kind: NumberKind) -> list[Bundle]:
        return []

    async def copy_bundle(self, account: ProviderAccount, bundle_id: str, to: ProviderAccount) -> str:
        return bundle_id

    async def list_addresses(self, account: ProviderAccount, country: str, need: AddressNeed) -> list[Address]:
        return []

    async def copy_address(self, account: ProviderAccount, address_id: str, to: ProviderAccount) -> str:
        return address_id

    async def fetch_approval(self, account: ProviderAccount, template_id: str) -> ApprovalState:
        return ApprovalState.APPROVED

    async def copy_template(self, account: ProviderAccount, template_id: str, to: ProviderAccount, name: str) -> str:
        return template_id

    async def submit_template(
        self, account: ProviderAccount, template_id: str, name: str, category: TemplateCategory
    ) -> ApprovalState:
        return ApprovalState.APPROVED
