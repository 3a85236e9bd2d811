"""Message templates in a business account that has not approved them: made where they are missing, submitted again, and
looked at until they are approved.

A template belongs to the supplier's account it was made in, its approval to a business account: a sender in another
one begins without any.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from hub.channels.numbers import ApprovalState, NumberProvider, TemplateCategory
from hub.db import notices, templates
from hub.db.session import PlatformWork
from hub.db.templates import IN_USE, TemplateInReview, TemplateRecord
from hub.errors import HubError, TooMany, Unavailable
from hub.failpoints import reach
from hub.log import get_logger
from hub.provisioning import probing
from hub.provisioning.templates import fitting
from hub.types import ProviderAccount, Sender, TemplateView
from hub.wiring import Services

_ASK_AGAIN: Final = timedelta(seconds=30)
_AT_ONCE: Final = 50

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Heir:
    """A sender whose templates are to stand, with its account and supplier, and what the sender before it had."""

    sender: Sender
    account: ProviderAccount
    supplier: NumberProvider
    former: ProviderAccount | None
    known: Sequence[TemplateRecord]

    @property
    def categories(self) -> Mapping[tuple[str, str], str]:
        return {(each.name, each.language): each.category for each in self.known}


def submit_again(services: Services, organization_id: str, sender_id: str, former_id: str | None = None) -> bool:
    """Make in a sender's account what the one before it had in another, submit what the messenger was not shown yet,
    and keep how all of them stand; False when the supplier cannot be asked now. Safe to repeat.

    What cannot be made there is missing (`hub.db.templates.list_lost`): somebody has to write it again.
    """
    heir = _heir(services, organization_id, sender_id, former_id)
    if heir is None:
        return True
    try:
        shown = asyncio.run(_submitted(services, heir))
    except HubError as error:
        log.warning("templates.not_submitted", sender_id=sender_id, reason=error.detail)
        return not isinstance(error, Unavailable | TooMany)
    reach("templates.submitted")
    with services.db.transaction(organization_id) as tx:
        templates.replace(tx, sender_id, [fitting(each) for each in shown], services.clock())
        probing.announce(services, tx, heir.sender.channel_id)
    return True


def _heir(services: Services, organization_id: str, sender_id: str, former_id: str | None) -> _Heir | None:
    sender = probing.find_sender(services, organization_id, sender_id)
    if sender is None or sender.account is None or not services.adapters[sender.kind].capabilities.templates:
        return None
    supplier = services.suppliers.get(services.adapters[sender.kind].provider)
    if supplier is None:
        return None
    former = probing.find_sender(services, organization_id, former_id) if former_id else None
    if former is None or former.kind != sender.kind:
        return _Heir(sender, sender.account, supplier, None, ())
    with services.db.reading(organization_id) as tx:
        known = templates.list_of_sender(tx, former.id)
    return _Heir(sender, sender.account, supplier, former.account, known)


async def _submitted(services: Services, heir: _Heir) -> Sequence[TemplateView]:
    adapter = services.adapters[heir.sender.kind]
    async with heir.supplier.open():
        shown = await adapter.list_templates(heir.sender)
        if await _made(heir, shown):
            reach("templates.made")
            shown = await adapter.list_templates(heir.sender)
        categories = heir.categories
        return [
            await _submit(heir.supplier, heir.account, each, categories.get((each.name, each.language), ""))
            for each in shown
        ]


async def _made(heir: _Heir, shown: Sequence[TemplateView]) -> bool:
    """Make what is used and not there; whether anything was. One that was made before is found by its name."""
    if heir.former is None or heir.former.id == heir.account.id:
        return False
    there = {(each.name, each.language) for each in shown}
    missing = [each for each in heir.known if each.status in IN_USE and (each.name, each.language) not in there]
    for each in missing:
        try:
            await heir.supplier.copy_template(heir.former, each.external_id, heir.account, each.name)
        except (Unavailable, TooMany):
            raise
        except HubError as error:
            log.warning("template.not_made", template_id=each.id, reason=error.detail)
    return bool(missing)


async def _submit(
    supplier: NumberProvider, account: ProviderAccount, shown: TemplateView, category: str
) -> TemplateView:
    if shown.status != ApprovalState.UNSUBMITTED:
        return shown
    wanted = _category(shown.category or category)
    try:
        state = await supplier.submit_template(account, shown.external_id, shown.name, wanted)
    except (Unavailable, TooMany):
        raise
    except HubError as error:
        # the others may be taken; this one shows as what it is
        log.warning("template.not_submitted", reason=error.detail)
        return shown
    return replace(shown, status=state, category=shown.category or wanted)


def _category(said: str) -> TemplateCategory:
    """What nobody put into a category is about something the customer has with the organization."""
    known = {each.value: each for each in TemplateCategory}
    return known.get(said.lower(), TemplateCategory.UTILITY)


# --- by the clock ---------------------------------------------------------------------------------------


def look_at_approvals(services: Services) -> None:
    """Ask how the templates stand that the messenger is looking at; one that cannot be asked for waits its turn."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        waiting = templates.list_in_review(tx, services.clock() - _ASK_AGAIN, _AT_ONCE)
    for each in waiting:
        _note(services, each, _look(services, each))


def _look(services: Services, template: TemplateInReview) -> str:
    """Return how a template stands; as it did while nobody can be asked."""
    try:
        sender = probing.find_sender(services, template.organization_id, template.sender_id)
        supplier = services.suppliers.get(services.adapters[sender.kind].provider) if sender else None
        if sender is None or sender.account is None or supplier is None:
            return template.status
        return asyncio.run(supplier.fetch_approval(sender.account, template.external_id))
    except HubError as error:
        log.warning("template.not_looked_at", template_id=template.id, reason=error.detail)
        return template.status


def _note(services: Services, template: TemplateInReview, state: str) -> None:
    with services.db.transaction(template.organization_id) as tx:
        templates.set_status(tx, template.id, state, services.clock())
        if state != template.status:
            notices.add(tx, [("channel", {"id": template.channel_id})])
            tx.after_commit(lambda: services.queue.notify(template.organization_id) and None)
