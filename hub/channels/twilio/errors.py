"""What Twilio's errors mean in the hub's words (facts C5, F). Unknown codes have an answer too."""

import re
from dataclasses import replace

import httpx
from twilio.base.exceptions import TwilioException

from hub.channels.quoting import quoted
from hub.channels.twilio.codes import ERRORS, META_ERRORS, UNCLEAR, Meaning
from hub.errors import Misconfigured, UnsupportedContent
from hub.types import FailureKind, Reach, SendFailure

_META_CODE = re.compile(r"(?:#|\(|\b(?:code|error)[ :=#(]*)(\d{3,6})\b", re.IGNORECASE)
_NO_REASON = "the message was not delivered or was cancelled at the provider, which names no reason"
_UNKNOWN = "the provider refused the message for a reason the hub does not know; the platform's administrators see it"
_STATUS_CODES = {401: 20003, 403: 20403, 404: 20404, 429: 20429}
"""The error code that an HTTP status stands for when the answer has no code we know."""


def failure_of(code: str, channel_message: str = "") -> SendFailure:
    """Return what a status callback's `ErrorCode` and `ChannelStatusMessage` mean. Meta's own codes come beside it."""
    also = tuple(dict.fromkeys(each for each in _META_CODE.findall(channel_message) if int(each) in META_ERRORS))
    meaning = META_ERRORS[int(also[0])] if also else ERRORS.get(_number(code))
    return replace(_failure(meaning, code, None), also=also, text=quoted(channel_message))


def classify(error: Exception) -> SendFailure:
    """Return what an exception of a call to Twilio means. What may have arrived there is never called unsent."""
    match error:
        case TwilioException():
            return _of_answer(error)
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return SendFailure(FailureKind.TRY_LATER, "Twilio could not be reached")
        case UnsupportedContent():
            return SendFailure(FailureKind.CONTENT, error.detail)
        case Misconfigured():
            return SendFailure(FailureKind.CREDENTIALS, error.detail, reach=Reach.SENDER)
        case _:
            return SendFailure(FailureKind.UNCERTAIN, "Twilio's answer did not arrive or could not be understood")


def _of_answer(error: TwilioException) -> SendFailure:
    # the library has two families with these attributes and raises their bare base as well
    status, code = _number(getattr(error, "status", None)), _number(getattr(error, "code", None))
    wait = getattr(error, "retry_after", None)
    if status >= 500 or status == 0:
        return SendFailure(FailureKind.UNCERTAIN, UNCLEAR.words, str(code or ""))
    if code not in ERRORS:
        code = _STATUS_CODES.get(status, code)
    found = _failure(ERRORS.get(code), str(code), wait if isinstance(wait, float) else None)
    return replace(found, text=quoted(getattr(error, "said", "")))


def _failure(meaning: Meaning | None, code: str, retry_after: float | None) -> SendFailure:
    if meaning is None:
        return SendFailure(FailureKind.CONTENT, _UNKNOWN if code else _NO_REASON, code)
    wait = retry_after if retry_after is not None else meaning.retry_after
    return SendFailure(meaning.kind, meaning.words, code, meaning.level, meaning.reach, wait)


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else 0
