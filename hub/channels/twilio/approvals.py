"""WhatsApp's approval of message templates, which belongs to a business account (facts C3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hub.channels.numbers import ApprovalState, TemplateCategory
from hub.channels.twilio.refusals import looking, making
from hub.channels.twilio.supplying import Supplying, named, repeated
from hub.types import ProviderAccount

_STATES: Mapping[str, ApprovalState] = {
    "unsubmitted": ApprovalState.UNSUBMITTED,
    "received": ApprovalState.IN_REVIEW,
    "pending": ApprovalState.IN_REVIEW,
    "approved": ApprovalState.APPROVED,
    "rejected": ApprovalState.REJECTED,
    "paused": ApprovalState.PAUSED,
    "disabled": ApprovalState.DISABLED,
}
_CATEGORIES: Mapping[TemplateCategory, str] = {
    TemplateCategory.UTILITY: "UTILITY",
    TemplateCategory.MARKETING: "MARKETING",
    TemplateCategory.AUTHENTICATION: "AUTHENTICATION",
}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 512


@dataclass(frozen=True, slots=True)
class _Content:
    """A content as it was listed. The library's own class for it knows some of its members, and says null of others."""

    said: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in self.said.items() if value}


class ApprovalDesk(Supplying):
    """Verbs about templates and their approvals."""

    async def copy_template(self, account: ProviderAccount, template_id: str, to: ProviderAccount, name: str) -> str:
        """Make a content of one account in another: none is seen, or sent, from any other account."""
        with looking():
            async with self.acting(account) as client:
                found = await repeated(client.content.v1.contents(template_id).fetch_async)
        same = {"language": found.language, "variables": found.variables, "types": found.types}
        wanted = _Content({"friendly_name": name[:_LONGEST_NAME], **same})
        with making():
            async with self.acting(to) as client:
                # the library asks of its request only what it is as a dict
                made = await client.content.v1.contents.create_async(cast(Any, wanted))
                return named(made.sid)

    async def fetch_approval(self, account: ProviderAccount, template_id: str) -> ApprovalState:
        """Ask how a template stands."""
        with looking():
            async with self.acting(account) as client:
                approval = client.content.v1.contents(template_id).approval_fetch()
                found = await repeated(approval.fetch_async)
        told = found.whatsapp if isinstance(found.whatsapp, dict) else {}
        return _read(told.get("status"))

    async def submit_template(
        self, account: ProviderAccount, template_id: str, name: str, category: TemplateCategory
    ) -> ApprovalState:
        """Submit a template once, unless it was: Twilio refuses to take one twice."""
        before = await self.fetch_approval(account, template_id)
        if before is not ApprovalState.UNSUBMITTED:
            return before
        plain = _NOT_IN_NAMES.sub("_", name.lower()).strip("_")[:_LONGEST_NAME]
        with making():
            async with self.acting(account) as client:
                approvals = client.content.v1.contents(template_id).approval_create
                request = type(approvals).ContentApprovalRequest({"name": plain, "category": _CATEGORIES[category]})
                return _read((await approvals.create_async(content_approval_request=request)).status)


def _read(status: object) -> ApprovalState:
    # a word that is not known is neither an approval nor an end
    return _STATES.get(str(status or "unsubmitted").lower(), ApprovalState.IN_REVIEW)
