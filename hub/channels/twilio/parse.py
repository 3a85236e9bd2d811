"""What a form body of Twilio means, as far as WhatsApp and SMS agree (facts C2, C4)."""

from collections.abc import Mapping
from datetime import datetime

from hub.channels.twilio.errors import failure_of
from hub.channels.twilio.files import Fields
from hub.channels.twilio.form import Form, read
from hub.channels.twilio.split import DELIVERY_FIELD
from hub.types import (
    Forwarded,
    InboundEvent,
    MessageReceived,
    MessageStatus,
    NothingToDo,
    Part,
    Person,
    ReachabilityChanged,
    Receipt,
    Referral,
    Text,
    Unsupported,
)

RECEIPTS = {
    # Twilio has it: that is what `sent` means here, and after a send that timed out it is the proof
    "accepted": MessageStatus.SENT,
    "scheduled": MessageStatus.SENT,
    "queued": MessageStatus.SENT,
    "sending": MessageStatus.SENT,
    "sent": MessageStatus.SENT,
    "partially_delivered": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "undelivered": MessageStatus.FAILED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}

_OPT_OUT_TYPES = {"STOP": False, "START": True, "HELP": None}
"""`OptOutType` of Twilio's Advanced Opt-Out: whether the person may be written to from now on. HELP changes nothing."""

_DEEDS = {
    "reaction": "Reacted to a message",
    "edit": "Changed a message",
    "edited": "Changed a message",
    "revoke": "Took a message back",
    "deleted": "Took a message back",
    "order": "Sent an order",
    "system": "WhatsApp reports a change of this person's account",
}
"""Types of messages that are not what their text says: Twilio is not known to forward them (facts C2), so each is
shown as a message with its text, and with one line that names the deed."""

_ABOUT = (Forwarded, Referral)
"""Parts that say how a message came; a message of nothing else is empty."""

RECOVERED_FIELD = "HubRecovered"
CREATED_FIELD = "DateCreated"
"""Fields of a recovered message's body that no webhook has: that it was fetched, and Twilio's time of it (ISO 8601)."""


def read_whole(body: bytes) -> Form:
    """Read a journal row's body. Raises ValueError when a field is not UTF-8, or nobody is named."""
    form = read(body)
    if form.broken:
        raise ValueError(f"the field {form.broken[0]} is not UTF-8")
    if not form.message_sid or not form.fields.get("From"):
        raise ValueError("the body names no message or nobody who sent it")
    return form


def receipt(form: Form) -> InboundEvent:
    """Say what a status callback tells about a message of ours."""
    status = RECEIPTS.get(form.status)
    if status is None:
        return NothingToDo(f"Twilio's message status {form.status!r} has no meaning here")
    failed = status is MessageStatus.FAILED
    fields = form.fields
    return Receipt(
        status=status,
        external_id=form.message_sid,
        delivery_id=fields.get(DELIVERY_FIELD) or None,
        failure=failure_of(fields.get("ErrorCode", ""), fields.get("ChannelStatusMessage", "")) if failed else None,
    )


def message(form: Form, author: Person, said: tuple[Part, ...]) -> MessageReceived:
    """Return the message of an inbound body, of which `said` is the content."""
    fields = form.fields
    return MessageReceived(
        external_id=form.message_sid,
        author=author,
        parts=(*said, *_unknown(fields, said)),
        position=_created(fields),
        reply_to_external_id=fields.get("OriginalRepliedMessageSid") or None,
    )


def text(fields: Fields) -> tuple[Part, ...]:
    """Return the text as written: an end of blanks belongs to it."""
    body = fields.get("Body", "")
    return (Text(body),) if body else ()


def opt_out(fields: Fields, person: Person, words: Mapping[str, bool]) -> list[InboundEvent]:
    """Return the person's STOP or START, told by Twilio or said in one of the kind's `words` (upper case)."""
    told = fields.get("OptOutType", "").strip().upper()
    said = fields.get("Body", "").strip().upper()
    reachable = _OPT_OUT_TYPES[told] if told in _OPT_OUT_TYPES else words.get(said)
    if reachable is None:
        return []
    reason, code = f"the person wrote {_said(told, said)}", "" if reachable else "OptOutType/STOP"
    return [ReachabilityChanged(person, reachable, reason, opted_out=True, code=code)]


def _said(told: str, said: str) -> str:
    # Advanced Opt-Out has its own words in its own languages: Twilio names the meaning only
    return told if told in _OPT_OUT_TYPES else said


def _unknown(fields: Fields, said: tuple[Part, ...]) -> tuple[Part, ...]:
    kind = fields.get("MessageType", "")
    if kind in _DEEDS:
        return (Unsupported(kind, _DEEDS[kind]),)
    if any(not isinstance(part, _ABOUT) for part in said):
        return ()
    if not kind:
        return (Unsupported("empty", "A message without any content"),)
    return (Unsupported(kind[:100], f"A message of the type “{kind[:100]}”, which the hub cannot show yet"),)


def _created(fields: Fields) -> datetime | None:
    """Return Twilio's time of a recovered message; webhooks carry none, so there the arrival counts."""
    created = fields.get(CREATED_FIELD)
    return datetime.fromisoformat(created) if created and fields.get(RECOVERED_FIELD) else None
