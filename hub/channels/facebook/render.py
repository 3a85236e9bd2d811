"""An outbound message as a call of the Send API."""

from dataclasses import dataclass

from hub.errors import UnsupportedContent
from hub.types import Buttons, JsonObject, Media, MediaKind, OutboundFile, OutboundMessage

TEXT_LIMIT = 2000
"""Characters (providers.md B3)."""

LATE_TAG = "HUMAN_AGENT"
"""The only tag left for an answer outside the free window: a person's own, within seven days (providers.md B3)."""

# what a file is sent as; everything else is a file
_TYPES: dict[MediaKind, str] = {
    MediaKind.IMAGE: "image",
    MediaKind.ANIMATION: "image",
    MediaKind.VIDEO: "video",
    MediaKind.VIDEO_NOTE: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
}


@dataclass(frozen=True, slots=True)
class Call:
    """The fields of a call of `me/messages`, and the file that goes with it as bytes."""

    body: JsonObject
    file: OutboundFile | None = None


def render(message: OutboundMessage) -> Call:
    """Return the call; the echo brings `metadata`, our delivery id, back. Raises UnsupportedContent."""
    match message.parts:
        case (Media() as media,) if not message.text:
            return _with_file(message, media)
        case () | (Buttons(),):
            return Call(_call(message, _words(message)))
        case _:
            raise UnsupportedContent("Messenger sends a text with buttons, or one file; send the rest by itself")


def _with_file(message: OutboundMessage, media: Media) -> Call:
    file = message.files.get(media.source)
    if file is None:
        raise UnsupportedContent("the file is no longer there; attach it again")
    attachment = {"type": _TYPES.get(media.kind, "file"), "payload": {"is_reusable": False}}
    return Call(_call(message, {"attachment": attachment}), file)


def _words(message: OutboundMessage) -> JsonObject:
    if not message.text.strip():
        raise UnsupportedContent("Messenger sends no empty message; write some text")
    if len(message.text) > TEXT_LIMIT:
        raise UnsupportedContent(f"Messenger takes at most {TEXT_LIMIT} characters; this text has {len(message.text)}")
    options = [option for part in message.parts if isinstance(part, Buttons) for option in part.options]
    # a press without a payload of ours could not be told from a typed word
    replies = [{"content_type": "text", "title": each.label, "payload": each.payload or each.label} for each in options]
    return {"text": message.text, "quick_replies": replies} if replies else {"text": message.text}


def _call(message: OutboundMessage, content: JsonObject) -> JsonObject:
    call: JsonObject = {
        "recipient": {"id": message.recipient.address},
        "messaging_type": "MESSAGE_TAG" if message.late else "RESPONSE",
        "message": {**content, "metadata": message.delivery_id},
    }
    if message.late:
        call["tag"] = LATE_TAG
    if message.reply_to_external_id:
        # where it stands in the call is general knowledge, not confirmed
        call["reply_to"] = {"mid": message.reply_to_external_id}
    return call
