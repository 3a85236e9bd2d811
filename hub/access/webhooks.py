"""Where an organization's own server is told of what happens, and the secret that such calls are signed with."""

from dataclasses import dataclass, field

from hub.channels.own_server import check_url
from hub.crypto import new_token
from hub.db import organizations, outgoing_calls
from hub.db.organizations import WebhookView
from hub.db.session import Tx
from hub.types import Actor, Secret
from hub.wiring import Services

_SECRET = "secret"  # noqa: S105 - what it is kept as


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook to be; without `view` there is none from now on."""

    view: WebhookView | None
    sealed: bytes | None = field(repr=False)


def make_webhook(services: Services, actor: Actor, url: str) -> NewWebhook:
    """Check an address and make its secret; "" stands for no webhook. Raises Invalid. Call it outside transactions."""
    if not url.strip():
        return NewWebhook(None, None)
    view = WebhookView(check_url(url, services.settings.webhook_addresses), new_token())
    sealed = services.vault.of(actor.organization_id).seal_values({_SECRET: str(view.secret)}, outgoing_calls.SEALED)
    return NewWebhook(view, sealed)


def store_webhook(services: Services, tx: Tx, webhook: NewWebhook) -> None:
    """Put a webhook in place of the one before; what waits goes to the new one, and nowhere when there is none."""
    url = webhook.view.url if webhook.view else ""
    organizations.update_own(tx, {"webhook_url": url, "webhook_secret": webhook.sealed})
    if webhook.view is None:
        outgoing_calls.stop_all(tx, services.clock())


def open_secret(services: Services, organization_id: str, sealed: bytes) -> Secret:
    """Return the secret of an organization's webhook. Raises Unreadable when its data key was destroyed."""
    return services.vault.of(organization_id).open_values(sealed, outgoing_calls.SEALED)[_SECRET]
