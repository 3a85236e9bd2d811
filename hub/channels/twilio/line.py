"""A number as Twilio has it, and the calls about it that may be repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from twilio.base.exceptions import TwilioException

from hub.channels.numbers import Sign
from hub.channels.twilio.errors import classify
from hub.channels.twilio.split import MESSAGES_PATH, STATUS_PATH
from hub.errors import Invalid, Unavailable
from hub.types import FailureKind
from hub.types.bans import Drift, DriftKind
from hub.types.numbers import Quality

CONNECTION = "#rc=5&rp=all"
"""Asks Twilio to try five times on any failure; by itself it tries once more, and only when it cannot connect."""

ELSEWHERE = Drift(
    DriftKind.WEBHOOK,
    "Twilio sends the number's messages elsewhere; check the channel again to point it here",
    mended_by_setup=True,
)
_PASSING = frozenset({FailureKind.TRY_LATER, FailureKind.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Hooks:
    """The URLs that Twilio shall call."""

    messages: str
    status: str

    @classmethod
    def of(cls, base_url: str) -> "Hooks":
        """Return the URLs of a hub at `base_url`."""
        return cls(base_url + MESSAGES_PATH + CONNECTION, base_url + STATUS_PATH + CONNECTION)

    def receives(self, url: str | None) -> bool:
        """Whether messages sent to `url` reach us, whatever its connection settings are."""
        return (url or "").partition("#")[0] == self.messages.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Line:
    """A number at Twilio: the id of its resource, whether its URLs are exactly ours, and how it fares.

    problems  what is wrong beside the drift, cause and mend
    online    None: not known, or not online yet
    """

    sid: str
    name: str
    pointed: bool
    signs: tuple[Sign, ...]
    online: bool | None
    drift: tuple[Drift, ...] = ()
    problems: tuple[str, ...] = ()
    quality: Quality = Quality.UNKNOWN
    daily_limit: int | None = None


def again() -> AsyncRetrying:
    """Return three attempts for calls that may be repeated: look-ups and setting the same URLs."""
    return AsyncRetrying(
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.1, max=1.0),
        retry=retry_if_exception(_passes),
        reraise=True,
    )


def _passes(error: BaseException) -> bool:
    return isinstance(error, Exception) and classify(error).kind in _PASSING


@contextmanager
def in_our_words() -> Iterator[None]:
    """Make errors of look-ups and settings ours: Unavailable when another try can help, else Invalid."""
    try:
        yield
    except (TwilioException, httpx.HTTPError) as error:
        failure = classify(error)
        if failure.kind in _PASSING or failure.kind is FailureKind.RATE_LIMITED:
            raise Unavailable(failure.detail) from None
        raise Invalid(failure.detail) from None
