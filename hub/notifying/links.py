"""Links in the hub's mails by which somebody ends such mails without signing in."""

import base64
import hmac
import re
from dataclasses import dataclass
from typing import Final

from hub import audit
from hub.crypto import same
from hub.db import notifications
from hub.errors import NotFound
from hub.types import Machine
from hub.wiring import Services

PATH: Final = "/unsubscribe/"
_TOKEN = re.compile(r"([0-9A-HJKMNP-TV-Z]{26})([0-9A-HJKMNP-TV-Z]{26})([A-Z2-7]{26})")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whom a link is for."""

    organization_id: str
    identity_id: str


def unsubscribe_link(services: Services, organization_id: str, identity_id: str) -> str:
    """Return the link by which the person of an identity ends mails of an organization. It does not expire."""
    mac = _mac(services, organization_id, identity_id)
    return f"{services.settings.base_url}{PATH}{organization_id}{identity_id}{mac}"


def read_token(services: Services, token: str) -> Subscriber:
    """Return whom a link's token is for. Raises NotFound for one that the hub did not make."""
    found = _TOKEN.fullmatch(token)
    if found is None or not same(_mac(services, found[1], found[2]), found[3]):
        raise NotFound("this link is not one of ours; use the one in the newest mail")
    return Subscriber(found[1], found[2])


def unsubscribe(services: Services, token: str, remote: str = "") -> None:
    """Tell the person of answers by mail no more; whoever writes is still answered by mail. Safe to repeat.

    `remote`: the client's address. Raises NotFound as `read_token`.
    """
    subscriber = read_token(services, token)
    with services.db.transaction(subscriber.organization_id) as tx:
        if notifications.end_for(tx, subscriber.identity_id, services.clock()):
            ended = audit.Change("identity.unsubscribed", "identity", subscriber.identity_id)
            audit.record(services, tx, Machine("guest", origin=remote), ended)


def _mac(services: Services, organization_id: str, identity_id: str) -> str:
    key = services.vault.platform().derive("unsubscribe link")
    digest = hmac.digest(key, f"{organization_id}:{identity_id}".encode(), "sha256")[:16]
    return base64.b32encode(digest).decode().rstrip("=")
