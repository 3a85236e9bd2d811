"""What a failed sendMessage means. Source: providers.md A7 (server source and python-telegram-bot 22.8)."""

from dataclasses import replace

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken

from hub.channels.quoting import quoted
from hub.channels.telegram.client import NOT_SENT, BotApiError
from hub.errors import UnsupportedContent
from hub.types import FailureKind, Level, Reach, SendFailure

_REDIRECT = 300
_TOO_LARGE = 413
TOO_MANY = 429
FROZEN = "FROZEN_METHOD_INVALID"
_SERVER_ERROR = 500
_WHOLE_BOT_SECONDS = 30
"""From this wait on the limit is the bot's, not the chat's (one message a second a chat is a wait of seconds)."""
_FLAGGED_SECONDS = 3600
"""A longer wait is more than a limit: Telegram restricts the bot (providers.md F)."""


def _recipient(detail: str, code: str) -> SendFailure:
    return SendFailure(FailureKind.RECIPIENT, detail, code, reach=Reach.RECIPIENT)


def _content(detail: str) -> SendFailure:
    return SendFailure(FailureKind.CONTENT, detail, "400")


_LOST = _recipient("Telegram no longer lets this bot write to the person", "403")
_UNKNOWN_CHAT = _recipient("this bot has no chat with the person: they must press Start first", "400")
_GONE = _recipient("the person deleted their Telegram account", "403")
_ENDED = _recipient("the business account no longer lets the bot answer for it", "400")
_UNREADABLE = _content("Telegram could not read the file; check that it opens, or send it as a plain file")
_BAD_PICTURE = _content("Telegram takes no picture of this size or shape; send it as a plain file")
_LONG = _content("the text is longer than Telegram takes; shorten it")
_FROZEN = SendFailure(FailureKind.SENDER, "Telegram froze the bot", FROZEN, Level.RESTRICTED, Reach.SENDER)

# The first row whose class and words (lower case) fit. The library strips "Bad Request: " but not "Forbidden: ".
_BY_TEXT: tuple[tuple[type[Exception], str, SendFailure], ...] = (
    (Forbidden, "bot was blocked by the user", _recipient("the person blocked the bot", "403")),
    (Forbidden, "user is deactivated", _GONE),
    (Forbidden, "can't initiate conversation", _recipient("the person never started this bot", "403")),
    (
        Forbidden,
        "can't send messages to bots",
        _recipient("the address is a bot, and bots cannot be written to", "403"),
    ),
    (Forbidden, "", _LOST),
    (BadRequest, "frozen_method_invalid", _FROZEN),
    (BadRequest, "chat not found", _UNKNOWN_CHAT),
    (BadRequest, "chat_id is empty", _UNKNOWN_CHAT),
    (BadRequest, "peer_id_invalid", _UNKNOWN_CHAT),
    (BadRequest, "user not found", _UNKNOWN_CHAT),
    # what the server makes of a 403 whose text is all upper case
    (BadRequest, "chat_write_forbidden", _LOST),
    (BadRequest, "user_is_blocked", _recipient("the person blocked the bot", "400")),
    (BadRequest, "user_privacy_restricted", _LOST),
    (BadRequest, "privacy_premium_required", _recipient("the person takes messages of paying accounts only", "400")),
    (BadRequest, "user_deactivated", _GONE),
    (BadRequest, "business_connection", _ENDED),
    (BadRequest, "business connection", _ENDED),
    (BadRequest, "business_peer", _ENDED),
    (BadRequest, "voice_messages_forbidden", _content("the person takes no voice messages; send it as a plain file")),
    (BadRequest, "message thread not found", _content("the topic this belongs to is gone; write without it")),
    (BadRequest, "topic_closed", _content("the topic this belongs to is closed; write without it")),
    (BadRequest, "message to be replied not found", _content("the message this answers is gone; write without it")),
    (BadRequest, "reply message not found", _content("the message this answers is gone; write without it")),
    (BadRequest, "message is too long", _LONG),
    (BadRequest, "caption is too long", _LONG),
    (BadRequest, "message text is empty", _content("Telegram sends no empty message; write some text")),
    (BadRequest, "can't parse entities", _content("Telegram could not read the formatting of the text")),
    (BadRequest, "photo_invalid_dimensions", _BAD_PICTURE),
    (BadRequest, "image_process_failed", _BAD_PICTURE),
    (BadRequest, "file must be non-empty", _content("the file is empty; choose another one")),
    (BadRequest, "file is too big", _content("the file is larger than Telegram takes; send a smaller one")),
    (BadRequest, "wrong file", _UNREADABLE),
    (BadRequest, "wrong type of", _UNREADABLE),
    (BadRequest, "wrong http url", _UNREADABLE),
    (BadRequest, "failed to get http url content", _UNREADABLE),
    (BadRequest, "media_empty", _UNREADABLE),
    (BadRequest, "video_file_invalid", _UNREADABLE),
    (BadRequest, "sticker_file_invalid", _UNREADABLE),
    (BadRequest, "", _content("Telegram refused the content of the message")),
    (
        InvalidToken,
        "",
        SendFailure(
            FailureKind.CREDENTIALS,
            "Telegram refuses the bot's token: revoked, or the bot was deleted or banned; enter a new token first",
            "401",
            reach=Reach.SENDER,
        ),
    ),
    (ChatMigrated, "", _recipient("the chat moved to another id", "400")),
    (Conflict, "", SendFailure(FailureKind.TRY_LATER, "Telegram was busy with another call of this bot", "409")),
)
_TELEGRAMS_WORDS = (BadRequest, Forbidden)
"""Errors whose text is Telegram's description; that of others may be the library's or the connection's."""
_UNCERTAIN = SendFailure(FailureKind.UNCERTAIN, "the connection broke after the message left; it may have arrived")


