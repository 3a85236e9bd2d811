"""By which kind the hub's own mails go, and where a person can be mailed."""

from hub.db import absences
from hub.db.session import Tx
from hub.errors import Conflict
from hub.types import ChannelKind
from hub.wiring import Services


def mail_kind(services: Services) -> ChannelKind | None:
    """Return the kind that carries the hub's own mails; None when it is off."""
    return next(
        (
            kind
            for kind, adapter in services.adapters.items()
            if adapter.carries_notifications and not adapter.missing_settings()
        ),
        None,
    )


def require_mailbox(services: Services, tx: Tx, contact_id: str) -> str:
    """Return the identity a contact can be mailed at. Raises Conflict when mail is off, or there is none."""
    kind = mail_kind(services)
    if kind is None:
        raise Conflict("mail is off; whoever runs the hub has to set HUB_MAIL_PRIMARY_URL and HUB_MAIL_FROM")
    found = absences.find_mailbox(tx, contact_id, kind)
    if found is None:
        raise Conflict("this contact has no mail address that was verified and may be used")
    return found
