"""What people seldom send: one line for the operator, by the kind of content."""

from typing import Any

from hub.types import JsonObject, Unsupported

# what each kind of content is called, and which of its fields tell the operator most
_RARE: dict[str, tuple[str, tuple[str, ...]]] = {
    "poll": ("Sent a poll", ("question",)),
    "dice": ("Threw a die", ("emoji", "value")),
    "game": ("Sent a game", ("title",)),
    "story": ("Passed on a story", ()),
    "invoice": ("Sent an invoice", ("title",)),
    "paid_media": ("Sent media that must be paid for", ("star_count",)),
    "checklist": ("Sent a checklist", ("title",)),
    "checklist_tasks_done": ("Ticked tasks of a checklist", ()),
    "checklist_tasks_added": ("Added tasks to a checklist", ()),
    "gift": ("Sent a gift", ()),
    "unique_gift": ("Sent a gift", ()),
    "gift_upgrade_sent": ("Sent a gift", ()),
    "giveaway": ("Passed on a giveaway", ()),
    "giveaway_created": ("Started a giveaway", ()),
    "giveaway_winners": ("Passed on the winners of a giveaway", ()),
    "giveaway_completed": ("Ended a giveaway", ()),
    "boost_added": ("Boosted the chat", ()),
    "web_app_data": ("Sent data from a web app", ("button_text",)),
    "users_shared": ("Shared users", ()),
    "chat_shared": ("Shared a chat", ()),
    "passport_data": ("Sent Telegram Passport data", ()),
    "write_access_allowed": ("Allowed the bot to write", ()),
    "connected_website": ("Signed in on a website", ()),
    "pinned_message": ("Pinned a message", ()),
    "successful_payment": ("Paid", ("currency", "total_amount")),
    "refunded_payment": ("Was paid back", ("currency", "total_amount")),
    "proximity_alert_triggered": ("Came near to somebody", ()),
    "message_auto_delete_timer_changed": ("Changed when messages delete themselves", ()),
    "chat_background_set": ("Changed the background of the chat", ()),
    "suggested_post_paid": ("Paid for a suggested post", ()),
    "video_chat_started": ("Started a video chat", ()),
    "video_chat_ended": ("Ended a video chat", ()),
    "video_chat_scheduled": ("Planned a video chat", ()),
    "rich_message": ("Sent a formatted message that this hub does not know yet", ()),
}
_UNKNOWN = "Sent something this hub does not know yet"
_ENVELOPE = frozenset(
    {
        "message_id",
        "from",
        "chat",
        "date",
        "edit_date",
        "sender_chat",
        "sender_business_bot",
        "business_connection_id",
        "message_thread_id",
        "is_topic_message",
        "forward_origin",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "via_bot",
        "media_group_id",
        "author_signature",
        "has_protected_content",
        "is_automatic_forward",
        "is_from_offline",
        "paid_star_count",
        "sender_boost_count",
        "link_preview_options",
        "effect_id",
        "reply_markup",
        "entities",
        "caption_entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "direct_messages_topic",
        "sender_tag",
        "text",
        "caption",
    }
)
"""Fields that say how a message came, not what it holds."""
_LONGEST = 200

# --- words for content that is only quoted

_CALLED = {
    "photo": "a picture",
    "video": "a video",
    "animation": "an animation",
    "voice": "a voice message",
    "audio": "an audio file",
    "document": "a file",
    "sticker": "a sticker",
    "video_note": "a video note",
    "venue": "a place",
    "location": "a location",
    "contact": "a contact",
    "poll": "a poll",
    "story": "a story",
}


def word_for(message: JsonObject) -> str:
    """Return one word for the content of a message that is only pointed at."""
    return next((word for name, word in _CALLED.items() if message.get(name) is not None), "a message")


def find_rare(message: JsonObject) -> Unsupported | None:
    """Return content of a kind that is known and seldom, in one line."""
    for what, (words, names) in _RARE.items():
        content = message.get(what)
        if content is not None:
            return Unsupported(what, _line(words, content, names))
    return None


def unknown(message: JsonObject) -> Unsupported:
    """Return content of a kind that is newer than this file, named by its field."""
    return Unsupported(_unknown_field(message), _UNKNOWN)


def _line(words: str, content: Any, names: tuple[str, ...]) -> str:
    given = content if isinstance(content, dict) else {}
    told = [str(given[name]) for name in names if isinstance(given.get(name), str | int)]
    return f"{words}: {', '.join(told)}"[:_LONGEST] if told else words


def _unknown_field(message: JsonObject) -> str:
    """Return the first field that is not the envelope's; one that is no plain word names nothing."""
    return next((name for name in message if name not in _ENVELOPE and name.isidentifier()), "message")[:60]