def classify(error: Exception) -> SendFailure:
    """Say what an exception of `send` means. Never raises; what is not known may have been sent."""
    if isinstance(error, UnsupportedContent):
        return SendFailure(FailureKind.CONTENT, error.detail)
    if isinstance(error, BotApiError):
        return _fault(error)
    if isinstance(error, NOT_SENT) or isinstance(error.__cause__, NOT_SENT):
        return SendFailure(FailureKind.TRY_LATER, "Telegram could not be reached")
    text = str(error).lower()
    # Forbidden and BadRequest stand in the table before anything broader: BadRequest and TimedOut are NetworkErrors
    known = (found for cls, words, found in _BY_TEXT if isinstance(error, cls) and words in text)
    return replace(next(known, _UNCERTAIN), text=quoted(str(error)) if isinstance(error, _TELEGRAMS_WORDS) else "")


def _fault(fault: BotApiError) -> SendFailure:
    code = str(fault.status)
    if fault.status == TOO_MANY:
        return _flood(fault.retry_after)
    if fault.status == _TOO_LARGE:
        return SendFailure(FailureKind.CONTENT, "the files are larger than Telegram takes; send smaller ones", code)
    if fault.own:
        # Telegram itself says that it failed: the call was not carried out
        return SendFailure(FailureKind.TRY_LATER, "Telegram has an internal problem", code)
    if _REDIRECT <= fault.status < _SERVER_ERROR:
        return SendFailure(FailureKind.TRY_LATER, "something between the hub and Telegram refused the call", code)
    return SendFailure(
        FailureKind.UNCERTAIN, "something between the hub and Telegram answered; it may have arrived", code
    )


def _flood(seconds: float | None) -> SendFailure:
    wait = seconds or 0
    reach = Reach.SENDER if wait >= _WHOLE_BOT_SECONDS else Reach.RECIPIENT
    level = Level.RESTRICTED if wait > _FLAGGED_SECONDS else Level.RATE_LIMITED
    return SendFailure(FailureKind.RATE_LIMITED, "Telegram asked to wait", str(TOO_MANY), level, reach, seconds)
