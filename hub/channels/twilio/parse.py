"""What a form body of Twilio means, as far as WhatsApp and SMS agree (facts C2, C4)."""

from collections.abc import Mapping
from datetime import datetime

from hub.channels.twilio.errors import failure_of
from hub.channels.twilio.form import Form, read
from hub.channels.twilio.split import DELIVERY_FIELD
from hub.types import (
    InboundEvent,
    MessageReceived,
    MessageStatus,
    NothingToDo,
    Part,
    Person,
    ReachabilityChanged,
    Receipt,
    Text,
    Unsupported,
)

Fields = Mapping[str, str]

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

_OPT_OUT_TYPES = {"STOP": False, "START": True}
"""`OptOutType` of Twilio's Advanced Opt-Out: whether the person may be written to from now on. HELP changes nothing."""

_MEDIA_NAMES = {"image": "Image", "audio": "Audio", "video": "Video"}
_MEDIA_TYPE_NAMES = {
    "text/vcard": "Contact card",
    "text/x-vcard": "Contact card",
    "image/webp": "Sticker or image",
    "application/pdf": "PDF document",
}
RECOVERED_FIELD = "HubRecovered"
CREATED_FIELD = "DateCreated"
"""Fields of a recovered message's body that no webhook has: that it was fetched, and Twilio's time of it (ISO 8601)."""


def read_whole(body: bytes) -> Form:
    """Read a journal row's body. Raises ValueError when a field is not UTF-8."""
    form = read(body)
    if form.broken:
        raise ValueError(f"the field {form.broken[0]} is not UTF-8")
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


def message(form: Form, author: Person, parts: tuple[Part, ...]) -> MessageReceived:
    """Return the message of an inbound body. `parts` is what the kind adds to text and media."""
    fields = form.fields
    said = (*text(fields), *media(fields), *parts)
    return MessageReceived(
        external_id=form.message_sid,
        author=author,
        parts=said or (_nothing(fields),),
        position=_created(fields),
        reply_to_external_id=fields.get("OriginalRepliedMessageSid") or None,
    )


def text(fields: Fields) -> tuple[Part, ...]:
    """Return the text as written: an end of blanks belongs to it."""
    body = fields.get("Body", "")
    return (Text(body),) if body else ()


def media(fields: Fields) -> tuple[Part, ...]:
    """Return one visible part for each file of the message."""
    count = fields.get("NumMedia", "")
    numbers = range(int(count)) if count.isascii() and count.isdigit() and len(count) <= 2 else range(0)
    return tuple(_file(fields.get(f"MediaContentType{number}", "")) for number in numbers)


def opt_out(fields: Fields, person: Person, words: Mapping[str, bool]) -> list[InboundEvent]:
    """Return the person's STOP or START, told by Twilio or said in one of the kind's `words` (upper case)."""
    told = fields.get("OptOutType", "").upper()
    said = fields.get("Body", "").strip().upper()
    reachable = _OPT_OUT_TYPES.get(told) if told else words.get(said)
    if reachable is None:
        return []
    return [ReachabilityChanged(person, reachable, f"the person wrote {told or said}")]


def _file(content_type: str) -> Unsupported:
    name = _MEDIA_TYPE_NAMES.get(content_type) or _MEDIA_NAMES.get(content_type.partition("/")[0], "File")
    shown = f"{name} ({content_type})" if content_type else name
    return Unsupported(content_type or "media", shown)


def _nothing(fields: Fields) -> Unsupported:
    kind = fields.get("MessageType", "")
    if not kind:
        return Unsupported("empty", "A message without any content")
    return Unsupported(kind, f"A message of the type “{kind}”, which the hub cannot show yet")


def _created(fields: Fields) -> datetime | None:
    """Return Twilio's time of a recovered message; webhooks carry none, so there the arrival counts."""
    created = fields.get(CREATED_FIELD)
    return datetime.fromisoformat(created) if created and fields.get(RECOVERED_FIELD) else None
