"""Messages that Twilio still holds, made into the events their webhooks would have been (Twilio delivers only once)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hub.channels.twilio.files import MOST_FILES
from hub.channels.twilio.form import place
from hub.channels.twilio.line import again
from hub.channels.twilio.parse import CREATED_FIELD, RECOVERED_FIELD
from hub.types import RawEvent

if TYPE_CHECKING:
    # loading this costs every process 12 MB; the client loads it on first use
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.message import MessageInstance

_INBOUND = "inbound"
_AT_ONCE = 8


async def recovered(client: Client, found: Sequence[MessageInstance], since: datetime, now: datetime) -> list[RawEvent]:
    """Return the inbound messages created since then, oldest first, as events; their files are listed too.

    Twilio's own filter is only good to the day.
    """
    dated = [(m.date_created or now, m) for m in found if str(m.direction) == _INBOUND and m.sid]
    # Twilio's times have no fractions of a second
    kept = [pair for pair in dated if since.replace(microsecond=0) <= pair[0]]
    turns = asyncio.Semaphore(_AT_ONCE)
    files = await asyncio.gather(*(_files(client, message, turns) for _, message in kept))
    made = [(created, _event(message, created, more)) for (created, message), more in zip(kept, files, strict=True)]
    return [event for _, event in sorted(made, key=lambda pair: pair[0])]


async def _files(client: Client, message: MessageInstance, turns: asyncio.Semaphore) -> dict[str, str]:
    """Return the fields that name the message's files; a message lists only how many there are."""
    if str(message.num_media or "0") == "0":
        return {}
    async with turns:
        async for attempt in again():
            with attempt:
                found = await client.messages(str(message.sid)).media.list_async(limit=MOST_FILES)
    folder = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}/Media/"
    fields: dict[str, str] = {}
    for number, file in enumerate(found):
        fields |= {f"MediaUrl{number}": f"{folder}{file.sid}", f"MediaContentType{number}": file.content_type or ""}
    return fields


def _event(message: MessageInstance, created: datetime, files: dict[str, str]) -> RawEvent:
    kind, address = place(message.to or "")
    fields = {
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body,
        "NumMedia": message.num_media,
        **files,
        "SmsStatus": "received",
        RECOVERED_FIELD: "1",
        CREATED_FIELD: created.isoformat(),
    }
    body = urlencode({name: value or "" for name, value in fields.items()}).encode()
    return RawEvent(kind, str(message.sid), body, address, occurred_at=created)
