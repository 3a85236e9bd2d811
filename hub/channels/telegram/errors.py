"""What a failed sendMessage means. Source: providers.md A7 (server source and python-telegram-bot 22.8)."""

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken

from hub.channels.telegram.client import NOT_SENT, BotApiError
from hub.errors import UnsupportedContent
from hub.types import FailureKind, Level, Reach, SendFailure

_REDIRECT = 300
_TOO_MANY = 429
_SERVER_ERROR = 500
_WHOLE_BOT_SECONDS = 30
"""From this wait on the limit is the bot's, not the chat's (one message a second a chat is a wait of seconds)."""


def _recipient(detail: str, code: str) -> SendFailure:
    return SendFailure(FailureKind.RECIPIENT, detail, code, reach=Reach.RECIPIENT)


_LOST = _recipient("Telegram no longer lets this bot write to the person", "403")
_UNKNOWN_CHAT = _recipient("this bot has no chat with the person: they must press Start first", "400")
_CONTENT = SendFailure(FailureKind.CONTENT, "Telegram refused the content of the message", "400")
_FROZEN = SendFailure(
    FailureKind.SENDER, "Telegram froze the bot", "FROZEN_METHOD_INVALID", Level.RESTRICTED, Reach.SENDER
)

# The first row whose class and words (lower case) fit. The library strips "Bad Request: " but not "Forbidden: ".
_BY_TEXT: tuple[tuple[type[Exception], str, SendFailure], ...] = (
    (Forbidden, "bot was blocked by the user", _recipient("the person blocked the bot", "403")),
    (Forbidden, "user is deactivated", _recipient("the person deleted their Telegram account", "403")),
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
    (BadRequest, "chat_write_forbidden", _LOST),
    (BadRequest, "user_is_blocked", _LOST),
    (BadRequest, "", _CONTENT),
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
    return next((found for cls, words, found in _BY_TEXT if isinstance(error, cls) and words in text), _UNCERTAIN)


def _fault(fault: BotApiError) -> SendFailure:
    code = str(fault.status)
    if fault.status == _TOO_MANY:
        return _flood(fault.retry_after)
    if fault.own:
        # Telegram itself says that it failed: the call was not carried out
        return SendFailure(FailureKind.TRY_LATER, "Telegram has an internal problem", code)
    if _REDIRECT <= fault.status < _SERVER_ERROR:
        return SendFailure(FailureKind.TRY_LATER, "something between the hub and Telegram refused the call", code)
    return SendFailure(
        FailureKind.UNCERTAIN, "something between the hub and Telegram answered; it may have arrived", code
    )


def _flood(seconds: float | None) -> SendFailure:
    reach = Reach.SENDER if (seconds or 0) >= _WHOLE_BOT_SECONDS else Reach.RECIPIENT
    return SendFailure(
        FailureKind.RATE_LIMITED, "Telegram asked to wait", str(_TOO_MANY), Level.RATE_LIMITED, reach, seconds
    )
