"""What it means when Twilio refuses anything but a message, as the hub's errors. Facts C5, C7, C8; [K]: unverified."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
from twilio.base.exceptions import TwilioException

from hub.channels.twilio.codes import ERRORS
from hub.channels.twilio.errors import classify
from hub.errors import Conflict, HubError, Invalid, NotFound, TooMany, Unavailable
from hub.types import FailureKind, SendFailure

_UNKNOWN = "Twilio refused it for a reason that the hub does not know; look into Twilio's console"
_PERHAPS = "; it may have been done nevertheless, so look before you try it again"
_WAIT = 5.0
"""Seconds to wait when Twilio asks for it without saying how long."""

_REFUSALS: Mapping[str, tuple[type[Conflict | Invalid | NotFound], str]] = {
    "20404": (NotFound, "Twilio does not have it, or not in this account"),
    "20001": (Invalid, "Twilio does not accept what was entered; correct it"),
    "21421": (Invalid, "this is not a phone number; enter it with + and the country's code"),
    "21422": (Conflict, "the number is not for sale any more; choose another one"),
    "21452": (Invalid, "the number cannot be moved there: both accounts must belong to the platform's own"),
    "21454": (Invalid, "the pattern needs at least two characters of 0-9, a-z, *, + and $"),
    "21613": (Conflict, "the number's country wants another address for it: choose one that fits, or add it first"),
    "21631": (Conflict, "the number's country wants an address for it: choose one, or add it first"),
    "21649": (
        Conflict,
        "the number's country wants documents for it: choose an approved bundle of its country and kind",
    ),
    "63100": (Invalid, "the sender's number or its name is not acceptable; correct it"),
    "63101": (
        Conflict,
        "the WhatsApp business account is not shared with this account at Twilio; the customer has to sign up first",
    ),
    "63110": (Conflict, "the number is on WhatsApp already; its owner has to take it off there first"),  # [K] code
    "63111": (Conflict, "the customer's portfolio has no room for another sender; Meta has to allow more"),  # [K] code
    "63112": (Conflict, "Meta has disabled the WhatsApp business account; appeal with Meta first"),
    "63113": (Invalid, "the code is wrong or too old; enter the newest one"),  # [K] code
    "63114": (Conflict, "too many wrong codes were entered; delete the sender and register it again"),  # [K] code
    "63115": (Conflict, "no code is waited for; look where the registration stands"),  # [K] code
    "63124": (Invalid, "Meta declined the display name; choose one that follows Meta's guidelines"),
    "63128": (Conflict, "Meta still reviews the last change of the display name; wait for that"),
    "92009": (Conflict, "the template was submitted before; look where its approval stands"),
}
_STANDING = frozenset({FailureKind.SENDER, FailureKind.CREDENTIALS})
_PASSING = frozenset({FailureKind.TRY_LATER, FailureKind.UNCERTAIN})
_STATUSES = frozenset({401, 403, 404, 429})
"""What `classify` has words for even without a code."""


@contextmanager
def looking() -> Iterator[None]:
    """Make errors of calls that may be repeated the hub's."""
    try:
        yield
    except (TwilioException, httpx.HTTPError, ValueError) as error:
        raise refusal(error) from None


@contextmanager
def making() -> Iterator[None]:
    """Make errors of a call that is tried once the hub's: Unavailable says that it may have been done."""
    try:
        yield
    except (TwilioException, httpx.HTTPError, ValueError) as error:
        found = refusal(error)
        if classify(error).kind is FailureKind.UNCERTAIN:
            found = Unavailable(found.detail + _PERHAPS)
        raise found from None


def refusal(error: Exception) -> HubError:
    """Return the hub's error for an exception of a call. Never Twilio's words: they may name ids."""
    failure = classify(error)
    if failure.kind in _PASSING:
        return Unavailable(failure.detail)
    if failure.code in _REFUSALS:
        kind, words = _REFUSALS[failure.code]
        return kind(words)
    if failure.kind is FailureKind.RATE_LIMITED:
        return TooMany(failure.detail, failure.retry_after or _WAIT)
    if not _has_words(error, failure):
        return Invalid(_UNKNOWN)
    return Conflict(failure.detail) if failure.kind in _STANDING else Invalid(failure.detail)


def _has_words(error: Exception, failure: SendFailure) -> bool:
    known = failure.code.isdigit() and int(failure.code) in ERRORS
    return known or getattr(error, "status", None) in _STATUSES
