"""Messages that Twilio still holds, made into the events their webhooks would have been (Twilio delivers only once)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hub.channels.twilio.form import place
from hub.channels.twilio.parse import CREATED_FIELD, RECOVERED_FIELD
from hub.types import RawEvent

if TYPE_CHECKING:
    # loading this costs every process 12 MB; the client loads it on first use
    from twilio.rest.api.v2010.account.message import MessageInstance

_INBOUND = "inbound"


def recovered(found: Sequence[MessageInstance], since: datetime, until: datetime) -> list[RawEvent]:
    """Return the inbound messages created in [since, until], oldest first, as events.

    Twilio's own filter is only good to the day. Younger messages than `until` are left alone: their webhook may be
    on its way.
    """
    dated = [(m.date_created or until, m) for m in found if str(m.direction) == _INBOUND and m.sid]
    # Twilio's times have no fractions of a second
    kept = [pair for pair in dated if since.replace(microsecond=0) <= pair[0] <= until]
    return [_event(message, created) for created, message in sorted(kept, key=lambda pair: pair[0])]


def _event(message: MessageInstance, created: datetime) -> RawEvent:
    kind, address = place(message.to or "")
    fields = {
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body,
        "NumMedia": message.num_media,
        "SmsStatus": "received",
        RECOVERED_FIELD: "1",
        CREATED_FIELD: created.isoformat(),
    }
    body = urlencode({name: value or "" for name, value in fields.items()}).encode()
    return RawEvent(kind, str(message.sid), body, address)
