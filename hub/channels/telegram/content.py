"""What a Telegram message other than text says, in one line for the operator."""

from telegram import Message

from hub.types import Part, Text, Unsupported

# What each kind of content is called, and which of its fields tell the operator most. The first row that a message
# has wins: an animation also carries `document`, a venue also `location` (providers.md A4).
_CONTENT: dict[str, tuple[str, tuple[str, ...]]] = {
    "animation": ("Sent an animation", ("file_name",)),
    "venue": ("Shared a place", ("title", "address")),
    "photo": ("Sent a photo", ()),
    "live_photo": ("Sent a live photo", ()),
    "video": ("Sent a video", ("file_name",)),
    "video_note": ("Sent a video note", ()),
    "voice": ("Sent a voice message", ()),
    "audio": ("Sent an audio file", ("performer", "title")),
    "document": ("Sent a file", ("file_name",)),
    "sticker": ("Sent a sticker", ("emoji",)),
    "location": ("Shared a location", ("latitude", "longitude")),
    "contact": ("Shared a contact", ("first_name", "last_name", "phone_number")),
    "poll": ("Sent a poll", ("question",)),
    "dice": ("Threw a die", ("emoji", "value")),
    "game": ("Sent a game", ("title",)),
    "story": ("Forwarded a story", ()),
    "invoice": ("Sent an invoice", ("title",)),
    "paid_media": ("Sent paid media", ()),
    "checklist": ("Sent a checklist", ("title",)),
    "gift": ("Sent a gift", ()),
    "unique_gift": ("Sent a gift", ()),
    "web_app_data": ("Sent data from a web app", ("button_text",)),
    "users_shared": ("Shared users", ()),
    "chat_shared": ("Shared a chat", ()),
    "write_access_allowed": ("Allowed the bot to write", ()),
    "pinned_message": ("Pinned a message", ()),
    "successful_payment": ("Paid", ("currency", "total_amount")),
    "message_auto_delete_timer_changed": ("Changed when messages delete themselves", ()),
}
_UNKNOWN = "Sent something this hub does not know yet"


def parts_of(message: Message) -> tuple[Part, ...]:
    """Return a message's parts: its content in one line, then its text or caption. Never empty."""
    words = message.text or message.caption
    text: tuple[Part, ...] = (Text(words),) if words else ()
    for what, (summary, fields) in _CONTENT.items():
        content = getattr(message, what)
        if content:
            return (Unsupported(what, _summary(summary, content, fields)), *text)
    return text or (Unsupported(_unknown_field(message), _UNKNOWN),)


def _summary(summary: str, content: object, fields: tuple[str, ...]) -> str:
    told = [str(getattr(content, name)) for name in fields if getattr(content, name) is not None]
    return f"{summary}: {', '.join(told)}" if told else summary


def _unknown_field(message: Message) -> str:
    # fields newer than python-telegram-bot land in api_kwargs
    return next(iter(message.api_kwargs), "message")
