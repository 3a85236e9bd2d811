"""The message templates of a channel: fetched from its provider, listed, shown with values filled in."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from hub import audit
from hub.access.permissions import Permission, require
from hub.db import channels, templates
from hub.db.channels import ChannelRecord
from hub.db.templates import APPROVED, TemplateRecord
from hub.errors import HubError, Invalid, NotFound, Unavailable
from hub.log import get_logger
from hub.provisioning import probing
from hub.template_text import preview
from hub.types import Actor, TemplateView
from hub.wiring import Services

_NAME_LIMIT, _WORD_LIMIT = 200, 40
_NO_ANSWER = "the provider's list of templates could not be read; try again in a moment"

log = get_logger(__name__)


def list_templates(services: Services, actor: Actor, channel_id: str) -> tuple[TemplateRecord, ...]:
    """Return the templates of a channel as they were fetched last, by name. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        channels.get(tx, channel_id)
        return templates.list_of_channel(tx, channel_id)


def preview_template(
    services: Services, actor: Actor, channel_id: str, template_id: str, values: dict[str, str]
) -> str:
    """Return what a template would say with these values; variables without one stay as they are. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        channels.get(tx, channel_id)
        found = templates.find(tx, channel_id, template_id)
    if found is None:
        raise NotFound(f"the channel has no template {template_id}")
    return preview(found.text, values)


def sync_templates(services: Services, actor: Actor, channel_id: str) -> tuple[TemplateRecord, ...]:
    """Fetch a channel's templates from its provider and return them, by name.

    Raises NotFound, Invalid (the kind has none, no sender, refused by the provider), Unavailable (no answer).
    """
    require(actor, Permission.MANAGE_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        channel = channels.get(tx, channel_id)
    sender_id = _sender_of(services, channel)
    found = [fitting(view) for view in _fetch(services, actor, sender_id)]
    approved = sum(view.status == APPROVED for view in found)
    with services.db.transaction(actor.organization_id) as tx:
        templates.replace(tx, sender_id, found, services.clock())
        kept = templates.list_of_channel(tx, channel_id)
        counts = {"approved": approved, "others": len(found) - approved}
        audit.record(services, tx, actor, audit.Change("channel.templates_synced", "channel", channel_id, after=counts))
        probing.announce(services, tx, channel_id)
    return kept


def _sender_of(services: Services, channel: ChannelRecord) -> str:
    adapter = services.adapters[channel.kind]
    if not adapter.capabilities.templates:
        raise Invalid(f"{adapter.label} has no message templates")
    if channel.sender is None:
        raise Invalid("the channel has no sender now; templates belong to one")
    return channel.sender.id


def _fetch(services: Services, actor: Actor, sender_id: str) -> Sequence[TemplateView]:
    sender = probing.find_sender(services, actor.organization_id, sender_id)
    if sender is None:
        raise Invalid("the channel has no sender now; templates belong to one")
    try:
        return asyncio.run(services.adapters[sender.kind].list_templates(sender))
    except HubError:
        raise
    except Exception as error:  # noqa: BLE001 - a provider's client may raise anything; its text may carry a token
        log.warning("templates.not_listed", sender_id=sender_id, error=type(error).__name__)
        raise Unavailable(_NO_ANSWER) from None


def fitting(view: TemplateView) -> TemplateView:
    """Return a template with what the provider says cut to what the hub keeps."""
    return replace(
        view,
        name=view.name[:_NAME_LIMIT],
        language=view.language[:_WORD_LIMIT],
        category=view.category[:_WORD_LIMIT],
        status=view.status[:_WORD_LIMIT],
    )
