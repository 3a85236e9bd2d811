"""A call to a number, answered in TwiML: forwarded to a person who hears a one-time code, or refused (facts C7, C8)."""

import re

from hub.channels.doors import Answer
from hub.channels.notices import CallCame
from hub.channels.twilio.form import read as read_form

PATH = "/webhooks/twilio/voice"
_NUMBER = re.compile(r"\+[0-9]{5,15}")
_TWIML = "text/xml"
REFUSED = Answer(200, b"<Response><Reject/></Response>", _TWIML)


def read(body: bytes) -> CallCame:
    """Return the call of a request."""
    return CallCame(read_form(body).fields.get("To", ""))


def answer(forward_to: str) -> Answer:
    """Forward to an E.164 number; anything else refuses the call, which costs nothing."""
    if not _NUMBER.fullmatch(forward_to):
        return REFUSED
    return Answer(200, f"<Response><Dial>{forward_to}</Dial></Response>".encode(), _TWIML)
